//! A thread block: its threads, registers and barrier.

use super::grid::{FatalDefect, GridRun};
use crate::defect::{Defect, DefectKind};
use crate::isa::{LaneMask, Op, Operand, Register, Special};
use crate::memory::{Accessor, Region};

/// Execution state of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThreadState {
    Ready,
    AtBarrier,
    AtWarpOperation,
    Finished,
}

#[derive(Debug)]
pub(super) struct Thread {
    pub(super) pc: usize,
    pub(super) state: ThreadState,
    /// Local memory, created when first used.
    pub(super) local: Option<Region>,
}

#[derive(Debug)]
pub(super) struct ThreadBlock<'a, 'g> {
    pub(super) grid: &'a mut GridRun<'g>,
    pub(super) shared: &'a mut Region,
    pub(super) index: u32,
    pub(super) threads: Vec<Thread>,
    at: [u32; 3],
    registers: Vec<u64>,
    /// Number of registers per thread.
    width: usize,
    barriers: u32,
    pub(super) warp_barriers: Vec<u32>,
}

impl<'a, 'g> ThreadBlock<'a, 'g> {
    pub(super) fn new(grid: &'a mut GridRun<'g>, shared: &'a mut Region, index: u32, at: [u32; 3]) -> Self {
        let count = grid.shape.block.iter().product::<u32>() as usize;
        let width = grid.kernel.registers;
        let thread = || Thread {
            pc: 0,
            state: ThreadState::Ready,
            local: None,
        };
        let threads = std::iter::repeat_with(thread).take(count).collect();
        let warp_barriers = vec![0; count.div_ceil(32)];
        Self {
            grid,
            shared,
            index,
            threads,
            at,
            registers: vec![0; count * width],
            width,
            barriers: 0,
            warp_barriers,
        }
    }

    /// Runs the block until every thread has returned.
    pub(super) fn run(&mut self) -> Result<(), FatalDefect> {
        loop {
            for thread in 0..self.threads.len() {
                if self.threads[thread].state == ThreadState::Ready {
                    self.run_thread(thread)?;
                }
            }
            let mut moved = false;
            for warp in 0..self.warp_barriers.len() {
                moved |= self.complete_warp_operations(warp);
            }
            if moved {
                continue;
            }
            if self
                .threads
                .iter()
                .all(|thread| thread.state == ThreadState::Finished)
            {
                return Ok(());
            }
            self.pass_barrier()?;
        }
    }

    /// Releases the block's barrier if every thread waits at the same one.
    fn pass_barrier(&mut self) -> Result<(), FatalDefect> {
        if let Some(thread) = self
            .threads
            .iter()
            .position(|t| t.state == ThreadState::AtWarpOperation)
        {
            let message = format!(
                "thread {thread} of block {} waits for lanes that never come",
                self.index
            );
            return Err(self.fault(self.threads[thread].pc, DefectKind::WarpMask, message));
        }
        let waiting: Vec<usize> = self.positions(ThreadState::AtBarrier);
        let pc = self.threads[waiting[0]].pc;
        let message = if waiting.len() < self.threads.len() {
            let gone = self.threads.len() - waiting.len();
            format!(
                "{gone} threads of block {} have exited before the barrier",
                self.index
            )
        } else if waiting.iter().any(|thread| self.threads[*thread].pc != pc) {
            format!("threads of block {} wait at different barriers", self.index)
        } else {
            self.barriers += 1;
            for thread in &mut self.threads {
                thread.state = ThreadState::Ready;
                thread.pc += 1;
            }
            return Ok(());
        };
        Err(self.fault(pc, DefectKind::DivergentBarrier, message))
    }

    fn positions(&self, state: ThreadState) -> Vec<usize> {
        (0..self.threads.len())
            .filter(|t| self.threads[*t].state == state)
            .collect()
    }

    /// Logs a defect at instruction `pc`.
    pub(super) fn report(&mut self, pc: usize, kind: DefectKind, message: String) -> Defect {
        let (line, text) = self.grid.kernel.source[pc].clone();
        let report = Defect {
            kind,
            kernel: self.grid.kernel.name.clone(),
            message,
            line,
            text,
        };
        self.grid.log.add(report.clone());
        report
    }

    /// Logs a defect that ends the launch.
    pub(super) fn fault(&mut self, pc: usize, kind: DefectKind, message: String) -> FatalDefect {
        FatalDefect(self.report(pc, kind, message))
    }

    pub(super) fn op(&self, pc: usize) -> &'g Op {
        &self.grid.kernel.code[pc].op
    }

    /// The identity of `thread` in the race check.
    pub(super) fn accessor(&self, thread: usize) -> Accessor {
        let warp_barriers = self.warp_barriers[thread / 32];
        Accessor {
            block: self.index,
            thread: thread as u16,
            barriers: self.barriers,
            warp_barriers,
        }
    }

    // Called for every operand of every instruction; so are the three below.
    #[inline(always)]
    pub(super) fn value(&self, thread: usize, operand: Operand) -> u64 {
        match operand {
            Operand::Register(register) => self.register(thread, register),
            Operand::Immediate(value) => value,
            Operand::Special(special) => u64::from(self.special(thread as u32, special)),
        }
    }

    #[inline(always)]
    pub(super) fn values<const N: usize>(&self, thread: usize, operands: [Operand; N]) -> [u64; N] {
        operands.map(|operand| self.value(thread, operand))
    }

    #[inline(always)]
    pub(super) fn register(&self, thread: usize, register: Register) -> u64 {
        self.registers[thread * self.width + register as usize]
    }

    #[inline(always)]
    pub(super) fn set(&mut self, thread: usize, register: Register, value: u64) {
        self.registers[thread * self.width + register as usize] = value;
    }

    /// Rare, so it stays out of the code of every operand.
    #[inline(never)]
    fn special(&self, thread: u32, special: Special) -> u32 {
        let [width, height, _] = self.grid.shape.block;
        let lane = thread % 32;
        match special {
            Special::Thread(0) => thread % width,
            Special::Thread(1) => thread / width % height,
            Special::Thread(_) => thread / width / height,
            Special::BlockSize(axis) => self.grid.shape.block[axis],
            Special::Block(axis) => self.at[axis],
            Special::GridSize(axis) => self.grid.shape.grid[axis],
            Special::Lane => lane,
            Special::Warp => thread / 32,
            Special::LaneMask(LaneMask::Equal) => 1 << lane,
            Special::LaneMask(LaneMask::Less) => (1 << lane) - 1,
            Special::LaneMask(LaneMask::LessEqual) => u32::MAX >> (31 - lane),
            Special::LaneMask(LaneMask::Greater) => !(u32::MAX >> (31 - lane)),
            Special::LaneMask(LaneMask::GreaterEqual) => u32::MAX << lane,
        }
    }
}
