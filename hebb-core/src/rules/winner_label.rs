use super::Hebb;
use crate::plan::Competition;
use crate::rule::{
    Differentiable, Laws, Lowering, Rule, RuleInfo, Sample, Setting, log_sum_exp, parameters, ranked, total,
};

parameters! {
    /// Cross-entropy with the winner as its own label: Δw_i = (z_i − r_i) x, r = softmax(β u).
    ///
    /// Source: pseudo-labels, Lee 2013, ICML workshop on challenges in representation learning.
    #[derive(Clone, Copy, Debug)]
    pub struct WinnerLabel {
        /// inverse temperature of the softmax
        beta: f32 = 1.0 in 1e-3..=1e6,
    }
}

impl Rule for WinnerLabel {
    const INFO: RuleInfo = RuleInfo {
        name: "winner-label",
        summary: "Cross-entropy of softmax with the winner as its own label.",
        formula: "y_i x, where y_i = z_i - r_i, z_i = 1 for the winner, r = softmax(beta u)",
        surrogate: "-sg[y_i] (w_i.x); exact: (1/beta) LSE(beta u) - u_c, c the winner",
        paper: "Lee 2013, ICML workshop on challenges in representation learning",
        laws: Laws::USUAL,
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Rule::lower(&Hebb)
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        Hebb.surrogate(sample)
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            competition: Competition::WinnerResidual { beta: self.beta },
            ..Setting::default()
        }
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let beta = f64::from(self.beta);
        Some(total(samples.iter().map(|sample| {
            let u: Vec<D> = (0..sample.units()).map(|i| sample.dot(i)).collect();
            let scaled: Vec<D> = u.iter().map(|u| D::constant(beta) * u.clone()).collect();
            let winner = ranked(&u)
                .first()
                .map_or_else(|| D::constant(0.0), |&c| u[c].clone());
            D::constant(1.0 / beta) * log_sum_exp(&scaled) - winner
        })))
    }
}
