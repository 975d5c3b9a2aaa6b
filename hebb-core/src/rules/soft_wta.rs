use super::Instar;
use crate::plan::{Competition, Similarity};
use crate::rule::{
    Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, log_sum_exp, parameters, total,
};

parameters! {
    /// Soft competition: the instar with y = softmax(β s), s_i = w_i·x − |w_i|²/2.
    ///
    /// It is the gradient of the likelihood of a mixture of Gaussians with equal priors and variance 1/β.
    ///
    /// Source: Nowlan 1990, NIPS 2.
    #[derive(Clone, Copy, Debug)]
    pub struct SoftWta {
        /// inverse temperature of the softmax
        beta: f32 = 1.0 in 1e-3..=1e6,
    }
}

impl Rule for SoftWta {
    const INFO: RuleInfo = RuleInfo {
        name: "soft-wta",
        summary: "The instar with softmax activities: a mixture of Gaussians.",
        formula: "y_i (x - w_i), where y = softmax(beta u), u_i = w_i.x - 1/2 |w_i|^2",
        surrogate: "1/2 sg[y_i] |x - w_i|^2; exact: -(1/beta) LSE(beta u)",
        paper: "Nowlan 1990, NIPS 2",
        laws: Laws::USUAL.with(Law::RestsAtMean),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Rule::lower(&Instar)
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        Instar.surrogate(sample)
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            similarity: Similarity::Nearest,
            competition: Competition::SoftWta { beta: self.beta },
            ..Setting::default()
        }
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let beta = f64::from(self.beta);
        Some(total(samples.iter().map(|sample| {
            let scores: Vec<D> = (0..sample.units())
                .map(|i| D::constant(beta) * sample.nearness(i))
                .collect();
            D::constant(-1.0 / beta) * log_sum_exp(&scores)
        })))
    }
}
