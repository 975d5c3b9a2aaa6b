use super::bcm::theta;
use crate::rule::{
    Differentiable, Formula, Laws, Lowering, Rule, RuleInfo, Sample, Statistic, parameters, state, y,
};

/// Thresholds below this count as this, so that a silent unit does not divide by zero.
const SMALLEST: f32 = 1e-6;

parameters! {
    /// BCM as Law and Cooper stabilised it: Δw_i = y_i (y_i − θ_i) x / θ_i, with a running θ_i = E y_i².
    ///
    /// Source: Law and Cooper 1994, PNAS 91.
    #[derive(Clone, Copy, Debug)]
    pub struct LawCooper {
        /// share of the newest batch in theta
        rate: f32 = 0.01 in 1e-9..=1.0,
    }
}

impl Rule for LawCooper {
    const INFO: RuleInfo = RuleInfo {
        name: "law-cooper",
        summary: "BCM divided by its threshold, which keeps large responses stable.",
        formula: "y_i (y_i - theta_i) x / theta_i, where theta_i = running E y_i^2",
        surrogate: "-sg[y_i (y_i - theta_i) / theta_i] (w_i.x)",
        paper: "Law and Cooper 1994, PNAS 91",
        laws: Laws::USUAL,
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        let floored = state(0).max(Formula::Constant(SMALLEST));
        let factor = y() * (y() - state(0)) * floored.recip();
        Lowering::new(factor).with_state(theta(Statistic::Running { rate: self.rate }))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let (y, theta) = (sample.activity[i], sample.states[0][i]);
            D::constant(-y * (y - theta) / theta.max(f64::from(SMALLEST))) * sample.dot(i)
        })
    }
}
