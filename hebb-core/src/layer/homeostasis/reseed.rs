//! Dead units that take over a patch nobody represents well.

use super::set;
use crate::backend::{Backend, Dims, Gemm, LayerPlan, Operands, PassInput, Slot, buffer_of, host_of};
use crate::error::Result;
use crate::layer::{HebbLayer, Input};
use crate::plan::{Competition, Similarity};

/// Patches that are looked through, from the first image on.
const SEARCHED: usize = 1024;

impl<B: Backend> HebbLayer<B> {
    /// Gives the longest dead unit, if there is one, a badly represented patch of this batch for its weights.
    pub(super) fn reseed(&mut self, backend: &B, input: &Input<'_, B>) -> Result<()> {
        let Some(inactive) = &mut self.homeostasis.inactive else {
            return Ok(());
        };
        let Some(unit) = inactive.dead(backend)? else {
            return Ok(());
        };
        let images = input
            .images
            .min(SEARCHED.div_ceil(self.checked.plan.geometry.positions()));
        let Some(patch) = self.badly_represented(backend, images, input)? else {
            return Ok(());
        };
        let mut rows = host_of(backend, &self.weights.values, self.checked.plan.weights())?;
        let len = self.checked.plan.geometry.patch_len();
        self.take_over(unit, &mut rows[unit * len..(unit + 1) * len], &patch);
        backend.upload(&rows, &mut self.weights.values)?;
        self.homeostasis.forget(backend, unit)?;
        self.restart(backend, unit)
    }

    /// Among patches of at least average size, the one whose largest cosine with a unit is the smallest.
    fn badly_represented(
        &mut self,
        backend: &B,
        images: usize,
        input: &Input<'_, B>,
    ) -> Result<Option<Vec<f32>>> {
        let plan = LayerPlan {
            similarity: Similarity::Cosine,
            competition: Competition::None,
            ..self.checked.plan.clone()
        };
        let (rows, units, len) = (plan.patches(images), plan.units, plan.geometry.patch_len());
        let mut cosines = backend.zeros(rows * units)?;
        let mut activity = backend.zeros(rows * units)?;
        let batch = PassInput {
            plan: &plan,
            images,
            values: self.normalizer.output(input.values),
            operands: Operands::of(&self.weights.values),
        };
        backend.respond(batch, &mut cosines, &mut activity, &mut self.workspace)?;
        let patches = self.workspace.take(backend, Slot::Patches, rows * len)?;
        let mut norms = backend.zeros(rows)?;
        backend.row_norms_squared(Dims::new(rows, len), &patches, &mut norms)?;
        let norms = host_of(backend, &norms, rows)?;
        let cosines = host_of(backend, &cosines, rows * units)?;
        let Some(worst) = worst_represented(&cosines, units, &norms) else {
            self.workspace.put(Slot::Patches, patches);
            return Ok(None);
        };
        // The product with a one-hot row picks the patch without copying all of them to the host.
        let mut one_hot = vec![0.0; rows];
        one_hot[worst] = 1.0;
        let one_hot = buffer_of(backend, &one_hot)?;
        let mut patch = backend.zeros(len)?;
        backend.gemm(Gemm::new(1, len, rows), &one_hot, &patches, &mut patch)?;
        self.workspace.put(Slot::Patches, patches);
        host_of(backend, &patch, len).map(Some)
    }

    /// Writes a patch over a unit's weights: as it is where the similarity is a distance, else at the unit's norm.
    fn take_over(&self, unit: usize, row: &mut [f32], patch: &[f32]) {
        let kept = self.weights.mask().map(|mask| mask.row(unit));
        let is_kept = |k: usize| kept.is_none_or(|kept| kept.binary_search(&(k as u32)).is_ok());
        let taken = |k: usize| if is_kept(k) { patch[k] } else { 0.0 };
        let norm = |of: &dyn Fn(usize) -> f32| {
            let squares = (0..patch.len()).map(|k| f64::from(of(k)).powi(2));
            squares.sum::<f64>().sqrt()
        };
        let distance = matches!(
            self.checked.plan.similarity,
            Similarity::Nearest | Similarity::Gaussian { .. }
        );
        let (former, new) = (norm(&|k| row[k]), norm(&taken));
        let scale = match distance || new == 0.0 {
            true => 1.0,
            false => former / new,
        };
        for (k, weight) in row.iter_mut().enumerate() {
            *weight = (f64::from(taken(k)) * scale) as f32;
        }
    }

    /// Sets a unit's threshold and states to what they were before the first batch.
    fn restart(&mut self, backend: &B, unit: usize) -> Result<()> {
        let units = self.checked.plan.units;
        if let Some(thresholds) = &mut self.homeostasis.thresholds {
            set(backend, thresholds, unit, 0.0)?;
        }
        let declared = &self.checked.plan.lowering.states;
        let mut values = host_of(backend, &self.states.values, declared.len() * units)?;
        for (state, values) in declared.iter().zip(values.chunks_exact_mut(units)) {
            values[unit] = state.initial;
        }
        backend.upload(&values, &mut self.states.values)
    }
}

/// The patch with the smallest largest cosine, among those of at least the mean squared norm; ties: the first.
fn worst_represented(cosines: &[f32], units: usize, norms: &[f32]) -> Option<usize> {
    let mean = norms.iter().sum::<f32>() / norms.len().max(1) as f32;
    let best = |patch: usize| {
        let cosines = &cosines[patch * units..(patch + 1) * units];
        cosines.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    };
    (0..norms.len())
        .filter(|&patch| norms[patch] > 0.0 && norms[patch] >= mean)
        .min_by(|&a, &b| best(a).total_cmp(&best(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_patches_are_not_taken_however_badly_they_are_represented() {
        let cosines = [0.9, 0.1, -0.5, -0.9, 0.3, 0.2, 0.3, 0.1];
        assert_eq!(worst_represented(&cosines, 2, &[4.0, 0.01, 4.0, 4.0]), Some(2));
        assert_eq!(worst_represented(&[0.0; 4], 2, &[0.0; 2]), None);
    }
}
