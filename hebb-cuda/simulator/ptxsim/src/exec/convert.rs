//! Conversions: `cvt`.

use super::float::{flush, saturate};
use crate::isa::{Conversion, Rounding};
use crate::types::{Type, f32_of, of_f32};

pub(super) fn convert(conversion: &Conversion, value: u64) -> u64 {
    let Conversion { to, from, .. } = *conversion;
    match (from.is_float(), to.is_float()) {
        (false, false) if conversion.saturate => clamp(to, from.integer(value)),
        (false, false) => to.zero_extend(from.integer(value) as u64),
        (false, true) if to == Type::F32 => of_f32(from.integer(value) as f32),
        (false, true) => (from.integer(value) as f64).to_bits(),
        (true, false) => clamp(to, round(read(conversion, value), conversion.rounding) as i128),
        (true, true) => float_to_float(conversion, value),
    }
}

fn read(conversion: &Conversion, value: u64) -> f64 {
    match conversion.from {
        Type::F64 => f64::from_bits(value),
        _ => f64::from(flush(f32_of(value), conversion.flush)),
    }
}

fn float_to_float(conversion: &Conversion, value: u64) -> u64 {
    let x = read(conversion, value);
    let x = if conversion.to_integral {
        round(x, conversion.rounding)
    } else {
        x
    };
    if conversion.to == Type::F64 {
        let x = if conversion.saturate && !x.is_nan() {
            x.clamp(0.0, 1.0)
        } else {
            x
        };
        return x.to_bits();
    }
    let x = flush(x as f32, conversion.flush);
    of_f32(if conversion.saturate { saturate(x) } else { x })
}

fn round(x: f64, rounding: Option<Rounding>) -> f64 {
    match rounding {
        Some(Rounding::Down) => x.floor(),
        Some(Rounding::Up) => x.ceil(),
        Some(Rounding::Zero) => x.trunc(),
        _ => x.round_ties_even(),
    }
}

/// The nearest value that `ty` holds; NaN has become 0 in the cast to an integer.
fn clamp(ty: Type, value: i128) -> u64 {
    let (low, high) = if ty.is_signed() {
        (-1i128 << (ty.bits() - 1), (1i128 << (ty.bits() - 1)) - 1)
    } else {
        (0, (1i128 << ty.bits()) - 1)
    };
    ty.zero_extend(value.clamp(low, high) as u64)
}
