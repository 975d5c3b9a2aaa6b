//! The choice of a path: how a pass computes a layer, by its plan and its operands.

use super::CheckedInput;
use super::formula::MAX_STATES;
use super::planes::suits_planes;
use super::rows::background;
use crate::primitives::compete::MAX_WINNERS;
use crate::primitives::pool::is_tiled;
use hebb_core::backend::LayerPlan;
use hebb_core::plan::{Competition, Mask, Output, Similarity};
use hebb_core::rule::{ACTIVITY, Binary, Decay, Formula, Lowering, Statistic, Unary};

/// The layout and the learner of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Rows of responses; every unit learns from every patch.
    GradedRows,
    /// Rows of responses to sparse images; winners learn.
    SparseRows,
    /// Planes of responses; winners learn.
    Planes {
        /// Only the connections that the mask keeps are multiplied and learned.
        pruned: bool,
    },
    /// The pass that `hebb-core` composes from the operations.
    Composed,
}

impl Path {
    /// Chooses the path of a pass: the first one that computes the layer.
    pub(crate) fn of(input: &CheckedInput<'_>) -> Self {
        let CheckedInput { plan, learns, .. } = *input;
        let pruned = input.mask.is_some_and(is_thin);
        let planes = suits_planes(plan, pruned) && covers_planes(input);
        let whole = !pruned && !input.clamped;
        if whole && covers_graded(input) && !(planes && !learns && is_faster_by_planes(plan)) {
            Self::GradedRows
        } else if whole && covers_sparse(input) && has_sparse_images(input) {
            Self::SparseRows
        } else if planes && !(input.clamped && input.winners() == 0) {
            Self::Planes { pruned }
        } else {
            Self::Composed
        }
    }
}

/// Returns true if the mask keeps so few connections that only these are multiplied.
fn is_thin(mask: &Mask) -> bool {
    /// Masks that keep a larger share are multiplied as dense weights. At this one the pruned pass took 0.5 to 1.0 times as
    /// long as the dense one on the shapes measured, with AVX2.
    const DENSITY: f32 = 0.15;
    mask.density() <= DENSITY
}

/// Every unit learns from every patch by itself, or nothing is learned.
fn covers_graded(input: &CheckedInput<'_>) -> bool {
    let plan = input.plan;
    let own_decay = matches!(plan.lowering.decay, Decay::None | Decay::Diagonal(_));
    let learnable = !input.learns || (own_decay && !plan.lowering.needs_batch_statistics());
    plan.similarity.weight().is_none()
        && !has_composed_output(plan)
        && learnable
        && (!input.competes() || is_graded(&plan.competition))
}

/// The winners of patches that lie within the image learn.
fn covers_sparse(input: &CheckedInput<'_>) -> bool {
    let plan = input.plan;
    let winners = plan.competition.winners();
    let few = winners.is_some_and(|winners| winners <= MAX_WINNERS.min(plan.units));
    plan.geometry.window().padding == [0, 0]
        && plan.similarity.weight().is_none()
        && !has_composed_output(plan)
        && (!input.competes() || few)
        && (!input.learns || learns_from_winners(plan))
}

fn has_sparse_images(input: &CheckedInput<'_>) -> bool {
    let mut images = input
        .images(0..input.images)
        .chunks_exact(input.plan.geometry.input().len());
    images.all(|image| background(image).is_some())
}

/// The winners of patches learn, in a layout in which positions are neighbours.
fn covers_planes(input: &CheckedInput<'_>) -> bool {
    let plan = input.plan;
    let mask_fits = input
        .mask
        .is_none_or(|mask| mask.rows() == plan.units && mask.cols() == plan.geometry.patch_len());
    let competition = plan.competition != Competition::None && plan.competition.winners().is_none();
    let graded = plan.similarity.weight().is_some()
        || has_composed_output(plan)
        || (competition && plan.output == Output::Competition);
    mask_fits
        && !graded
        && (!input.learns || learns_from_winners(plan))
        && input.winners() <= MAX_WINNERS.min(plan.units)
}

/// Returns true if planes compute the output faster than rows: they pack no patches, which counts where units are few, but
/// take windows that overlap one by one.
fn is_faster_by_planes(plan: &LayerPlan) -> bool {
    const FEW: usize = 1 << 15;
    plan.weights() <= FEW && plan.pool.is_none_or(|pool| is_tiled(&pool)) && plan.geometry.positions() > 1
}

/// Returns true if the competition gives every unit a share, row by row.
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

/// Returns true if only the operations of the backend compute the output.
fn has_composed_output(plan: &LayerPlan) -> bool {
    match plan.output {
        Output::KNearest { .. } => true,
        Output::ClippedCosine => !matches!(
            plan.similarity,
            Similarity::Cosine | Similarity::RaisedCosine { power: 2.0 }
        ),
        Output::Raw | Output::Relu | Output::Triangle { .. } | Output::Competition => false,
    }
}

/// Returns true if a unit changes only by the patches that it wins, and no statistic of the whole batch comes first.
fn learns_from_winners(plan: &LayerPlan) -> bool {
    let rule = &plan.lowering;
    let decay = match &rule.decay {
        Decay::None => true,
        Decay::Diagonal(expr) => is_zero_without_activity(expr),
        Decay::Outer(_) | Decay::Input => false,
    };
    let states = rule.states.iter().all(|state| {
        matches!(state.statistic, Statistic::Running { .. }) && is_zero_without_activity(&state.of)
    });
    plan.competition.winners().is_some()
        && is_zero_without_activity(&rule.factor)
        && rule.weight == Lowering::activity_size()
        && decay
        && states
        && rule.states.len() <= MAX_STATES
}

/// Returns true if a formula is zero wherever y is, whatever the other quantities are.
fn is_zero_without_activity(formula: &Formula) -> bool {
    match formula {
        Formula::Operand(position) => *position == ACTIVITY,
        Formula::Constant(value) => *value == 0.0,
        Formula::Unary(Unary::Exp | Unary::Recip, _) | Formula::Binary(Binary::Pow, ..) => false,
        Formula::Unary(_, a) => is_zero_without_activity(a),
        Formula::Binary(Binary::Mul, a, b) => is_zero_without_activity(a) || is_zero_without_activity(b),
        Formula::Binary(_, a, b) => is_zero_without_activity(a) && is_zero_without_activity(b),
    }
}

#[cfg(test)]
mod tests;
