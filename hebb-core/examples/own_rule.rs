//! A rule of one's own, proven: its update against its surrogate loss, and every law that it claims.
//!
//! `cargo run --example own_rule --features testing`

use hebb_core::RefBackend;
use hebb_core::rule::{
    Decay, Differentiable, Formula, Laws, Lowering, Rule, RuleInfo, Sample, parameters, y,
};
use hebb_core::testing::laws;

parameters! {
    /// Oja's rule with a decay of its own, Δw_i = y_i (x − α y_i w_i): weights tend to norm 1/√α.
    #[derive(Clone, Copy, Debug)]
    pub struct WeakOja {
        /// α, how much of a weight a patch takes away
        decay: f32 = 0.25 in 0.01..=1.0,
    }
}

impl Rule for WeakOja {
    const INFO: RuleInfo = RuleInfo {
        name: "weak-oja",
        summary: "Oja's rule with a decay of its own.",
        formula: "y_i (x - decay y_i w_i)",
        surrogate: "-sg[y_i] (w_i.x) + 1/2 decay sg[y_i^2] |w_i|^2",
        paper: "an example",
        laws: Laws::USUAL,
        deviations: "",
    };

    fn lower(&self) -> Lowering {
        Lowering::new(y()).with_decay(Decay::Diagonal(Formula::Constant(self.decay) * y() * y()))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let y = sample.activity[i];
            D::constant(0.5 * f64::from(self.decay) * y * y) * sample.norm_squared(i)
                - D::constant(y) * sample.dot(i)
        })
    }
}

fn main() {
    let report = laws::<WeakOja, _>(&RefBackend, None);
    println!("{report}");
    assert!(report.failed.is_empty());
}
