//! Floating-point arithmetic. Approximate instructions are computed to full precision.

use crate::isa::{BinaryOp, FloatFlags, Rounding, UnaryOp};
use crate::types::{Type, f32_of, of_f32};

pub(super) fn unary(op: UnaryOp, ty: Type, flags: FloatFlags, a: u64) -> u64 {
    if ty == Type::F64 {
        return unary_f64(op, f64::from_bits(a)).to_bits();
    }
    if op == UnaryOp::Move {
        return Type::F32.zero_extend(a);
    }
    let x = input(a, flags);
    let wide = f64::from(x);
    let value = match op {
        UnaryOp::Negate => -x,
        UnaryOp::Absolute => x.abs(),
        UnaryOp::SquareRoot => x.sqrt(),
        UnaryOp::InverseSquareRoot => (1.0 / wide.sqrt()) as f32,
        UnaryOp::Reciprocal => 1.0 / x,
        UnaryOp::Exp2 => wide.exp2() as f32,
        UnaryOp::Log2 => wide.log2() as f32,
        UnaryOp::Sine => wide.sin() as f32,
        UnaryOp::Cosine => wide.cos() as f32,
        UnaryOp::HyperbolicTangent => wide.tanh() as f32,
        _ => unreachable!("decoding refuses this for floats"),
    };
    output(value, flags)
}

fn unary_f64(op: UnaryOp, x: f64) -> f64 {
    match op {
        UnaryOp::Move => x,
        UnaryOp::Negate => -x,
        UnaryOp::Absolute => x.abs(),
        UnaryOp::SquareRoot => x.sqrt(),
        UnaryOp::Reciprocal => 1.0 / x,
        _ => unreachable!("decoding refuses this for f64"),
    }
}

pub(super) fn binary(op: BinaryOp, ty: Type, flags: FloatFlags, a: u64, b: u64) -> u64 {
    if ty == Type::F64 {
        let (x, y) = (f64::from_bits(a), f64::from_bits(b));
        let value = match op {
            BinaryOp::Add => x + y,
            BinaryOp::Subtract => x - y,
            BinaryOp::Multiply => x * y,
            BinaryOp::Divide => x / y,
            BinaryOp::Minimum => minimum(x, y),
            _ => -minimum(-x, -y),
        };
        return value.to_bits();
    }
    let (x, y) = (input(a, flags), input(b, flags));
    let value = match op {
        BinaryOp::Add => x + y,
        BinaryOp::Subtract => x - y,
        BinaryOp::Multiply => x * y,
        BinaryOp::Divide => x / y,
        BinaryOp::Minimum => minimum(x.into(), y.into()) as f32,
        _ => -minimum(-f64::from(x), -f64::from(y)) as f32,
    };
    output(value, flags)
}

/// The operand that is not NaN, and -0 before +0.
fn minimum(x: f64, y: f64) -> f64 {
    match (x.is_nan(), y.is_nan()) {
        (true, _) => y,
        (_, true) => x,
        _ if x.total_cmp(&y).is_le() => x,
        _ => y,
    }
}

pub(super) fn fused_multiply_add(
    ty: Type,
    rounding: Rounding,
    flags: FloatFlags,
    [a, b, c]: [u64; 3],
) -> u64 {
    if ty == Type::F64 {
        return f64::from_bits(a)
            .mul_add(f64::from_bits(b), f64::from_bits(c))
            .to_bits();
    }
    let (x, y, z) = (input(a, flags), input(b, flags), input(c, flags));
    let value = match rounding {
        Rounding::Nearest => x.mul_add(y, z),
        _ => directed(f64::from(x) * f64::from(y), f64::from(z), rounding),
    };
    output(value, flags)
}

/// `product + c` rounded to f32 in the given direction; `product` is exact.
fn directed(product: f64, c: f64, rounding: Rounding) -> f32 {
    let sum = product + c;
    let rest = two_sum_rest(product, c, sum);
    let nearest = sum as f32;
    let difference = f64::from(nearest) - sum;
    let above = difference > 0.0 || (difference == 0.0 && rest < 0.0);
    let below = difference < 0.0 || (difference == 0.0 && rest > 0.0);
    match rounding {
        Rounding::Down if above => nearest.next_down(),
        Rounding::Up if below => nearest.next_up(),
        Rounding::Zero if above && sum > 0.0 => nearest.next_down(),
        Rounding::Zero if below && sum < 0.0 => nearest.next_up(),
        _ => nearest,
    }
}

/// The rounding error of `sum = a + b` (Knuth's TwoSum).
fn two_sum_rest(a: f64, b: f64, sum: f64) -> f64 {
    let b_part = sum - a;
    (a - (sum - b_part)) + (b - b_part)
}

pub(super) fn input(register: u64, flags: FloatFlags) -> f32 {
    flush(f32_of(register), flags.flush)
}

pub(super) fn output(value: f32, flags: FloatFlags) -> u64 {
    let value = flush(value, flags.flush);
    of_f32(if flags.saturate { saturate(value) } else { value })
}

/// Subnormals to zero of the same sign.
pub(super) fn flush(value: f32, active: bool) -> f32 {
    if active && value.is_subnormal() {
        0f32.copysign(value)
    } else {
        value
    }
}

pub(super) fn saturate(value: f32) -> f32 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}
