//! Random patches, batches and plans on which the laws are tested.

use crate::backend::LayerPlan;
use crate::geometry::{ConvGeometry, ImageShape, Window};
use crate::plan::{Output, Reduction};
use crate::rule::{AnyRule, Params, Rule, Sample};
use crate::testing::oracle::OracleBatch;
use crate::testing::strategies;
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// One patch with all variables of a surrogate, drawn independently.
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

/// A batch with a plan and a reduction.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    pub(super) plan: LayerPlan,
    pub(super) batch: OracleBatch,
    pub(super) reduction: Reduction,
}

/// Patches for a rule with `states` states.
pub(super) fn patches(states: usize) -> BoxedStrategy<Patch> {
    let patches = (strategies::sizes(), strategies::sizes()).prop_flat_map(move |(units, len)| {
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
    });
    patches.boxed()
}

/// The largest number of units.
const MOST_UNITS: usize = 16;

/// Multiply-adds of the largest convolution.
const MOST_WORK: usize = 40_000;

/// Batches of one patch per image for a rule in its own setting, reduced by the sum.
pub(super) fn batches(rule: &dyn AnyRule) -> BoxedStrategy<Batches> {
    let patches = strategies::sizes().prop_filter_map("a patch has values", |len| {
        ConvGeometry::new(ImageShape::new(len, 1, 1), Window::square(1)).ok()
    });
    on(rule, patches, 0usize..=7, Just(Reduction::Sum))
}

/// Batches for convolutions of every kind and a rule in its own setting, with any reduction.
pub(super) fn convolutions(rule: &dyn AnyRule) -> BoxedStrategy<Batches> {
    let images = strategies::images();
    on(rule, strategies::geometries(), images, strategies::reductions())
}

fn on(
    rule: &dyn AnyRule,
    geometries: impl Strategy<Value = ConvGeometry> + 'static,
    images: impl Strategy<Value = usize> + 'static,
    reductions: impl Strategy<Value = Reduction> + 'static,
) -> BoxedStrategy<Batches> {
    // The next larger number of units that the setting permits.
    let plans: Vec<_> = (0..=MOST_UNITS).map(|units| plan(rule, units)).collect();
    let sizes = (strategies::sizes(), geometries, images, reductions);
    sizes
        .prop_filter_map(
            "the setting must fit the units",
            move |(units, geometry, images, reduction)| {
                let plan = plans[units..].iter().flatten().next()?.clone();
                let plan = LayerPlan { geometry, ..plan };
                (plan.patches(images) * plan.weights() <= MOST_WORK).then_some((plan, images, reduction))
            },
        )
        .prop_flat_map(|(plan, images, reduction)| {
            let (units, len) = (plan.units, plan.geometry.patch_len());
            let pixels = plan.geometry.input().len();
            let states = vec(0.01f32..2.0, plan.lowering.states.len() * units);
            let values = strategies::values;
            let parts = (
                values(images * pixels),
                values(units * len),
                values(images * units),
                states,
            );
            parts.prop_map(move |(input, weights, teacher, states)| Batches {
                plan: plan.clone(),
                batch: OracleBatch {
                    images,
                    input,
                    weights,
                    thresholds: None,
                    states,
                    teacher,
                },
                reduction,
            })
        })
        .boxed()
}

/// The rule's plan in its own setting, for patches of one value, if the setting permits `units`.
fn plan(rule: &dyn AnyRule, units: usize) -> Option<LayerPlan> {
    let setting = rule.setting(units);
    let plan = LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(1, 1, 1), Window::square(1)).ok()?,
        units,
        similarity: setting.similarity,
        competition: setting.competition,
        lowering: rule.lower(),
        output: Output::Raw,
        pool: None,
    };
    plan.check().is_ok().then_some(plan)
}

/// The rule with parameters from their full ranges.
pub(super) fn rules<R: Rule>() -> BoxedStrategy<(Params, Arc<dyn AnyRule>)> {
    let built = |params: Params| {
        let rule = R::from_params(&params).ok()?;
        Some((params, Arc::new(rule) as Arc<dyn AnyRule>))
    };
    let rules = strategies::params(R::PARAMS).prop_filter_map("the parameters must build the rule", built);
    rules.boxed()
}
