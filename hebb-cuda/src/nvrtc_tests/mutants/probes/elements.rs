//! Element-wise operations, and reductions along rows.

use hebb_core::Result;
use hebb_core::backend::{Backend, Dims, Gemm, buffer_of};
use hebb_core::plan::{Competition, Output, Similarity};
use hebb_core::testing::choices;

use super::{Probe, values};

impl<B: Backend> Probe<'_, B> {
    pub(super) fn elements(&mut self, dims: Dims) -> Result<()> {
        let (backend, len) = (self.backend, dims.len());
        let (x, mut y) = (self.input(len)?, self.input(len)?);
        backend.gemm(
            Gemm::new(dims.rows, dims.cols, 0).scaled(1.0, 0.5),
            &x,
            &x,
            &mut y,
        )?;
        self.keep(&y)?;
        let mut square = self.input(dims.rows.min(40).pow(2))?;
        backend.lower_triangle(dims.rows.min(40), &mut square)?;
        self.keep(&square)?;
        let thresholds = self.input(dims.cols)?;
        for thresholds in [None, Some(&thresholds)] {
            let mut out = self.output(len)?;
            backend.compete(&Competition::None, dims, &x, thresholds, &mut out)?;
            self.keep(&out)?;
        }
        let mut out = self.output(len)?;
        backend.activate(&Output::Relu, dims, &x, None, &x, &mut out)?;
        self.keep(&out)
    }

    pub(super) fn similarities(&mut self, dims: Dims) -> Result<()> {
        for kind in choices::similarities() {
            let [mut patch_norms, mut unit_norms] = [dims.rows, dims.cols].map(|len| values(len, false));
            patch_norms
                .iter_mut()
                .chain(&mut unit_norms)
                .for_each(|norm| *norm = norm.abs() + 3.0);
            let patch_norms = buffer_of(self.backend, &patch_norms)?;
            let unit_norms = buffer_of(self.backend, &unit_norms)?;
            let mut dots = self.input(dims.len())?;
            self.backend
                .similarity(kind, dims, &patch_norms, &unit_norms, &mut dots)?;
            if kind != Similarity::Dot {
                self.keep(&dots)?;
            }
        }
        Ok(())
    }

    pub(super) fn rows(&mut self, dims: Dims) -> Result<()> {
        let (backend, x) = (self.backend, self.input(dims.len())?);
        let mut norms = self.output(dims.rows)?;
        backend.row_norms_squared(dims, &x, &mut norms)?;
        self.keep(&norms)?;
        let (mut normalized, mut standardized) = (self.input(dims.len())?, self.input(dims.len())?);
        backend.normalize_rows(dims, 0.1, &mut normalized)?;
        backend.standardize_rows(dims, 0.1, &mut standardized)?;
        self.keep(&normalized)?;
        self.keep(&standardized)?;
        let thresholds = self.input(dims.cols)?;
        for (power, thresholds) in [(1.0, None), (0.7, Some(&thresholds))] {
            let mut out = self.output(dims.len())?;
            backend.activate(&Output::Triangle { power }, dims, &x, thresholds, &x, &mut out)?;
            self.keep(&out)?;
        }
        Ok(())
    }

    /// The largest value at each place in turn, so that none may be left out.
    pub(super) fn largest(&mut self, len: usize) -> Result<()> {
        for place in (0..len).step_by((len / 7).max(1)).chain([len - 1]) {
            let mut x = values(len, false);
            x[place] = -9.0;
            let (x, mut largest) = (buffer_of(self.backend, &x)?, self.output(1)?);
            self.backend.largest_size(len, &x, &mut largest)?;
            self.keep(&largest)?;
        }
        Ok(())
    }
}
