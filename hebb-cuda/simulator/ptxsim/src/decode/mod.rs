//! Decoding of statements to instructions. An unknown opcode or modifier is an error.

mod alu;
mod control;
mod convert;
mod memory;
mod modifiers;

use crate::isa::{Instruction, Op};
use crate::parse::{Arguments, Symbols};
use modifiers::Modifiers;

/// Every opcode that the interpreter executes.
pub const OPCODES: &[&str] = &[
    "abs", "add", "and", "atom", "bar", "barrier", "bfe", "bfi", "bfind", "bra", "brev", "clz", "cos", "cvt",
    "cvta", "div", "ex2", "exit", "fma", "ld", "lg2", "lop3", "mad", "max", "membar", "min", "mov", "mul",
    "neg", "not", "or", "popc", "prmt", "rcp", "red", "rem", "ret", "rsqrt", "selp", "setp", "shf", "shfl",
    "shl", "shr", "sin", "sqrt", "st", "sub", "tanh", "vote", "xor",
];

/// Decodes one statement such as `@%p1 add.s32 %r1, %r2, 3`.
pub(crate) fn instruction(text: &str, symbols: &Symbols) -> Result<Instruction, String> {
    let (guard, text) = match text.strip_prefix('@') {
        Some(rest) => {
            let (predicate, rest) = rest
                .split_once(char::is_whitespace)
                .ok_or("the guard guards nothing")?;
            (Some(crate::parse::guard(predicate, symbols)?), rest.trim())
        }
        None => (None, text),
    };
    let (name, operands) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut parts = name.split('.');
    let opcode = parts.next().unwrap_or_default();
    let mut modifiers = Modifiers::new(parts.collect());
    let arguments = Arguments::new(operands.trim(), symbols);
    let op = operation(opcode, &mut modifiers, &arguments)?;
    modifiers.finish(opcode)?;
    Ok(Instruction { guard, op })
}

fn operation(opcode: &str, modifiers: &mut Modifiers<'_>, arguments: &Arguments<'_>) -> Result<Op, String> {
    match opcode {
        "ld" => memory::load(modifiers, arguments),
        "st" => memory::store(modifiers, arguments),
        "atom" | "red" => memory::atomic(opcode, modifiers, arguments),
        "membar" => memory::fence(modifiers),
        "cvta" => memory::address(modifiers, arguments),
        "cvt" => convert::convert(modifiers, arguments),
        "bra" => control::branch(modifiers, arguments),
        "bar" | "barrier" => control::barrier(modifiers, arguments),
        "shfl" => control::shuffle(modifiers, arguments),
        "vote" => control::vote(modifiers, arguments),
        "ret" | "exit" => Ok(Op::Return),
        "mov" => convert::mov(modifiers, arguments),
        "setp" => alu::set_predicate(modifiers, arguments),
        "selp" => alu::select(modifiers, arguments),
        "mad" => alu::multiply_add(modifiers, arguments),
        "fma" => alu::fused_multiply_add(modifiers, arguments),
        "bfi" => alu::insert_bits(modifiers, arguments),
        "bfe" | "prmt" | "shf" | "lop3" => alu::ternary(opcode, modifiers, arguments),
        _ => match (alu::unary_op(opcode), alu::binary_op(opcode)) {
            (Some(op), _) => alu::unary(op, modifiers, arguments),
            (_, Some(op)) => alu::binary(op, modifiers, arguments),
            _ => Err(format!("instruction {opcode} is not implemented")),
        },
    }
}
