//! Every rule of the registry is held to its surrogate loss and its laws on the reference backend.

use hebb_core::RefBackend;
use hebb_core::rule::Rule;
use hebb_core::rules::{Visitor, visit};
use hebb_core::testing::{ConformanceReport, laws};

#[derive(Default)]
struct Everything(ConformanceReport);

impl Visitor for Everything {
    fn visit<R: Rule>(&mut self) {
        let report = laws::<R, _>(&RefBackend, Some("tests/proptest-regressions.txt"));
        self.0.passed += report.passed;
        self.0.failed.extend(report.failed);
    }
}

#[test]
fn every_rule_holds_its_laws() {
    let mut everything = Everything::default();
    everything.0.backend = "reference";
    visit(&mut everything);
    everything.0.assert();
}
