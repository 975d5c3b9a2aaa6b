//! Laws of rules: the surrogate against the closed form, and the laws that a rule claims.

mod closed_form;
mod formula;
mod gradient;
mod layer;
mod notation;
mod subject;
mod update;

pub use closed_form::closed_form;

use super::ConformanceReport;
use crate::backend::Backend;
use crate::rule::{AnyRule, Params, Rule};
use proptest::strategy::{BoxedStrategy, Strategy};
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};
use std::fmt::Debug;
use std::sync::Arc;

/// Default number of cases of each law; the environment variable `PROPTEST_CASES` overrides it.
const CASES: u32 = 64;

/// Tests a rule on a backend: its written formula, its surrogate loss, its exact loss and the laws that it claims.
///
/// Parameters are random over their full ranges. Failing cases are shrunk and their seeds appended to the file
/// `regressions`; without it they are reported unshrunk.
pub fn laws<R: Rule, B: Backend>(backend: &B, regressions: Option<&'static str>) -> ConformanceReport {
    let mut proof = Proof {
        rule: R::INFO.name,
        regressions,
        report: ConformanceReport {
            backend: B::NAME,
            ..ConformanceReport::default()
        },
    };
    let rule = |params: &Params| R::from_params(params).map_err(|error| error.to_string());
    let rules = subject::rules::<R>();
    proof.check(
        "the surrogate's gradient is the update",
        &with(&rules, |rule| subject::patches(rule.lower().states.len())),
        &|params, patch| gradient::surrogate(&rule(params)?, patch),
    );
    proof.check(
        "the formula as written is the update",
        &with(&rules, |rule| subject::patches(rule.lower().states.len())),
        &|params, patch| formula::agrees(params, &rule(params)?, patch),
    );
    proof.check(
        "the exact loss's gradient is the update",
        &with(&rules, subject::batches),
        &|params, batch| gradient::exact(&rule(params)?, batch),
    );
    proof.check(
        "the backend's update is the closed form",
        &with(&rules, subject::convolutions),
        &|_, case| update::agrees(backend, case),
    );
    proof.check(
        "a layer keeps its winners, its mask, its norms and its numbers",
        &with(&rules, layer::trials),
        &|params, trial| layer::keeps_invariants(backend, Arc::new(rule(params)?), trial),
    );
    for law in R::INFO.laws.iter() {
        let cases = with(&rules, subject::batches);
        proof.check(&format!("{law:?}"), &cases, &|_, batch| {
            update::law(backend, law, batch)
        });
    }
    proof.report
}

/// Parameters of a rule together with a case that `draw` makes for that rule.
fn with<C: Debug + 'static>(
    rules: &BoxedStrategy<(Params, Arc<dyn AnyRule>)>,
    draw: fn(&dyn AnyRule) -> BoxedStrategy<C>,
) -> BoxedStrategy<(Params, C)> {
    let cases = rules
        .clone()
        .prop_flat_map(move |(params, rule)| draw(&*rule).prop_map(move |case| (params.clone(), case)));
    cases.boxed()
}

/// The tested rule and its report.
struct Proof {
    rule: &'static str,
    regressions: Option<&'static str>,
    report: ConformanceReport,
}

impl Proof {
    /// Checks a law on random cases, and shrinks and reports a failing one.
    fn check<C: Debug>(
        &mut self,
        law: &str,
        cases: &BoxedStrategy<(Params, C)>,
        check: &dyn Fn(&Params, &C) -> Result<(), String>,
    ) {
        let persistence = |file| Box::new(FileFailurePersistence::Direct(file)) as _;
        let mut config = Config {
            failure_persistence: self.regressions.map(persistence),
            test_name: Some(self.rule),
            ..Config::default()
        };
        if std::env::var_os("PROPTEST_CASES").is_none() {
            config.cases = CASES;
        }
        if self.regressions.is_none() {
            config.max_shrink_iters = 0;
        }
        let outcome = TestRunner::new(config).run(cases, |(params, case)| {
            check(&params, &case).map_err(TestCaseError::fail)
        });
        match outcome {
            Ok(()) => self.report.passed += 1,
            Err(failure) => {
                let name = format!("{}: {law}", self.rule);
                self.report.failed.push((name, failure.to_string()));
            }
        }
    }
}

/// Declares a test of a rule's surrogate loss and laws on a backend.
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
