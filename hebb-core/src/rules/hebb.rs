use crate::rule::{Differentiable, Laws, Lowering, Rule, RuleInfo, Sample, parameters, total, y};

parameters! {
    /// Plain Hebb: Δw_i = y_i x.
    ///
    /// Weights grow without bound unless a constraint such as unit norm holds them.
    ///
    /// Source: Hebb 1949; as a gradient, Miconi 2021 (arXiv 2107.01729), section 2.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Hebb;
}

impl Rule for Hebb {
    const INFO: RuleInfo = RuleInfo {
        name: "hebb",
        summary: "Plain Hebb: what fires together wires together.",
        formula: "y_i x",
        surrogate: "-sg[y_i] (w_i.x); exact with y = u: -1/2 u^2",
        paper: "Hebb 1949, The Organization of Behavior; Miconi 2021, arXiv 2107.01729, section 2",
        laws: Laws::USUAL,
        deviations: "Miconi's code writes -1/2 y~^2 with the value of y~ overwritten by y; the gradient is the same.",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y())
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| -(D::constant(sample.activity[i]) * sample.dot(i)))
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let squares = samples
            .iter()
            .map(|sample| sample.sum_units(|i| sample.dot(i) * sample.dot(i)));
        Some(D::constant(-0.5) * total(squares))
    }
}
