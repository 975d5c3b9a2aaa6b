//! Operations without parameters: ReLU, pooling, dropout.

use super::{Backward, Forward, Mode, Op};
use crate::backend::{Backend, Dims, Operand, PoolBatch};
use crate::error::Result;
use crate::formula::Formula;
use crate::geometry::ImageShape;
use crate::plan::Pool;
use crate::seed::Stream;

#[derive(Debug)]
pub(super) struct Relu {
    pub(super) input: ImageShape,
}

impl<B: Backend> Op<B> for Relu {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let relu = Formula::of(|[x]| x.max(0.0));
        let dims = Dims::new(batch.images, self.input.len());
        backend.map(&relu, dims, &[Operand::elements(batch.input)], batch.output)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let Some(grad_input) = batch.grad_input else {
            return Ok(());
        };
        let gated = Formula::of(|[y, g]| y.positive() * g);
        let operands = [batch.output, batch.grad_output].map(Operand::elements);
        let dims = Dims::new(batch.images, self.input.len());
        backend.map(&gated, dims, &operands, grad_input)
    }
}

#[derive(Debug)]
pub(super) struct Pooling {
    pub(super) pool: Pool,
    pub(super) input: ImageShape,
}

impl<B: Backend> Op<B> for Pooling {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let pooling = PoolBatch::new(self.pool, batch.images, self.input)?;
        backend.pool(&pooling, batch.input, batch.output)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let pooling = PoolBatch::new(self.pool, batch.images, self.input)?;
        match batch.grad_input {
            Some(grad_input) => backend.pool_backward(&pooling, batch.input, batch.grad_output, grad_input),
            None => Ok(()),
        }
    }
}

/// Inverted dropout: what is kept grows, so that evaluation needs no factor.
#[derive(Debug)]
pub(super) struct Dropout<B: Backend> {
    input: ImageShape,
    rate: f32,
    stream: Stream,
    /// A number from 0 to 1 for each value of the last batch; those below the rate drop it.
    drawn: B::Buffer,
    dropped: bool,
}

impl<B: Backend> Dropout<B> {
    pub(super) fn new(backend: &B, input: ImageShape, rate: f32, stream: Stream) -> Result<Self> {
        Ok(Self {
            input,
            rate,
            stream,
            drawn: backend.zeros(0)?,
            dropped: false,
        })
    }

    /// `out` = `x` times 0 or 1/(1 − rate), as was drawn; `x` itself where nothing was.
    fn scale(&self, backend: &B, images: usize, x: &B::Buffer, out: &mut B::Buffer) -> Result<()> {
        let dims = Dims::new(images, self.input.len());
        if !self.dropped {
            return backend.copy(dims.len(), x, out);
        }
        let rate = self.rate;
        let scaled = Formula::of(|[x, drawn]| {
            let kept = Formula::from(1.0) - (Formula::from(rate) - drawn).positive();
            x * (kept * (1.0 - rate).recip())
        });
        backend.map(&scaled, dims, &[x, &self.drawn].map(Operand::elements), out)
    }
}

impl<B: Backend> Op<B> for Dropout<B> {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        self.dropped = batch.mode == Mode::Train && self.rate > 0.0;
        if self.dropped {
            let len = batch.images * self.input.len();
            if backend.len(&self.drawn) < len {
                self.drawn = backend.zeros(len)?;
            }
            backend.uniform(len, &mut self.stream, &mut self.drawn)?;
        }
        self.scale(backend, batch.images, batch.input, batch.output)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        match batch.grad_input {
            Some(grad_input) => self.scale(backend, batch.images, batch.grad_output, grad_input),
            None => Ok(()),
        }
    }
}
