use crate::error::Result;
use crate::rule::{
    Decay, Default, Differentiable, Expr, Law, Lowering, ParamInfo, Params, Rule, RuleInfo, Sample, Unary,
    total,
};

/// Supervised Hebb: Δw_i = t_i (x − w_i), where the teacher's signal t_i is 1 for the unit of the image's class.
///
/// Gated by the competition the activity is t_i y_i: the teacher chooses among the units that won.
///
/// Source: Amato et al. 2019, ICIAP.
#[derive(Clone, Copy, Debug)]
pub struct Supervised {
    gated: bool,
}

impl Rule for Supervised {
    const INFO: RuleInfo = RuleInfo {
        name: "supervised",
        summary: "The instar with the activity that a teacher sets.",
        formula: "t_i (x - w_i), or t_i y_i (x - w_i)",
        surrogate: "1/2 sg[t_i] |x - w_i|^2, exact without the gate",
        paper: "Amato et al. 2019, ICIAP",
        params: &[ParamInfo {
            name: "gate",
            default: Default::Choice {
                value: "none",
                choices: &["none", "competition"],
            },
            meaning: "whether the competition's activity multiplies the teacher's",
        }],
        laws: &[
            Law::PatchOrder,
            Law::ChannelPermutation,
            Law::UnitPermutation,
            Law::Additive,
            Law::RestsAtMean,
        ],
        deviations: "The authors' code multiplies the scores by t before the competition, so that a unit of the right class \
                     always wins; here the gate lets a unit learn that won among all.",
    };

    fn from_params(params: &Params) -> Result<Self> {
        params.check(&Self::INFO)?;
        Ok(Self {
            gated: params.word(&Self::INFO, "gate")? == "competition",
        })
    }

    fn lower(&self) -> Lowering {
        let activity = || match self.gated {
            true => Expr::Teacher * Expr::Activity,
            false => Expr::Teacher,
        };
        Lowering::new(activity())
            .with_decay(Decay::Diagonal(activity()))
            .with_weight(activity().apply(Unary::Abs))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let gate = if self.gated { sample.activity[i] } else { 1.0 };
            D::constant(0.5 * sample.teacher[i] * gate) * sample.distance_squared(i)
        })
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        if self.gated {
            return None;
        }
        Some(total(samples.iter().map(|sample| self.surrogate(sample))))
    }
}
