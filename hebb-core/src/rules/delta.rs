use crate::rule::{Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, t, total, u};

parameters! {
    /// The delta rule: Δw_i = (t_i − u_i) x.
    ///
    /// Source: Widrow and Hoff 1960, IRE WESCON.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Delta;
}

impl Rule for Delta {
    const INFO: RuleInfo = RuleInfo {
        name: "delta",
        summary: "The delta rule: responses move to the teacher's signal.",
        formula: "(t_i - u_i) x",
        surrogate: "1/2 |t - u|^2, exact",
        paper: "Widrow and Hoff 1960, IRE WESCON",
        laws: Laws::USUAL.without(Law::SilentUnitsRest),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(t() - u())
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| D::constant(sample.similarity[i] - sample.teacher[i]) * sample.dot(i))
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        Some(total(samples.iter().map(|sample| {
            sample.sum_units(|i| {
                let gap = D::constant(sample.teacher[i]) - sample.dot(i);
                D::constant(0.5) * gap.clone() * gap
            })
        })))
    }
}
