use crate::rule::{Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, y};

parameters! {
    /// Grossberg's instar: Δw_i = y_i (x − w_i).
    ///
    /// Each unit's weights move to the mean of the patches that excite it, weighted by its activity; with a hard
    /// winner-take-all competition this is online k-means.
    ///
    /// Source: Grossberg 1976; as a gradient, Miconi 2021 (arXiv 2107.01729), section 2.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Instar;
}

impl Rule for Instar {
    const INFO: RuleInfo = RuleInfo {
        name: "instar",
        summary: "Grossberg's instar: weights move to the mean of the patches that excite the unit.",
        formula: "y_i (x - w_i)",
        surrogate: "1/2 sg[y_i] |x - w_i|^2",
        paper: "Grossberg 1976, Biological Cybernetics 23; Miconi 2021, arXiv 2107.01729, section 2",
        laws: Laws::USUAL.with(Law::RestsAtMean),
        deviations: "Miconi's code writes -1/2 y~^2 with y~ = u - 1/2 |w|^2 and the value of y~ overwritten by y; \
                     the gradient is the same.",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::activity())
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| D::constant(0.5 * sample.activity[i]) * sample.distance_squared(i))
    }
}
