use crate::rule::{
    Decay, Differentiable, Law, Laws, Lowering, Rule, RuleInfo, Sample, choices, parameters, t, total, y,
};

parameters! {
    /// Supervised Hebb: Δw_i = t_i (x − w_i), where the teacher's signal t_i is 1 for the unit of the image's class.
    ///
    /// Gated by the competition the activity is t_i y_i: the teacher chooses among the units that won. Clamped, only the units
    /// compete whose teacher speaks, so that those of an image's class and those of all classes win.
    ///
    /// Source: Amato et al. 2019, ICIAP.
    #[derive(Clone, Copy, Debug)]
    pub struct Supervised {
        /// part of the competition: none, y multiplies t, or y multiplies t and only units with t > 0 compete
        gate: Gate = "none",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    None,
    Competition,
    Clamp,
}

choices!(Gate { None = "none", Competition = "competition", Clamp = "clamp" });

impl Rule for Supervised {
    const INFO: RuleInfo = RuleInfo {
        name: "supervised",
        summary: "The instar with the activity that a teacher sets.",
        formula: "t_i (x - w_i); gate = competition or clamp: t_i y_i (x - w_i)",
        surrogate: "1/2 sg[t_i] |x - w_i|^2, exact without the gate",
        paper: "Amato et al. 2019, ICIAP",
        laws: Laws::USUAL.without(Law::SilentUnitsRest).with(Law::RestsAtMean),
        deviations: "The authors' code multiplies scores from 0 to 1 by t before the competition: the clamp, which goes with \
                     scores of any sign.",
    };

    fn lower(&self) -> Lowering {
        let activity = || match self.gate {
            Gate::None => t(),
            Gate::Competition | Gate::Clamp => t() * y(),
        };
        let lowering = Lowering::new(activity())
            .with_decay(Decay::Diagonal(activity()))
            .with_weight(activity().abs());
        match self.gate {
            Gate::Clamp => lowering.clamp(),
            Gate::None | Gate::Competition => lowering,
        }
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let gate = match self.gate {
                Gate::None => 1.0,
                Gate::Competition | Gate::Clamp => sample.activity[i],
            };
            D::constant(0.5 * sample.teacher[i] * gate) * sample.distance_squared(i)
        })
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let ungated = self.gate == Gate::None;
        ungated.then(|| total(samples.iter().map(|sample| self.surrogate(sample))))
    }
}
