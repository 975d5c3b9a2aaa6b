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

use crate::backend::{
    Backend, Dims, LayerPlan, Operand, Operands, PassInput, Sums, Workspace, apply_constraint, buffer_of,
};
use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::geometry::ImageShape;
use crate::plan::{Mask, Setting};
use crate::seed::Seed;
use homeostasis::Homeostasis;
use normalize::Normalizer;

/// What a batch may change.
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
    /// How many images.
    pub images: usize,
    /// (B, H, W, C).
    pub values: &'a B::Buffer,
    /// The teacher's signal, images×N.
    pub teacher: Option<&'a B::Buffer>,
}

/// A convolutional or dense Hebbian layer on a backend.
#[derive(Debug)]
pub struct HebbLayer<B: Backend> {
    config: LayerConfig,
    setting: Setting,
    plan: LayerPlan,
    weights: B::Buffer,
    mask: Option<(Mask, B::Buffer)>,
    thresholds: Option<B::Buffer>,
    states: B::Buffer,
    /// How fast the states follow, one row for each.
    rates: B::Buffer,
    homeostasis: Homeostasis<B>,
    normalizer: Normalizer<B>,
    /// What normalises the pooled output.
    finisher: Normalizer<B>,
    updates: u64,
    done: f32,
    sums: Sums<B>,
    delta: B::Buffer,
    output: B::Buffer,
    workspace: Workspace<B>,
    /// The factor of each unit's weights in synaptic scaling.
    scales: B::Buffer,
}

impl<B: Backend> HebbLayer<B> {
    /// A layer with random weights for images of shape `input`; `index` tells its random streams from its siblings'.
    ///
    /// # Errors
    /// A configuration that does not fit or is out of range, or [`Error::OutOfMemory`].
    pub fn new(
        backend: &B,
        config: LayerConfig,
        input: ImageShape,
        seed: Seed,
        index: usize,
    ) -> Result<Self> {
        let plan = config.plan(input)?;
        let setting = config.setting()?;
        let (units, patch_len, stream) = (plan.units, plan.geometry.patch_len(), index as u64);
        let initial = weights::normal(
            units,
            patch_len,
            setting.init_scale,
            &mut seed.stream("weights", stream),
        );
        let mask = (config.prune > 0.0)
            .then(|| Mask::random(units, patch_len, config.prune, &mut seed.stream("mask", stream)))
            .transpose()?;
        let homeostasis = Homeostasis::new(
            backend,
            config.homeostats(),
            &setting.competition,
            units,
            (seed, stream),
        )?;
        let competes = homeostasis.sets_thresholds();
        let mut layer = Self {
            weights: backend.zeros(0)?,
            mask: None,
            thresholds: competes.then(|| backend.zeros(units)).transpose()?,
            states: buffer_of(backend, &state::initial(&plan))?,
            rates: buffer_of(backend, &state::rates(&plan))?,
            normalizer: Normalizer::new(backend, config.normalize, input)?,
            finisher: Normalizer::new(backend, config.output_normalize, plan.output_shape()?)?,
            homeostasis,
            updates: 0,
            done: 0.0,
            sums: Sums::new(backend, &plan)?,
            delta: backend.zeros(plan.weights())?,
            output: backend.zeros(0)?,
            workspace: Workspace::default(),
            scales: backend.zeros(units)?,
            config,
            setting,
            plan,
        };
        layer.set_mask(backend, mask)?;
        layer.set_rows(backend, &initial)?;
        layer.constrain(backend)?;
        Ok(layer)
    }

    /// The configuration.
    pub fn config(&self) -> &LayerConfig {
        &self.config
    }

    /// The plan.
    pub fn plan(&self) -> &LayerPlan {
        &self.plan
    }

    /// The output for one image.
    ///
    /// # Errors
    /// None for a layer that was built; the pooling window was checked then.
    pub fn output_shape(&self) -> Result<ImageShape> {
        self.plan.output_shape()
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
        &self.delta
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
            weights: &self.weights,
            mask: self.mask.as_ref().map(|(mask, _)| mask),
            thresholds: abstaining
                .map(|abstention| &abstention.thresholds)
                .or(self.thresholds.as_ref()),
            states: Some(&self.states),
            teacher: input.teacher,
        };
        let learns = learning.weights || (learning.thresholds && self.homeostasis.sets_thresholds());
        let batch = PassInput {
            plan: &self.plan,
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
        self.plan.competition = self.setting.competition.at(self.done);
    }

    /// u and y of a batch, P×N each, without learning.
    ///
    /// # Errors
    /// As [`Self::process`].
    pub fn respond(&mut self, backend: &B, input: &Input<'_, B>) -> Result<(B::Buffer, B::Buffer)> {
        self.normalizer.run(backend, input.images, input.values, false)?;
        let len = self.plan.patches(input.images) * self.plan.units;
        let (mut u, mut y) = (backend.zeros(len)?, backend.zeros(len)?);
        let operands = Operands {
            thresholds: self.thresholds.as_ref(),
            ..Operands::of(&self.weights)
        };
        let batch = PassInput {
            plan: &self.plan,
            images: input.images,
            values: self.normalizer.output(input.values),
            operands,
        };
        backend.respond(batch, &mut u, &mut y, &mut self.workspace)?;
        Ok((u, y))
    }

    /// Applies the constraint without a step.
    fn constrain(&mut self, backend: &B) -> Result<()> {
        apply_constraint(backend, self.setting.constraint, self.dims(), &mut self.weights)
    }

    fn dims(&self) -> Dims {
        Dims::new(self.plan.units, self.plan.geometry.patch_len())
    }

    /// Takes over weights, those outside the mask as zero.
    fn set_rows(&mut self, backend: &B, rows: &[f32]) -> Result<()> {
        if rows.len() != self.plan.weights() {
            return Err(Error::shape("the weights", self.plan.weights(), rows.len()));
        }
        crate::error::check_finite("the weights", rows)?;
        self.weights = buffer_of(backend, rows)?;
        match &self.mask {
            Some((_, dense)) => {
                let masked = Formula::of(|[w, mask]| w * mask);
                backend.update(
                    &masked,
                    self.dims(),
                    &[Operand::elements(dense)],
                    &mut self.weights,
                )
            }
            None => Ok(()),
        }
    }

    fn set_mask(&mut self, backend: &B, mask: Option<Mask>) -> Result<()> {
        self.mask = match mask {
            None => None,
            Some(mask) => {
                let dense = buffer_of(backend, &mask.to_dense())?;
                Some((mask, dense))
            }
        };
        Ok(())
    }
}
