//! One Hebbian layer: its configuration, its state, and how a batch changes it.

mod config;
mod flexible;
mod normalize;
mod schedule;
mod state;
mod weights;

pub use config::{LayerConfig, Thresholds};
pub use flexible::{Pair, RuleChoice};
pub use normalize::Normalize;
pub use schedule::Schedule;
pub use state::Tensors;
pub use weights::{channels_first, channels_last, from_rows, to_rows};

use crate::backend::{Backend, Dims, Operands, Step, Sums, Variables, Workspace, buffer_of};
use crate::error::{Error, Result};
use crate::geometry::ImageShape;
use crate::plan::{Constraint, LayerPlan, Mask};
use crate::rule::{Expr, Statistic};
use crate::seed::Seed;
use normalize::Normalizer;

/// What a batch may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// The weights and the rule's states.
    pub weights: bool,
    /// The adaptive thresholds.
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
    plan: LayerPlan,
    weights: B::Buffer,
    mask: Option<(Mask, B::Buffer)>,
    thresholds: Option<B::Buffer>,
    states: B::Buffer,
    normalizer: Normalizer<B>,
    updates: u64,
    sums: Sums<B>,
    delta: B::Buffer,
    output: B::Buffer,
    workspace: Workspace<B>,
    adapted: B::Buffer,
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
        let (units, patch_len, stream) = (plan.units, plan.geometry.patch_len(), index as u64);
        let initial = weights::normal(
            units,
            patch_len,
            config.init_scale,
            &mut seed.stream("weights", stream),
        );
        let mask = (config.prune > 0.0)
            .then(|| Mask::random(units, patch_len, config.prune, &mut seed.stream("mask", stream)))
            .transpose()?;
        let mut layer = Self {
            weights: backend.zeros(0)?,
            mask: None,
            thresholds: config.thresholds.map(|_| backend.zeros(units)).transpose()?,
            states: buffer_of(backend, &state::initial(&plan))?,
            normalizer: Normalizer::new(backend, config.normalize, input)?,
            updates: 0,
            sums: Sums::new(backend, &plan)?,
            delta: backend.zeros(plan.weights())?,
            output: backend.zeros(0)?,
            workspace: Workspace::default(),
            adapted: backend.zeros(units)?,
            config,
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
        &self.output
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
        let operands = Operands {
            weights: &self.weights,
            mask: self.mask.as_ref().map(|(mask, _)| mask),
            thresholds: self.thresholds.as_ref(),
            states: Some(&self.states),
            teacher: input.teacher,
        };
        let learns = learning.weights || (learning.thresholds && self.thresholds.is_some());
        backend.pass(
            &self.plan,
            input.images,
            self.normalizer.output(input.values),
            operands,
            learns.then_some(&mut self.sums),
            Some(&mut self.output),
            &mut self.workspace,
        )?;
        if learning.weights {
            self.learn(backend)?;
        }
        if learning.thresholds {
            self.adapt(backend)?;
        }
        Ok(())
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
        let values = self.normalizer.output(input.values);
        backend.respond(
            &self.plan,
            input.images,
            values,
            operands,
            &mut u,
            &mut y,
            &mut self.workspace,
        )?;
        Ok((u, y))
    }

    /// The step from the sums of the last batch.
    fn learn(&mut self, backend: &B) -> Result<()> {
        let dims = self.dims();
        let (lowering, workspace) = (&self.plan.lowering, &mut self.workspace);
        let reduction = self.config.reduction;
        backend.contract(
            lowering,
            reduction,
            dims,
            &self.sums,
            &self.weights,
            &mut self.delta,
            workspace,
        )?;
        let step = Step {
            rate: self.config.learning_rate.rate(self.updates),
            constraint: self.config.constraint,
            mask: self.mask.as_ref().map(|(_, dense)| dense),
        };
        backend.apply(&step, dims, &self.delta, &mut self.weights, workspace)?;
        self.updates += 1;
        self.follow_states(backend)
    }

    /// b ← b + rate·(active/P − target).
    fn adapt(&mut self, backend: &B) -> Result<()> {
        let (Some(settings), Some(thresholds)) = (self.config.thresholds, &mut self.thresholds) else {
            return Ok(());
        };
        if self.sums.patches == 0 {
            return Ok(());
        }
        let share = Expr::Similarity * Expr::Constant(1.0 / self.sums.patches as f32);
        let gap = share - Expr::Constant(self.config.target());
        let moved = Expr::Activity + gap * Expr::Constant(settings.rate);
        let (activity, similarity) = (Some(&*thresholds), Some(&self.sums.active));
        let variables = Variables {
            activity,
            similarity,
            ..Default::default()
        };
        backend.map(
            &moved,
            Dims::new(1, self.plan.units),
            variables,
            &mut self.adapted,
        )?;
        std::mem::swap(thresholds, &mut self.adapted);
        Ok(())
    }

    fn follow_states(&mut self, backend: &B) -> Result<()> {
        let (units, patches) = (self.plan.units, self.sums.patches);
        let declared = &self.plan.lowering.states;
        if declared.is_empty() || patches == 0 {
            return Ok(());
        }
        let mut values = vec![0.0; declared.len() * units];
        let mut sums = values.clone();
        backend.download(&self.states, &mut values)?;
        backend.download(&self.sums.states, &mut sums)?;
        let rows = values.chunks_exact_mut(units).zip(sums.chunks_exact(units));
        for (state, (values, sums)) in declared.iter().zip(rows) {
            let rate = match state.statistic {
                Statistic::Batch => 1.0,
                Statistic::Running { rate } => rate,
            };
            for (value, sum) in values.iter_mut().zip(sums) {
                *value += rate * (sum / patches as f32 - *value);
            }
        }
        backend.upload(&values, &mut self.states)
    }

    /// Applies the mask and the constraint without a step.
    fn constrain(&mut self, backend: &B) -> Result<()> {
        let dims = self.dims();
        if let Some((_, dense)) = &self.mask {
            backend.multiply(dims.len(), dense, &mut self.weights)?;
        }
        match self.config.constraint {
            Constraint::None => Ok(()),
            Constraint::UnitNorm => backend.normalize_rows(dims, 1e-10, &mut self.weights),
        }
    }

    fn dims(&self) -> Dims {
        Dims::new(self.plan.units, self.plan.geometry.patch_len())
    }

    fn set_rows(&mut self, backend: &B, rows: &[f32]) -> Result<()> {
        if rows.len() != self.plan.weights() {
            return Err(Error::shape("the weights", self.plan.weights(), rows.len()));
        }
        crate::error::check_finite("the weights", rows)?;
        self.weights = buffer_of(backend, rows)?;
        Ok(())
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
