//! The thread pool and deterministic work partitioning: the cut depends on the problem, never on the number of threads.

use crate::memory::NAME;
use hebb_core::{Error, Result};
use std::sync::OnceLock;

/// At least `count` parts, as many as two or four threads share evenly.
pub(crate) fn even(count: usize) -> usize {
    match count {
        0..4 => count.max(1),
        _ => count.next_multiple_of(4),
    }
}

/// A thread pool: rayon's global one, or one of its own.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    own: Option<rayon::ThreadPool>,
}

impl Threads {
    /// A pool of `threads` threads.
    pub(crate) fn with_threads(threads: usize) -> Result<Self> {
        if threads == 0 {
            return Err(Error::parameter("the CPU backend", "threads", 0, "at least 1"));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let own = pool.map_err(|error| Error::Backend {
            backend: NAME,
            source: error.into(),
        })?;
        Ok(Self { own: Some(own) })
    }

    /// Number of threads.
    pub(crate) fn count(&self) -> usize {
        match &self.own {
            Some(pool) => pool.current_num_threads(),
            None => rayon::current_num_threads(),
        }
    }

    /// Runs `work` where rayon's functions use this pool.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.own {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Calls `body` for tasks `0..tasks`, each with its part of `shared`.
    pub(crate) fn split<P: Share>(&self, tasks: usize, shared: P, body: impl Fn(usize, P::Part) + Sync) {
        match tasks {
            0 => {}
            1 => body(0, shared.part()),
            _ => self.run(|| halve(0, tasks, shared, &body)),
        }
    }

    /// [`Self::split`] for tasks that may fail; the first error of several is given.
    pub(crate) fn try_split<P: Share>(
        &self,
        tasks: usize,
        shared: P,
        body: impl Fn(usize, P::Part) -> Result<()> + Sync,
    ) -> Result<()> {
        let failed = OnceLock::new();
        self.split(tasks, shared, |task, part| {
            if let Err(error) = body(task, part) {
                let _ = failed.set(error);
            }
        });
        failed.into_inner().map_or(Ok(()), Err)
    }

    /// Copies values in parallel: one thread alone does not use all of the memory's bandwidth.
    pub(crate) fn copy(&self, from: &[f32], to: &mut [f32]) {
        self.rows(to.len(), 1, to, |first, part| {
            part.copy_from_slice(&from[first..][..part.len()]);
        });
    }

    /// [`Self::split`] by blocks of rows of a rows×cols matrix; `body` gets the block's first row.
    pub(crate) fn rows(
        &self,
        rows: usize,
        cols: usize,
        matrix: &mut [f32],
        body: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        if matrix.is_empty() {
            return;
        }
        let block = rows_of_block(cols);
        self.split(
            rows.div_ceil(block),
            chunks(matrix, block * cols),
            |task, part| {
                body(task * block, part);
            },
        );
    }
}

/// Values that one task works on at least, so that the cost of a task disappears.
const GRAIN: usize = 1 << 14;

/// Rows of a block of about [`GRAIN`] values.
pub(crate) fn rows_of_block(cols: usize) -> usize {
    (GRAIN / cols.max(1)).max(1)
}

/// Recursion on the stack, so that nothing is allocated.
fn halve<P: Share>(first: usize, tasks: usize, shared: P, body: &(impl Fn(usize, P::Part) + Sync)) {
    if tasks == 1 {
        return body(first, shared.part());
    }
    let half = tasks / 2;
    let (head, tail) = shared.split(half);
    rayon::join(
        || halve(first, half, head, body),
        || halve(first + half, tasks - half, tail, body),
    );
}

/// Data of which every task has a part of its own.
pub(crate) trait Share: Send + Sized {
    /// The part of one task.
    type Part;

    /// The parts of the first `tasks` tasks, and those of the others.
    fn split(self, tasks: usize) -> (Self, Self);

    /// The part of the one task that is left.
    fn part(self) -> Self::Part;
}

/// A slice cut into chunks of `size` values, one for each task; the last one may be shorter.
#[derive(Debug)]
pub(crate) struct TaskChunks<'a, T> {
    values: &'a mut [T],
    size: usize,
}

/// `values` in chunks of `size`, one for each task.
pub(crate) fn chunks<T>(values: &mut [T], size: usize) -> TaskChunks<'_, T> {
    TaskChunks { values, size }
}

impl<'a, T: Send> Share for TaskChunks<'a, T> {
    type Part = &'a mut [T];

    fn split(self, tasks: usize) -> (Self, Self) {
        let (head, tail) = self.values.split_at_mut(tasks * self.size);
        (chunks(head, self.size), chunks(tail, self.size))
    }

    fn part(self) -> &'a mut [T] {
        self.values
    }
}

/// Several slices, each cut into chunks of the same size.
#[derive(Debug)]
pub(crate) struct ChunksOfAll<'a, const L: usize> {
    slices: [&'a mut [f32]; L],
    size: usize,
}

/// Each of `slices` in chunks of `size`, one for each task.
pub(crate) fn chunks_of_all<const L: usize>(slices: [&mut [f32]; L], size: usize) -> ChunksOfAll<'_, L> {
    ChunksOfAll { slices, size }
}

impl<'a, const L: usize> Share for ChunksOfAll<'a, L> {
    type Part = [&'a mut [f32]; L];

    fn split(mut self, tasks: usize) -> (Self, Self) {
        let size = self.size;
        let slices = self.slices.each_mut().map(|slice| {
            let (head, tail) = std::mem::take(slice).split_at_mut(tasks * size);
            *slice = tail;
            head
        });
        (Self { slices, size }, self)
    }

    fn part(self) -> Self::Part {
        self.slices
    }
}

macro_rules! share_tuples {
    ($(($($name:ident),*))*) => {$(
        impl<$($name: Share),*> Share for ($($name,)*) {
            type Part = ($($name::Part,)*);

            #[expect(non_snake_case, reason = "named as their types")]
            fn split(self, tasks: usize) -> (Self, Self) {
                let ($($name,)*) = self;
                $(let $name = $name.split(tasks);)*
                (($($name.0,)*), ($($name.1,)*))
            }

            #[expect(non_snake_case, reason = "named as their types")]
            fn part(self) -> Self::Part {
                let ($($name,)*) = self;
                ($($name.part(),)*)
            }
        }
    )*};
}

share_tuples![(A, B)(A, B, C)(A, B, C, D)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_gets_its_own_part_and_the_last_what_is_left() {
        let (mut a, mut b) = ([0.0; 7], [0.0; 12]);
        let threads = Threads::with_threads(3).unwrap();
        let shared = (chunks(&mut a, 3), chunks(&mut b, 5));
        threads.split(3, shared, |task, (a, b)| {
            a.fill(task as f32);
            b.fill(10.0 + task as f32);
        });
        assert_eq!(a, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0]);
        assert_eq!(b[4..], [10.0, 11.0, 11.0, 11.0, 11.0, 11.0, 12.0, 12.0]);
    }

    #[test]
    fn no_threads_are_refused() {
        let message = Threads::with_threads(0).unwrap_err().to_string();
        assert!(message.contains("threads = 0"), "{message}");
    }
}
