//! Every rule on the CUDA backend: the surrogate losses, the exact losses, and the laws that each rule claims.

use hebb_core::Backend;
use hebb_core::rule::Rule;
use hebb_core::rules::{Visitor, visit};
use hebb_core::testing::{ConformanceReport, laws};
use hebb_cuda::CudaBackend;

struct EveryRule<'a> {
    backend: &'a CudaBackend,
    report: ConformanceReport,
}

impl Visitor for EveryRule<'_> {
    fn visit<R: Rule>(&mut self) {
        let report = laws::<R, _>(self.backend, Some("tests/proptest-regressions.txt"));
        self.report.passed += report.passed;
        self.report.failed.extend(report.failed);
    }
}

/// Every rule holds its laws.
pub(crate) fn hold(backend: &CudaBackend) {
    let report = ConformanceReport {
        backend: CudaBackend::NAME,
        ..ConformanceReport::default()
    };
    let mut rules = EveryRule { backend, report };
    visit(&mut rules);
    rules.report.assert();
}
