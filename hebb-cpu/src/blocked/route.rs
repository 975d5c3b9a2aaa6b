//! Which plans this path covers.

use crate::fused::{has_composed_output, tiles};
use hebb_core::backend::LayerPlan;
use hebb_core::plan::{Competition, Output};
use hebb_core::rule::Decay;

/// Whether every unit learns from every patch by itself, or is put out without learning.
pub(super) fn covers(plan: &LayerPlan, learns: bool) -> bool {
    let own_weights = plan.similarity.weight().is_none();
    let own_decay = matches!(plan.lowering.decay, Decay::None | Decay::Diagonal(_));
    let lessons = !learns || (own_decay && !plan.lowering.needs_batch_statistics());
    let competes = learns || plan.output == Output::Competition;
    own_weights && !has_composed_output(plan) && lessons && (!competes || is_graded(&plan.competition))
}

/// Whether the path of winners puts a layer out faster: it packs no patches, which counts where units are few, but takes
/// windows that overlap one by one.
pub(super) fn suits_planes(plan: &LayerPlan) -> bool {
    const FEW: usize = 1 << 15;
    plan.weights() <= FEW && plan.pool.is_none_or(|pool| tiles(&pool)) && plan.geometry.positions() > 1
}

/// Whether the competition is one that this path computes row by row without looking anything up.
fn is_graded(competition: &Competition) -> bool {
    match competition {
        Competition::None
        | Competition::SoftWta { .. }
        | Competition::SignedSoftWta { .. }
        | Competition::WinnerResidual { .. } => true,
        Competition::HardWta
        | Competition::KWta { .. }
        | Competition::RankCoded { .. }
        | Competition::Lateral { .. } => false,
    }
}
