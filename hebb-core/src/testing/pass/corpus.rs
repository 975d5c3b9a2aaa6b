//! The passes of the conformance suite.

use super::PassCase;
use crate::backend::LayerPlan;
use crate::formula::{Formula, Unary};
use crate::plan::{Constraint, Mask, Output, Similarity};
use crate::rule::{Decay, Lowering, Outer, Params, State, Statistic, state, t, u, y};
use crate::rules::RULES;
use crate::seed::Stream;
use crate::testing::batch::{Values, stream};
use crate::testing::choices;
use crate::testing::oracle::OracleBatch;
use rand::RngExt;

/// Units N: one, primes, the vector width and its neighbours.
const UNITS: &[usize] = &[1, 2, 3, 5, 7, 8, 11];

/// A number of units that is valid for every competition.
const MANY: usize = 8;

/// Every rule with every competition, and every competition with every similarity; the other choices are random.
pub(in crate::testing) fn corpus() -> Vec<PassCase> {
    let rules = lowerings();
    let mut cases = Vec::new();
    let competitions = choices::competitions(MANY).len();
    for (name, lowering) in &rules {
        for competition in 0..competitions {
            let mut draw = stream("pass", cases.len());
            let similarity = pick(&choices::similarities(), &mut draw);
            cases.push(case(name, lowering, competition, similarity, draw));
        }
    }
    for competition in 0..competitions {
        for similarity in choices::similarities() {
            let (name, lowering) = &rules[cases.len() % rules.len()];
            let draw = stream("pass", cases.len());
            cases.push(case(name, lowering, competition, similarity, draw));
        }
    }
    // The clamp also shows in the output of the competition.
    for competition in 0..competitions {
        let draw = stream("pass", cases.len());
        let mut shown = case("clamped instar", &clamped(), competition, Similarity::Dot, draw);
        shown.plan.output = Output::Competition;
        cases.push(shown);
    }
    cases
}

fn clamped() -> Lowering {
    Lowering::new(y()).with_decay(Decay::activity()).clamp()
}

/// Every rule at its defaults.
fn rules() -> impl Iterator<Item = (String, Lowering)> {
    RULES.iter().filter_map(|entry| {
        let rule = crate::rules::build(entry.info.name, &Params::default()).ok()?;
        Some((entry.info.name.to_owned(), rule.lower()))
    })
}

/// Every rule, and forms of decay and state that no rule may use.
fn lowerings() -> Vec<(String, Lowering)> {
    let declared = |of, statistic| State {
        name: "state",
        initial: 0.0,
        of,
        statistic,
    };
    let batch = declared(y() * y(), Statistic::Batch);
    let running = declared(u() - t(), Statistic::Running { rate: 0.1 });
    let sliding = y() * (y() - state(0)) + state(1);
    let outer = Outer {
        rows: t(),
        columns: u(),
        lower: false,
        identity: true,
    };
    let plain = || Lowering::new(y());
    let forms = [
        ("gram", plain().with_decay(Decay::gram(y(), false))),
        (
            "lower gram",
            plain().with_decay(Decay::gram(y().apply(Unary::Tanh), true)),
        ),
        ("outer", plain().with_decay(Decay::Outer(outer))),
        ("input", plain().with_decay(Decay::Input)),
        ("teacher", Lowering::new(t() - u())),
        (
            "states",
            Lowering::new(sliding).with_state(batch).with_state(running),
        ),
        ("taught weight", plain().with_weight((t() * y()).abs())),
        ("clamped instar", clamped()),
        (
            "unused decay",
            Lowering::new(Formula::Constant(0.0)).with_decay(Decay::magnitude()),
        ),
    ];
    rules()
        .chain(forms.map(|(name, lowering)| (name.to_owned(), lowering)))
        .collect()
}

fn case(
    rule: &str,
    lowering: &Lowering,
    competition: usize,
    similarity: Similarity,
    mut draw: Stream,
) -> PassCase {
    // Exact values only if the similarity is exact.
    let exact = similarity == Similarity::Dot && draw.random();
    let values = if exact { Values::Quarters } else { Values::Normal };
    let units = pick(UNITS, &mut draw);
    let allowed = choices::competitions(units);
    let mut plan = LayerPlan {
        geometry: pick(&choices::geometries(), &mut draw),
        units,
        similarity,
        competition: allowed[competition % allowed.len()],
        lowering: lowering.clone(),
        output: pick(&choices::outputs(units, similarity), &mut draw),
        pool: None,
    };
    let shape = plan.geometry.output(units);
    let pools = choices::pools()
        .into_iter()
        .filter(|pool| pool.output(shape).is_ok());
    plan.pool = pick(
        &std::iter::once(None).chain(pools.map(Some)).collect::<Vec<_>>(),
        &mut draw,
    );
    let pruned = pick(&[None, None, Some(0.4), Some(0.9)], &mut draw);
    let mask = pruned.and_then(|share| Mask::random(units, plan.geometry.patch_len(), share, &mut draw).ok());
    PassCase {
        name: format!("of {rule} on {values:?}"),
        batch: batch(&plan, values, mask.as_ref(), &mut draw),
        reduction: pick(&choices::REDUCTIONS, &mut draw),
        unit_rate: pick(&choices::UNIT_RATES, &mut draw),
        constraint: pick(&[Constraint::None, Constraint::UnitNorm], &mut draw),
        mask,
        plan,
    }
}

fn batch(plan: &LayerPlan, values: Values, mask: Option<&Mask>, draw: &mut Stream) -> OracleBatch {
    let images = pick(&[0, 1, 2, 3], draw);
    let mut weights = values.draw(plan.weights(), draw);
    if let Some(mask) = mask {
        weights
            .iter_mut()
            .zip(mask.to_dense())
            .for_each(|(w, kept)| *w *= kept);
    }
    let competes = draw.random();
    OracleBatch {
        images,
        input: values.draw(images * plan.geometry.input().len(), draw),
        weights,
        thresholds: if competes {
            Some(values.draw(plan.units, draw))
        } else {
            None
        },
        states: values.draw(plan.lowering.states.len() * plan.units, draw),
        teacher: values.draw(images * plan.units, draw),
    }
}

fn pick<T: Clone>(all: &[T], draw: &mut Stream) -> T {
    all[draw.random_range(0..all.len())].clone()
}
