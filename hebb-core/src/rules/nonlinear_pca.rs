use super::nonlinearity::Nonlinearity;
use crate::error::Result;
use crate::rule::{
    Decay, Default, Differentiable, Expr, Law, Lowering, ParamInfo, Params, Rule, RuleInfo, Sample,
};

/// Nonlinear principal components: Δw_i = g(y_i) (x − Σ_j g(y_j) w_j), over all units or over j ≤ i.
///
/// On whitened patches this finds independent components; in order it is Sanger's rule with a nonlinearity.
///
/// Source: Karhunen and Joutsensalo 1994, Neural Networks 7.
#[derive(Clone, Copy, Debug)]
pub struct NonlinearPca {
    function: Nonlinearity,
    ordered: bool,
}

impl Rule for NonlinearPca {
    const INFO: RuleInfo = RuleInfo {
        name: "nonlinear-pca",
        summary: "The subspace rule or Sanger's rule with a nonlinearity; finds independent components of whitened patches.",
        formula: "g(y_i) (x - sum_j g(y_j) w_j), over all j or over j <= i",
        surrogate: "1/2 |x - sum_j sg[g(y_j)] w_j|^2; in order, as for sanger",
        paper: "Karhunen and Joutsensalo 1994, Neural Networks 7",
        params: &[
            ParamInfo {
                name: "function",
                default: Default::Choice {
                    value: "tanh",
                    choices: &["tanh", "cube", "relu"],
                },
                meaning: "g",
            },
            ParamInfo {
                name: "order",
                default: Default::Choice {
                    value: "symmetric",
                    choices: &["symmetric", "hierarchical"],
                },
                meaning: "whether all units decay together or each by the units before it",
            },
        ],
        laws: &[
            Law::PatchOrder,
            Law::ChannelPermutation,
            Law::Additive,
            Law::SilentUnitsRest,
        ],
        deviations: "",
    };

    fn from_params(params: &Params) -> Result<Self> {
        params.check(&Self::INFO)?;
        Ok(Self {
            function: Nonlinearity::from_params(params, &Self::INFO)?,
            ordered: params.word(&Self::INFO, "order")? == "hierarchical",
        })
    }

    fn lower(&self) -> Lowering {
        let g = || self.function.of(Expr::Activity);
        Lowering::new(g()).with_decay(Decay::gram(g(), self.ordered))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let g = |y: &f64| self.function.value(*y);
        let terms: Vec<_> = sample.activity.iter().map(g).enumerate().collect();
        if !self.ordered {
            return D::constant(0.5) * sample.reconstruction_error(&terms, &vec![0.0; sample.patch.len()]);
        }
        sample.sum_units(|i| {
            let former: Vec<f64> = sample.combination(&terms[..i]).iter().map(|v| -v).collect();
            D::constant(0.5) * sample.reconstruction_error(&terms[i..=i], &former)
        })
    }
}
