//! Execution of `atom` and `red`.

use super::block::ThreadBlock;
use super::grid::FatalDefect;
use crate::isa::{AtomicOp, Op};
use crate::memory::Access;
use crate::types::{Type, f32_of, of_f32};

impl ThreadBlock<'_, '_> {
    pub(super) fn atomic(&mut self, thread: usize, pc: usize, op: &Op) -> Result<(), FatalDefect> {
        let Op::Atomic {
            op,
            space,
            ty,
            dst,
            address,
            value,
            swap,
        } = *op
        else {
            unreachable!("only atomics come here")
        };
        let value = self.value(thread, value);
        let swap = swap.map(|operand| self.value(thread, operand));
        let request = self.request(thread, pc, space, address, ty.size(), Access::Atomic);
        let (region, offset) = self.open(request)?;
        let old = region.load(offset, ty.size());
        region.store(offset, ty.size(), updated(op, ty, old, value, swap));
        if let Some(dst) = dst {
            self.set(thread, dst, old);
        }
        Ok(())
    }
}

fn updated(op: AtomicOp, ty: Type, old: u64, value: u64, swap: Option<u64>) -> u64 {
    match (op, swap) {
        (AtomicOp::Add, _) if ty == Type::F32 => of_f32(f32_of(old) + f32_of(value)),
        (AtomicOp::Add, _) => old.wrapping_add(value),
        (AtomicOp::Minimum, _) => ty.integer(old).min(ty.integer(value)) as u64,
        (AtomicOp::Maximum, _) => ty.integer(old).max(ty.integer(value)) as u64,
        (AtomicOp::And, _) => old & value,
        (AtomicOp::Or, _) => old | value,
        (AtomicOp::Xor, _) => old ^ value,
        (AtomicOp::CompareAndSwap, Some(new)) if ty.zero_extend(old) == ty.zero_extend(value) => new,
        (AtomicOp::CompareAndSwap, _) => old,
        (AtomicOp::Exchange, _) => value,
    }
}
