//! Laws of layers under any rule: exactly k winners, zero masked weights, unit norms, finite values.

use super::subject::{Batches, convolutions};
use crate::Seed;
use crate::backend::{Backend, LayerPlan, buffer_of, host_of};
use crate::layer::{HebbLayer, Input, LayerConfig, Learning, Pair, RuleChoice, Schedule};
use crate::plan::{Competition, Constraint, Setting, UnitRate};
use crate::rule::{AnyRule, Lowering, RuleInfo};
use crate::testing::strategies;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;

/// A batch with a competition and a fraction of pruned weights.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    case: Batches,
    competition: Competition,
    prune: f32,
}

pub(super) fn trials(rule: &dyn AnyRule) -> BoxedStrategy<Trial> {
    let shares = select(vec![0.0f32, 0.3, 0.8]);
    let cases = (convolutions(rule), shares).prop_flat_map(|(case, prune)| {
        let competitions = strategies::competitions(case.plan.units);
        competitions.prop_map(move |competition| Trial {
            case: case.clone(),
            competition,
            prune,
        })
    });
    cases.boxed()
}

/// Checks the laws after two batches of training.
pub(super) fn keeps_invariants<B: Backend>(
    backend: &B,
    rule: Arc<dyn AnyRule>,
    trial: &Trial,
) -> Result<(), String> {
    trained(backend, rule, trial).unwrap_or_else(|error| Err(format!("the layer failed: {error}")))
}

fn trained<B: Backend>(
    backend: &B,
    rule: Arc<dyn AnyRule>,
    trial: &Trial,
) -> crate::Result<Result<(), String>> {
    let (plan, batch) = (&trial.case.plan, &trial.case.batch);
    let mut layer = HebbLayer::new(
        backend,
        config(rule, trial),
        plan.geometry.input(),
        Seed::new(0),
        0,
    )?;
    let (values, teacher) = (
        buffer_of(backend, &batch.input)?,
        buffer_of(backend, &batch.teacher)?,
    );
    let input = Input {
        images: batch.images,
        values: &values,
        teacher: Some(&teacher),
    };
    let (_, activity) = layer.respond(backend, &input)?;
    let activity = host_of(backend, &activity, plan.patches(batch.images) * plan.units)?;
    for _ in 0..2 {
        layer.process(backend, &input, Learning::ALL)?;
    }
    let tensors = layer.tensors(backend)?;
    if let Some((name, _)) = tensors
        .iter()
        .find(|(_, values)| values.iter().any(|v| !v.is_finite()))
    {
        return Ok(Err(format!("`{name}` is not finite after training")));
    }
    let flat = |name: &str| {
        tensors
            .get(name)
            .map(|values| values.iter().copied().collect::<Vec<f32>>())
    };
    let weights = flat("weight").unwrap_or_default();
    Ok(winners(trial, plan, &activity)
        .and_then(|()| masked(&weights, flat("mask").as_deref()))
        .and_then(|()| of_norm_one(&weights, plan.geometry.patch_len())))
}

fn config(rule: Arc<dyn AnyRule>, trial: &Trial) -> LayerConfig {
    let plan = &trial.case.plan;
    let window = plan.geometry.window();
    LayerConfig {
        kernel: Some(Pair(window.kernel)),
        stride: Pair(window.stride),
        dilation: Pair(window.dilation),
        padding: Pair(window.padding),
        padding_mode: window.mode,
        similarity: Some(plan.similarity),
        competition: Some(trial.competition),
        rule: RuleChoice::outside(Shared(rule)),
        reduction: Some(trial.case.reduction),
        learning_rate: Schedule::Constant { rate: 0.05 },
        unit_rate: Some(UnitRate::Same),
        constraint: Some(Constraint::UnitNorm),
        prune: trial.prune,
        output: plan.output,
        ..LayerConfig::dense(plan.units)
    }
}

/// A shared rule.
#[derive(Debug)]
struct Shared(Arc<dyn AnyRule>);

impl AnyRule for Shared {
    fn info(&self) -> &'static RuleInfo {
        self.0.info()
    }

    fn lower(&self) -> Lowering {
        self.0.lower()
    }

    fn setting(&self, units: usize) -> Setting {
        self.0.setting(units)
    }
}

fn winners(trial: &Trial, plan: &LayerPlan, activity: &[f32]) -> Result<(), String> {
    let Competition::KWta {
        k,
        values: false,
        positive: false,
    } = trial.competition
    else {
        return Ok(());
    };
    let won = |row: &[f32]| row.iter().filter(|y| **y == 1.0).count();
    match activity.chunks_exact(plan.units).position(|row| won(row) != k) {
        None => Ok(()),
        Some(patch) => Err(format!("patch {patch} does not have exactly {k} winners")),
    }
}

fn masked(weights: &[f32], mask: Option<&[f32]>) -> Result<(), String> {
    let Some(mask) = mask else { return Ok(()) };
    match weights
        .iter()
        .zip(mask)
        .position(|(w, kept)| *kept == 0.0 && *w != 0.0)
    {
        None => Ok(()),
        Some(index) => Err(format!(
            "pruned weight {index} is {} after training",
            weights[index]
        )),
    }
}

/// Checks that every row has norm one, or zero if all of it is pruned.
fn of_norm_one(weights: &[f32], len: usize) -> Result<(), String> {
    let norm = |row: &[f32]| row.iter().map(|w| w * w).sum::<f32>().sqrt();
    let fits = |norm: f32| norm == 0.0 || (norm - 1.0).abs() < 1e-4;
    match weights.chunks_exact(len).map(norm).find(|norm| !fits(*norm)) {
        None => Ok(()),
        Some(norm) => Err(format!("a unit's norm is {norm} after training")),
    }
}
