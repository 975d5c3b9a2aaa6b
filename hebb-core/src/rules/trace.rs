use crate::plan::Competition;
use crate::rule::{
    Decay, Differentiable, Formula, Law, Laws, Lowering, Rule, RuleInfo, Sample, Setting, State, Statistic,
    parameters, state, y,
};

parameters! {
    /// Trace learning: Δw_i = m_i (x − w_i), with the memory m_i = (1 − d) m̄_i + d y_i.
    ///
    /// m̄_i is the running mean of the unit's activity over former batches, so that views that follow each other in time
    /// are learned by the same unit. One batch is one step in time.
    ///
    /// Source: Földiák 1991, Neural Computation 3.
    #[derive(Clone, Copy, Debug)]
    pub struct Trace {
        /// share of the present activity in the memory
        rate: f32 = 0.2 in 1e-9..=1.0,
    }
}

impl Rule for Trace {
    const INFO: RuleInfo = RuleInfo {
        name: "trace",
        summary: "The instar with a memory of past activity: units learn what follows in time.",
        formula: "((1 - rate) trace_i + rate y_i) (x - w_i), where trace_i = running E y_i",
        surrogate: "1/2 sg[(1 - rate) trace_i + rate y_i] |x - w_i|^2",
        paper: "Foldiak 1991, Neural Computation 3",
        laws: Laws::USUAL.without(Law::SilentUnitsRest).with(Law::RestsAtMean),
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        let memory = || Formula::Constant(1.0 - self.rate) * state(0) + Formula::Constant(self.rate) * y();
        Lowering::new(memory())
            .with_decay(Decay::Diagonal(memory()))
            .with_state(State {
                name: "trace",
                initial: 0.0,
                of: y(),
                statistic: Statistic::Running { rate: self.rate },
            })
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        let (past, now) = (f64::from(1.0 - self.rate), f64::from(self.rate));
        sample.sum_units(|i| {
            let memory = past * sample.states[0][i] + now * sample.activity[i];
            D::constant(0.5 * memory) * sample.distance_squared(i)
        })
    }

    fn setting(&self, _: usize) -> Setting {
        Setting {
            competition: Competition::HardWta,
            ..Setting::default()
        }
    }
}
