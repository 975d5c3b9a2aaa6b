//! The formula column of a rule, evaluated as it is written and compared with the rule's lowering.

use super::closed_form;
use super::notation::{Scope, evaluate};
use super::subject::Patch;
use crate::rule::{Lowering, Params, Rule, Statistic, Value};

/// The largest relative difference: parameters are of single precision in a rule and of double precision here.
const TOLERANCE: f64 = 1e-5;

/// The value of `formula` is the closed form of `lower`, and each state follows the mean that the formula gives it.
pub(super) fn agrees<R: Rule>(params: &Params, rule: &R, patch: &Patch) -> Result<(), String> {
    let lowering = Rule::lower(rule);
    let sample = patch.sample(&patch.weights);
    let parameter = |name: &str| parameter::<R>(params, name);
    let states: Vec<&str> = lowering.states.iter().map(|state| state.name).collect();
    let scope = Scope {
        sample: &sample,
        states: &states,
        parameter: &parameter,
    };
    let (updates, notes) = R::INFO
        .formula
        .split_once(", where ")
        .unwrap_or((R::INFO.formula, ""));
    compare(&lowering, variant(updates, &parameter)?, &scope)?;
    for state in &lowering.states {
        let (running, mean) = definition(notes, state.name)?;
        if running && state.statistic == Statistic::Batch {
            return Err(format!(
                "{} is the mean of a batch, not a running one",
                state.name
            ));
        }
        compare(&Lowering::new(state.of.clone()), &format!("({mean}) x"), &scope)?;
    }
    Ok(())
}

/// The value of a parameter, which is its default if none was given.
fn parameter<R: Rule>(params: &Params, name: &str) -> Option<Value> {
    let info = R::PARAMS.iter().find(|param| param.name == name)?;
    Some(params.get(name).cloned().unwrap_or_else(|| info.default.value()))
}

/// The update that holds for the parameters: that of the first condition fulfilled, or else the first one.
fn variant<'a>(updates: &'a str, parameter: &dyn Fn(&str) -> Option<Value>) -> Result<&'a str, String> {
    let mut clauses = updates.split("; ");
    let general = clauses.next().unwrap_or_default();
    for clause in clauses {
        let parts = clause.split_once(": ").and_then(|(condition, update)| {
            let (name, words) = condition.split_once(" = ")?;
            Some((parameter(name)?, words, update))
        });
        let (value, words, update) = parts
            .ok_or_else(|| format!("`{clause}` is not of the form `PARAMETER = WORD or WORD: UPDATE`"))?;
        if words.split(" or ").any(|word| value == Value::from(word)) {
            return Ok(update);
        }
    }
    Ok(general)
}

/// Whether the state is a running mean, and of what, as in `theta_i = running E y_i^2`.
fn definition<'a>(notes: &'a str, state: &str) -> Result<(bool, &'a str), String> {
    let start = format!("{state}_i = ");
    let mean = notes
        .split([',', ';'])
        .find_map(|note| note.trim().strip_prefix(&*start));
    let mean = mean.ok_or_else(|| format!("the formula does not say `{start}E ...`"))?;
    let (running, mean) = match mean.strip_prefix("running ") {
        Some(mean) => (true, mean),
        None => (false, mean),
    };
    let mean = mean
        .strip_prefix("E ")
        .ok_or_else(|| format!("`{mean}` is not a mean `E ...`"))?;
    Ok((running, mean))
}

fn compare(lowering: &Lowering, formula: &str, scope: &Scope<'_>) -> Result<(), String> {
    let expected = closed_form(lowering, scope.sample);
    let scale = expected.iter().fold(1.0f64, |scale, v| scale.max(v.abs()));
    let len = scope.sample.patch.len();
    for (index, expected) in expected.into_iter().enumerate() {
        let written = evaluate(formula, scope, index / len, index % len)?;
        let gap = (written - expected).abs();
        if gap.is_nan() || gap > TOLERANCE * scale {
            return Err(format!(
                "`{formula}` is {written} at weight {index}, but the lowering gives {expected}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RULES, Visitor, visit};
    use crate::testing::laws::subject;
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;

    struct Formulas(usize);

    impl Visitor for Formulas {
        fn visit<R: Rule>(&mut self) {
            let cases = subject::rules::<R>().prop_flat_map(|(params, rule)| {
                subject::patches(rule.lower().states.len()).prop_map(move |patch| (params.clone(), patch))
            });
            let outcome = TestRunner::default().run(&cases, |(params, patch)| {
                let rule = R::from_params(&params).unwrap();
                agrees(&params, &rule, &patch).map_err(TestCaseError::fail)
            });
            assert!(outcome.is_ok(), "{}: {}", R::INFO.name, outcome.unwrap_err());
            self.0 += 1;
        }
    }

    #[test]
    fn every_formula_of_the_registry_is_its_lowering() {
        let mut formulas = Formulas(0);
        visit(&mut formulas);
        assert_eq!(formulas.0, RULES.len());
    }
}
