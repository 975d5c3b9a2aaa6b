//! A rule of one's own, proven: its update against its surrogate loss, and every law that it claims.
//!
//! `cargo run --example own_rule --features testing`

use hebb_core::rule::{Decay, Differentiable, Expr, Law, Lowering, Params, Rule, RuleInfo, Sample};
use hebb_core::testing::laws;
use hebb_core::{RefBackend, Result};

/// Oja's rule with a weaker decay, Δw_i = y_i (x − y_i w_i / 4): weights tend to norm 2 instead of 1.
#[derive(Clone, Copy, Debug)]
struct WeakOja;

const DECAY: f32 = 0.25;

impl Rule for WeakOja {
    const INFO: RuleInfo = RuleInfo {
        name: "weak-oja",
        summary: "Oja's rule with a quarter of its decay.",
        formula: "y_i (x - y_i w_i / 4)",
        surrogate: "-sg[y_i] (w_i.x) + 1/8 sg[y_i^2] |w_i|^2",
        paper: "an example",
        params: &[],
        laws: &[
            Law::PatchOrder,
            Law::ChannelPermutation,
            Law::UnitPermutation,
            Law::Additive,
            Law::SilentUnitsRest,
        ],
        deviations: "",
    };

    fn from_params(params: &Params) -> Result<Self> {
        params.check(&Self::INFO)?;
        Ok(Self)
    }

    fn lower(&self) -> Lowering {
        Lowering::new(Expr::Activity).with_decay(Decay::Diagonal(
            Expr::Constant(DECAY) * Expr::Activity * Expr::Activity,
        ))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        sample.sum_units(|i| {
            let y = sample.activity[i];
            D::constant(0.5 * f64::from(DECAY) * y * y) * sample.norm_squared(i)
                - D::constant(y) * sample.dot(i)
        })
    }
}

fn main() {
    let report = laws::<WeakOja, _>(&RefBackend, None);
    println!("{report}");
    assert!(report.failed.is_empty());
}
