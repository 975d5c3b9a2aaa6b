//! Which plans the fused pass covers; every other one goes through [`hebb_core::backend::composed_pass`].

use super::compete::MAX_WINNERS;
use super::planes::{Planes, Share};
use hebb_core::backend::LayerPlan;
use hebb_core::plan::{Competition, Mask, Output, Similarity};
use hebb_core::rule::{Binary, Decay, Expr, Lowering, Statistic, Unary};

/// How the fused pass computes a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// Winners of a position to be found; 0 if nobody asks for them.
    pub(super) winners: usize,
    /// Whether only the kept connections are worked on.
    pub(super) sparse: bool,
}

/// Whether a mask is so thin that only its connections are worked on.
pub(crate) fn is_sparse(mask: &Mask) -> bool {
    /// Masks that keep a larger share are multiplied as dense weights. At this one the sparse pass took 0.5 to 1.0 times as
    /// long as the dense one on the shapes measured, with AVX2.
    const DENSITY: f32 = 0.15;
    mask.density() <= DENSITY
}

/// States that the formulas of a rule may have.
pub(super) const MAX_STATES: usize = 8;

impl Route {
    /// The route of a plan, or `None` if the fused pass does not cover it.
    pub(super) fn of(plan: &LayerPlan, mask: Option<&Mask>, learns: bool) -> Option<Self> {
        let sparse = mask.is_some_and(is_sparse);
        let planes = Self::planes_of(plan, sparse);
        let fits = plan.units > 0 && u32::try_from(planes.len()).is_ok() && fills_vectors(plan, &planes);
        let mask_fits =
            mask.is_none_or(|mask| mask.rows() == plan.units && mask.cols() == plan.geometry.patch_len());
        if !fits || !mask_fits || graded(plan) || (learns && !learns_from_winners(plan)) {
            return None;
        }
        let winners = match plan.competition.winners() {
            Some(count) if learns || plan.output == Output::Competition => count,
            _ => 0,
        };
        (winners <= MAX_WINNERS.min(plan.units)).then_some(Self { winners, sparse })
    }

    /// The planes of a plan.
    pub(super) fn planes(self, plan: &LayerPlan) -> Planes {
        Self::planes_of(plan, self.sparse)
    }

    /// A thin mask reads few values here and there: the fewer there are, the better.
    fn planes_of(plan: &LayerPlan, sparse: bool) -> Planes {
        let share = if sparse { Share::Phase } else { Share::Tap };
        Planes::new(&plan.geometry, share)
    }
}

/// Whether the weights or the units' scores pass through functions that only the primitives compute.
fn graded(plan: &LayerPlan) -> bool {
    let competition = plan.competition != Competition::None && plan.competition.winners().is_none();
    plan.similarity.weight().is_some()
        || has_composed_output(plan)
        || (competition && plan.output == Output::Competition)
}

/// Whether the output is one that only the primitives compute.
pub(crate) fn has_composed_output(plan: &LayerPlan) -> bool {
    match plan.output {
        Output::KNearest { .. } => true,
        Output::ClippedCosine => !matches!(
            plan.similarity,
            Similarity::Cosine | Similarity::RaisedCosine { power: 2.0 }
        ),
        Output::Raw | Output::Relu | Output::Triangle { .. } | Output::Competition => false,
    }
}

/// Whether at least a quarter of the vectors' lanes are positions.
fn fills_vectors(plan: &LayerPlan, planes: &Planes) -> bool {
    4 * plan.geometry.positions() >= planes.span(plan.geometry.out_height())
}

/// Whether patches that a unit does not win leave it as it is, and nothing must be known of the whole batch before.
pub(crate) fn learns_from_winners(plan: &LayerPlan) -> bool {
    let rule = &plan.lowering;
    let decay = match &rule.decay {
        Decay::None => true,
        Decay::Diagonal(expr) => rests_when_silent(expr),
        Decay::Outer(_) | Decay::Input => false,
    };
    let states = rule
        .states
        .iter()
        .all(|state| matches!(state.statistic, Statistic::Running { .. }) && rests_when_silent(&state.of));
    plan.competition.winners().is_some()
        && rests_when_silent(&rule.factor)
        && rule.weight == Lowering::activity_size()
        && decay
        && states
        && rule.states.len() <= MAX_STATES
}

