//! Integer arithmetic.

use crate::support::{b16, b32, b64};

const MINUS_3: u32 = -3i32 as u32;

#[test]
fn add_and_sub_wrap() {
    assert_eq!(b32("add.s32 %r0, %r1, %r2;", [u32::MAX, 2, 0]), 1);
    assert_eq!(b32("sub.s32 %r0, %r1, %r2;", [1, 2, 0]), u32::MAX);
    assert_eq!(b64("add.s64 %d0, %d1, -1;", [0, 0, 0]), u64::MAX);
    assert_eq!(b16("add.s16 %h0, %h1, %h2;", [u16::MAX, 2]), 1);
}

#[test]
fn mul_takes_the_asked_half() {
    assert_eq!(b32("mul.lo.s32 %r0, %r1, %r2;", [MINUS_3, 7, 0]), -21i32 as u32);
    assert_eq!(b32("mul.hi.s32 %r0, %r1, %r2;", [MINUS_3, 7, 0]), u32::MAX);
    assert_eq!(b32("mul.hi.u32 %r0, %r1, %r2;", [MINUS_3, 7, 0]), 6);
    assert_eq!(b64("mul.hi.u64 %d0, %d1, %d2;", [u64::MAX, 2, 0]), 1);
}

#[test]
fn mul_wide_doubles_the_width() {
    assert_eq!(
        b64("mul.wide.s32 %d0, %r1, %r2;", [MINUS_3.into(), 7, 0]),
        -21i64 as u64
    );
    assert_eq!(
        b64("mul.wide.u32 %d0, %r1, %r2;", [u32::MAX.into(), 2, 0]),
        0x1_ffff_fffe
    );
    assert_eq!(b32("mul.wide.s16 %r0, %h1, %h2;", [0xffff, 2, 0]), -2i32 as u32);
}

#[test]
fn mad_adds_to_the_product() {
    assert_eq!(b32("mad.lo.s32 %r0, %r1, %r2, %r3;", [MINUS_3, 7, 30]), 9);
    assert_eq!(b32("mad.hi.u32 %r0, %r1, %r2, %r3;", [MINUS_3, 7, 30]), 36);
    assert_eq!(
        b64("mad.wide.s32 %d0, %r1, %r2, %d3;", [MINUS_3.into(), 7, 30]),
        9
    );
}

#[test]
fn div_and_rem_truncate_to_zero() {
    assert_eq!(b32("div.s32 %r0, %r1, %r2;", [-7i32 as u32, 2, 0]), -3i32 as u32);
    assert_eq!(b32("rem.s32 %r0, %r1, %r2;", [-7i32 as u32, 2, 0]), -1i32 as u32);
    assert_eq!(b32("div.u32 %r0, %r1, %r2;", [u32::MAX, 2, 0]), u32::MAX / 2);
    assert_eq!(b64("rem.u64 %d0, %d1, %d2;", [1 << 40, 7, 0]), (1 << 40) % 7);
}

#[test]
fn min_and_max_follow_the_sign() {
    assert_eq!(b32("min.s32 %r0, %r1, %r2;", [MINUS_3, 7, 0]), MINUS_3);
    assert_eq!(b32("min.u32 %r0, %r1, %r2;", [MINUS_3, 7, 0]), 7);
    assert_eq!(b32("max.s32 %r0, %r1, %r2;", [MINUS_3, 7, 0]), 7);
    assert_eq!(b64("max.u64 %d0, %d1, %d2;", [u64::MAX, 7, 0]), u64::MAX);
}

#[test]
fn neg_and_abs() {
    assert_eq!(b32("neg.s32 %r0, %r1;", [3, 0, 0]), MINUS_3);
    assert_eq!(b32("abs.s32 %r0, %r1;", [MINUS_3, 0, 0]), 3);
    assert_eq!(b64("neg.s64 %d0, %d1;", [3, 0, 0]), -3i64 as u64);
}

#[test]
fn mov_copies_constants_and_packs_words() {
    assert_eq!(b32("mov.u32 %r0, 0x1fU;", [0; 3]), 31);
    assert_eq!(b32("mov.u32 %r0, WARP_SZ;", [0; 3]), 32);
    assert_eq!(b64("mov.b64 %d0, {%r1, %r2};", [1, 2, 0]), 0x2_0000_0001);
    assert_eq!(b32("mov.b64 {%r4, %r0}, %d1;", [7, 0, 0]), 0);
    assert_eq!(
        b32(
            "mov.b32 {%h3, %h4}, %r1; mov.b32 %r0, {%h4, %h3};",
            [0x1234_5678, 0, 0]
        ),
        0x5678_1234
    );
}
