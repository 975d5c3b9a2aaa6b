//! Integer and bit arithmetic on zero-extended registers.

use crate::isa::{BinaryOp, TernaryOp, UnaryOp};
use crate::types::Type;

pub(super) fn unary(op: UnaryOp, ty: Type, a: u64) -> u64 {
    let value = ty.zero_extend(a);
    match op {
        UnaryOp::Move => value,
        UnaryOp::Negate => ty.zero_extend(value.wrapping_neg()),
        UnaryOp::Absolute => ty.zero_extend(ty.sign_extend(a).wrapping_abs() as u64),
        UnaryOp::Not if ty == Type::Pred => u64::from(a == 0),
        UnaryOp::Not => ty.zero_extend(!value),
        UnaryOp::PopulationCount => u64::from(value.count_ones()),
        UnaryOp::LeadingZeros => u64::from(value.leading_zeros() - (64 - ty.bits())),
        UnaryOp::ReverseBits => value.reverse_bits() >> (64 - ty.bits()),
        UnaryOp::FindLeadingOne => find_leading_one(ty, a),
        _ => unreachable!("decoding refuses this for integers"),
    }
}

/// Position of the most significant bit that is not a sign bit, or all ones.
fn find_leading_one(ty: Type, a: u64) -> u64 {
    let negative = ty.is_signed() && ty.sign_extend(a) < 0;
    let value = ty.zero_extend(if negative { !a } else { a });
    value.checked_ilog2().map_or(0xffff_ffff, u64::from)
}

/// `None` stands for a division by zero.
pub(super) fn binary(op: BinaryOp, ty: Type, a: u64, b: u64) -> Option<u64> {
    let (x, y) = (ty.integer(a), ty.integer(b));
    let value = match op {
        BinaryOp::Add => a.wrapping_add(b),
        BinaryOp::Subtract => a.wrapping_sub(b),
        BinaryOp::Multiply => a.wrapping_mul(b),
        BinaryOp::MultiplyHigh => (x.wrapping_mul(y) >> ty.bits()) as u64,
        BinaryOp::MultiplyWide => return Some(widened(ty, x.wrapping_mul(y) as u64)),
        BinaryOp::Divide => x.checked_div(y)? as u64,
        BinaryOp::Remainder => x.checked_rem(y)? as u64,
        BinaryOp::Minimum => x.min(y) as u64,
        BinaryOp::Maximum => x.max(y) as u64,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::ShiftLeft => shift_left(ty, a, b),
        BinaryOp::ShiftRight => shift_right(ty, a, b),
    };
    Some(ty.zero_extend(value))
}

/// The result of a `.wide` operation has twice the bits of its operands.
pub(super) fn widened(ty: Type, value: u64) -> u64 {
    if ty.size() == 2 {
        value & 0xffff_ffff
    } else {
        value
    }
}

/// Shift counts are u32 and clamp at the width.
fn shift_left(ty: Type, a: u64, count: u64) -> u64 {
    let count = count as u32;
    if count >= ty.bits() { 0 } else { a << count }
}

fn shift_right(ty: Type, a: u64, count: u64) -> u64 {
    let count = (count as u32).min(ty.bits());
    (ty.integer(a) >> count) as u64
}

pub(super) fn ternary(op: TernaryOp, ty: Type, [a, b, c]: [u64; 3]) -> u64 {
    match op {
        TernaryOp::ExtractBits => extract_bits(ty, a, b, c),
        TernaryOp::Permute => permute(a, b, c),
        TernaryOp::FunnelLeft { clamp } => (funnel(a, b) << funnel_count(c, clamp)) >> 32 & 0xffff_ffff,
        TernaryOp::FunnelRight { clamp } => (funnel(a, b) >> funnel_count(c, clamp)) & 0xffff_ffff,
        TernaryOp::Logic(table) => logic(table, a, b, c),
    }
}

fn extract_bits(ty: Type, a: u64, start: u64, length: u64) -> u64 {
    let (start, length) = (start as u32 & 0xff, length as u32 & 0xff);
    let value = ty.integer(a);
    if length == 0 {
        return 0;
    }
    let field = value >> start.min(127) & ((1i128 << length.min(64)) - 1);
    let sign_at = (start + length - 1).min(ty.bits() - 1);
    let negative = ty.is_signed() && ty.zero_extend(a) >> sign_at & 1 == 1;
    let field = if negative && length < ty.bits() {
        field | -1i128 << length
    } else {
        field
    };
    ty.zero_extend(field as u64)
}

pub(super) fn insert_bits(ty: Type, [value, base, start, length]: [u64; 4]) -> u64 {
    let (start, length) = (start as u32 & 0xff, length as u32 & 0xff);
    let mask = ((1u128 << length.min(64)) - 1).checked_shl(start).unwrap_or(0) as u64;
    let shifted = u128::from(value).checked_shl(start).unwrap_or(0) as u64;
    ty.zero_extend((base & !mask) | (shifted & mask))
}

/// `prmt` in its default mode: each nibble picks one of eight bytes, or its sign.
fn permute(a: u64, b: u64, selector: u64) -> u64 {
    let bytes = funnel(a, b).to_le_bytes();
    let pick = |index: u32| {
        let nibble = (selector >> (4 * index)) as usize & 0xf;
        let byte = bytes[nibble & 7];
        let byte = if nibble & 8 != 0 {
            (byte as i8 >> 7) as u8
        } else {
            byte
        };
        u64::from(byte) << (8 * index)
    };
    (0..4).map(pick).sum()
}

/// Low word `a` and high word `b` as one number.
fn funnel(a: u64, b: u64) -> u64 {
    (b << 32) | (a & 0xffff_ffff)
}

fn funnel_count(count: u64, clamp: bool) -> u32 {
    if clamp {
        (count as u32).min(32)
    } else {
        count as u32 & 31
    }
}

fn logic(table: u8, a: u64, b: u64, c: u64) -> u64 {
    let bit = |i: u32| {
        let index = (a >> i & 1) << 2 | (b >> i & 1) << 1 | (c >> i & 1);
        u64::from(table) >> index & 1
    };
    (0..32).map(|i| bit(i) << i).sum()
}
