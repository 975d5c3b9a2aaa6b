use super::Case;
use crate::plan::{Competition, Constraint, LayerPlan, Mask, Output, Reduction, Similarity};
use crate::rule::{Decay, Expr, Lowering, Params, State, Statistic};
use crate::rules::RULES;
use crate::testing::batch::{Values, stream};
use crate::testing::choices;
use crate::testing::oracle::Batch;

/// Units N of the cases, in turn.
const UNITS: &[usize] = &[5, 1, 8, 3, 11];

/// Every rule with every competition, and every competition with every similarity; the other choices in turn.
pub(in crate::testing) fn corpus() -> Vec<Case> {
    let rules = lowerings();
    let mut cases = Vec::new();
    for (name, lowering) in &rules {
        for competition in 0..choices::competitions(usize::MAX).len() {
            let similarity = cases.len() % choices::similarities().len();
            cases.push(case(cases.len(), name, lowering.clone(), competition, similarity));
        }
    }
    for competition in 0..choices::competitions(usize::MAX).len() {
        for similarity in 0..choices::similarities().len() {
            let (name, lowering) = &rules[cases.len() % rules.len()];
            cases.push(case(cases.len(), name, lowering.clone(), competition, similarity));
        }
    }
    cases
}

/// Every rule at its defaults, and the forms of decay and state that no rule may happen to use.
fn lowerings() -> Vec<(String, Lowering)> {
    let built = RULES.iter().filter_map(|entry| {
        let rule = crate::rules::build(entry.info.name, &Params::default()).ok()?;
        Some((entry.info.name.to_owned(), rule.lower()))
    });
    let state = |of, statistic| State {
        name: "state",
        initial: 0.0,
        of,
        statistic,
    };
    let batch = state(Expr::Activity * Expr::Activity, Statistic::Batch);
    let running = state(Expr::Similarity - Expr::Teacher, Statistic::Running { rate: 0.1 });
    let sliding = Expr::Activity * (Expr::Activity - Expr::State(0)) + Expr::State(1);
    let plain = || Lowering::new(Expr::Activity);
    let forms = [
        ("gram", plain().with_decay(Decay::Gram)),
        ("lower gram", plain().with_decay(Decay::LowerGram)),
        ("input", plain().with_decay(Decay::Input)),
        ("teacher", Lowering::new(Expr::Teacher - Expr::Similarity)),
        (
            "states",
            Lowering::new(sliding).with_state(batch).with_state(running),
        ),
        (
            "unused decay",
            Lowering::new(Expr::Constant(0.0)).with_decay(Decay::magnitude()),
        ),
    ];
    built
        .chain(forms.map(|(name, lowering)| (name.to_owned(), lowering)))
        .collect()
}

fn case(index: usize, rule: &str, lowering: Lowering, competition: usize, similarity: usize) -> Case {
    let geometries = choices::geometries();
    let geometry = geometries[index % geometries.len()];
    let similarity = choices::similarities()[similarity];
    // Exact values only where the similarity is exact too.
    let exact = similarity == Similarity::Dot && index.is_multiple_of(2);
    let values = if exact { Values::Quarters } else { Values::Normal };
    let wanted = UNITS[index % UNITS.len()];
    let (units, competition) = fitting(wanted, competition);
    let mut plan = LayerPlan {
        geometry,
        units,
        similarity,
        competition,
        lowering,
        output: pick::<Output>(&choices::outputs(), index),
        pool: None,
    };
    plan.pool = choices::pools().get(index % 7).copied().filter(|pool| {
        let shape = plan.geometry.output(plan.units);
        pool.output(shape).is_ok()
    });
    let mask = (index % 3 == 1).then(|| mask(&plan, index)).flatten();
    Case {
        name: format!("{index} of {rule} on {values:?}"),
        batch: batch(&plan, index, values, mask.as_ref()),
        reduction: pick(
            &[Reduction::Sum, Reduction::Mean, Reduction::WeightedMean],
            index / 2,
        ),
        constraint: pick(&[Constraint::None, Constraint::UnitNorm], index / 3),
        mask,
        plan,
    }
}

/// The competition, with more units where it needs them.
fn fitting(units: usize, competition: usize) -> (usize, Competition) {
    let all = |units| choices::competitions(units);
    let count = all(usize::MAX).len();
    (units..)
        .map(|units| (units, all(units)))
        .find(|(_, kinds)| kinds.len() == count)
        .map_or_else(
            || (units, Competition::None),
            |(units, kinds)| (units, kinds[competition]),
        )
}

fn mask(plan: &LayerPlan, index: usize) -> Option<Mask> {
    let pruned = if index.is_multiple_of(2) { 0.9 } else { 0.4 };
    Mask::random(
        plan.units,
        plan.geometry.patch_len(),
        pruned,
        &mut stream("mask", index),
    )
    .ok()
}

fn batch(plan: &LayerPlan, index: usize, values: Values, mask: Option<&Mask>) -> Batch {
    let mut stream = stream("pass", index);
    let images = [2, 1, 3, 0, 2][index / 2 % 5];
    let mut draw = |len| values.draw(len, &mut stream);
    let mut weights = draw(plan.weights());
    if let Some(mask) = mask {
        weights
            .iter_mut()
            .zip(mask.to_dense())
            .for_each(|(w, kept)| *w *= kept);
    }
    Batch {
        images,
        input: draw(images * plan.geometry.input().len()),
        weights,
        thresholds: (index % 4 == 2).then(|| draw(plan.units)),
        states: draw(plan.lowering.states.len() * plan.units),
        teacher: draw(images * plan.units),
    }
}

fn pick<T: Clone>(all: &[T], index: usize) -> T {
    all[index % all.len()].clone()
}
