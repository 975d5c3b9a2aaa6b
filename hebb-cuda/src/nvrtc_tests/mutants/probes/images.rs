//! Patches and pooling, and their adjoints.

use hebb_core::Result;
use hebb_core::backend::{Backend, PatchMatrix, PoolBatch, buffer_of};
use hebb_core::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use hebb_core::testing::choices;

use super::{Probe, values};

/// Input shape of pooling: three channels, not square.
const POOLED: ImageShape = ImageShape::new(3, 5, 7);

impl<B: Backend> Probe<'_, B> {
    pub(super) fn images(&mut self) -> Result<()> {
        for conv in choices::geometries() {
            let input = self.input(2 * conv.input().len())?;
            let mut patches = self.output(2 * conv.positions() * conv.patch_len())?;
            self.backend
                .im2col(&PatchMatrix::new(conv, 2), &input, &mut patches)?;
            self.keep(&patches)?;
        }
        for pool in choices::pools() {
            let x = self.negative(false)?;
            let mut out = self.output(2 * pool.output(POOLED)?.len())?;
            self.backend
                .pool(&PoolBatch::new(pool, 2, POOLED)?, &x, &mut out)?;
            self.keep(&out)?;
        }
        Ok(())
    }

    /// Images of negative numbers, which coarse ones have often in common.
    fn negative(&self, coarse: bool) -> Result<B::Buffer> {
        let mut x = values(2 * POOLED.len(), coarse);
        x.iter_mut().for_each(|value| *value -= 3.0);
        buffer_of(self.backend, &x)
    }

    pub(super) fn adjoints(&mut self) -> Result<()> {
        for conv in choices::geometries().into_iter().chain([tall()?]) {
            let patches = self.input(2 * conv.positions() * conv.patch_len())?;
            let mut images = self.output(2 * conv.input().len())?;
            self.backend
                .col2im(&PatchMatrix::new(conv, 2), &patches, &mut images)?;
            self.keep(&images)?;
        }
        for pool in choices::pools() {
            for coarse in [false, true] {
                let x = self.negative(coarse)?;
                let grad_output = self.input(2 * pool.output(POOLED)?.len())?;
                let mut grad_input = self.output(2 * POOLED.len())?;
                self.backend.pool_backward(
                    &PoolBatch::new(pool, 2, POOLED)?,
                    &x,
                    &grad_output,
                    &mut grad_input,
                )?;
                self.keep(&grad_input)?;
            }
        }
        Ok(())
    }
}

/// A kernel of more rows than columns whose border mirrors the image.
fn tall() -> Result<ConvGeometry> {
    let window = Window {
        kernel: [4, 2],
        padding: [2, 1],
        mode: PaddingMode::Reflect,
        ..Window::square(1)
    };
    ConvGeometry::new(ImageShape::new(2, 6, 5), window)
}
