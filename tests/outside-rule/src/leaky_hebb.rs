//! Hebb's rule with passive forgetting.

use hebb_core::rule::{Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, parameters, y};

parameters! {
    /// Hebb with passive forgetting: Δw_i = y_i x − λ w_i.
    ///
    /// Source: Gerstner and Kistler 2002, Spiking Neuron Models, section 10.2.
    #[derive(Clone, Copy, Debug)]
    pub struct LeakyHebb {
        /// lambda, how much of a weight a patch takes away
        leak: f32 = 0.1 in 0.0..=10.0,
    }
}

impl Rule for LeakyHebb {
    const INFO: RuleInfo = RuleInfo {
        name: "leaky-hebb",
        summary: "Hebb with passive forgetting: every patch lets the weights leak.",
        formula: "y_i x - leak w_i",
        surrogate: "-sg[y_i] (w_i.x) + 1/2 lambda |w_i|^2; exact with y = u: -1/2 u^2 + 1/2 lambda |w_i|^2",
        paper: "Gerstner and Kistler 2002, Spiking Neuron Models, section 10.2",
        laws: Laws::USUAL.without(Law::SilentUnitsRest),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::Diagonal(self.leak.into()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let leak = D::constant(0.5 * f64::from(self.leak));
        sample.sum_units(|i| {
            leak.clone() * sample.norm_squared(i) - D::constant(sample.activity[i]) * sample.dot(i)
        })
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let leak = f64::from(self.leak);
        let half = |value: D| D::constant(0.5) * value;
        let losses = samples.iter().map(|sample| {
            sample.sum_units(|i| {
                let u = sample.dot(i);
                half(D::constant(leak) * sample.norm_squared(i) - u.clone() * u)
            })
        });
        Some(losses.fold(D::constant(0.0), |sum, loss| sum + loss))
    }
}
