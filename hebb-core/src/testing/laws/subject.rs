//! What the laws are tried on.

use crate::geometry::{ConvGeometry, ImageShape, Window};
use crate::plan::{LayerPlan, Output};
use crate::rule::{AnyRule, Params, Rule, Sample};
use crate::testing::oracle::Batch;
use crate::testing::strategies;
use proptest::collection::vec;
use proptest::prelude::*;

/// One patch with everything that a surrogate sees, each drawn on its own.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    pub(super) weights: Vec<f64>,
    patch: Vec<f64>,
    activity: Vec<f64>,
    similarity: Vec<f64>,
    teacher: Vec<f64>,
    states: Vec<Vec<f64>>,
}

impl Patch {
    pub(super) fn sample<'a, D>(&'a self, weights: &'a [D]) -> Sample<'a, D> {
        Sample {
            weights,
            patch: &self.patch,
            activity: &self.activity,
            similarity: &self.similarity,
            teacher: &self.teacher,
            states: &self.states,
        }
    }
}

/// A batch of one patch an image, and a plan for it.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    pub(super) plan: LayerPlan,
    pub(super) batch: Batch,
}

/// Patches for a rule with this many states.
pub(super) fn patches(states: usize) -> impl Strategy<Value = Patch> {
    (strategies::sizes(), strategies::sizes()).prop_flat_map(move |(units, len)| {
        let unit = || vec(prop_oneof![4 => -2.0..2.0, 1 => Just(0.0)], units);
        let positive = vec(vec(0.01..2.0, units), states);
        let parts = (
            vec(-2.0..2.0, units * len),
            vec(-2.0..2.0, len),
            unit(),
            unit(),
            unit(),
            positive,
        );
        parts.prop_map(|(weights, patch, activity, similarity, teacher, states)| Patch {
            weights,
            patch,
            activity,
            similarity,
            teacher,
            states,
        })
    })
}

/// The largest number of units tried.
const MOST_UNITS: usize = 16;

/// Batches for a rule in its own setting.
pub(super) fn batches<R: Rule>(rule: &R) -> impl Strategy<Value = Batches> + use<R> {
    // More units than were drawn where the setting needs them.
    let plans: Vec<_> = (0..=MOST_UNITS).map(|units| plan(rule, units)).collect();
    let sizes = (strategies::sizes(), strategies::sizes(), 0usize..=7);
    sizes
        .prop_filter_map("the setting must fit the units", move |(units, len, images)| {
            let plan = plans[units..].iter().flatten().next()?.clone();
            let geometry = ConvGeometry::new(ImageShape::new(len, 1, 1), Window::square(1)).ok()?;
            let plan = LayerPlan { geometry, ..plan };
            Some((plan, images))
        })
        .prop_flat_map(|(plan, images)| {
            let (units, len) = (plan.units, plan.geometry.patch_len());
            let states = vec(0.01f32..2.0, plan.lowering.states.len() * units);
            let values = strategies::values;
            let parts = (
                values(images * len),
                values(units * len),
                values(images * units),
                states,
            );
            parts.prop_map(move |(input, weights, teacher, states)| Batches {
                plan: plan.clone(),
                batch: Batch {
                    images,
                    input,
                    weights,
                    thresholds: None,
                    states,
                    teacher,
                },
            })
        })
}

/// The rule's plan in its own setting, for patches of one value, if the setting fits the units.
fn plan<R: Rule>(rule: &R, units: usize) -> Option<LayerPlan> {
    let setting = AnyRule::setting(rule, units);
    let plan = LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(1, 1, 1), Window::square(1)).ok()?,
        units,
        similarity: setting.similarity,
        competition: setting.competition,
        lowering: Rule::lower(rule),
        output: Output::Raw,
        pool: None,
    };
    plan.check().is_ok().then_some(plan)
}

/// The rule with parameters from all of their ranges.
pub(super) fn rules<R: Rule>() -> impl Strategy<Value = (Params, R)> {
    strategies::params(&R::INFO).prop_filter_map("the parameters must build the rule", |params| {
        R::from_params(&params).ok().map(|rule| (params, rule))
    })
}
