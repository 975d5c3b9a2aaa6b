//! Packed weights, thresholds, unit norms and padding tables, which all chunks of a pass over planes read.

use super::PlanesPass;
use super::product::{Dense, UNITS};
use super::pruned::{Connection, Pruned};
use crate::image::Sources;
use crate::memory::{KeptBuffer, cleared, reserve};
use crate::primitives::similarity::prepare_units;
use crate::threads::Threads;
use crate::winograd::{Filters, Tiling};
use hebb_core::Result;
use hebb_core::plan::Mask;

/// Memory that [`PlanesOperands`] lies in.
#[derive(Debug, Default)]
pub(super) struct PlanesOperandsScratch {
    weights: KeptBuffer,
    offsets: Vec<u32>,
    connections: Vec<Connection>,
    starts: Vec<u32>,
    thresholds: Vec<f32>,
    unit_norms: Vec<f32>,
    sources: Sources,
}

/// The prepared operands.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlanesOperands<'a> {
    pub(super) weights: PlanesWeights<'a>,
    /// b, or zeros.
    pub(super) thresholds: &'a [f32],
    /// The units' part of the similarity.
    pub(super) unit_norms: &'a [f32],
    pub(super) sources: &'a Sources,
}

/// The weights as the products read them.
#[derive(Clone, Copy, Debug)]
pub(super) enum PlanesWeights<'a> {
    Dense(Dense<'a>),
    Pruned(Pruned<'a>),
    /// The transformed filters of Winograd's products.
    Transformed(Tiling, Filters<'a>),
}

impl PlanesOperandsScratch {
    pub(super) fn prepare(&mut self, threads: &Threads, pass: &PlanesPass<'_>) -> Result<PlanesOperands<'_>> {
        let (input, plan) = (&pass.input, pass.input.plan);
        pass.padded.fill_sources(&mut self.sources)?;
        cleared(&mut self.thresholds, plan.units)?;
        if let Some(thresholds) = input.thresholds {
            self.thresholds.copy_from_slice(thresholds);
        }
        prepare_units(threads, plan, input.weights, &mut self.unit_norms)?;
        let weights = match (pass.kept, pass.tiling) {
            (Some(mask), _) => {
                pack_pruned(pass, mask, &mut self.connections, &mut self.starts)?;
                PlanesWeights::Pruned(Pruned {
                    connections: &self.connections,
                    starts: &self.starts,
                })
            }
            (None, Some(tiling)) => {
                let memory = &mut self.weights;
                let filters = Filters::of_units(threads, input.weights, tiling.channels, memory)?;
                PlanesWeights::Transformed(tiling, filters)
            }
            (None, None) => {
                pack_dense(
                    pass,
                    &mut self.offsets,
                    self.weights.take(Dense::panels_len(plan))?,
                )?;
                PlanesWeights::Dense(Dense {
                    panels: &self.weights,
                    offsets: &self.offsets,
                })
            }
        };
        Ok(PlanesOperands {
            weights,
            thresholds: &self.thresholds,
            unit_norms: &self.unit_norms,
            sources: &self.sources,
        })
    }
}

fn pack_dense(pass: &PlanesPass<'_>, offsets: &mut Vec<u32>, panels: &mut [f32]) -> Result<()> {
    let conv = &pass.input.plan.geometry;
    let (patch_len, channels) = (conv.patch_len(), conv.input().channels);
    cleared(offsets, patch_len)?;
    panels.fill(0.0);
    for (row, to) in offsets.iter_mut().enumerate() {
        // Channel by channel, so that the taps of one plane follow each other.
        let taps = patch_len / channels;
        let k = row % taps * channels + row / taps;
        *to = pass.planes.offset_of_column(k) as u32;
        for (unit, weights) in pass.input.weights.chunks_exact(patch_len).enumerate() {
            panels[(unit / UNITS * patch_len + row) * UNITS + unit % UNITS] = weights[k];
        }
    }
    Ok(())
}

fn pack_pruned(
    pass: &PlanesPass<'_>,
    mask: &Mask,
    connections: &mut Vec<Connection>,
    starts: &mut Vec<u32>,
) -> Result<()> {
    connections.clear();
    starts.clear();
    reserve(connections, mask.kept())?;
    reserve(starts, mask.rows() + 1)?;
    starts.push(0);
    for (unit, weights) in pass.input.weights.chunks_exact(mask.cols()).enumerate() {
        connections.extend(mask.row(unit).iter().map(|column| Connection {
            offset: pass.planes.offset_of_column(*column as usize) as u32,
            weight: weights[*column as usize],
        }));
        starts.push(connections.len() as u32);
    }
    Ok(())
}
