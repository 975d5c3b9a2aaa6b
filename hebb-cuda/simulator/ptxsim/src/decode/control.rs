//! Decoding of branches, barriers and warp operations.

use super::modifiers::Modifiers;
use crate::isa::{Op, Operand, ShuffleMode, VoteMode};
use crate::parse::Arguments;
use crate::types::Type;

pub(super) fn branch(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    modifiers.take("uni");
    Ok(Op::Branch {
        target: arguments.label(0)?,
    })
}

/// `bar.sync 0` and `bar.warp.sync MASK`; named and partial barriers are not implemented.
pub(super) fn barrier(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let warp = modifiers.take("warp");
    if !modifiers.take("sync") {
        return Err("only .sync barriers are implemented".to_owned());
    }
    modifiers.take("aligned");
    if arguments.len() != 1 {
        return Err("a barrier for part of the block is not implemented".to_owned());
    }
    let operand = arguments.operand(0)?;
    if warp {
        return Ok(Op::WarpBarrier { mask: operand });
    }
    if operand == Operand::Immediate(0) {
        Ok(Op::Barrier)
    } else {
        Err("only barrier 0 is implemented".to_owned())
    }
}

pub(super) fn shuffle(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let mode = modifiers.take_with(|name| match name {
        "up" => Some(ShuffleMode::Up),
        "down" => Some(ShuffleMode::Down),
        "bfly" => Some(ShuffleMode::Butterfly),
        "idx" => Some(ShuffleMode::Index),
        _ => None,
    });
    synchronising(modifiers)?;
    let (dst, valid) = arguments.register_pair(0)?;
    Ok(Op::Shuffle {
        mode: mode.ok_or("the shuffle mode is missing")?,
        dst,
        valid,
        value: arguments.operand(1)?,
        lane: arguments.operand(2)?,
        clamp: arguments.operand(3)?,
        mask: arguments.operand(4)?,
    })
}

pub(super) fn vote(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    let mode = modifiers.take_with(|name| match name {
        "ballot" => Some(VoteMode::Ballot),
        "any" => Some(VoteMode::Any),
        "all" => Some(VoteMode::All),
        "uni" => Some(VoteMode::Uniform),
        _ => None,
    });
    let mode = mode.ok_or("the vote mode is missing")?;
    synchronising(modifiers)?;
    let (dst, predicate) = (arguments.register(0)?, arguments.guard(1)?);
    Ok(Op::Vote {
        mode,
        dst,
        predicate,
        mask: arguments.operand(2)?,
    })
}

/// Warp operations carry `.sync` and a 32-bit or predicate type.
fn synchronising(modifiers: &mut Modifiers<'_>) -> Result<(), String> {
    if !modifiers.take("sync") {
        return Err("warp operations need .sync".to_owned());
    }
    match modifiers.ty()? {
        Type::B32 | Type::Pred => Ok(()),
        other => Err(format!("type {other:?}")),
    }
}
