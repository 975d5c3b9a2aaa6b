//! Probes: calls that reach every line of a kernel file, at sizes that are no multiple of a warp or block.
//!
//! Buffers are as long as needed and no longer, results start as NaN, and scores have ties.

mod columns;
mod competitions;
mod elements;
mod formulas;
mod images;
mod learning;

use hebb_core::backend::{Backend, Dims, buffer_of, host_of};
use hebb_core::{RefBackend, Result};

/// Rows and columns: one, below and above a warp and more rows than a block has warps, above a block, many rows.
const DIMS: [Dims; STEPS] = [
    Dims::new(1, 1),
    Dims::new(9, 31),
    Dims::new(3, 33),
    Dims::new(2, 270),
    Dims::new(530, 3),
];

/// Number of steps of the probes of a file.
pub(super) const STEPS: usize = 5;

/// Values that make more chunks than a block has threads.
const MANY_CHUNKS: usize = 75_001;

/// The results of a step of a file's probes, one after the other.
pub(super) fn run<B: Backend>(backend: &B, file: &str, step: usize) -> Result<Vec<f32>> {
    let mut probe = Probe {
        backend,
        results: Vec::new(),
    };
    let all = file == "prelude.cu";
    for (name, _) in crate::kernel::SOURCES {
        if all || *name == file {
            probe.file(name, step)?;
        }
    }
    Ok(probe.results)
}

struct Probe<'a, B: Backend> {
    backend: &'a B,
    results: Vec<f32>,
}

/// Values in [-2, 2]; coarse ones tie often and have zeros of both signs.
fn values(len: usize, coarse: bool) -> Vec<f32> {
    let mut state = 12_345u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 4_194_304.0 - 2.0
    };
    let round = |value: f32| {
        if coarse {
            (2.0 * value).round() / 2.0
        } else {
            value
        }
    };
    (0..len).map(|_| round(next())).collect()
}

impl<B: Backend> Probe<'_, B> {
    fn file(&mut self, name: &str, step: usize) -> Result<()> {
        let dims = DIMS[step];
        match name {
            "elementwise.cu" => self.elements(dims),
            "similarity.cu" => self.similarities(dims),
            "rows.cu" => self.rows(dims),
            "columns.cu" => self.columns(dims),
            "competition.cu" | "ranking.cu" => self.choosing(dims),
            "soft.cu" => self.grading(dims),
            "lateral.cu" => self.lateral(dims),
            "formula.cu" => self.formulas(dims),
            "largest.cu" => self.largest(if step == 0 { MANY_CHUNKS } else { dims.len() }),
            "statistics.cu" => self.statistics(dims),
            "step.cu" => self.learn(dims),
            "entropy.cu" => self.entropy(dims),
            "batch_norm.cu" => self.batch_norm(dims),
            "uniform.cu" if step == 0 => self.uniform(),
            "patches.cu" | "pooling.cu" if step == 0 => self.images(),
            "adjoint.cu" if step == 0 => self.adjoints(),
            _ => Ok(()),
        }
    }

    fn input(&self, len: usize) -> Result<B::Buffer> {
        buffer_of(self.backend, &values(len, false))
    }

    fn output(&self, len: usize) -> Result<B::Buffer> {
        buffer_of(self.backend, &vec![f32::NAN; len])
    }

    fn keep(&mut self, buffer: &B::Buffer) -> Result<()> {
        let values = host_of(self.backend, buffer, self.backend.len(buffer))?;
        self.results.extend(values);
        Ok(())
    }
}

#[test]
fn probes_are_finite_on_the_reference() {
    for (file, _) in crate::kernel::SOURCES {
        for step in 0..STEPS {
            let results = run(&RefBackend, file, step).unwrap();
            assert!(results.iter().all(|value| value.is_finite()), "{file}");
        }
    }
}
