//! `cvt` and `cvta`.

use crate::support::{b16, b32, b64, f32, f64};

fn bits(value: f32) -> u32 {
    value.to_bits()
}

#[test]
fn integers_widen_by_the_sign_of_their_source() {
    assert_eq!(b64("cvt.s64.s32 %d0, %r1;", [0xffff_ffff, 0, 0]), u64::MAX);
    assert_eq!(b64("cvt.u64.u32 %d0, %r1;", [0xffff_ffff, 0, 0]), 0xffff_ffff);
    assert_eq!(b32("cvt.s32.s8 %r0, %r1;", [0x80, 0, 0]), 0xffff_ff80);
    assert_eq!(b32("cvt.u32.u64 %r0, %d1;", [7, 0, 0]), 7);
    assert_eq!(b16("cvt.u16.u32 %h0, %r1;", [7, 0]), 7);
}

#[test]
fn saturation_clamps_integers() {
    assert_eq!(b32("cvt.sat.u8.s32 %r0, %r1;", [300, 0, 0]), 255);
    assert_eq!(b32("cvt.sat.u8.s32 %r0, %r1;", [-5i32 as u32, 0, 0]), 0);
}

#[test]
fn integers_become_floats() {
    assert_eq!(
        b32("cvt.rn.f32.s32 %f0, %r1; mov.b32 %r0, %f0;", [-3i32 as u32, 0, 0]),
        bits(-3.0)
    );
    assert_eq!(
        b32("cvt.rn.f32.u32 %f0, %r1; mov.b32 %r0, %f0;", [u32::MAX, 0, 0]),
        bits(4294967296.0)
    );
    assert_eq!(
        b64("cvt.rn.f64.s32 %e0, %r1; mov.b64 %d0, %e0;", [5, 0, 0]),
        5f64.to_bits()
    );
}

#[test]
fn floats_round_to_integers_as_asked() {
    for (mode, expected) in [("rni", 2), ("rzi", 2), ("rmi", 2), ("rpi", 3)] {
        assert_eq!(
            b32(&format!("cvt.{mode}.s32.f32 %r0, %f1;"), [bits(2.5), 0, 0]),
            expected,
            "{mode}"
        );
    }
    assert_eq!(b32("cvt.rmi.s32.f32 %r0, %f1;", [bits(-2.5), 0, 0]), -3i32 as u32);
    assert_eq!(b32("cvt.rzi.u32.f32 %r0, %f1;", [bits(-2.5), 0, 0]), 0);
    assert_eq!(
        b32("cvt.rzi.s32.f32 %r0, %f1;", [bits(1e20), 0, 0]),
        i32::MAX as u32
    );
    assert_eq!(b32("cvt.rzi.s32.f32 %r0, %f1;", [bits(f32::NAN), 0, 0]), 0);
}

#[test]
fn floats_convert_to_floats() {
    assert_eq!(f32("cvt.rmi.f32.f32 %f0, %f1;", [-2.5, 0.0, 0.0]), -3.0);
    assert_eq!(f32("cvt.rni.f32.f32 %f0, %f1;", [3.5, 0.0, 0.0]), 4.0);
    assert_eq!(f32("cvt.sat.f32.f32 %f0, %f1;", [3.5, 0.0, 0.0]), 1.0);
    assert_eq!(f32("cvt.sat.f32.f32 %f0, %f1;", [f32::NAN, 0.0, 0.0]), 0.0);
    assert_eq!(
        f32("cvt.f64.f32 %e1, %f1; cvt.rn.f32.f64 %f0, %e1;", [0.1, 0.0, 0.0]),
        0.1
    );
    assert_eq!(
        f64("cvt.rn.f32.f64 %f1, %e1; cvt.f64.f32 %e0, %f1;", [0.1, 0.0, 0.0]),
        f64::from(0.1f32)
    );
}

#[test]
fn cvta_enters_and_leaves_the_generic_address_space() {
    let there_and_back = "cvta.shared.u64 %d4, %d1; cvta.to.shared.u64 %d0, %d4;";
    assert_eq!(b64(there_and_back, [64, 0, 0]), 64);
    assert_ne!(b64("cvta.shared.u64 %d0, %d1;", [64, 0, 0]), 64);
    assert_eq!(b64("cvta.to.global.u64 %d0, %d1;", [64, 0, 0]), 64);
    assert_ne!(
        b64("cvta.local.u64 %d0, %d1;", [64, 0, 0]),
        b64("cvta.shared.u64 %d0, %d1;", [64, 0, 0])
    );
}
