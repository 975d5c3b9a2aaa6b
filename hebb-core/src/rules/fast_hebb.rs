use crate::plan::{Competition, Reduction};
use crate::rule::{
    Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, parameters, y,
};

parameters! {
    /// FastHebb's soft winner-take-all: the mean of r_i (x − w_i) over the batch, weighted by r_i; r = softmax(u/T).
    ///
    /// With the weighted-mean reduction the update is Σ r_i² (x − w_i) / Σ r_i.
    ///
    /// Source: Lagani et al. 2022 (arXiv 2207.03172).
    #[derive(Clone, Copy, Debug)]
    pub struct FastHebb {
        /// temperature of the softmax
        temperature: f32 = 0.02 in 1e-6..=1e3,
    }
}

impl Rule for FastHebb {
    const INFO: RuleInfo = RuleInfo {
        name: "fasthebb",
        summary: "FastHebb's soft winner-take-all: the batch mean of r_i (x - w_i), weighted by r_i.",
        formula: "y_i^2 (x - w_i), where y = softmax(u / temperature); a batch's sum is divided by its sum of y_i",
        surrogate: "1/2 sg[y_i^2] |x - w_i|^2",
        paper: "Lagani et al. 2022, arXiv 2207.03172",
        laws: Laws::USUAL.with(Law::RestsAtMean),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        let square = || y() * y();
        Lowering::new(square()).with_decay(Decay::Diagonal(square()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| D::constant(0.5 * sample.activity[i].powi(2)) * sample.distance_squared(i))
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            competition: Competition::SoftWta {
                beta: 1.0 / self.temperature,
            },
            reduction: Reduction::WeightedMean,
            ..Setting::default()
        }
    }
}
