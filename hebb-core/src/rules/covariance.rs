use crate::rule::{
    Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, State, Statistic, parameters, state, total,
    u,
};

parameters! {
    /// The covariance rule: Δw_i = (u_i − E u_i)(x − E x), with means over the batch.
    ///
    /// Summed over a batch, Σ (u_i − E u_i) x is the same, because the deviations add up to zero.
    ///
    /// Source: Sejnowski 1977, Journal of Mathematical Biology 4.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Covariance;
}

impl Rule for Covariance {
    const INFO: RuleInfo = RuleInfo {
        name: "covariance",
        summary: "The covariance rule: patches that excite a unit more than on average attract it, others repel it.",
        formula: "(u_i - mean_i) x, where mean_i = E u_i; summed over a batch, (u_i - E u_i) (x - E x)",
        surrogate: "-sg[u_i - mean_i] (w_i.x); exact: -1/2 P Var(u_i)",
        paper: "Sejnowski 1977, J. Math. Biology 4",
        laws: Laws::USUAL.without(Law::Additive).without(Law::SilentUnitsRest),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(u() - state(0)).with_state(State {
            name: "mean",
            initial: 0.0,
            of: u(),
            statistic: Statistic::Batch,
        })
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| D::constant(sample.states[0][i] - sample.similarity[i]) * sample.dot(i))
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let first = samples.first()?;
        let share = D::constant(1.0 / samples.len() as f64);
        let loss = first.sum_units(|i| {
            let mean = share.clone() * total(samples.iter().map(|sample| sample.dot(i)));
            total(samples.iter().map(|sample| {
                let deviation = sample.dot(i) - mean.clone();
                deviation.clone() * deviation
            }))
        });
        Some(D::constant(-0.5) * loss)
    }
}
