//! Every rule with one thing wrong in its master form: the proof must refuse each.

use hebb_core::RefBackend;
use hebb_core::rule::{
    Decay, Differentiable, Expr, Lowering, Outer, Params, Rule, RuleInfo, Sample, Setting,
};
use hebb_core::rules::{Visitor, visit};
use hebb_core::testing::laws;

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

/// A rule with the fault of this index.
#[derive(Debug)]
struct Mutant<R, const FAULT: usize>(R);

impl<R: Rule, const FAULT: usize> Rule for Mutant<R, FAULT> {
    const INFO: RuleInfo = R::INFO;

    fn from_params(params: &Params) -> hebb_core::Result<Self> {
        R::from_params(params).map(Self)
    }

    fn lower(&self) -> Lowering {
        FAULTS[FAULT].1(Rule::lower(&self.0))
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
    fn try_fault<R: Rule, const FAULT: usize>(&mut self) {
        let rule = R::from_params(&Params::default()).expect("the defaults build every rule");
        let right = Rule::lower(&rule);
        let same = FAULTS[FAULT].1(right.clone()) == right;
        // A factor of zero has no sign and no half.
        if same || (FAULT < 2 && right.factor == Expr::Constant(0.0)) {
            return;
        }
        match laws::<Mutant<R, FAULT>, _>(&RefBackend, None).failed.is_empty() {
            false => self.caught += 1,
            true => self
                .survivors
                .push(format!("{}: {}", R::INFO.name, FAULTS[FAULT].0)),
        }
    }
}

impl Visitor for Hunt {
    fn visit<R: Rule>(&mut self) {
        self.try_fault::<R, 0>();
        self.try_fault::<R, 1>();
        self.try_fault::<R, 2>();
        self.try_fault::<R, 3>();
        self.try_fault::<R, 4>();
        self.try_fault::<R, 5>();
        self.try_fault::<R, 6>();
        self.try_fault::<R, 7>();
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
