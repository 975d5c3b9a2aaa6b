//! Where the threads come from, and how work is cut: by its size, never by their number.

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
pub(crate) struct Pool {
    own: Option<rayon::ThreadPool>,
}

impl Pool {
    /// A pool of `threads` threads.
    pub(crate) fn with_threads(threads: usize) -> Result<Self> {
        if threads == 0 {
            return Err(Error::parameter("the CPU backend", "threads", 0, "at least 1"));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let own = pool.map_err(|error| Error::Backend {
            backend: "cpu",
            source: error.into(),
        })?;
        Ok(Self { own: Some(own) })
    }

    /// Threads.
    pub(crate) fn threads(&self) -> usize {
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

    /// Calls `body` for tasks `0..tasks`, each with its own part of every slice: part `t` of slice `i` is the `t`-th
    /// run of `sizes[i]` values, the last one perhaps shorter.
    pub(crate) fn split<const L: usize>(
        &self,
        tasks: usize,
        slices: [&mut [f32]; L],
        sizes: [usize; L],
        body: impl Fn(usize, [&mut [f32]; L]) + Sync,
    ) {
        match tasks {
            0 => {}
            1 => body(0, slices),
            _ => self.run(|| halve(0, tasks, slices, sizes, &body)),
        }
    }

    /// [`Self::split`] for tasks that may fail; the first error of several is given.
    pub(crate) fn try_split<const L: usize>(
        &self,
        tasks: usize,
        slices: [&mut [f32]; L],
        sizes: [usize; L],
        body: impl Fn(usize, [&mut [f32]; L]) -> Result<()> + Sync,
    ) -> Result<()> {
        let failed = OnceLock::new();
        self.split(tasks, slices, sizes, |task, parts| {
            if let Err(error) = body(task, parts) {
                let _ = failed.set(error);
            }
        });
        failed.into_inner().map_or(Ok(()), Err)
    }

    /// Copies values; one thread alone does not use all of the memory's bandwidth.
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
        self.split(rows.div_ceil(block), [matrix], [block * cols], |task, [part]| {
            body(task * block, part);
        });
    }
}

/// Values that one task works on at least, so that the cost of a task disappears.
const GRAIN: usize = 1 << 14;

/// Rows of a block of about [`GRAIN`] values.
pub(crate) fn rows_of_block(cols: usize) -> usize {
    (GRAIN / cols.max(1)).max(1)
}

/// Recursion on the stack, so that nothing is allocated.
fn halve<const L: usize>(
    first: usize,
    tasks: usize,
    mut slices: [&mut [f32]; L],
    sizes: [usize; L],
    body: &(impl Fn(usize, [&mut [f32]; L]) + Sync),
) {
    if tasks == 1 {
        return body(first, slices);
    }
    let half = tasks / 2;
    let mut at = sizes.map(|size| size * half).into_iter();
    let heads = slices.each_mut().map(|slice| {
        let (head, tail) = std::mem::take(slice).split_at_mut(at.next().unwrap_or(0));
        *slice = tail;
        head
    });
    rayon::join(
        || halve(first, half, heads, sizes, body),
        || halve(first + half, tasks - half, slices, sizes, body),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_gets_its_own_part_and_the_last_what_is_left() {
        let (mut a, mut b) = ([0.0; 7], [0.0; 12]);
        let pool = Pool::with_threads(3).unwrap();
        pool.split(3, [&mut a, &mut b], [3, 5], |task, [a, b]| {
            a.fill(task as f32);
            b.fill(10.0 + task as f32);
        });
        assert_eq!(a, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0]);
        assert_eq!(b[4..], [10.0, 11.0, 11.0, 11.0, 11.0, 11.0, 12.0, 12.0]);
    }

    #[test]
    fn no_threads_are_refused() {
        let message = Pool::with_threads(0).unwrap_err().to_string();
        assert!(message.contains("threads = 0"), "{message}");
    }
}
