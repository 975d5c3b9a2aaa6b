//! Random batches of patches with everything that a rule sees of them.

use hebb_learn::core::backend::{Backend, PatchMatrix};
use hebb_learn::core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_learn::core::rule::{Formula, Sample};
use hebb_learn::core::{RefBackend, testing::strategies};
use proptest::collection::vec;
use proptest::prelude::*;

/// P patches of K values and N units; every quantity is drawn on its own, since a loss stops its gradient.
#[derive(Clone, Debug)]
pub(super) struct PatchBatch {
    pub(super) geometry: ConvGeometry,
    pub(super) images: usize,
    pub(super) units: usize,
    /// (B, H, W, C).
    pub(super) input: Vec<f32>,
    /// N×K.
    pub(super) weights: Vec<f64>,
    /// P rows of K values.
    patches: Vec<Vec<f64>>,
    /// y, u and t, P rows of N values each.
    responses: [Vec<Vec<f64>>; 3],
    /// N values for each state.
    states: Vec<Vec<f64>>,
}

/// Batches for a rule with this many states, through the convolutions that candle knows: one stride, dilation and border
/// of zeros for both axes. A stride may be larger than its kernel, a kernel may cover its image, and a batch may be empty.
pub(super) fn batches(states: usize) -> impl Strategy<Value = PatchBatch> {
    let side = || (1usize..=3, 1usize..=4);
    let window = (side(), side(), 1usize..=4, 1usize..=2, 0usize..=2, 0usize..4);
    let geometry = (1usize..=3, window).prop_filter_map(
        "the kernel must fit",
        |(channels, (rows, columns, stride, dilation, padding, rest))| {
            // Candle takes the pixels beyond the last position to be as many in both axes.
            let length = |(kernel, positions): (usize, usize)| {
                let covered = (positions - 1) * stride + (kernel - 1) * dilation + 1;
                Some(covered.checked_sub(2 * padding)? + rest % stride)
            };
            let shape = ImageShape::new(channels, length(rows)?, length(columns)?);
            let window = Window {
                kernel: [rows.0, columns.0],
                stride: [stride; 2],
                dilation: [dilation; 2],
                padding: [padding; 2],
                ..Window::square(1)
            };
            ConvGeometry::new(shape, window).ok()
        },
    );
    (geometry, 1usize..=5, 0usize..=2).prop_flat_map(move |(geometry, units, images)| {
        let row = move || vec(prop_oneof![4 => -2.0..2.0, 1 => Just(0.0)], units);
        let rows = move || vec(row(), images * geometry.positions());
        let parts = (
            strategies::values(images * geometry.input().len()),
            vec(-2.0..2.0, units * geometry.patch_len()),
            [rows(), rows(), rows()],
            vec(vec(0.01..2.0, units), states),
        );
        parts.prop_map(move |(input, weights, responses, states)| PatchBatch {
            patches: patches(&geometry, images, &input),
            geometry,
            images,
            units,
            input,
            weights,
            responses,
            states,
        })
    })
}

fn patches(geometry: &ConvGeometry, images: usize, input: &Vec<f32>) -> Vec<Vec<f64>> {
    let len = geometry.patch_len();
    let mut patches = vec![0.0; images * geometry.positions() * len];
    RefBackend
        .im2col(&PatchMatrix::new(*geometry, images), input, &mut patches)
        .unwrap();
    let rows = patches.chunks_exact(len);
    rows.map(|row| row.iter().map(|value| f64::from(*value)).collect())
        .collect()
}

impl PatchBatch {
    /// Each patch as a rule's loss sees it, over these weights.
    pub(super) fn samples<'a, D>(&'a self, weights: &'a [D]) -> impl Iterator<Item = Sample<'a, D>> {
        (0..self.patches.len()).map(move |index| {
            let [activity, similarity, teacher] = self.responses.each_ref().map(|rows| &rows[index][..]);
            Sample {
                weights,
                patch: &self.patches[index],
                activity,
                similarity,
                teacher,
                states: &self.states,
            }
        })
    }

    /// A formula's values, P×N.
    pub(super) fn values(&self, formula: &Formula) -> Vec<f64> {
        let value = |sample: &Sample<'_, f64>, unit: usize| {
            let own = [sample.activity, sample.similarity, sample.teacher].map(|values| values[unit]);
            let states = sample.states.iter().map(|state| state[unit]);
            formula.value(&own.into_iter().chain(states).collect::<Vec<f64>>())
        };
        let units = 0..self.units;
        let rows = self.samples(&self.weights);
        rows.flat_map(|sample| {
            units
                .clone()
                .map(move |unit| value(&sample, unit))
                .collect::<Vec<_>>()
        })
        .collect()
    }

    /// The sum of the patches, K values.
    pub(super) fn patch_sum(&self) -> Vec<f64> {
        let mut sum = vec![0.0; self.geometry.patch_len()];
        for patch in &self.patches {
            sum.iter_mut().zip(patch).for_each(|(sum, value)| *sum += value);
        }
        sum
    }
}
