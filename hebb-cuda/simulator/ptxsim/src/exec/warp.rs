//! Warp operations: shuffles, votes and `bar.warp.sync`.

use super::block::{ThreadBlock, ThreadState};
use crate::defect::DefectKind;
use crate::isa::{Guard, Op, Operand, ShuffleMode, VoteMode};

/// Lanes of one warp at the same instruction.
#[derive(Clone, Copy, Debug)]
struct Meeting {
    warp: usize,
    pc: usize,
    mask: u32,
}

impl Meeting {
    fn lanes(self) -> impl Iterator<Item = usize> {
        (0..32).filter(move |lane| self.mask >> lane & 1 == 1)
    }
}

impl ThreadBlock<'_, '_> {
    /// Completes each operation that all lanes of its mask have reached. Returns true if any lane advanced.
    pub(super) fn complete_warp_operations(&mut self, warp: usize) -> bool {
        let lanes = (self.threads.len() - 32 * warp).min(32);
        let mut moved = 0u32;
        for lane in 0..lanes {
            let thread = 32 * warp + lane;
            if moved >> lane & 1 == 1 || self.threads[thread].state != ThreadState::AtWarpOperation {
                continue;
            }
            let meeting = self.meeting(warp, thread);
            if meeting.mask >> lane & 1 == 0 {
                let message = format!("lane {lane} is not in its own mask {:08x}", meeting.mask);
                self.report(meeting.pc, DefectKind::WarpMask, message);
            } else if self.is_complete(meeting, lanes) {
                self.complete(meeting);
                moved |= meeting.mask;
            }
        }
        moved != 0
    }

    fn meeting(&self, warp: usize, thread: usize) -> Meeting {
        let pc = self.threads[thread].pc;
        Meeting {
            warp,
            pc,
            mask: self.mask(thread, pc),
        }
    }

    fn mask(&self, thread: usize, pc: usize) -> u32 {
        match *self.op(pc) {
            Op::WarpBarrier { mask } | Op::Shuffle { mask, .. } | Op::Vote { mask, .. } => {
                self.value(thread, mask) as u32
            }
            _ => unreachable!("only warp operations wait here"),
        }
    }

    fn is_complete(&self, meeting: Meeting, lanes: usize) -> bool {
        // A block whose last warp is not full still names all 32 lanes in a full mask.
        meeting.lanes().filter(|lane| *lane < lanes).all(|lane| {
            let thread = 32 * meeting.warp + lane;
            let state = &self.threads[thread];
            state.state == ThreadState::AtWarpOperation
                && state.pc == meeting.pc
                && self.mask(thread, meeting.pc) == meeting.mask
        })
    }

    fn complete(&mut self, meeting: Meeting) {
        let here = (self.threads.len() - 32 * meeting.warp).min(32);
        let threads: Vec<usize> = meeting
            .lanes()
            .filter(|l| *l < here)
            .map(|l| 32 * meeting.warp + l)
            .collect();
        match *self.op(meeting.pc) {
            Op::Shuffle { .. } => self.shuffle(meeting, &threads),
            Op::Vote {
                mode, dst, predicate, ..
            } => {
                let result = self.vote(&threads, mode, predicate);
                threads.iter().for_each(|thread| self.set(*thread, dst, result));
            }
            _ => self.warp_barriers[meeting.warp] += 1,
        }
        for thread in threads {
            self.threads[thread].state = ThreadState::Ready;
            self.threads[thread].pc += 1;
        }
    }

    fn vote(&self, threads: &[usize], mode: VoteMode, predicate: Guard) -> u64 {
        let yes = threads.iter().filter(|t| self.holds(**t, predicate));
        let ballot: u64 = yes.map(|thread| 1 << (thread % 32)).sum();
        let count = ballot.count_ones() as usize;
        match mode {
            VoteMode::Ballot => ballot,
            VoteMode::Any => u64::from(count > 0),
            VoteMode::All => u64::from(count == threads.len()),
            VoteMode::Uniform => u64::from(count == 0 || count == threads.len()),
        }
    }

    fn shuffle(&mut self, meeting: Meeting, threads: &[usize]) {
        let Op::Shuffle {
            mode,
            dst,
            valid,
            value,
            lane,
            clamp,
            ..
        } = *self.op(meeting.pc)
        else {
            return;
        };
        let results: Vec<(u64, bool)> = threads
            .iter()
            .map(|thread| self.shuffled(meeting, *thread, mode, value, [lane, clamp]))
            .collect();
        for (thread, (value, in_range)) in threads.iter().zip(results) {
            self.set(*thread, dst, value & 0xffff_ffff);
            if let Some(valid) = valid {
                self.set(*thread, valid, u64::from(in_range));
            }
        }
    }

    /// The value that `thread` receives, and true if its source lane is in range.
    fn shuffled(
        &mut self,
        meeting: Meeting,
        thread: usize,
        mode: ShuffleMode,
        value: Operand,
        control: [Operand; 2],
    ) -> (u64, bool) {
        let own = (thread % 32) as i32;
        let [b, c] = control.map(|operand| self.value(thread, operand) as i32);
        let (source, in_range) = source_lane(mode, own, b & 31, c);
        let source_thread = 32 * meeting.warp + source as usize;
        if meeting.mask >> source & 1 == 0 || source_thread >= self.threads.len() {
            let message = format!(
                "lane {own} reads lane {source}, which takes no part (mask {:08x})",
                meeting.mask
            );
            self.report(meeting.pc, DefectKind::WarpMask, message);
            return (0xcdcd_cdcd, in_range);
        }
        (self.value(source_thread, value), in_range)
    }
}

/// Source lane of a shuffle, as the PTX manual defines it.
fn source_lane(mode: ShuffleMode, lane: i32, b: i32, c: i32) -> (i32, bool) {
    let (clamp, segment) = (c & 31, c >> 8 & 31);
    let highest = (lane & segment) | (clamp & !segment);
    let lowest = lane & segment;
    let (source, in_range) = match mode {
        ShuffleMode::Up => (lane - b, lane - b >= highest),
        ShuffleMode::Down => (lane + b, lane + b <= highest),
        ShuffleMode::Butterfly => (lane ^ b, (lane ^ b) <= highest),
        ShuffleMode::Index => {
            let source = lowest | (b & !segment);
            (source, source <= highest)
        }
    };
    if in_range { (source, true) } else { (lane, false) }
}
