//! Shadow memory: the accesses to each word, and the happens-before check of CUDA.

use super::Access;

/// A thread at a point of its execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accessor {
    pub(crate) block: u32,
    pub(crate) thread: u16,
    /// `__syncthreads` passed so far.
    pub(crate) barriers: u32,
    /// `__syncwarp` passed so far by the thread's warp.
    pub(crate) warp_barriers: u32,
}

impl Accessor {
    fn warp(&self) -> u16 {
        self.thread / 32
    }
}

/// Scope of a region: shared memory belongs to one block, global memory to the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Block,
    Grid,
}

/// An earlier access that nothing orders with the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) earlier: Access,
    pub(crate) block: u32,
    pub(crate) thread: u16,
}

/// Accesses of one kind to one word since the last barrier that ordered them all.
#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    last: Accessor,
    reach: Reach,
}

/// Smallest group that contains all threads of a [`Trace`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
enum Reach {
    #[default]
    Nobody,
    Thread,
    Warp,
    Block,
    Grid,
}

impl Trace {
    /// Returns true if every traced access happens before `now`.
    fn is_before(&self, now: &Accessor, scope: Scope) -> bool {
        let last = &self.last;
        match self.reach {
            Reach::Nobody => true,
            Reach::Grid => false,
            _ if last.block != now.block => scope == Scope::Block,
            _ if last.barriers != now.barriers => true,
            Reach::Block => false,
            _ if last.warp() == now.warp() && last.warp_barriers != now.warp_barriers => true,
            Reach::Warp => false,
            Reach::Thread => last.thread == now.thread,
        }
    }

    /// Adds `now`. Accesses that are ordered before it need not be remembered.
    fn add(&mut self, now: Accessor) {
        let last = self.last;
        self.reach = if self.reach == Reach::Nobody || self.is_superseded(&now) {
            Reach::Thread
        } else if last.block != now.block {
            Reach::Grid
        } else if last.warp() != now.warp() {
            self.reach.max(Reach::Block)
        } else if last.thread != now.thread {
            self.reach.max(Reach::Warp)
        } else {
            self.reach
        };
        if self.reach == Reach::Thread {
            self.last = now;
        } else {
            self.last.warp_barriers = now.warp_barriers;
        }
    }

    /// Returns true if every access that is ordered after `now` in its block is also ordered after all traced ones.
    fn is_superseded(&self, now: &Accessor) -> bool {
        let last = &self.last;
        self.reach < Reach::Grid
            && last.block == now.block
            && (last.barriers != now.barriers
                || (self.reach < Reach::Block
                    && last.warp() == now.warp()
                    && last.warp_barriers != now.warp_barriers))
    }
}

impl Reach {
    fn max(self, other: Self) -> Self {
        if self >= other { self } else { other }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// Launch, or block for shared memory, that the traces belong to.
    stamp: u32,
    written: Trace,
    read: Trace,
    updated: Trace,
}

/// The traces of a region, one for each word, or for each byte once a narrower access was seen.
#[derive(Debug)]
pub(crate) struct Shadow {
    bytes: usize,
    grain: usize,
    words: Vec<Word>,
}

impl Shadow {
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            bytes,
            grain: 4,
            words: Vec::new(),
        }
    }

    /// Records an access and returns the first earlier one that conflicts with it. `stale` is set
    /// if a read-only load meets data that was written under the same stamp.
    pub(crate) fn record(&mut self, place: Place, now: Accessor, access: Access) -> Verdict {
        self.prepare(place.size);
        let mut verdict = Verdict::default();
        let last = (place.offset + place.size - 1) / self.grain;
        for word in &mut self.words[place.offset / self.grain..=last] {
            if word.stamp != place.stamp {
                *word = Word {
                    stamp: place.stamp,
                    ..Word::default()
                };
            }
            if word.trace(access).reach == Reach::Nobody {
                verdict.fresh += self.grain;
            }
            verdict.stale |= access == Access::ReadOnly && word.written.reach != Reach::Nobody;
            verdict.conflict = verdict
                .conflict
                .or_else(|| word.conflict(&now, access, place.scope));
            word.add(now, access);
        }
        verdict
    }

    /// Creates the traces on first use, and splits them to bytes for a narrow access.
    fn prepare(&mut self, size: usize) {
        if size < self.grain {
            self.words = self.words.iter().flat_map(|word| [*word; 4]).collect();
            self.grain = 1;
        }
        if self.words.is_empty() {
            self.words = vec![Word::default(); self.bytes.div_ceil(self.grain)];
        }
    }
}

/// Location of an access in its region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) offset: usize,
    pub(crate) size: usize,
    pub(crate) stamp: u32,
    pub(crate) scope: Scope,
}

/// Result of [`Shadow::record`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) conflict: Option<Conflict>,
    pub(crate) stale: bool,
    /// Bytes that nobody had accessed in this way under the same stamp.
    pub(crate) fresh: usize,
}

impl Word {
    fn trace(&self, access: Access) -> &Trace {
        match access {
            Access::Read | Access::ReadOnly => &self.read,
            Access::Atomic => &self.updated,
            Access::Write => &self.written,
        }
    }

