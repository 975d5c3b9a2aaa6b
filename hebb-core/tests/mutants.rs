//! Every rule with one thing wrong in its master form: the proof must refuse each.

use hebb_core::RefBackend;
use hebb_core::rule::{
    Decay, Differentiable, Expr, Lowering, Outer, Params, Rule, RuleInfo, Sample, Setting,
};
use hebb_core::rules::{Visitor, visit};
use hebb_core::testing::laws;
use std::cell::Cell;

/// What is wrong, in words and as a change of the master form.
type Fault = (&'static str, fn(Lowering) -> Lowering);

const FAULTS: &[Fault] = &[
    ("the factor's sign is turned", |rule| Lowering {
        factor: -rule.factor,
        ..rule
    }),
    ("the factor is halved", |rule| Lowering {
        factor: Expr::Constant(0.5) * rule.factor,
        ..rule
    }),
    ("the decay is dropped", |rule| rule.with_decay(Decay::None)),
    ("the decay's sign is turned", |rule| {
        edit_decay(rule, |expr| -expr)
    }),
    ("the decay is doubled", |rule| {
        edit_decay(rule, |expr| expr.clone() + expr)
    }),
    ("the outer product is transposed", |rule| {
        edit_outer(rule, |outer| Outer {
            rows: outer.columns,
            columns: outer.rows,
            ..outer
        })
    }),
    ("the triangle is forgotten or added", |rule| {
        edit_outer(rule, |outer| Outer {
            lower: !outer.lower,
            ..outer
        })
    }),
    ("the identity is forgotten or added", |rule| {
        edit_outer(rule, |outer| Outer {
            identity: !outer.identity,
            ..outer
        })
    }),
];

fn edit_decay(rule: Lowering, edit: fn(Expr) -> Expr) -> Lowering {
    let decay = match rule.decay.clone() {
        Decay::Diagonal(expr) => Decay::Diagonal(edit(expr)),
        Decay::Outer(outer) => Decay::Outer(Outer {
            rows: edit(outer.rows),
            ..outer
        }),
        other => other,
    };
    rule.with_decay(decay)
}

fn edit_outer(rule: Lowering, edit: fn(Outer) -> Outer) -> Lowering {
    match rule.decay.clone() {
        Decay::Outer(outer) => rule.with_decay(Decay::Outer(edit(outer))),
        _ => rule,
    }
}

thread_local! {
    /// Which fault mutants have: a type for each would compile the laws two hundred times.
    static FAULT: Cell<usize> = const { Cell::new(0) };
}

/// A rule with the fault of the moment.
#[derive(Debug)]
struct Mutant<R>(R);

impl<R: Rule> Rule for Mutant<R> {
    const INFO: RuleInfo = R::INFO;

    fn from_params(params: &Params) -> hebb_core::Result<Self> {
        R::from_params(params).map(Self)
    }

    fn lower(&self) -> Lowering {
        FAULTS[FAULT.get()].1(Rule::lower(&self.0))
    }

    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D {
        self.0.surrogate(sample)
    }

    fn setting(&self, units: usize) -> Setting {
        Rule::setting(&self.0, units)
    }
}

#[derive(Default)]
struct Hunt {
    caught: usize,
    survivors: Vec<String>,
}

impl Hunt {
    fn try_fault<R: Rule>(&mut self, fault: usize) {
        let rule = R::from_params(&Params::default()).expect("the defaults build every rule");
        let right = Rule::lower(&rule);
        let (name, change) = FAULTS[fault];
        // A factor of zero has no sign and no half.
        if change(right.clone()) == right || (fault < 2 && right.factor == Expr::Constant(0.0)) {
            return;
        }
        FAULT.set(fault);
        match laws::<Mutant<R>, _>(&RefBackend, None).failed.is_empty() {
            false => self.caught += 1,
            true => self.survivors.push(format!("{}: {name}", R::INFO.name)),
        }
    }
}

impl Visitor for Hunt {
    fn visit<R: Rule>(&mut self) {
        (0..FAULTS.len()).for_each(|fault| self.try_fault::<R>(fault));
    }
}

#[test]
fn no_mutant_survives() {
    let mut hunt = Hunt::default();
    visit(&mut hunt);
    println!("{} mutants caught", hunt.caught);
    assert!(hunt.survivors.is_empty(), "{:#?}", hunt.survivors);
    assert!(hunt.caught > 70, "only {} mutants were tried", hunt.caught);
}
