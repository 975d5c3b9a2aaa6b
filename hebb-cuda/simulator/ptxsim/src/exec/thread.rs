//! One thread up to its next synchronising instruction.

use super::block::{Block, State};
use super::{Fault, LOCAL_WINDOW, SHARED_WINDOW, compare, convert, float, integer};
use crate::isa::{Binary, Guard, Half, Instruction, Op, Space};
use crate::report::ReportKind;
use crate::types::Type;

/// What a thread does after an instruction.
enum Next {
    Step,
    Jump(usize),
    Wait(State),
}

impl<'g> Block<'_, 'g> {
    /// Runs `thread` until it waits or returns.
    pub(super) fn run_thread(&mut self, thread: usize) -> Result<(), Fault> {
        let code: &'g [Instruction] = &self.grid.kernel.code;
        let mut pc = self.threads[thread].pc;
        loop {
            let Some(budget) = self.grid.budget.checked_sub(1) else {
                let message = format!("thread {thread} of block {} does not end", self.index);
                return Err(self.fault(pc, ReportKind::Endless, message));
            };
            self.grid.budget = budget;
            let instruction = &code[pc];
            if instruction.guard.is_some_and(|guard| !self.holds(thread, guard)) {
                pc += 1;
                continue;
            }
            match self.execute(thread, pc, &instruction.op)? {
                Next::Step => pc += 1,
                Next::Jump(target) => pc = target,
                Next::Wait(state) => {
                    self.threads[thread].pc = pc;
                    self.threads[thread].state = state;
                    return Ok(());
                }
            }
        }
    }

    pub(super) fn holds(&self, thread: usize, guard: Guard) -> bool {
        (self.register(thread, guard.register) != 0) != guard.negated
    }

    fn execute(&mut self, thread: usize, pc: usize, op: &'g Op) -> Result<Next, Fault> {
        match op {
            Op::Branch { target } => return Ok(Next::Jump(*target)),
            Op::Return => return Ok(Next::Wait(State::Finished)),
            Op::Barrier => return Ok(Next::Wait(State::AtBarrier)),
            Op::WarpBarrier { .. } | Op::Shuffle { .. } | Op::Vote { .. } => {
                return Ok(Next::Wait(State::AtWarpOperation));
            }
            Op::Fence => {}
            Op::Load { .. } | Op::Store { .. } => self.transfer(thread, pc, op)?,
            Op::Atomic { .. } => self.atomic(thread, pc, op)?,
            _ => self.compute(thread, pc, op),
        }
        Ok(Next::Step)
    }

    /// Instructions that touch registers alone.
    fn compute(&mut self, t: usize, pc: usize, op: &Op) {
        match *op {
            Op::Unary {
                op,
                ty,
                flags,
                dst,
                a,
            } => {
                let a = self.value(t, a);
                let value = if ty.is_float() {
                    float::unary(op, ty, flags, a)
                } else {
                    integer::unary(op, ty, a)
                };
                self.set(t, dst, value);
            }
            Op::Binary {
                op,
                ty,
                flags,
                dst,
                a,
                b,
            } => {
                let (a, b) = (self.value(t, a), self.value(t, b));
                let value = match ty.is_float() {
                    true => float::binary(op, ty, flags, a, b),
                    false => self.integer_binary(t, pc, op, ty, a, b),
                };
                self.set(t, dst, value);
            }
            Op::FusedMultiplyAdd {
                ty,
                rounding,
                flags,
                dst,
                a,
                b,
                c,
            } => {
                let (a, b, c) = (self.value(t, a), self.value(t, b), self.value(t, c));
                self.set(t, dst, float::fused_multiply_add(ty, rounding, flags, a, b, c));
            }
            Op::MultiplyAdd {
                ty,
                half,
                dst,
                a,
                b,
                c,
            } => {
                let (a, b, c) = (self.value(t, a), self.value(t, b), self.value(t, c));
                self.set(t, dst, multiply_add(ty, half, a, b, c));
            }
            Op::Ternary { op, ty, dst, a, b, c } => {
                let (a, b, c) = (self.value(t, a), self.value(t, b), self.value(t, c));
                self.set(t, dst, integer::ternary(op, ty, a, b, c));
            }
            Op::InsertBits {
                ty,
                dst,
                value,
                base,
                start,
                length,
            } => {
                let (value, base) = (self.value(t, value), self.value(t, base));
                let (start, length) = (self.value(t, start), self.value(t, length));
                self.set(t, dst, integer::insert_bits(ty, value, base, start, length));
            }
            _ => self.select_or_convert(t, op),
        }
    }

    fn select_or_convert(&mut self, t: usize, op: &Op) {
        match op {
            Op::SetPredicate {
                test,
                ty,
                dst,
                inverse,
                a,
                b,
                combine,
            } => {
                let (a, b) = (self.value(t, *a), self.value(t, *b));
                let result = compare::test(*test, *ty, a, b);
                let with = |result: bool| match combine {
                    Some((op, guard)) => combined(*op, result, self.holds(t, *guard)),
                    None => result,
                };
                let (value, opposite) = (with(result), with(!result));
                self.set(t, *dst, u64::from(value));
                if let Some(inverse) = inverse {
                    self.set(t, *inverse, u64::from(opposite));
                }
            }
            Op::Select { dst, a, b, predicate } => {
                let value = self.value(t, if self.holds(t, *predicate) { *a } else { *b });
                self.set(t, *dst, value);
            }
            Op::Convert { conversion, dst, a } => {
                let value = convert::convert(conversion, self.value(t, *a));
                self.set(t, *dst, value);
            }
            Op::ConvertAddress {
                dst,
                a,
                space,
                to_space,
            } => {
                let value = convert_address(self.value(t, *a), *space, *to_space);
                self.set(t, *dst, value);
            }
            Op::Pack { dst, parts, bits } => {
                let packed = parts.iter().rev().fold(0, |packed, part| {
                    (packed << bits) | (self.value(t, *part) & low_bits(*bits))
                });
                self.set(t, *dst, packed);
            }
            Op::Unpack { dst, value, bits } => {
                let value = self.value(t, *value);
                for (index, register) in dst.iter().enumerate() {
                    self.set(t, *register, (value >> (bits * index as u32)) & low_bits(*bits));
                }
            }
            _ => unreachable!("memory, control and warp operations are executed elsewhere"),
        }
    }

    fn integer_binary(&mut self, t: usize, pc: usize, op: Binary, ty: Type, a: u64, b: u64) -> u64 {
        integer::binary(op, ty, a, b).unwrap_or_else(|| {
            let message = format!("integer division by zero by thread {t} of block {}", self.index);
            self.report(pc, ReportKind::DivisionByZero, message);
            u64::MAX
        })
    }
}

fn combined(op: Binary, result: bool, predicate: bool) -> bool {
    match op {
        Binary::And => result && predicate,
        Binary::Or => result || predicate,
        _ => result != predicate,
    }
}

fn multiply_add(ty: Type, half: Half, a: u64, b: u64, c: u64) -> u64 {
    let product = ty.integer(a).wrapping_mul(ty.integer(b));
    match half {
        Half::Low => ty.zero_extend((product as u64).wrapping_add(c)),
        Half::High => ty.zero_extend(((product >> ty.bits()) as u64).wrapping_add(c)),
        Half::Wide => integer::widened(ty, (product as u64).wrapping_add(c)),
    }
}

/// Between an address within a space and its place in the generic address space.
fn convert_address(address: u64, space: Space, to_space: bool) -> u64 {
    let window = match space {
        Space::Shared => SHARED_WINDOW,
        Space::Local => LOCAL_WINDOW,
        _ => 0,
    };
    if to_space {
        address.wrapping_sub(window)
    } else {
        address.wrapping_add(window)
    }
}

fn low_bits(bits: u32) -> u64 {
    u64::MAX >> (64 - bits)
}
