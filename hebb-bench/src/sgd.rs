//! The network of Amato et al. 2019 under SGD.

use crate::values;
use hebb_core::backend::{Backend, buffer_of, host_of};
use hebb_core::backprop::{Method, Mode, OpConfig, Optimizer, Stack, softmax_cross_entropy};
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Pool, PoolKind};
use hebb_core::{Result, Seed};

const CLASSES: usize = 10;

/// A stack of layers, its optimizer (SGD with Nesterov momentum and weight decay) and one batch of random images.
#[derive(Debug)]
pub struct SgdNetwork<B: Backend> {
    backend: B,
    stack: Stack<B>,
    optimizer: Optimizer,
    images: B::Buffer,
    gradient: B::Buffer,
    labels: Vec<u16>,
}

/// Four convolutions without padding and two dense layers, each followed by ReLU and batch norm; max pooling after the
/// first and the third.
fn amato_layers() -> Vec<OpConfig> {
    let block = |op: OpConfig| [op, OpConfig::Relu, OpConfig::batch_norm()];
    let pool = OpConfig::Pool(Pool::tiled(PoolKind::Max, 2));
    let mut ops = Vec::new();
    ops.extend(block(OpConfig::conv(96, 5)));
    ops.push(pool);
    ops.extend(block(OpConfig::conv(128, 3)));
    ops.extend(block(OpConfig::conv(192, 3)));
    ops.push(pool);
    ops.extend(block(OpConfig::conv(256, 3)));
    ops.extend(block(OpConfig::dense(300)));
    ops.extend(block(OpConfig::dense(CLASSES)));
    ops
}

impl<B: Backend> SgdNetwork<B> {
    /// A network with random weights and a batch of random images (3×32×32).
    ///
    /// # Errors
    /// A failure of the backend.
    pub fn new(backend: B, batch: usize) -> Result<Self> {
        let shape = ImageShape::new(3, 32, 32);
        let method = Method::Sgd {
            momentum: 0.9,
            nesterov: true,
            weight_decay: 5e-4,
        };
        Ok(Self {
            stack: Stack::new(&backend, shape, &amato_layers(), Seed::new(0), 0)?,
            optimizer: Optimizer::new(method, 1e-3)?,
            images: buffer_of(&backend, &values(batch * shape.len()))?,
            gradient: backend.zeros(batch * CLASSES)?,
            labels: (0..batch).map(|image| (image % CLASSES) as u16).collect(),
            backend,
        })
    }

    /// Trains on the batch: forward pass, backward pass and update.
    ///
    /// # Errors
    /// A failure of the backend.
    pub fn step(&mut self) -> Result<()> {
        let (backend, images) = (&self.backend, self.labels.len());
        let logits = self.stack.forward(backend, images, &self.images, Mode::Train)?;
        let logits = host_of(backend, logits, images * CLASSES)?;
        let loss = softmax_cross_entropy(&logits, CLASSES, &self.labels)?;
        backend.upload(&loss.gradient, &mut self.gradient)?;
        self.stack
            .backward(backend, images, &self.images, &self.gradient)?;
        self.stack.step(backend, &mut self.optimizer)
    }

    /// Computes the logits of the batch.
    ///
    /// # Errors
    /// A failure of the backend.
    pub fn infer(&mut self) -> Result<()> {
        let images = self.labels.len();
        self.stack
            .forward(&self.backend, images, &self.images, Mode::Evaluate)?;
        self.backend.synchronize()
    }
}
