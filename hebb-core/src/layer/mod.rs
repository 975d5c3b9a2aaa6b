//! One Hebbian layer: its configuration, its state, and how a batch changes it.

mod config;
mod flexible;
mod homeostasis;
mod learning;
mod normalize;
mod state;
mod weights;

pub use config::LayerConfig;
pub use flexible::{Pair, RuleChoice};
pub use homeostasis::{Conscience, Reseed, SynapticScaling, Thresholds};
pub use normalize::Normalize;

pub use crate::schedule::Schedule;
pub use crate::tensors::{Tensors, channels_first, channels_last, from_rows, to_rows};

use crate::backend::{Backend, Dims, LayerPlan, Operands, PassInput, Sums, Workspace, apply_constraint};
use crate::error::Result;
use crate::geometry::ImageShape;
use crate::plan::Mask;
use crate::seed::Seed;
use config::CheckedLayer;
use homeostasis::Homeostasis;
use normalize::Normalizer;
use state::States;
use weights::Weights;

/// The parts of a layer that a batch may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// The weights, the rule's states, and the homeostats that work on weights or abstain from learning.
    pub weights: bool,
    /// The thresholds, adaptive or of a conscience.
    pub thresholds: bool,
    /// Whether batch norm uses and follows the moments of the batch.
    pub moments: bool,
}

impl Learning {
    /// Nothing: evaluation.
    pub const NONE: Self = Self {
        weights: false,
        thresholds: false,
        moments: false,
    };
    /// Everything: training.
    pub const ALL: Self = Self {
        weights: true,
        thresholds: true,
        moments: true,
    };
    /// Everything but the weights: the burn-in before training.
    pub const BURN_IN: Self = Self {
        weights: false,
        ..Self::ALL
    };
}

/// A batch on the device.
#[derive(Debug)]
pub struct Input<'a, B: Backend> {
    /// Number of images.
    pub images: usize,
    /// (B, H, W, C).
    pub values: &'a B::Buffer,
    /// The teacher's signal, images×N.
    pub teacher: Option<&'a B::Buffer>,
}

/// A convolutional or dense Hebbian layer on a backend.
#[derive(Debug)]
pub struct HebbLayer<B: Backend> {
    checked: CheckedLayer,
    weights: Weights<B>,
    states: States<B>,
    homeostasis: Homeostasis<B>,
    /// Normalises the input.
    normalizer: Normalizer<B>,
    /// Normalises the pooled output.
    finisher: Normalizer<B>,
    /// Updates of the weights so far.
    updates: u64,
    /// The share of the training that is done.
    done: f32,
    sums: Sums<B>,
    output: B::Buffer,
    workspace: Workspace<B>,
}

impl<B: Backend> HebbLayer<B> {
    /// A layer with random weights for images of shape `input`; `index` tells its random streams from its siblings'.
    ///
    /// # Errors
    /// A configuration that does not fit or is out of range, or [`crate::Error::OutOfMemory`].
    pub fn new(
        backend: &B,
        config: LayerConfig,
        input: ImageShape,
        seed: Seed,
        index: usize,
    ) -> Result<Self> {
        let checked = config.checked(input)?;
        let (config, setting, plan) = (&checked.config, &checked.setting, &checked.plan);
        let dims = Dims::new(plan.units, plan.geometry.patch_len());
        let stream = index as u64;
        let mut weights = Weights::zeros(backend, dims)?;
        if config.prune > 0.0 {
            let random = &mut seed.stream("mask", stream);
            weights.set_mask(backend, Mask::random(dims.rows, dims.cols, config.prune, random)?)?;
        }
        let random = &mut seed.stream("weights", stream);
        weights.set(
            backend,
            &weights::normal(dims.rows, dims.cols, setting.init_scale, random),
        )?;
        let settings = config.homeostats();
        let homeostasis =
            Homeostasis::new(backend, settings, &setting.competition, dims.rows, (seed, stream))?;
        let mut layer = Self {
            weights,
            states: States::new(backend, plan)?,
            normalizer: Normalizer::new(backend, config.normalize, input)?,
            finisher: Normalizer::new(backend, config.output_normalize, plan.output_shape()?)?,
            homeostasis,
            updates: 0,
            done: 0.0,
            sums: Sums::new(backend, plan)?,
            output: backend.zeros(0)?,
            workspace: Workspace::default(),
            checked,
        };
        layer.constrain(backend)?;
        Ok(layer)
    }

