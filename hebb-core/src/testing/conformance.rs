//! The conformance suite of the backend trait.

use super::batch::{Values, stream};
use super::{pass, primitive};
use crate::backend::{Backend, Workspace};
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The environment variable that names the devices whose absence is a failure, separated by commas.
const REQUIRE: &str = "HEBB_REQUIRE";

/// Cases that a backend skips, with the reason.
#[derive(Clone, Copy, Debug)]
pub struct Skip {
    /// A part of the names of the skipped cases.
    pub cases: &'static str,
    /// The reason.
    pub reason: &'static str,
}

/// The outcome of a conformance run.
#[derive(Clone, Debug, Default)]
pub struct ConformanceReport {
    /// The backend.
    pub backend: &'static str,
    /// Number of passed cases.
    pub passed: usize,
    /// Skipped cases, each with its reason.
    pub skipped: Vec<(String, String)>,
    /// Failed cases, each with its error.
    pub failed: Vec<(String, String)>,
}

/// Tests a backend against the contract of [`Backend`]: every primitive, and whole passes and steps of many plans.
///
/// A constructor error means that the device is missing. It is a skip, or a failure if the environment variable
/// `HEBB_REQUIRE` names the backend.
pub fn conformance<B: Backend, E: fmt::Display>(
    construct: impl FnOnce() -> Result<B, E>,
    skips: &[Skip],
) -> ConformanceReport {
    let mut report = ConformanceReport {
        backend: B::NAME,
        ..ConformanceReport::default()
    };
    match construct() {
        Ok(backend) => run(&backend, skips, &mut report),
        Err(error) => {
            let required = std::env::var(REQUIRE).unwrap_or_default();
            let missing = ("every case".to_owned(), format!("the device is missing: {error}"));
            match required.split(',').any(|name| name.trim() == B::NAME) {
                true => report.failed.push(missing),
                false => report.skipped.push(missing),
            }
        }
    }
    report
}

fn run<B: Backend>(backend: &B, skips: &[Skip], report: &mut ConformanceReport) {
    for (index, call) in primitive::corpus().iter().enumerate() {
        for values in [Values::Quarters, Values::Normal] {
            let operands = call.draw(values, &mut stream("primitive", index));
            let name = format!("{call:?} on {values:?}");
            report.case(name, skips, || primitive::check(backend, call, &operands));
        }
    }
    // All cases share one workspace, so that leftovers of an earlier plan must not matter.
    let mut workspace = Workspace::default();
    for case in pass::corpus() {
        report.case(case.to_string(), skips, || {
            pass::check(backend, &case, &mut workspace)
        });
    }
}

impl ConformanceReport {
    /// Prints the report if no case failed.
    ///
    /// # Panics
    /// A case failed; the message is the report.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.failed.is_empty(), "{self}");
        println!("{self}");
    }

    fn case(&mut self, name: String, skips: &[Skip], check: impl FnOnce() -> Result<(), String>) {
        if let Some(skip) = skips.iter().find(|skip| name.contains(skip.cases)) {
            self.skipped.push((name, skip.reason.to_owned()));
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(check));
        match outcome.unwrap_or_else(|panic| Err(format!("panicked: {}", message(&*panic)))) {
            Ok(()) => self.passed += 1,
            Err(detail) => self.failed.push((name, detail)),
        }
    }
}

impl fmt::Display for ConformanceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (skipped, failed) = (self.skipped.len(), self.failed.len());
        writeln!(
            f,
            "conformance of {}: {} cases passed, {skipped} skipped, {failed} failed",
            self.backend, self.passed
        )?;
        let lines = |f: &mut fmt::Formatter<'_>, kind: &str, cases: &[(String, String)]| {
            cases
                .iter()
                .try_for_each(|(name, detail)| writeln!(f, "{kind} {name}\n    {detail}"))
        };
        lines(f, "skipped", &self.skipped)?;
        lines(f, "failed", &self.failed)
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// Declares a test of a backend against the contract of [`Backend`].
///
/// The constructor returns a `Result`; an error means that the device is missing. Skipped cases are listed with a
/// reason.
///
/// ```
/// # #[cfg(test)]
/// hebb_core::conformance!(reference_conforms, || Ok::<_, hebb_core::Error>(hebb_core::RefBackend));
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident, $construct:expr) => {
        $crate::conformance!($name, $construct, []);
    };
    ($name:ident, $construct:expr, [$(($cases:expr, $reason:expr)),* $(,)?]) => {
        #[test]
        fn $name() {
            let skips = [$($crate::testing::Skip { cases: $cases, reason: $reason }),*];
            $crate::testing::conformance($construct, &skips).assert();
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, RefBackend};

    #[test]
    fn a_missing_device_is_a_skip_with_its_reason() {
        let report = conformance(|| Err::<RefBackend, _>("no driver"), &[]);
        assert_eq!((report.passed, report.failed.len()), (0, 0));
        assert!(report.skipped[0].1.contains("no driver"), "{report}");
    }

    #[test]
    fn skipped_cases_are_listed() {
        let skip = Skip {
            cases: "",
            reason: "not built yet",
        };
        let report = conformance(|| Ok::<_, Error>(RefBackend), &[skip]);
        assert!(report.passed == 0 && report.failed.is_empty());
        assert!(report.to_string().contains("not built yet"));
    }

    #[test]
    fn a_panic_is_one_failure_among_others() {
        let mut report = ConformanceReport::default();
        report.case("a".to_owned(), &[], || panic!("boom"));
        report.case("b".to_owned(), &[], || Ok(()));
        assert_eq!(report.passed, 1);
        assert!(report.to_string().contains("panicked: boom"), "{report}");
    }
}
