//! Decoding of loads, stores, atomics, fences and address conversions.

use super::modifiers::Modifiers;
use crate::isa::{AtomicOp, Op, Space};
use crate::parse::Arguments;
use crate::types::Type;

pub(super) fn load(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let read_only = modifiers.take("nc");
    let (space, ty) = (modifiers.space(), modifiers.ty()?);
    let dst = arguments.registers(0)?;
    vector(modifiers, dst.len())?;
    Ok(Op::Load {
        space,
        ty,
        read_only,
        dst,
        address: arguments.address(1)?,
    })
}

pub(super) fn store(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let (space, ty) = (modifiers.space(), modifiers.ty()?);
    if space == Space::Param {
        return Err("a kernel cannot write its parameters".to_owned());
    }
    let src = arguments.operands(1)?;
    vector(modifiers, src.len())?;
    Ok(Op::Store {
        space,
        ty,
        src,
        address: arguments.address(0)?,
    })
}

/// Demands `.v2` or `.v4` to match the number of registers.
fn vector(modifiers: &mut Modifiers<'_>, registers: usize) -> Result<(), String> {
    let declared = modifiers.take_with(|name| match name {
        "v2" => Some(2),
        "v4" => Some(4),
        _ => None,
    });
    if declared.unwrap_or(1) == registers {
        Ok(())
    } else {
        Err(format!("{registers} registers"))
    }
}

pub(super) fn atomic(
    opcode: &str,
    modifiers: &mut Modifiers<'_>,
    arguments: &Arguments<'_>,
) -> Result<Op, String> {
    let op = modifiers.take_with(|name| match name {
        "add" => Some(AtomicOp::Add),
        "min" => Some(AtomicOp::Minimum),
        "max" => Some(AtomicOp::Maximum),
        "exch" => Some(AtomicOp::Exchange),
        "cas" => Some(AtomicOp::CompareAndSwap),
        "and" => Some(AtomicOp::And),
        "or" => Some(AtomicOp::Or),
        "xor" => Some(AtomicOp::Xor),
        _ => None,
    });
    let op = op.ok_or("the atomic operation is missing")?;
    let (space, ty) = (modifiers.space(), modifiers.ty()?);
    if ty == Type::F64 || (ty == Type::F32 && !matches!(op, AtomicOp::Add | AtomicOp::Exchange)) {
        return Err(format!("atomic {op:?} of {ty:?} is not implemented"));
    }
    let returns = usize::from(opcode == "atom");
    let dst = if returns == 1 && arguments.text(0)? != "_" {
        Some(arguments.register(0)?)
    } else {
        None
    };
    let swap = if op == AtomicOp::CompareAndSwap {
        Some(arguments.operand(returns + 2)?)
    } else {
        None
    };
    Ok(Op::Atomic {
        op,
        space,
        ty,
        dst,
        address: arguments.address(returns)?,
        value: arguments.operand(returns + 1)?,
        swap,
    })
}

/// A fence orders no two accesses of different threads by itself, so it does nothing here.
pub(super) fn fence(modifiers: &mut Modifiers<'_>) -> Result<Op, String> {
    if modifiers.take("cta") || modifiers.take("gl") {
        Ok(Op::Fence)
    } else {
        Err("membar needs .cta or .gl".to_owned())
    }
}

pub(super) fn address(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let to_space = modifiers.take("to");
    let space = modifiers.space();
    if modifiers.ty()? != Type::U64 {
        return Err("addresses have 64 bits".to_owned());
    }
    Ok(Op::ConvertAddress {
        dst: arguments.register(0)?,
        a: arguments.operand(1)?,
        space,
        to_space,
    })
}
