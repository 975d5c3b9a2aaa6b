use crate::rule::{Differentiable, Laws, Lowering, Rule, RuleInfo, Sample, parameters, total, y};

parameters! {
    /// Anti-Hebb: Δw_i = −y_i x.
    ///
    /// Units unlearn what excites them; between units it decorrelates.
    ///
    /// Source: Földiák 1990, Biological Cybernetics 64.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct AntiHebb;
}

impl Rule for AntiHebb {
    const INFO: RuleInfo = RuleInfo {
        name: "anti-hebb",
        summary: "Anti-Hebb: units unlearn what excites them.",
        formula: "-y_i x",
        surrogate: "sg[y_i] (w_i.x); exact with y = u: 1/2 u^2",
        paper: "Foldiak 1990, Biological Cybernetics 64",
        laws: Laws::USUAL,
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(-y())
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| D::constant(sample.activity[i]) * sample.dot(i))
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let squares = samples
            .iter()
            .map(|sample| sample.sum_units(|i| sample.dot(i) * sample.dot(i)));
        Some(D::constant(0.5) * total(squares))
    }
}
