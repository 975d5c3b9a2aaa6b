use super::nonlinearity::Nonlinearity;
use crate::error::Result;
use crate::plan::Constraint;
use crate::rule::{
    Default, Differentiable, Expr, Law, Lowering, ParamInfo, Params, Rule, RuleInfo, Sample, Setting, total,
};

/// One-unit Hebbian independent components: Δw_i = ±g(u_i) x, on whitened patches with |w_i| = 1.
///
/// The sign is that of the source's kurtosis for the cubic g: plus finds sources with heavy tails.
///
/// Source: Hyvärinen and Oja 1998, Signal Processing 64.
#[derive(Clone, Copy, Debug)]
pub struct Ica {
    function: Nonlinearity,
    negative: bool,
}

impl Rule for Ica {
    const INFO: RuleInfo = RuleInfo {
        name: "ica",
        summary: "One-unit independent components by a nonlinear Hebbian rule; patches whitened, weights of norm one.",
        formula: "sign g(u_i) x, with |w_i| = 1",
        surrogate: "-sg[sign g(u_i)] (w_i.x); exact: -sign G(u_i), G an antiderivative of g",
        paper: "Hyvarinen and Oja 1998, Signal Processing 64",
        params: &[
            ParamInfo {
                name: "function",
                default: Default::Choice {
                    value: "cube",
                    choices: &["tanh", "cube", "relu"],
                },
                meaning: "g",
            },
            ParamInfo {
                name: "sign",
                default: Default::Choice {
                    value: "plus",
                    choices: &["plus", "minus"],
                },
                meaning: "the sign of the update",
            },
        ],
        laws: &[
            Law::PatchOrder,
            Law::ChannelPermutation,
            Law::UnitPermutation,
            Law::Additive,
        ],
        deviations: "",
    };

    fn from_params(params: &Params) -> Result<Self> {
        params.check(&Self::INFO)?;
        Ok(Self {
            function: Nonlinearity::from_params(params, &Self::INFO)?,
            negative: params.word(&Self::INFO, "sign")? == "minus",
        })
    }

    fn lower(&self) -> Lowering {
        let g = self.function.of(Expr::Similarity);
        Lowering::new(if self.negative { -g } else { g })
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let g = self.function.value(sample.similarity[i]);
            D::constant(-self.sign() * g) * sample.dot(i)
        })
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            constraint: Constraint::UnitNorm,
            ..Setting::default()
        }
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let potentials = samples
            .iter()
            .map(|sample| sample.sum_units(|i| self.function.antiderivative(&sample.dot(i))));
        Some(D::constant(-self.sign()) * total(potentials))
    }
}

impl Ica {
    fn sign(&self) -> f64 {
        if self.negative { -1.0 } else { 1.0 }
    }
}
