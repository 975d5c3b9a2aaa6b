//! Decoding of moves and conversions.

use super::modifiers::Modifiers;
use crate::isa::{Conversion, Op, Rounding, UnaryOp};
use crate::parse::Arguments;
use crate::types::Type;

pub(super) fn mov(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let ty = modifiers.ty()?;
    if arguments.is_vector(0) {
        let dst = arguments.registers(0)?;
        let bits = ty.bits() / dst.len() as u32;
        return Ok(Op::Unpack {
            dst,
            value: arguments.operand(1)?,
            bits,
        });
    }
    if arguments.is_vector(1) {
        let parts = arguments.operands(1)?;
        let bits = ty.bits() / parts.len() as u32;
        return Ok(Op::Pack {
            dst: arguments.register(0)?,
            parts,
            bits,
        });
    }
    let (dst, a) = (arguments.register(0)?, arguments.operand(1)?);
    Ok(Op::Unary {
        op: UnaryOp::Move,
        ty,
        flags: Default::default(),
        dst,
        a,
    })
}

pub(super) fn convert(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let integral = modifiers.integral_rounding();
    let rounding = integral.or_else(|| modifiers.rounding());
    let (flush, saturate) = (modifiers.take("ftz"), modifiers.take("sat"));
    let (to, from) = (modifiers.ty()?, modifiers.ty()?);
    check(to, from, rounding, integral.is_some())?;
    let conversion = Conversion {
        to,
        from,
        rounding,
        to_integral: integral.is_some(),
        saturate,
        flush,
    };
    Ok(Op::Convert {
        conversion,
        dst: arguments.register(0)?,
        a: arguments.operand(1)?,
    })
}

/// Refuses the roundings that the interpreter does not compute.
fn check(to: Type, from: Type, rounding: Option<Rounding>, integral: bool) -> Result<(), String> {
    let nearest = rounding.is_none_or(|r| r == Rounding::Nearest);
    let supported = match (from.is_float(), to.is_float()) {
        (true, false) => integral,
        (false, true) => nearest && !integral,
        (true, true) => integral || nearest,
        (false, false) => rounding.is_none(),
    };
    if supported {
        Ok(())
    } else {
        Err(format!(
            "cvt from {from:?} to {to:?} rounding {rounding:?} is not implemented"
        ))
    }
}
