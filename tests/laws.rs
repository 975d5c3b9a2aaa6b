//! Every rule × every compiled backend: the surrogate losses, the exact losses, and the laws that each rule claims.

use hebb_learn::core::Backend;
use hebb_learn::core::rule::Rule;
use hebb_learn::core::rules::{Visitor, visit};
use hebb_learn::core::testing::{ConformanceReport, laws};

struct Everything<'a, B> {
    backend: &'a B,
    report: ConformanceReport,
}

impl<B: Backend> Visitor for Everything<'_, B> {
    fn visit<R: Rule>(&mut self) {
        let report = laws::<R, B>(self.backend, Some("tests/proptest-regressions.txt"));
        self.report.passed += report.passed;
        self.report.failed.extend(report.failed);
    }
}

fn hold<B: Backend>(backend: &B) {
    let report = ConformanceReport {
        backend: B::NAME,
        ..ConformanceReport::default()
    };
    let mut everything = Everything { backend, report };
    visit(&mut everything);
    everything.report.assert();
}

#[test]
fn every_rule_holds_its_laws_on_the_cpu() {
    hold(&hebb_learn::cpu::CpuBackend::new());
}
