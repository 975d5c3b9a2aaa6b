//! `setp`, `selp`, guards and branches.

use crate::support::{b32, f32, pred};

const NAN: u64 = 0x7fc0_0000;

fn bits(value: f32) -> u64 {
    value.to_bits().into()
}

#[test]
fn setp_orders_integers_by_sign() {
    let minus = u64::from(-1i32 as u32);
    assert!(pred("setp.lt.s32 %p0, %r1, %r2;", [minus, 1, 0]));
    assert!(!pred("setp.lt.u32 %p0, %r1, %r2;", [minus, 1, 0]));
    assert!(pred("setp.hi.u32 %p0, %r1, %r2;", [minus, 1, 0]));
    assert!(pred("setp.ne.b64 %p0, %d1, %d2;", [1 << 40, 0, 0]));
    for (test, expected) in [
        ("eq", false),
        ("ne", true),
        ("le", true),
        ("ge", false),
        ("gt", false),
    ] {
        assert_eq!(
            pred(&format!("setp.{test}.s32 %p0, %r1, %r2;"), [1, 2, 0]),
            expected,
            "{test}"
        );
    }
}

#[test]
fn setp_with_nan_is_false_unless_unordered_counts() {
    for test in ["eq", "ne", "lt", "le", "gt", "ge", "num"] {
        assert!(
            !pred(&format!("setp.{test}.f32 %p0, %f1, %f2;"), [NAN, bits(1.0), 0]),
            "{test}"
        );
    }
    for test in ["equ", "neu", "ltu", "leu", "gtu", "geu", "nan"] {
        assert!(
            pred(&format!("setp.{test}.f32 %p0, %f1, %f2;"), [NAN, bits(1.0), 0]),
            "{test}"
        );
    }
    assert!(!pred("setp.nan.f32 %p0, %f1, %f2;", [bits(1.0), bits(2.0), 0]));
    assert!(pred("setp.num.f32 %p0, %f1, %f2;", [bits(1.0), bits(2.0), 0]));
    assert!(pred(
        "setp.lt.f64 %p0, %e1, %e2;",
        [1f64.to_bits(), 2f64.to_bits(), 0]
    ));
}

#[test]
fn setp_combines_with_a_predicate() {
    let set = "setp.eq.u32 %p1, %r3, 1;";
    assert!(pred(
        &format!("{set} setp.lt.and.s32 %p0, %r1, %r2, %p1;"),
        [1, 2, 1]
    ));
    assert!(!pred(
        &format!("{set} setp.lt.and.s32 %p0, %r1, %r2, !%p1;"),
        [1, 2, 1]
    ));
    assert!(pred(
        &format!("{set} setp.lt.or.s32 %p0, %r1, %r2, %p1;"),
        [2, 1, 1]
    ));
    assert!(!pred(
        &format!("{set} setp.lt.xor.s32 %p0, %r1, %r2, %p1;"),
        [1, 2, 1]
    ));
}

#[test]
fn setp_writes_the_opposite_to_its_second_result() {
    assert!(pred("setp.gt.s32 %p1|%p0, %r1, %r2;", [1, 2, 0]));
    assert!(!pred("setp.lt.s32 %p1|%p0, %r1, %r2;", [1, 2, 0]));
}

#[test]
fn selp_selects() {
    assert_eq!(
        b32("setp.eq.u32 %p1, %r3, 1; selp.b32 %r0, %r1, %r2, %p1;", [5, 6, 1]),
        5
    );
    assert_eq!(
        b32("setp.eq.u32 %p1, %r3, 1; selp.b32 %r0, %r1, %r2, %p1;", [5, 6, 0]),
        6
    );
    assert_eq!(
        f32(
            "setp.eq.u32 %p1, %r3, 1; selp.f32 %f0, %f1, 0f40000000, %p1;",
            [1.0; 3]
        ),
        2.0
    );
}

#[test]
fn guards_skip_statements() {
    let body = "mov.u32 %r0, 1; setp.eq.u32 %p1, %r1, 7; @%p1 mov.u32 %r0, 2; @!%p1 add.u32 %r0, %r0, 10;";
    assert_eq!(b32(body, [7, 0, 0]), 2);
    assert_eq!(b32(body, [8, 0, 0]), 11);
}

#[test]
fn bra_loops_and_ret_ends() {
    let sum = "mov.u32 %r0, 0;\n$again:\nadd.u32 %r0, %r0, %r1; sub.u32 %r1, %r1, 1; setp.ne.u32 %p1, %r1, 0; \
               @%p1 bra $again;";
    assert_eq!(b32(sum, [4, 0, 0]), 10);
    assert_eq!(b32("mov.u32 %r0, 3; st.global.u32 [%d15], %r0; exit;", [0; 3]), 3);
    assert_eq!(b32("mov.u32 %r0, 3; st.global.u32 [%d15], %r0; ret;", [0; 3]), 3);
    assert_eq!(
        b32("mov.u32 %r0, 3; bra.uni $end; mov.u32 %r0, 4;\n$end:\n", [0; 3]),
        3
    );
}
