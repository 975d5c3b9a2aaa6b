//! Decoding of arithmetic, logic, comparison and selection.

use super::modifiers::Modifiers;
use crate::isa::{BinaryOp, Comparison, Half, Op, Rounding, TernaryOp, Test, UnaryOp};
use crate::parse::Arguments;
use crate::types::Type;

type Decoded = Result<Op, String>;

pub(super) fn unary_op(opcode: &str) -> Option<UnaryOp> {
    Some(match opcode {
        "neg" => UnaryOp::Negate,
        "abs" => UnaryOp::Absolute,
        "not" => UnaryOp::Not,
        "sqrt" => UnaryOp::SquareRoot,
        "rsqrt" => UnaryOp::InverseSquareRoot,
        "rcp" => UnaryOp::Reciprocal,
        "ex2" => UnaryOp::Exp2,
        "lg2" => UnaryOp::Log2,
        "sin" => UnaryOp::Sine,
        "cos" => UnaryOp::Cosine,
        "tanh" => UnaryOp::HyperbolicTangent,
        "popc" => UnaryOp::PopulationCount,
        "clz" => UnaryOp::LeadingZeros,
        "brev" => UnaryOp::ReverseBits,
        "bfind" => UnaryOp::FindLeadingOne,
        _ => return None,
    })
}

pub(super) fn binary_op(opcode: &str) -> Option<BinaryOp> {
    Some(match opcode {
        "add" => BinaryOp::Add,
        "sub" => BinaryOp::Subtract,
        "mul" => BinaryOp::Multiply,
        "div" => BinaryOp::Divide,
        "rem" => BinaryOp::Remainder,
        "min" => BinaryOp::Minimum,
        "max" => BinaryOp::Maximum,
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        "xor" => BinaryOp::Xor,
        "shl" => BinaryOp::ShiftLeft,
        "shr" => BinaryOp::ShiftRight,
        _ => return None,
    })
}

pub(super) fn unary(op: UnaryOp, modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    let ty = modifiers.ty()?;
    let computed = !matches!(op, UnaryOp::Negate | UnaryOp::Absolute | UnaryOp::Not);
    if ty.is_float() && computed && !modifiers.take("approx") {
        nearest(modifiers)?;
    }
    let allowed = match op {
        UnaryOp::Negate | UnaryOp::Absolute | UnaryOp::Move => true,
        UnaryOp::Not
        | UnaryOp::PopulationCount
        | UnaryOp::LeadingZeros
        | UnaryOp::ReverseBits
        | UnaryOp::FindLeadingOne => !ty.is_float(),
        UnaryOp::SquareRoot | UnaryOp::Reciprocal => ty.is_float(),
        _ => ty == Type::F32,
    };
    if !allowed {
        return Err(format!("{op:?} of {ty:?} is not implemented"));
    }
    Ok(Op::Unary {
        op,
        ty,
        flags: modifiers.float_flags(),
        dst: arguments.register(0)?,
        a: arguments.operand(1)?,
    })
}

pub(super) fn binary(op: BinaryOp, modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    let ty = modifiers.ty()?;
    let op = if ty.is_float() {
        float_binary(op, ty, modifiers)?
    } else {
        integer_binary(op, modifiers)?
    };
    Ok(Op::Binary {
        op,
        ty,
        flags: if ty.is_float() {
            modifiers.float_flags()
        } else {
            Default::default()
        },
        dst: arguments.register(0)?,
        sources: arguments.sources(1)?,
    })
}

fn float_binary(op: BinaryOp, ty: Type, modifiers: &mut Modifiers<'_>) -> Result<BinaryOp, String> {
    match op {
        BinaryOp::Divide if modifiers.take("approx") || modifiers.take("full") => {}
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => nearest(modifiers)?,
        BinaryOp::Minimum | BinaryOp::Maximum => {}
        _ => return Err(format!("{op:?} of {ty:?} is not implemented")),
    }
    Ok(op)
}

fn integer_binary(op: BinaryOp, modifiers: &mut Modifiers<'_>) -> Result<BinaryOp, String> {
    if op != BinaryOp::Multiply {
        return Ok(op);
    }
    match half(modifiers)? {
        Half::Low => Ok(BinaryOp::Multiply),
        Half::High => Ok(BinaryOp::MultiplyHigh),
        Half::Wide => Ok(BinaryOp::MultiplyWide),
    }
}

fn half(modifiers: &mut Modifiers<'_>) -> Result<Half, String> {
    let half = modifiers.take_with(|name| match name {
        "lo" => Some(Half::Low),
        "hi" => Some(Half::High),
        "wide" => Some(Half::Wide),
        _ => None,
    });
    half.ok_or_else(|| "one of .lo, .hi and .wide is missing".to_owned())
}

