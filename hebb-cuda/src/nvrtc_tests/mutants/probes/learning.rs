//! The Hebbian step and the cross-entropy loss.

use hebb_core::Result;
use hebb_core::backend::{
    Backend, Contraction, Dims, LayerPlan, Learned, Logits, Step, Sums, Workspace, buffer_of,
};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Constraint, Reduction, UnitRate};
use hebb_core::rule::{Decay, Lowering, y};

use super::formulas::plan;
use super::{Probe, values};

/// Number of patches that the sums claim.
const PATCHES: usize = 7;

impl<B: Backend> Probe<'_, B> {
    /// Rows are units; every decay, reduction, rate, constraint and mask at least once.
    pub(super) fn learn(&mut self, dims: Dims) -> Result<()> {
        let by_norm = UnitRate::NormDependent { power: 0.5 };
        let cases = [
            (
                Decay::None,
                Reduction::Mean,
                UnitRate::Same,
                Constraint::None,
                false,
            ),
            (
                diagonal(),
                Reduction::WeightedMean,
                by_norm,
                Constraint::UnitNorm,
                true,
            ),
            (
                Decay::Input,
                Reduction::MaxNormalized,
                UnitRate::Same,
                Constraint::UnitNorm,
                false,
            ),
            (
                diagonal(),
                Reduction::MaxNormalized,
                by_norm,
                Constraint::None,
                true,
            ),
        ];
        for (decay, reduction, unit_rate, constraint, pruned) in cases {
            let plan = LayerPlan {
                geometry: ConvGeometry::new(ImageShape::new(dims.cols, 1, 1), Window::square(1))?,
                ..plan(Lowering::new(y()).with_decay(decay), 1, dims.rows)?
            };
            let step = Step {
                rate: 0.3,
                unit_rate,
                constraint,
            };
            self.learns(&plan, reduction, &step, pruned)?;
        }
        Ok(())
    }

    fn learns(&mut self, plan: &LayerPlan, reduction: Reduction, step: &Step, pruned: bool) -> Result<()> {
        let backend = self.backend;
        let mut sums = Sums::new(backend, plan)?;
        // The largest entry is the last one.
        let mut hebb = values(plan.weights(), false);
        hebb.iter_mut().rev().take(1).for_each(|entry| *entry = 9.0);
        sums.hebb = buffer_of(backend, &hebb)?;
        sums.decay = self.input(backend.len(&sums.decay))?;
        // Inactive and active units.
        sums.weight = buffer_of(backend, &values(plan.units, true))?;
        sums.patches = PATCHES;
        let kept = values(plan.weights(), false);
        let kept: Vec<f32> = kept
            .iter()
            .map(|value| f32::from(u8::from(*value > 0.0)))
            .collect();
        let mask = buffer_of(backend, &kept)?;
        let weights: Vec<f32> = values(plan.weights(), false).iter().map(|w| 0.1 * w).collect();
        let mut weights = buffer_of(backend, &weights)?;
        let mut delta = self.output(plan.weights())?;
        let contraction = Contraction {
            plan,
            reduction,
            sums: &sums,
            mask: pruned.then_some(&mask),
        };
        let learned = Learned {
            weights: &mut weights,
            delta: &mut delta,
        };
        backend.learn(contraction, step, learned, &mut Workspace::default())?;
        self.keep(&delta)?;
        self.keep(&weights)
    }

    /// Logits that are all negative, finely and coarsely spaced; every third label is one of the largest.
    pub(super) fn entropy(&mut self, dims: Dims) -> Result<()> {
        for coarse in [false, true] {
            let mut logits = values(dims.len(), coarse);
            logits.iter_mut().for_each(|value| *value -= 3.0);
            // A last label whose one rival is in the second stride of a warp.
            if dims.cols > 64 {
                let last = &mut logits[(dims.rows - 1) * dims.cols..];
                [40, dims.cols - 1].iter().for_each(|at| last[*at] = 5.0);
            }
            let label = |(row, logits): (usize, &[f32])| {
                let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let winner = match row % 3 {
                    0 => logits.iter().position(|value| *value == largest),
                    1 => logits.iter().rposition(|value| *value == largest),
                    _ => Some(row % dims.cols),
                };
                winner.unwrap_or(0) as f32
            };
            let labels: Vec<f32> = logits.chunks_exact(dims.cols).enumerate().map(label).collect();
            let (logits, labels) = (
                buffer_of(self.backend, &logits)?,
                buffer_of(self.backend, &labels)?,
            );
            let logits = Logits {
                dims,
                values: &logits,
                labels: &labels,
            };
            let mut gradient = self.output(dims.len())?;
            self.backend.entropy_gradient(logits, &mut gradient)?;
            self.keep(&gradient)?;
            let mut scores = self.output(2 * dims.rows)?;
            self.backend.entropy_scores(logits, &mut scores)?;
            self.keep(&scores)?;
        }
        Ok(())
    }
}

fn diagonal() -> Decay {
    Decay::Diagonal(y())
}
