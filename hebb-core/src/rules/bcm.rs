use crate::rule::{
    Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, State, Statistic, choices, parameters,
    state, total, y,
};

parameters! {
    /// Bienenstock, Cooper and Munro: Δw_i = y_i (y_i − θ_i) x, with θ_i = E y_i².
    ///
    /// The threshold is the mean over the batch, or a running mean that the batch follows.
    ///
    /// Source: Bienenstock, Cooper and Munro 1982, Journal of Neuroscience 2; the loss, Intrator and Cooper 1992, Neural
    /// Networks 5.
    #[derive(Clone, Copy, Debug)]
    pub struct Bcm {
        /// mean that theta is: of the batch, or running over batches
        threshold: Threshold = "batch",
        /// share of the newest batch in a running theta
        rate: f32 = 0.01 in 1e-9..=1.0,
    }
}

/// The statistic by which θ follows the mean of y².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threshold {
    Batch,
    Running,
}

choices!(Threshold { Batch = "batch", Running = "running" });

impl Rule for Bcm {
    const INFO: RuleInfo = RuleInfo {
        name: "bcm",
        summary: "BCM: a sliding threshold decides between learning and unlearning.",
        formula: "y_i (y_i - theta_i) x, where theta_i = E y_i^2",
        surrogate: "-sg[y_i (y_i - theta_i)] (w_i.x); exact with y = u and the batch mean: P (-1/3 E u^3 + 1/4 (E u^2)^2)",
        paper: "Bienenstock, Cooper and Munro 1982, J. Neuroscience 2; Intrator and Cooper 1992, Neural Networks 5",
        laws: Laws::USUAL.without(Law::Additive),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        let factor = y() * (y() - state(0));
        Lowering::new(factor).with_state(theta(self.statistic()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let (y, theta) = (sample.activity[i], sample.states[0][i]);
            D::constant(-y * (y - theta)) * sample.dot(i)
        })
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let first = samples.first()?;
        if self.threshold != Threshold::Batch {
            return None;
        }
        let share = D::constant(1.0 / samples.len() as f64);
        Some(first.sum_units(|i| {
            let u: Vec<D> = samples.iter().map(|sample| sample.dot(i)).collect();
            let cubes = total(u.iter().map(|u| u.clone() * u.clone() * u.clone()));
            let squares = total(u.iter().map(|u| u.clone() * u.clone()));
            D::constant(0.25) * share.clone() * squares.clone() * squares - D::constant(1.0 / 3.0) * cubes
        }))
    }
}

impl Bcm {
    fn statistic(&self) -> Statistic {
        match self.threshold {
            Threshold::Batch => Statistic::Batch,
            Threshold::Running => Statistic::Running { rate: self.rate },
        }
    }
}

/// θ, the mean of y².
pub(super) fn theta(statistic: Statistic) -> State {
    State {
        name: "theta",
        initial: 1.0,
        of: y() * y(),
        statistic,
    }
}
