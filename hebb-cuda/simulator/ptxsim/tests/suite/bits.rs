//! Bit operations.

use crate::support::{b32, b64, pred};

#[test]
fn and_or_xor_not() {
    assert_eq!(b32("and.b32 %r0, %r1, %r2;", [12, 10, 0]), 8);
    assert_eq!(b32("or.b32 %r0, %r1, %r2;", [12, 10, 0]), 14);
    assert_eq!(b32("xor.b32 %r0, %r1, %r2;", [12, 10, 0]), 6);
    assert_eq!(b64("not.b64 %d0, %d1;", [0, 0, 0]), u64::MAX);
}

#[test]
fn logic_works_on_predicates() {
    let set = "setp.eq.u32 %p1, %r1, 1; setp.eq.u32 %p2, %r2, 1;";
    assert!(pred(&format!("{set} or.pred %p0, %p1, %p2;"), [1, 0, 0]));
    assert!(!pred(&format!("{set} and.pred %p0, %p1, %p2;"), [1, 0, 0]));
    assert!(pred(&format!("{set} not.pred %p0, %p2;"), [1, 0, 0]));
}

#[test]
fn shifts_clamp_their_count() {
    assert_eq!(b32("shl.b32 %r0, %r1, %r2;", [1, 31, 0]), 1 << 31);
    assert_eq!(b32("shl.b32 %r0, %r1, %r2;", [1, 32, 0]), 0);
    assert_eq!(b32("shr.u32 %r0, %r1, %r2;", [1 << 31, 31, 0]), 1);
    assert_eq!(b32("shr.u32 %r0, %r1, %r2;", [1 << 31, 40, 0]), 0);
    assert_eq!(b32("shr.s32 %r0, %r1, %r2;", [1 << 31, 40, 0]), u32::MAX);
    assert_eq!(b64("shr.s64 %d0, %d1, 63;", [1 << 63, 0, 0]), u64::MAX);
}

#[test]
fn counting_bits() {
    assert_eq!(b32("popc.b32 %r0, %r1;", [0xf0f0, 0, 0]), 8);
    assert_eq!(b32("clz.b32 %r0, %r1;", [1, 0, 0]), 31);
    assert_eq!(b32("clz.b32 %r0, %r1;", [0, 0, 0]), 32);
    assert_eq!(b32("brev.b32 %r0, %r1;", [1, 0, 0]), 1 << 31);
    assert_eq!(b32("bfind.u32 %r0, %r1;", [0x100, 0, 0]), 8);
    assert_eq!(b32("bfind.u32 %r0, %r1;", [0, 0, 0]), u32::MAX);
    assert_eq!(b32("bfind.s32 %r0, %r1;", [-5i32 as u32, 0, 0]), 2);
}

#[test]
fn bfe_extracts_with_or_without_sign() {
    assert_eq!(b32("bfe.u32 %r0, %r1, %r2, %r3;", [0xabcd, 4, 8]), 0xbc);
    assert_eq!(
        b32("bfe.s32 %r0, %r1, %r2, %r3;", [0xabcd, 4, 8]),
        0xbc | 0xffff_ff00
    );
    assert_eq!(b32("bfe.s32 %r0, %r1, %r2, %r3;", [0xabcd, 4, 0]), 0);
    assert_eq!(b32("bfe.u32 %r0, %r1, %r2, %r3;", [0xabcd, 200, 8]), 0);
}

#[test]
fn bfi_inserts() {
    assert_eq!(b32("bfi.b32 %r0, %r1, %r2, 8, 4;", [0xf5, 0, 0]), 0x500);
    assert_eq!(b32("bfi.b32 %r0, %r1, %r2, 8, 4;", [0, u32::MAX, 0]), 0xffff_f0ff);
}

#[test]
fn prmt_picks_bytes_and_signs() {
    assert_eq!(
        b32("prmt.b32 %r0, %r1, %r2, 0x3210;", [0x0403_0201, 0, 0]),
        0x0403_0201
    );
    assert_eq!(
        b32("prmt.b32 %r0, %r1, %r2, 0x0123;", [0x0403_0201, 0, 0]),
        0x0102_0304
    );
    assert_eq!(
        b32("prmt.b32 %r0, %r1, %r2, 0x7654;", [0, 0x1122_3344, 0]),
        0x1122_3344
    );
    assert_eq!(b32("prmt.b32 %r0, %r1, %r2, 0x8888;", [0x80, 0, 0]), u32::MAX);
}

#[test]
fn shf_shifts_two_words() {
    assert_eq!(b32("shf.l.wrap.b32 %r0, %r1, %r2, %r3;", [0x8000_0000, 1, 1]), 3);
    assert_eq!(
        b32("shf.r.wrap.b32 %r0, %r1, %r2, %r3;", [0x8000_0000, 1, 1]),
        0xc000_0000
    );
    assert_eq!(b32("shf.l.clamp.b32 %r0, %r1, %r2, %r3;", [5, 1, 99]), 5);
    assert_eq!(b32("shf.l.wrap.b32 %r0, %r1, %r2, %r3;", [5, 1, 32]), 1);
}

#[test]
fn lop3_follows_its_truth_table() {
    assert_eq!(
        b32("lop3.b32 %r0, %r1, %r2, %r3, 0x96;", [12, 10, 9]),
        12 ^ 10 ^ 9
    );
    assert_eq!(b32("lop3.b32 %r0, %r1, %r2, %r3, 128;", [12, 10, 9]), 12 & 10 & 9);
}
