//! Execution of one thread up to its next synchronising instruction.

use super::block::{ThreadBlock, ThreadState};
use super::grid::{FatalDefect, LOCAL_WINDOW, SHARED_WINDOW};
use super::{compare, convert, float, integer};
use crate::defect::DefectKind;
use crate::isa::{BinaryOp, Guard, Half, Instruction, Op, Space};
use crate::memory::Access;
use crate::types::Type;

/// Control flow after an instruction.
enum Next {
    Step,
    Jump(usize),
    Wait(ThreadState),
}

impl<'g> ThreadBlock<'_, 'g> {
    /// Runs `thread` until it waits or returns.
    pub(super) fn run_thread(&mut self, thread: usize) -> Result<(), FatalDefect> {
        let code: &'g [Instruction] = &self.grid.kernel.code;
        let mut pc = self.threads[thread].pc;
        loop {
            let Some(budget) = self.grid.budget.checked_sub(1) else {
                let message = format!("thread {thread} of block {} does not end", self.index);
                return Err(self.fault(pc, DefectKind::Endless, message));
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

    fn execute(&mut self, thread: usize, pc: usize, op: &'g Op) -> Result<Next, FatalDefect> {
        match op {
            Op::Branch { target } => return Ok(Next::Jump(*target)),
            Op::Return => return Ok(Next::Wait(ThreadState::Finished)),
            Op::Barrier => return Ok(Next::Wait(ThreadState::AtBarrier)),
            Op::WarpBarrier { .. } | Op::Shuffle { .. } | Op::Vote { .. } => {
                return Ok(Next::Wait(ThreadState::AtWarpOperation));
            }
            Op::Fence => {}
            Op::Load { .. } | Op::Store { .. } => self.transfer(thread, pc, op)?,
            Op::Atomic { .. } => self.atomic(thread, pc, op)?,
            _ => self.compute(thread, pc, op),
        }
        Ok(Next::Step)
    }

    fn transfer(&mut self, thread: usize, pc: usize, op: &Op) -> Result<(), FatalDefect> {
        match op {
            Op::Load {
                space,
                ty,
                read_only,
                dst,
                address,
            } => {
                let access = if *read_only {
                    Access::ReadOnly
                } else {
                    Access::Read
                };
                let first = self.request(thread, pc, *space, *address, ty.size(), access);
                self.load_all(first, *ty, dst)
            }
            Op::Store {
                space,
                ty,
                src,
                address,
            } => {
                let first = self.request(thread, pc, *space, *address, ty.size(), Access::Write);
                self.store_all(first, src)
            }
            _ => unreachable!("only loads and stores come here"),
        }
    }

    /// Executes arithmetic and logic.
    fn compute(&mut self, t: usize, pc: usize, op: &Op) {
        let (dst, value) = match *op {
            Op::Unary {
                op,
                ty,
                flags,
                dst,
                a,
            } if ty.is_float() => (dst, float::unary(op, ty, flags, self.value(t, a))),
            Op::Unary { op, ty, dst, a, .. } => (dst, integer::unary(op, ty, self.value(t, a))),
            Op::Binary {
                op,
                ty,
                flags,
                dst,
                sources,
            } => {
                let [a, b] = self.values(t, sources);
                let value = match ty.is_float() {
                    true => float::binary(op, ty, flags, a, b),
                    false => self.integer_binary([t, pc], op, ty, a, b),
                };
                (dst, value)
            }
            Op::FusedMultiplyAdd {
                ty,
                rounding,
                flags,
                dst,
                sources,
            } => {
                let sources = self.values(t, sources);
                (dst, float::fused_multiply_add(ty, rounding, flags, sources))
            }
            Op::MultiplyAdd {
                ty,
                half,
                dst,
                sources,
            } => (dst, multiply_add(ty, half, self.values(t, sources))),
            Op::Ternary { op, ty, dst, sources } => (dst, integer::ternary(op, ty, self.values(t, sources))),
            Op::InsertBits { ty, dst, sources } => (dst, integer::insert_bits(ty, self.values(t, sources))),
            _ => return self.select_or_convert(t, op),
        };
        self.set(t, dst, value);
    }

    /// Executes comparison, selection and conversion.
    fn select_or_convert(&mut self, t: usize, op: &Op) {
        let (dst, value) = match op {
            Op::SetPredicate { .. } => return self.set_predicate(t, op),
            Op::Select {
                dst,
                sources: [a, b],
                predicate,
            } => (
                dst,
                self.value(t, if self.holds(t, *predicate) { *a } else { *b }),
            ),
            Op::Convert { conversion, dst, a } => (dst, convert::convert(conversion, self.value(t, *a))),
            Op::ConvertAddress {
                dst,
                a,
                space,
                to_space,
            } => (dst, convert_address(self.value(t, *a), *space, *to_space)),
            Op::Pack { dst, parts, bits } => {
                let packed = parts.iter().rev().fold(0, |packed, part| {
                    (packed << bits) | (self.value(t, *part) & low_bits(*bits))
                });
                (dst, packed)
            }
            Op::Unpack { dst, value, bits } => {
                let value = self.value(t, *value);
                for (index, register) in dst.iter().enumerate() {
                    self.set(t, *register, (value >> (bits * index as u32)) & low_bits(*bits));
                }
                return;
            }
            _ => unreachable!("memory, control and warp operations are executed elsewhere"),
        };
        self.set(t, *dst, value);
    }

    fn set_predicate(&mut self, t: usize, op: &Op) {
        let Op::SetPredicate {
            test,
            ty,
            dst,
            inverse,
            sources,
            combine,
        } = *op
        else {
            unreachable!("only comparisons come here")
        };
        let [a, b] = self.values(t, sources);
        let result = compare::test(test, ty, a, b);
        let with = |result: bool| match combine {
            Some((op, guard)) => combined(op, result, self.holds(t, guard)),
            None => result,
        };
        let (value, opposite) = (with(result), with(!result));
        self.set(t, dst, u64::from(value));
        if let Some(inverse) = inverse {
            self.set(t, inverse, u64::from(opposite));
        }
    }

    fn integer_binary(&mut self, [t, pc]: [usize; 2], op: BinaryOp, ty: Type, a: u64, b: u64) -> u64 {
        integer::binary(op, ty, a, b).unwrap_or_else(|| {
            let message = format!("integer division by zero by thread {t} of block {}", self.index);
            self.report(pc, DefectKind::DivisionByZero, message);
            u64::MAX
        })
    }
}

fn combined(op: BinaryOp, result: bool, predicate: bool) -> bool {
    match op {
        BinaryOp::And => result && predicate,
        BinaryOp::Or => result || predicate,
        _ => result != predicate,
    }
}

fn multiply_add(ty: Type, half: Half, [a, b, c]: [u64; 3]) -> u64 {
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
