//! Floating-point arithmetic.

use crate::support::{f32, f64};

#[test]
fn add_sub_mul_div_round_to_nearest() {
    assert_eq!(f32("add.f32 %f0, %f1, %f2;", [0.1, 0.2, 0.0]), 0.1f32 + 0.2);
    assert_eq!(f32("add.rn.f32 %f0, %f1, %f2;", [0.1, 0.2, 0.0]), 0.1f32 + 0.2);
    assert_eq!(f32("sub.f32 %f0, %f1, %f2;", [0.1, 0.2, 0.0]), 0.1f32 - 0.2);
    assert_eq!(f32("mul.f32 %f0, %f1, %f2;", [0.1, 0.2, 0.0]), 0.1f32 * 0.2);
    assert_eq!(f32("div.rn.f32 %f0, %f1, %f2;", [1.0, 3.0, 0.0]), 1.0 / 3.0);
    assert_eq!(f32("div.full.f32 %f0, %f1, %f2;", [1.0, 4.0, 0.0]), 0.25);
    assert_eq!(f64("div.rn.f64 %e0, %e1, %e2;", [1.0, 3.0, 0.0]), 1.0 / 3.0);
    assert_eq!(f64("mul.f64 %e0, %e1, %e2;", [0.1, 0.2, 0.0]), 0.1 * 0.2);
    assert_eq!(f64("sub.f64 %e0, %e1, %e2;", [0.1, 0.2, 0.0]), 0.1 - 0.2);
}

#[test]
fn fma_rounds_once() {
    let (a, b) = (1.0 + f32::EPSILON, 1.0 - f32::EPSILON);
    assert_eq!(
        f32("fma.rn.f32 %f0, %f1, %f2, %f3;", [a, b, -1.0]),
        -f32::EPSILON * f32::EPSILON
    );
    assert_eq!(
        f32("mul.f32 %f0, %f1, %f2; add.f32 %f0, %f0, %f3;", [a, b, -1.0]),
        0.0
    );
    assert_eq!(f64("fma.rn.f64 %e0, %e1, %e2, %e3;", [2.0, 3.0, 4.0]), 10.0);
}

#[test]
fn fma_rounds_in_the_asked_direction() {
    let inputs = [1.0, 1.0, 1e-12];
    assert_eq!(f32("fma.rm.f32 %f0, %f1, %f2, %f3;", inputs), 1.0);
    assert_eq!(f32("fma.rp.f32 %f0, %f1, %f2, %f3;", inputs), 1.0f32.next_up());
    assert_eq!(
        f32("fma.rz.f32 %f0, %f1, %f2, %f3;", [1.0, 1.0, -1e-12]),
        1.0f32.next_down()
    );
    assert_eq!(
        f32("fma.rz.f32 %f0, %f1, %f2, %f3;", [-1.0, 1.0, 1e-12]),
        -(1.0f32.next_down())
    );
    assert_eq!(
        f32("fma.rm.f32 %f0, %f1, %f2, %f3;", [1.0, 1.0, -1e-25]),
        1.0f32.next_down()
    );
}

#[test]
fn min_and_max_prefer_numbers_to_nan() {
    assert_eq!(f32("min.f32 %f0, %f1, %f2;", [f32::NAN, 2.0, 0.0]), 2.0);
    assert_eq!(f32("max.f32 %f0, %f1, %f2;", [2.0, f32::NAN, 0.0]), 2.0);
    assert_eq!(f32("max.f32 %f0, %f1, %f2;", [2.0, 3.0, 0.0]), 3.0);
    assert!(f32("min.f32 %f0, %f1, %f2;", [0.0, -0.0, 0.0]).is_sign_negative());
    assert!(f32("max.f32 %f0, %f1, %f2;", [-0.0, 0.0, 0.0]).is_sign_positive());
    assert_eq!(f64("max.f64 %e0, %e1, %e2;", [2.0, 3.0, 0.0]), 3.0);
}

#[test]
fn neg_abs_and_mov_touch_the_sign_alone() {
    assert_eq!(f32("neg.f32 %f0, %f1;", [2.0, 0.0, 0.0]), -2.0);
    assert_eq!(f32("abs.f32 %f0, %f1;", [-2.0, 0.0, 0.0]), 2.0);
    assert_eq!(f32("mov.f32 %f0, 0fC0000000;", [0.0; 3]), -2.0);
    assert_eq!(f64("mov.f64 %e0, 0dC000000000000000;", [0.0; 3]), -2.0);
    assert_eq!(f64("neg.f64 %e1, %e1; abs.f64 %e0, %e1;", [2.0, 0.0, 0.0]), 2.0);
}

#[test]
fn roots_and_reciprocals() {
    assert_eq!(f32("sqrt.rn.f32 %f0, %f1;", [2.0, 0.0, 0.0]), 2f32.sqrt());
    assert_eq!(f32("sqrt.approx.f32 %f0, %f1;", [9.0, 0.0, 0.0]), 3.0);
    assert_eq!(f32("rsqrt.approx.f32 %f0, %f1;", [4.0, 0.0, 0.0]), 0.5);
    assert_eq!(f32("rcp.rn.f32 %f0, %f1;", [3.0, 0.0, 0.0]), 1.0 / 3.0);
    assert_eq!(f64("sqrt.rn.f64 %e0, %e1;", [2.0, 0.0, 0.0]), 2f64.sqrt());
    assert_eq!(f64("rcp.rn.f64 %e0, %e1;", [3.0, 0.0, 0.0]), 1.0 / 3.0);
}

#[test]
fn transcendental_instructions() {
    assert_eq!(f32("ex2.approx.f32 %f0, %f1;", [3.0, 0.0, 0.0]), 8.0);
    assert_eq!(f32("lg2.approx.f32 %f0, %f1;", [8.0, 0.0, 0.0]), 3.0);
    assert_eq!(
        f32("sin.approx.f32 %f0, %f1;", [0.5, 0.0, 0.0]),
        0.5f64.sin() as f32
    );
    assert_eq!(
        f32("cos.approx.f32 %f0, %f1;", [0.5, 0.0, 0.0]),
        0.5f64.cos() as f32
    );
    assert_eq!(
        f32("tanh.approx.f32 %f0, %f1;", [0.5, 0.0, 0.0]),
        0.5f64.tanh() as f32
    );
}

#[test]
fn ftz_flushes_and_sat_clamps() {
    assert_eq!(f32("ex2.approx.ftz.f32 %f0, %f1;", [-130.0, 0.0, 0.0]), 0.0);
    assert!(f32("ex2.approx.f32 %f0, %f1;", [-130.0, 0.0, 0.0]) > 0.0);
    assert_eq!(f32("add.ftz.f32 %f0, %f1, %f2;", [1e-40, 0.0, 0.0]), 0.0);
    assert_eq!(f32("add.sat.f32 %f0, %f1, %f2;", [1.0, 2.0, 0.0]), 1.0);
    assert_eq!(f32("fma.rn.sat.f32 %f0, %f1, %f2, %f3;", [1.0, -2.0, 0.0]), 0.0);
}
