//! Aᵀ X (N×K) over a group: by a dense product, by Winograd, or from the winners of sparse images.

use super::operands::{RowsOperands, RowsWeights};
use super::{Group, RowsPass, sparse_gradient};
use crate::gemm::{KC, MR, NR, PackB, PackedA, PanelProduct, RowB, parts, with_pack_buffers};
use crate::image::Patches;
use crate::simd::{kernel, vectorized};
use crate::winograd::{GradFilter, GradOutput, Tiling, split};
use hebb_core::Result;
use pulp::Simd;

/// The Hebb sums of a group.
#[derive(Clone, Copy)]
pub(super) struct Gradient<'a> {
    pub(super) pass: &'a RowsPass<'a>,
    pub(super) group: &'a Group<'a>,
    /// The sums hold former groups already.
    pub(super) continues: bool,
}

impl Gradient<'_> {
    /// Adds it to `hebb` (N×K).
    pub(super) fn add(self, prepared: RowsOperands<'_>, hebb: &mut [f32]) -> Result<()> {
        match prepared.weights {
            RowsWeights::Packed(_) => self.add_dense(hebb),
            RowsWeights::Transformed(tiling, _) => return self.add_transformed(&tiling, hebb),
            RowsWeights::Sparse { .. } => sparse_gradient::add(self.pass, self.group.tasks, hebb),
        }
        Ok(())
    }

    fn add_dense(self, hebb: &mut [f32]) {
        let plan = self.pass.input.plan;
        let (units, patch_len) = (plan.units, plan.geometry.patch_len());
        let size = units_of_task(units);
        let threads = &self.pass.device.threads;
        let shared = crate::threads::chunks(hebb, size * patch_len);
        threads.split(units.div_ceil(size), shared, |task, rows| {
            with_pack_buffers(|buffers| {
                vectorized(AddTaskRows, (self, task * size / MR, rows, &mut buffers.b[0]));
            });
        });
    }

    fn add_transformed(self, tiling: &Tiling, hebb: &mut [f32]) -> Result<()> {
        let (cut, device) = (&self.pass.cut, self.pass.device);
        let sums = GradFilter {
            grad_output: GradOutput {
                tiling,
                values: self.group.factors,
                units: self.pass.input.plan.units,
                group: [cut.images, cut.factors],
                position: MR,
                block: cut.rows * MR,
            },
            transformed: split(self.group.transformed, cut.spacing()),
            images: self.group.images.len(),
            continues: self.continues,
        };
        sums.run(&device.threads, &device.buffers, hebb)
    }

    /// Each task's patches, their number, and its factors.
    #[inline(always)]
    fn parts(&self) -> impl Iterator<Item = (Patches<'_>, usize, &[[f32; MR]])> {
        let RowsPass {
            input, layout, cut, ..
        } = self.pass;
        let conv = &input.plan.geometry;
        self.group.tasks.iter().enumerate().map(move |(index, task)| {
            let images = self.pass.images_of(&self.group.images, index);
            let rows = images.len() * conv.positions();
            let values = match layout.has_padding() {
                true => &*task.padded,
                false => input.images(images),
            };
            let factors = &self.group.factors[index * cut.factors..][..cut.factors];
            (Patches::new(conv, layout, values), rows, factors.as_chunks().0)
        })
    }
}

/// Units of one task: enough that packing costs little, and few enough for several tasks.
fn units_of_task(units: usize) -> usize {
    /// At most, so that the factors of a group stay in a second-level cache.
    const MOST: usize = 192;
    let pairs = units.div_ceil(2 * MOST);
    units.div_ceil(2 * pairs).next_multiple_of(MR)
}

/// The rows of one task, from unit block `first` on.
#[inline(always)]
fn add_task_rows<S: Simd>(
    simd: S,
    gradient: Gradient<'_>,
    first: usize,
    rows: &mut [f32],
    packed_b: &mut [RowB; KC],
) {
    let (cut, patch_len) = (&gradient.pass.cut, gradient.pass.input.plan.geometry.patch_len());
    for panel in 0..patch_len.div_ceil(NR) {
        let columns = panel * NR..((panel + 1) * NR).min(patch_len);
        for (task, (patches, count, factors)) in gradient.parts().enumerate() {
            for steps in parts(count, KC) {
                let packed_b = &mut packed_b[..steps.len()];
                patches.pack_b(panel, steps.clone(), packed_b);
                for (block, rows) in rows.chunks_mut(MR * patch_len).enumerate() {
                    let start = (first + block) * cut.rows + steps.start;
                    PanelProduct {
                        packed_a: PackedA::Steps(&factors[start..start + steps.len()]),
                        packed_b,
                        factor: 1.0,
                        fresh: !gradient.continues && task == 0 && steps.start == 0,
                        c: rows,
                        stride: patch_len,
                        columns: columns.clone(),
                        next: &[],
                    }
                    .multiply(simd);
                }
            }
        }
    }
}

kernel!(AddTaskRows: simd add_task_rows(gradient: Gradient<'_>, first: usize, rows: &mut [f32], packed_b: &mut [RowB; KC]));
