//! Faults of the master form.

use hebb_core::rule::{Decay, Formula, Lowering, Outer};

/// What is wrong, in words and as a change of the master form.
pub(crate) type Fault = (&'static str, fn(Lowering) -> Lowering);

pub(crate) const FAULTS: &[Fault] = &[
    ("the factor's sign is turned", |rule| Lowering {
        factor: -rule.factor,
        ..rule
    }),
    ("the factor is halved", |rule| Lowering {
        factor: Formula::Constant(0.5) * rule.factor,
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

fn edit_decay(rule: Lowering, edit: fn(Formula) -> Formula) -> Lowering {
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

/// Whether a fault changes the master form of a rule at all.
pub(crate) fn changes(fault: usize, rule: &Lowering) -> bool {
    // A factor of zero has no sign and no half.
    let nothing = fault < 2 && rule.factor == Formula::Constant(0.0);
    !nothing && FAULTS[fault].1(rule.clone()) != *rule
}
