//! Packed weights, unit norms and padding tables, which all tasks of a pass over rows read.

use super::RowsPass;
use crate::gemm::{ColumnMajor, PackedB, packed_b_len};
use crate::image::Sources;
use crate::memory::{KeptBuffer, cleared};
use crate::primitives::similarity::prepare_units;
use crate::primitives::sums::sum_of;
use crate::winograd::{Filters, Tiling};
use hebb_core::Result;

/// Memory that [`RowsOperands`] lies in.
#[derive(Debug, Default)]
pub(super) struct RowsOperandsScratch {
    weights: KeptBuffer,
    weight_sums: Vec<f32>,
    unit_norms: Vec<f32>,
    sources: Sources,
}

/// The prepared operands.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowsOperands<'a> {
    pub(super) weights: RowsWeights<'a>,
    /// The units' part of the similarity.
    pub(super) unit_norms: &'a [f32],
    pub(super) sources: &'a Sources,
}

/// The weights as the products read them.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowsWeights<'a> {
    /// Wᵀ, packed as B.
    Packed(PackedB<'a>),
    /// The transformed filters of Winograd's products.
    Transformed(Tiling, Filters<'a>),
    /// For sparse images: Wᵀ, K rows of whole cache lines, and the sum of each unit's weights.
    Sparse { rows: &'a [f32], sums: &'a [f32] },
}

impl RowsOperandsScratch {
    pub(super) fn prepare(&mut self, pass: &RowsPass<'_>, sparse: bool) -> Result<RowsOperands<'_>> {
        let (plan, threads) = (pass.input.plan, &pass.device.threads);
        pass.layout.fill_sources(&mut self.sources)?;
        prepare_units(threads, plan, pass.input.weights, &mut self.unit_norms)?;
        let weights = match pass.cut.tiling {
            _ if sparse => transpose(pass, &mut self.weights, &mut self.weight_sums)?,
            Some(tiling) => {
                let (weights, memory) = (pass.input.weights, &mut self.weights);
                let filters = Filters::of_units(threads, weights, tiling.channels, memory)?;
                RowsWeights::Transformed(tiling, filters)
            }
            None => {
                // The columns that fill a row's last cache line are those of the last micro-panel.
                let (patch_len, width) = (plan.geometry.patch_len(), pass.cut.width);
                let memory = self.weights.take(packed_b_len(patch_len, width))?;
                let right = ColumnMajor::new(pass.input.weights, patch_len);
                RowsWeights::Packed(PackedB::new(threads, right, [patch_len, width], memory))
            }
        };
        Ok(RowsOperands {
            weights,
            unit_norms: &self.unit_norms,
            sources: &self.sources,
        })
    }
}

/// Wᵀ and the sum of each unit's weights.
fn transpose<'a>(
    pass: &RowsPass<'_>,
    memory: &'a mut KeptBuffer,
    sums: &'a mut Vec<f32>,
) -> Result<RowsWeights<'a>> {
    let (width, patch_len) = (pass.cut.width, pass.input.plan.geometry.patch_len());
    let rows = memory.take(patch_len * width)?;
    rows.fill(0.0);
    cleared(sums, width)?;
    for (unit, weights) in pass.input.weights.chunks_exact(patch_len).enumerate() {
        sums[unit] = sum_of(weights, |weight| weight);
        for (place, weight) in rows[unit..].iter_mut().step_by(width).zip(weights) {
            *place = *weight;
        }
    }
    Ok(RowsWeights::Sparse { rows, sums })
}
