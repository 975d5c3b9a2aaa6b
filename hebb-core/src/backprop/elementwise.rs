//! Operations without parameters: ReLU, pooling, dropout.

use super::{Backward, Forward, Mode, Op};
use crate::backend::{Backend, Dims, Variables};
use crate::error::Result;
use crate::geometry::ImageShape;
use crate::plan::Pool;
use crate::rule::Expr;
use crate::seed::Stream;
use rand::RngExt;

#[derive(Debug)]
pub(super) struct Relu {
    pub(super) input: ImageShape,
}

impl<B: Backend> Op<B> for Relu {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let variables = Variables {
            activity: Some(batch.input),
            ..Default::default()
        };
        let dims = Dims::new(batch.images, self.input.len());
        backend.map(
            &Expr::Activity.max(Expr::Constant(0.0)),
            dims,
            variables,
            batch.output,
        )
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let Some(downstream) = batch.downstream else {
            return Ok(());
        };
        let variables = Variables {
            activity: Some(batch.upstream),
            similarity: Some(batch.output),
            ..Default::default()
        };
        let gated = Expr::Activity * Expr::Similarity.positive();
        backend.map(
            &gated,
            Dims::new(batch.images, self.input.len()),
            variables,
            downstream,
        )
    }
}

#[derive(Debug)]
pub(super) struct Pooling {
    pub(super) pool: Pool,
    pub(super) input: ImageShape,
}

impl<B: Backend> Op<B> for Pooling {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        backend.pool(&self.pool, batch.images, self.input, batch.input, batch.output)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        match batch.downstream {
            Some(downstream) => backend.pool_backward(
                &self.pool,
                batch.images,
                self.input,
                batch.input,
                batch.upstream,
                downstream,
            ),
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
    /// 0 or 1/(1 − rate) for each value of the last batch.
    factors: B::Buffer,
    dropped: bool,
}

impl<B: Backend> Dropout<B> {
    pub(super) fn new(backend: &B, input: ImageShape, rate: f32, stream: Stream) -> Result<Self> {
        Ok(Self {
            input,
            rate,
            stream,
            factors: backend.zeros(0)?,
            dropped: false,
        })
    }
}

impl<B: Backend> Op<B> for Dropout<B> {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let len = batch.images * self.input.len();
        backend.copy(len, batch.input, batch.output)?;
        self.dropped = batch.mode == Mode::Train && self.rate > 0.0;
        if !self.dropped {
            return Ok(());
        }
        let kept = (1.0 - self.rate).recip();
        let factors: Vec<f32> = (0..len)
            .map(|_| {
                if self.stream.random::<f32>() < self.rate {
                    0.0
                } else {
                    kept
                }
            })
            .collect();
        if backend.len(&self.factors) < len {
            self.factors = backend.zeros(len)?;
        }
        backend.upload(&factors, &mut self.factors)?;
        backend.multiply(len, &self.factors, batch.output)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let Some(downstream) = batch.downstream else {
            return Ok(());
        };
        let len = batch.images * self.input.len();
        backend.copy(len, batch.upstream, downstream)?;
        match self.dropped {
            true => backend.multiply(len, &self.factors, downstream),
            false => Ok(()),
        }
    }
}