    fn conflict(&self, now: &Accessor, access: Access, scope: Scope) -> Option<Conflict> {
        let check = |trace: &Trace, earlier: Access| {
            let conflict = Conflict {
                earlier,
                block: trace.last.block,
                thread: trace.last.thread,
            };
            (!trace.is_before(now, scope)).then_some(conflict)
        };
        let reads = matches!(access, Access::Read | Access::ReadOnly);
        check(&self.written, Access::Write)
            .or_else(|| {
                if reads {
                    None
                } else {
                    check(&self.read, Access::Read)
                }
            })
            .or_else(|| {
                if access == Access::Atomic {
                    None
                } else {
                    check(&self.updated, Access::Atomic)
                }
            })
    }

    fn add(&mut self, now: Accessor, access: Access) {
        match access {
            Access::Read | Access::ReadOnly => self.read.add(now),
            Access::Atomic => self.updated.add(now),
            Access::Write => {
                self.written = Trace {
                    last: now,
                    reach: Reach::Thread,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Accessor = Accessor {
        block: 0,
        thread: 0,
        barriers: 0,
        warp_barriers: 0,
    };

    fn place(offset: usize, size: usize) -> Place {
        Place {
            offset,
            size,
            stamp: 1,
            scope: Scope::Grid,
        }
    }

    fn conflicts(first: (Accessor, Access), second: (Accessor, Access)) -> bool {
        let mut shadow = Shadow::new(64);
        shadow.record(place(0, 4), first.0, first.1);
        shadow.record(place(0, 4), second.0, second.1).conflict.is_some()
    }

    #[test]
    fn only_a_pair_with_a_plain_write_conflicts() {
        let b = Accessor { thread: 1, ..A };
        for first in [Access::Read, Access::Write, Access::Atomic] {
            for second in [Access::Read, Access::Write, Access::Atomic] {
                let harmless = first == second && first != Access::Write;
                assert_eq!(
                    conflicts((A, first), (b, second)),
                    !harmless,
                    "{first:?} then {second:?}"
                );
            }
        }
    }

    #[test]
    fn a_block_barrier_orders_the_block_but_not_the_grid() {
        let later = Accessor {
            thread: 40,
            barriers: 1,
            ..A
        };
        assert!(!conflicts((A, Access::Write), (later, Access::Read)));
        let elsewhere = Accessor { block: 1, ..later };
        assert!(conflicts((A, Access::Write), (elsewhere, Access::Read)));
    }

    #[test]
    fn a_warp_barrier_orders_its_warp_alone() {
        let lane = Accessor {
            thread: 5,
            warp_barriers: 1,
            ..A
        };
        assert!(!conflicts((A, Access::Write), (lane, Access::Write)));
        let other_warp = Accessor {
            thread: 37,
            warp_barriers: 1,
            ..A
        };
        assert!(conflicts((A, Access::Write), (other_warp, Access::Write)));
    }

    #[test]
    fn readers_of_two_warps_both_bind_the_writer() {
        let mut shadow = Shadow::new(64);
        for thread in [0, 1, 40] {
            shadow.record(place(0, 4), Accessor { thread, ..A }, Access::Read);
        }
        for thread in [0, 1, 40] {
            let verdict = shadow.record(place(0, 4), Accessor { thread, ..A }, Access::Write);
            assert!(verdict.conflict.is_some());
        }
    }

    #[test]
    fn neighbouring_halfwords_do_not_conflict() {
        let mut shadow = Shadow::new(64);
        shadow.record(place(0, 4), Accessor { barriers: 0, ..A }, Access::Read);
        let b = Accessor {
            thread: 1,
            barriers: 1,
            ..A
        };
        assert_eq!(
            shadow
                .record(place(0, 2), Accessor { barriers: 1, ..A }, Access::Write)
                .conflict,
            None
        );
        assert_eq!(shadow.record(place(2, 2), b, Access::Write).conflict, None);
        assert!(shadow.record(place(0, 4), b, Access::Write).conflict.is_some());
    }

    #[test]
    fn a_new_stamp_forgets_everything() {
        let mut shadow = Shadow::new(64);
        shadow.record(place(0, 4), A, Access::Write);
        let next = Place {
            stamp: 2,
            ..place(0, 4)
        };
        let verdict = shadow.record(next, Accessor { block: 3, ..A }, Access::Write);
        assert_eq!((verdict.conflict, verdict.fresh), (None, 4));
    }

    #[test]
    fn a_word_is_fresh_once_for_readers_and_once_for_writers() {
        let mut shadow = Shadow::new(64);
        let b = Accessor { block: 2, ..A };
        let accesses = [
            (A, Access::Read),
            (b, Access::ReadOnly),
            (b, Access::Write),
            (A, Access::Write),
        ];
        let fresh = accesses.map(|(who, access)| shadow.record(place(0, 4), who, access).fresh);
        assert_eq!(fresh, [4, 0, 4, 0]);
    }
}