/// Accepts `.rn` or no rounding; the other directions exist for `fma` and `cvt` alone.
fn nearest(modifiers: &mut Modifiers<'_>) -> Result<(), String> {
    match modifiers.rounding() {
        None | Some(Rounding::Nearest) => Ok(()),
        Some(other) => Err(format!("rounding {other:?} is not implemented here")),
    }
}

pub(super) fn multiply_add(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    let ty = modifiers.ty()?;
    if ty.is_float() {
        return Err("mad of floats is not implemented".to_owned());
    }
    Ok(Op::MultiplyAdd {
        ty,
        half: half(modifiers)?,
        dst: arguments.register(0)?,
        sources: arguments.sources(1)?,
    })
}

pub(super) fn fused_multiply_add(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    let ty = modifiers.ty()?;
    let rounding = modifiers.rounding().ok_or("fma without rounding")?;
    if !ty.is_float() || (ty == Type::F64 && rounding != Rounding::Nearest) {
        return Err(format!("fma of {ty:?} rounding {rounding:?} is not implemented"));
    }
    Ok(Op::FusedMultiplyAdd {
        ty,
        rounding,
        flags: modifiers.float_flags(),
        dst: arguments.register(0)?,
        sources: arguments.sources(1)?,
    })
}

pub(super) fn set_predicate(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    let test = modifiers.take_with(test).ok_or("the comparison is missing")?;
    let combine = modifiers.take_with(|name| binary_op(name).filter(|op| logical(*op)));
    modifiers.take("ftz");
    let ty = modifiers.ty()?;
    let (dst, inverse) = arguments.register_pair(0)?;
    let combine = match combine {
        Some(op) => Some((op, arguments.guard(3)?)),
        None => None,
    };
    Ok(Op::SetPredicate {
        test,
        ty,
        dst,
        inverse,
        sources: arguments.sources(1)?,
        combine,
    })
}

fn logical(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor)
}

fn test(name: &str) -> Option<Test> {
    let (comparison, or_unordered) = match name {
        "eq" => (Comparison::Equal, false),
        "ne" => (Comparison::NotEqual, false),
        "lt" | "lo" => (Comparison::Less, false),
        "le" | "ls" => (Comparison::LessEqual, false),
        "gt" | "hi" => (Comparison::Greater, false),
        "ge" | "hs" => (Comparison::GreaterEqual, false),
        "equ" => (Comparison::Equal, true),
        "neu" => (Comparison::NotEqual, true),
        "ltu" => (Comparison::Less, true),
        "leu" => (Comparison::LessEqual, true),
        "gtu" => (Comparison::Greater, true),
        "geu" => (Comparison::GreaterEqual, true),
        "num" => (Comparison::Ordered, false),
        "nan" => (Comparison::Unordered, true),
        _ => return None,
    };
    Some(Test {
        comparison,
        or_unordered,
    })
}

pub(super) fn select(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    modifiers.ty()?;
    Ok(Op::Select {
        dst: arguments.register(0)?,
        sources: arguments.sources(1)?,
        predicate: arguments.guard(3)?,
    })
}

pub(super) fn insert_bits(modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    Ok(Op::InsertBits {
        ty: modifiers.ty()?,
        dst: arguments.register(0)?,
        sources: arguments.sources(1)?,
    })
}

pub(super) fn ternary(opcode: &str, modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Decoded {
    let ty = modifiers.ty()?;
    let op = match opcode {
        "bfe" => TernaryOp::ExtractBits,
        "prmt" => TernaryOp::Permute,
        "lop3" => TernaryOp::Logic(truth_table(arguments.text(4)?)?),
        _ => funnel(modifiers)?,
    };
    Ok(Op::Ternary {
        op,
        ty,
        dst: arguments.register(0)?,
        sources: arguments.sources(1)?,
    })
}

fn truth_table(text: &str) -> Result<u8, String> {
    let value = match text.strip_prefix("0x") {
        Some(hex) => u8::from_str_radix(hex, 16),
        None => text.parse(),
    };
    value.map_err(|e| format!("truth table {text}: {e}"))
}

fn funnel(modifiers: &mut Modifiers<'_>) -> Result<TernaryOp, String> {
    let left = modifiers.take("l");
    if !left && !modifiers.take("r") {
        return Err("shf needs .l or .r".to_owned());
    }
    let clamp = modifiers.take("clamp");
    if !clamp && !modifiers.take("wrap") {
        return Err("shf needs .clamp or .wrap".to_owned());
    }
    Ok(if left {
        TernaryOp::FunnelLeft { clamp }
    } else {
        TernaryOp::FunnelRight { clamp }
    })
}