    /// The configuration.
    pub fn config(&self) -> &LayerConfig {
        &self.checked.config
    }

    /// The plan.
    pub fn plan(&self) -> &LayerPlan {
        &self.checked.plan
    }

    /// The output for one image.
    ///
    /// # Errors
    /// None for a layer that was built; the pooling window was checked then.
    pub fn output_shape(&self) -> Result<ImageShape> {
        self.checked.plan.output_shape()
    }

    /// The output of the last batch, (B, H, W, C).
    pub fn output(&self) -> &B::Buffer {
        self.finisher.output(&self.output)
    }

    /// The normalised input of the last batch, (B, H, W, C); `None` if the layer does not normalise.
    pub fn normalized_input(&self) -> Option<&B::Buffer> {
        self.normalizer.kept()
    }

    /// ΔW of the last batch that was learned from, N×K: after the reduction, before rate and constraint.
    pub fn delta(&self) -> &B::Buffer {
        &self.weights.delta
    }

    /// Updates of the weights so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// One batch: normalises it, computes the output, and learns what `learning` says.
    ///
    /// # Errors
    /// A buffer or teacher that does not fit, or the backend's own failure.
    pub fn process(&mut self, backend: &B, input: &Input<'_, B>, learning: Learning) -> Result<()> {
        self.normalizer
            .run(backend, input.images, input.values, learning.moments)?;
        let len = input.images * self.output_shape()?.len();
        if backend.len(&self.output) < len {
            self.output = backend.zeros(len)?;
        }
        let abstaining = match learning.weights {
            true => {
                self.abstain(backend, input.images)?;
                self.homeostasis.abstention.as_ref()
            }
            false => None,
        };
        let operands = Operands {
            weights: &self.weights.values,
            mask: self.weights.mask(),
            thresholds: abstaining
                .map(|abstention| &abstention.thresholds)
                .or(self.homeostasis.thresholds.as_ref()),
            states: Some(&self.states.values),
            teacher: input.teacher,
        };
        let learns = learning.weights || (learning.thresholds && self.homeostasis.sets_thresholds());
        let batch = PassInput {
            plan: &self.checked.plan,
            images: input.images,
            values: self.normalizer.output(input.values),
            operands,
        };
        let (sums, output) = (learns.then_some(&mut self.sums), Some(&mut self.output));
        backend.pass(batch, sums, output, &mut self.workspace)?;
        self.finisher
            .run(backend, input.images, &self.output, learning.moments)?;
        if learning.weights {
            self.learn(backend)?;
        }
        if learns {
            self.update_homeostasis(backend, input, learning)?;
        }
        Ok(())
    }

    /// Tells the layer which share of its training, from 0 to 1, is done: a lateral neighbourhood shrinks by it.
    pub fn advance(&mut self, done: f32) {
        self.done = done.clamp(0.0, 1.0);
        self.checked.plan.competition = self.checked.setting.competition.at(self.done);
    }

    /// u and y of a batch, P×N each, without learning.
    ///
    /// # Errors
    /// As [`Self::process`].
    pub fn respond(&mut self, backend: &B, input: &Input<'_, B>) -> Result<(B::Buffer, B::Buffer)> {
        self.normalizer.run(backend, input.images, input.values, false)?;
        let len = self.checked.plan.patches(input.images) * self.checked.plan.units;
        let (mut u, mut y) = (backend.zeros(len)?, backend.zeros(len)?);
        let operands = Operands {
            thresholds: self.homeostasis.thresholds.as_ref(),
            ..Operands::of(&self.weights.values)
        };
        let batch = PassInput {
            plan: &self.checked.plan,
            images: input.images,
            values: self.normalizer.output(input.values),
            operands,
        };
        backend.respond(batch, &mut u, &mut y, &mut self.workspace)?;
        Ok((u, y))
    }

    /// Applies the constraint without a step.
    fn constrain(&mut self, backend: &B) -> Result<()> {
        let weights = &mut self.weights;
        let constraint = self.checked.setting.constraint;
        apply_constraint(backend, constraint, weights.dims, &mut weights.values)
    }
}