/// Whether a formula is zero wherever y is, whatever the other quantities are.
fn rests_when_silent(expr: &Expr) -> bool {
    match expr {
        Expr::Activity => true,
        Expr::Constant(value) => *value == 0.0,
        Expr::Similarity | Expr::Teacher | Expr::State(_) => false,
        Expr::Unary(Unary::Exp | Unary::Recip, _) | Expr::Binary(Binary::Pow, ..) => false,
        Expr::Unary(_, a) => rests_when_silent(a),
        Expr::Binary(Binary::Mul, a, b) => rests_when_silent(a) || rests_when_silent(b),
        Expr::Binary(_, a, b) => rests_when_silent(a) && rests_when_silent(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
    use hebb_core::rule::State;

    fn plan(competition: Competition, lowering: Lowering) -> LayerPlan {
        LayerPlan {
            geometry: ConvGeometry::new(ImageShape::new(3, 12, 12), Window::square(3)).unwrap(),
            units: 20,
            similarity: Similarity::Dot,
            competition,
            lowering,
            output: Output::Raw,
            pool: None,
        }
    }

    fn k_wta(k: usize) -> Competition {
        Competition::KWta {
            k,
            values: false,
            positive: true,
        }
    }

    fn instar() -> Lowering {
        Lowering::new(Expr::Activity).with_decay(Decay::activity())
    }

    #[test]
    fn winners_are_sought_where_somebody_asks_for_them() {
        let route = |learns| Route::of(&plan(k_wta(2), instar()), None, learns);
        let route = |learns| route(learns).map(|route| route.winners);
        assert_eq!((route(true), route(false)), (Some(2), Some(0)));
        let shows = LayerPlan {
            output: Output::Competition,
            ..plan(k_wta(2), instar())
        };
        assert_eq!(Route::of(&shows, None, false).map(|route| route.winners), Some(2));
    }

    #[test]
    fn a_thin_mask_is_worked_on_by_its_connections() {
        let plan = plan(Competition::HardWta, instar());
        let sparse = |share: usize| {
            let dense: Vec<f32> = (0..plan.weights())
                .map(|i| f32::from(u8::from(i % 100 < share)))
                .collect();
            let mask = Mask::from_dense(&dense, plan.geometry.patch_len()).unwrap();
            Route::of(&plan, Some(&mask), true).map(|route| route.sparse)
        };
        assert_eq!((sparse(1), sparse(90)), (Some(true), Some(false)));
    }

    #[test]
    fn what_depends_on_silent_units_is_composed() {
        let composed = |plan: &LayerPlan| Route::of(plan, None, true).is_none();
        assert!(composed(&plan(Competition::None, instar())));
        assert!(composed(&plan(k_wta(MAX_WINNERS + 1), instar())));
        assert!(composed(&plan(
            k_wta(1),
            Lowering::new(Expr::Teacher - Expr::Similarity)
        )));
        for decay in [Decay::gram(Expr::Activity, false), Decay::Input] {
            assert!(composed(&plan(
                k_wta(1),
                Lowering::new(Expr::Activity).with_decay(decay)
            )));
        }
        let state = |statistic| State {
            name: "theta",
            initial: 0.0,
            of: Expr::Activity * Expr::Activity,
            statistic,
        };
        assert!(composed(&plan(
            k_wta(1),
            instar().with_state(state(Statistic::Batch))
        )));
        let running = instar().with_state(state(Statistic::Running { rate: 0.1 }));
        assert!(!composed(&plan(k_wta(1), running)));
    }

    #[test]
    fn a_dense_layer_is_composed() {
        let dense = LayerPlan {
            geometry: ConvGeometry::dense(ImageShape::new(3, 12, 12)).unwrap(),
            ..plan(Competition::HardWta, instar())
        };
        assert!(Route::of(&dense, None, true).is_none());
    }

    #[test]
    fn a_formula_rests_only_if_every_silent_unit_does() {
        let y = || Expr::Activity;
        assert!(rests_when_silent(&(y() * (y() - Expr::State(0)))));
        assert!(rests_when_silent(&(y() - y().apply(Unary::Tanh))));
        assert!(!rests_when_silent(&(y() - Expr::Constant(1.0))));
        assert!(!rests_when_silent(&y().apply(Unary::Exp)));
    }
}
