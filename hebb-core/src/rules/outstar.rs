use crate::rule::{Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, t, total};

parameters! {
    /// Grossberg's outstar: Δw_ik = x_k (t_i − w_ik).
    ///
    /// Each input learns the pattern that the teacher shows while the input is active.
    ///
    /// Source: Grossberg 1968, PNAS 59.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Outstar;
}

impl Rule for Outstar {
    const INFO: RuleInfo = RuleInfo {
        name: "outstar",
        summary: "Grossberg's outstar: the weights of an active input move to the teacher's signal.",
        formula: "x_k (t_i - w_ik)",
        surrogate: "1/2 sum_k x_k (t_i - w_ik)^2, exact",
        paper: "Grossberg 1968, PNAS 59",
        laws: Laws::USUAL.without(Law::SilentUnitsRest),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(t()).with_decay(Decay::Input)
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            total(sample.row(i).iter().zip(sample.patch).map(|(w, x)| {
                let gap = D::constant(sample.teacher[i]) - w.clone();
                D::constant(0.5 * x) * gap.clone() * gap
            }))
        })
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        Some(total(samples.iter().map(|sample| self.surrogate(sample))))
    }
}
