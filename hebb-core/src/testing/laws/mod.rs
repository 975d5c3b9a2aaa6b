//! What every rule is held to: its surrogate against its closed form, and the laws that it claims.

mod closed_form;
mod gradient;
mod subject;
mod update;

pub use closed_form::closed_form;

use super::Report;
use crate::backend::Backend;
use crate::rule::Rule;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};

/// Cases of each law unless the environment variable `PROPTEST_CASES` says otherwise.
const CASES: u32 = 48;

/// Holds a rule to its surrogate loss, its exact loss and the laws that it claims, on a backend.
///
/// Parameters are drawn from their whole ranges. Failing seeds are kept in the file `regressions`, if it is given.
pub fn laws<R: Rule, B: Backend>(backend: &B, regressions: Option<&'static str>) -> Report {
    let mut report = Report {
        backend: B::NAME,
        ..Report::default()
    };
    let rules = subject::rules::<R>;
    hold::<R, _>(
        &mut report,
        regressions,
        "the surrogate's gradient is the update",
        rules().prop_flat_map(|(params, rule)| {
            let patches = subject::patches(Rule::lower(&rule).states.len());
            patches.prop_map(move |patch| Checked::new(&params, gradient::surrogate(&rule, &patch), &patch))
        }),
    );
    let mut on_batches = |name: &str, check: &dyn Fn(&R, &subject::Batches) -> Result<(), String>| {
        hold::<R, _>(
            &mut report,
            regressions,
            name,
            rules().prop_flat_map(|(params, rule)| {
                let batches = subject::batches(&rule);
                batches.prop_map(move |batch| Checked::new(&params, check(&rule, &batch), &batch))
            }),
        );
    };
    on_batches("the exact loss's gradient is the update", &|rule, batch| {
        gradient::exact(rule, batch)
    });
    on_batches("the backend's update is the closed form", &|_, batch| {
        update::agrees(backend, batch)
    });
    for law in update::claimed::<R>() {
        on_batches(&format!("{law:?}"), &|_, batch| update::law(backend, *law, batch));
    }
    report
}

/// A drawn case with the verdict on it.
#[derive(Clone, Debug)]
struct Checked {
    case: String,
    verdict: Result<(), String>,
}

impl Checked {
    fn new(params: &crate::rule::Params, verdict: Result<(), String>, case: &dyn std::fmt::Debug) -> Self {
        let case = if verdict.is_err() {
            format!("{params:?} on {case:?}")
        } else {
            String::new()
        };
        Self { case, verdict }
    }
}

/// Draws cases until one fails, shrinks it, and reports it.
fn hold<R: Rule, S: Strategy<Value = Checked>>(
    report: &mut Report,
    regressions: Option<&'static str>,
    law: &str,
    cases: S,
) {
    let mut config = Config {
        failure_persistence: regressions.map(|file| Box::new(FileFailurePersistence::Direct(file)) as _),
        test_name: Some(R::INFO.name),
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    let outcome = TestRunner::new(config).run(&cases, |checked| {
        checked
            .verdict
            .map_err(|detail| TestCaseError::fail(format!("{detail}; {}", checked.case)))
    });
    let name = format!("{}: {law}", R::INFO.name);
    match outcome {
        Ok(()) => report.passed += 1,
        Err(failure) => report.failed.push((name, failure.to_string())),
    }
}

/// Declares a test that holds a rule to its surrogate loss and its laws on a backend.
///
/// ```
/// # #[cfg(test)]
/// hebb_core::laws!(oja_holds, hebb_core::rules::Oja, hebb_core::RefBackend);
/// ```
#[macro_export]
macro_rules! laws {
    ($name:ident, $rule:ty, $backend:expr) => {
        #[test]
        fn $name() {
            $crate::testing::laws::<$rule, _>(&$backend, Some("tests/proptest-regressions.txt")).assert();
        }
    };
}
