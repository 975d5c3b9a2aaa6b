//! Every rule with one thing wrong in its master form, in its losses or in the step that is made of it: the proof must
//! refuse each.

mod broken;
mod form;

use broken::Broken;
use hebb_core::rule::{
    Differentiable, Lowering, ParamInfo, Parameters, Params, Rule, RuleInfo, Sample, Setting,
};
use hebb_core::rules::{Visitor, visit};
use hebb_core::testing::laws;
use std::cell::Cell;

/// Where a rule is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nowhere,
    /// In the master form: an index of [`form::FAULTS`].
    Form(usize),
    /// In a loss: an index of [`LOSSES`].
    Loss(usize),
    /// In the step: an index of [`broken::FAULTS`].
    Step(usize),
}

thread_local! {
    /// The fault of the rules that are built; the proof builds them itself, without a way to hand it over.
    static FAULT: Cell<Fault> = const { Cell::new(Fault::Nowhere) };
}

/// What is wrong with a loss, in words and as factors of the surrogate and the exact loss.
const LOSSES: [(&str, [f64; 2]); 4] = [
    ("the surrogate's sign is turned", [-1.0, 1.0]),
    ("the surrogate is halved", [0.5, 1.0]),
    ("the exact loss's sign is turned", [1.0, -1.0]),
    ("the exact loss is halved", [1.0, 0.5]),
];

/// A rule with a fault.
#[derive(Debug)]
struct Mutant<R> {
    rule: R,
    fault: Fault,
}

impl<R> Mutant<R> {
    fn scales(&self) -> [f64; 2] {
        match self.fault {
            Fault::Loss(index) => LOSSES[index].1,
            _ => [1.0; 2],
        }
    }
}

impl<R: Rule> Parameters for Mutant<R> {
    const PARAMS: &'static [ParamInfo] = R::PARAMS;

    fn read(params: &Params, rule: &str) -> hebb_core::Result<Self> {
        R::read(params, rule).map(|rule| Self {
            rule,
            fault: FAULT.get(),
        })
    }
}

impl<R: Rule> Rule for Mutant<R> {
    const INFO: RuleInfo = R::INFO;

    fn lower(&self) -> Lowering {
        let right = Rule::lower(&self.rule);
        match self.fault {
            Fault::Form(index) => form::FAULTS[index].1(right),
            _ => right,
        }
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        D::constant(self.scales()[0]) * self.rule.surrogate(sample)
    }

    fn setting(&self, units: usize) -> Setting {
        Rule::setting(&self.rule, units)
    }

    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        Some(D::constant(self.scales()[1]) * self.rule.exact(samples)?)
    }
}

#[derive(Default)]
struct Hunt {
    caught: usize,
    wrongly_refused: Vec<&'static str>,
    survivors: Vec<String>,
}

impl Hunt {
    fn is_refused<R: Rule>(fault: Fault) -> bool {
        FAULT.set(fault);
        let backend = Broken(match fault {
            Fault::Step(index) => Some(index),
            _ => None,
        });
        !laws::<Mutant<R>, _>(&backend, None).failed.is_empty()
    }
}

impl Visitor for Hunt {
    fn visit<R: Rule>(&mut self) {
        if Self::is_refused::<R>(Fault::Nowhere) {
            self.wrongly_refused.push(R::INFO.name);
        }
        let rule = R::from_params(&Params::default()).expect("the defaults build every rule");
        for (fault, what) in faults(&rule) {
            match Self::is_refused::<R>(fault) {
                true => self.caught += 1,
                false => self.survivors.push(format!("{}: {what}", R::INFO.name)),
            }
        }
    }
}

/// Every fault that changes something of a rule, with its name.
fn faults<R: Rule>(rule: &R) -> Vec<(Fault, &'static str)> {
    let right = Rule::lower(rule);
    let form = (0..form::FAULTS.len())
        .filter(|index| form::changes(*index, &right))
        .map(|index| (Fault::Form(index), form::FAULTS[index].0));
    let losses = if has_exact_loss(rule) { 4 } else { 2 };
    let loss = (0..losses).map(|index| (Fault::Loss(index), LOSSES[index].0));
    let step = (0..broken::FAULTS.len())
        .filter(|index| broken::changes(*index, &right))
        .map(|index| (Fault::Step(index), broken::FAULTS[index]));
    form.chain(loss).chain(step).collect()
}

fn has_exact_loss<R: Rule>(rule: &R) -> bool {
    let sample = Sample {
        weights: &[1.0][..],
        patch: &[1.0],
        activity: &[1.0],
        similarity: &[1.0],
        teacher: &[1.0],
        states: &[],
    };
    rule.exact(&[sample]).is_some()
}

#[test]
fn no_mutant_survives() {
    let mut hunt = Hunt::default();
    visit(&mut hunt);
    println!("{} mutants caught", hunt.caught);
    assert!(hunt.wrongly_refused.is_empty(), "{:?}", hunt.wrongly_refused);
    assert!(hunt.survivors.is_empty(), "{:#?}", hunt.survivors);
    assert!(hunt.caught > 250, "only {} mutants were tried", hunt.caught);
}
