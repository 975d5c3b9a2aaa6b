use crate::rule::{Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, y};

parameters! {
    /// Oja's rule: Δw_i = y_i (x − y_i w_i).
    ///
    /// With a linear unit, w tends to the unit-norm first principal direction of the patches.
    ///
    /// Source: Oja 1982, Journal of Mathematical Biology 15; as a gradient, Miconi 2021 (arXiv 2107.01729),
    /// section 2.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Oja;
}

impl Rule for Oja {
    const INFO: RuleInfo = RuleInfo {
        name: "oja",
        summary: "Oja's rule: Hebb with a decay that keeps the norm at one; finds the principal direction.",
        formula: "y_i (x - y_i w_i)",
        surrogate: "1/2 |x - sg[y_i] w_i|^2",
        paper: "Oja 1982, J. Math. Biology 15; Miconi 2021, arXiv 2107.01729, section 2",
        laws: Laws::USUAL.with(Law::RestsAtPrincipalDirection),
        deviations: "Miconi's code writes -1/2 y~^2 with y~ = u - 1/2 y |w|^2 and the value of y~ overwritten by y; \
                     the gradient is the same. Without the stop-gradient the loss gives Oja only at |w| = 1.",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::Diagonal(y() * y()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| D::constant(0.5) * sample.scaled_distance_squared(i, sample.activity[i]))
    }
}
