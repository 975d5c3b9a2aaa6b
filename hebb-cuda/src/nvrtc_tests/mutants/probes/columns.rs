//! Sums over rows, batch norm, random numbers.

use hebb_core::backend::{Backend, ColumnNorm, Dims, NormGradients, Workspace, buffer_of};
use hebb_core::{Result, Seed};

use super::{Probe, values};

impl<B: Backend> Probe<'_, B> {
    pub(super) fn columns(&mut self, dims: Dims) -> Result<()> {
        let x = self.input(dims.len())?;
        let [mut sums, mut mean, mut variance] = [
            self.output(dims.cols)?,
            self.output(dims.cols)?,
            self.output(dims.cols)?,
        ];
        self.backend.column_sums(dims, &x, &mut sums)?;
        self.backend.column_moments(dims, &x, &mut mean, &mut variance)?;
        [sums, mean, variance]
            .iter()
            .try_for_each(|found| self.keep(found))
    }

    /// Columns with and without variance, gradients with and without a share in the moments.
    pub(super) fn batch_norm(&mut self, dims: Dims) -> Result<()> {
        let (x, grad_output) = (
            self.input(dims.len())?,
            buffer_of(self.backend, &values(dims.len(), true))?,
        );
        let variance: Vec<f32> = values(dims.cols, true).iter().map(|v| 1e-4 * v.abs()).collect();
        let variance = buffer_of(self.backend, &variance)?;
        let [mean, scale, shift] = [1, 2, 3].map(|skip| values(dims.cols + skip, false).split_off(skip));
        let [mean, scale, shift] = [
            buffer_of(self.backend, &mean)?,
            buffer_of(self.backend, &scale)?,
            buffer_of(self.backend, &shift)?,
        ];
        let norm = |own_moments| ColumnNorm {
            mean: &mean,
            variance: &variance,
            scale: &scale,
            shift: &shift,
            own_moments,
        };
        let mut y = self.output(dims.len())?;
        let workspace = &mut Workspace::default();
        self.backend
            .batch_norm(dims, &x, norm(false), &mut y, workspace)?;
        self.keep(&y)?;
        for own_moments in [true, false] {
            let [mut scale, mut shift, mut input] = [
                self.output(dims.cols)?,
                self.output(dims.cols)?,
                self.output(dims.len())?,
            ];
            let gradients = NormGradients {
                output: &grad_output,
                scale: &mut scale,
                shift: &mut shift,
                input: Some(&mut input),
            };
            self.backend
                .batch_norm_backward(dims, &x, norm(own_moments), gradients, workspace)?;
            [scale, shift, input]
                .iter()
                .try_for_each(|found| self.keep(found))?;
        }
        Ok(())
    }

    /// One number, some across blocks of the generator, more than one block of threads makes, and a counter that carries.
    pub(super) fn uniform(&mut self) -> Result<()> {
        let carry = (16 << 32) - 20;
        for (len, before) in [(1, 0), (5, 14), (300, 37), (5000, carry)] {
            let mut stream = Seed::new(2).stream("probe", 0);
            stream.set_word_pos(before);
            for len in [len, 3] {
                let mut drawn = self.output(len)?;
                self.backend.uniform(len, &mut stream, &mut drawn)?;
                self.keep(&drawn)?;
            }
        }
        Ok(())
    }
}
