//! Every rule on the CUDA backend: the surrogate losses, the exact losses, and the laws that each rule claims.

use hebb_core::Backend;
use hebb_core::rule::Rule;
use hebb_core::rules::{Visitor, visit};
use hebb_core::testing::{Report, laws};
use hebb_cuda::CudaBackend;
use hebb_mock_gpu::GpuSession;

use crate::support::{assert_clean, backend};

struct EveryRule<'a> {
    backend: &'a CudaBackend,
    report: Report,
}

impl Visitor for EveryRule<'_> {
    fn visit<R: Rule>(&mut self) {
        let report = laws::<R, _>(self.backend, Some("tests/proptest-regressions.txt"));
        self.report.passed += report.passed;
        self.report.failed.extend(report.failed);
    }
}

#[test]
fn every_rule_holds_its_laws_on_the_interpreter() {
    let session = GpuSession::start();
    let backend = &backend(&session);
    let report = Report {
        backend: CudaBackend::NAME,
        ..Report::default()
    };
    let mut rules = EveryRule { backend, report };
    visit(&mut rules);
    rules.report.assert();
    assert_clean(&session);
}
