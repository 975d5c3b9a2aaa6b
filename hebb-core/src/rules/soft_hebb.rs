use crate::plan::{Competition, Reduction, UnitRate};
use crate::rule::{
    Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, parameters, u, y,
};

parameters! {
    /// SoftHebb: Δw_i = y_i (x − u_i w_i), with y = softmax(β u), negative for all but the winner.
    ///
    /// It has no potential: the stop-gradients of its surrogate cannot be removed.
    ///
    /// Source: Moraitis et al. 2022 (arXiv 2107.05747); with anti-Hebbian losers, Journé et al. 2023
    /// (arXiv 2209.11883).
    #[derive(Clone, Copy, Debug)]
    pub struct SoftHebb {
        /// inverse temperature of the softmax
        beta: f32 = 1.0 in 1e-3..=1e6,
    }
}

impl Rule for SoftHebb {
    const INFO: RuleInfo = RuleInfo {
        name: "soft-hebb",
        summary: "SoftHebb: softmax competition, losers unlearn, norms tend to one.",
        formula: "y_i (x - u_i w_i), where y_i = r_i for the winner and -r_i for the others, r = softmax(beta u)",
        surrogate: "-sg[y_i] (w_i.x) + 1/2 sg[y_i u_i] |w_i|^2",
        paper: "Moraitis et al. 2022, arXiv 2107.05747; Journe et al. 2023, arXiv 2209.11883",
        laws: Laws::USUAL.with(Law::RestsAtPrincipalDirection),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::Diagonal(y() * u()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let (y, u) = (sample.activity[i], sample.similarity[i]);
            D::constant(0.5 * y * u) * sample.norm_squared(i) - D::constant(y) * sample.dot(i)
        })
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            competition: Competition::SignedSoftWta { beta: self.beta },
            reduction: Reduction::MaxNormalized,
            unit_rate: UnitRate::NormDependent { power: 0.5 },
            init_scale: 25.0,
            ..Setting::default()
        }
    }
}
