//! The Hebbian step: update and next weights from the sums of a batch, in one launch.

use hebb_core::Result;
use hebb_core::backend::{Backend, Contraction, Dims, Learned, Slot, Step, Workspace};
use hebb_core::plan::{Constraint, Reduction, UnitRate};
use hebb_core::rule::Decay;

use super::handle::CudaBackend;
use super::matrix::largest_of_partials;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::size;

pub(super) fn learn(
    backend: &CudaBackend,
    contraction: Contraction<'_, CudaBackend>,
    step: &Step,
    learned: Learned<'_, CudaBackend>,
    workspace: &mut Workspace<CudaBackend>,
) -> Result<()> {
    let Contraction { plan, sums, .. } = contraction;
    let dims = Dims::new(plan.units, plan.geometry.patch_len());
    let Learned { weights, delta } = learned;
    let decay = match plan.lowering.decay {
        Decay::None => 0,
        Decay::Diagonal(_) => 1,
        Decay::Input => 2,
        // C W is a product of matrices, which cuBLAS takes.
        Decay::Outer(_) => {
            backend.contract(contraction, weights, delta, workspace)?;
            return backend.apply(step, dims, delta, weights, workspace);
        }
    };
    let summed = SummedUpdate::new(backend, contraction, decay)?;
    let mut largest = workspace.take(backend, Slot::Largest, 1)?;
    if contraction.reduction == Reduction::MaxNormalized {
        summed.largest(backend, dims, weights.need("weights", dims.len())?, &mut largest)?;
    }
    let rate = rate(step);
    size("the weights", dims.len())?;
    let arguments = arguments![
        size("a row", dims.cols)?,
        &summed.words[..],
        &rate[..],
        summed.hebb,
        summed.decay,
        summed.mask,
        sums.weight.need("weight", dims.rows)?,
        &largest,
        weights.need_mut("weights", dims.len())?,
        delta.need_mut("delta", dims.len())?
    ];
    let shape = LaunchConfig::blocks(size("the units", dims.rows)?, 1);
    backend.launch(Kernel::HebbianStep, shape, &arguments)?;
    workspace.put(Slot::Largest, largest);
    Ok(())
}

/// Operands of the summed update.
struct SummedUpdate<'a> {
    /// `struct Contraction` of `step.cu`.
    words: [u32; 4],
    hebb: &'a CudaBuffer,
    decay: &'a CudaBuffer,
    mask: &'a CudaBuffer,
}

impl<'a> SummedUpdate<'a> {
    /// `decay` numbers the kind of decay as `step.cu` does.
    fn new(backend: &'a CudaBackend, contraction: Contraction<'a, CudaBackend>, decay: u32) -> Result<Self> {
        let Contraction {
            plan,
            reduction,
            sums,
            mask,
        } = contraction;
        let dims = Dims::new(plan.units, plan.geometry.patch_len());
        let (scaling, scale) = match reduction {
            Reduction::Sum | Reduction::Mean => (0, reduction.scale(sums.patches, 0.0, 0.0) as f32),
            Reduction::WeightedMean => (1, 0.0),
            Reduction::MaxNormalized => (2, 0.0),
        };
        let decayed = [0, dims.rows, dims.cols][decay as usize];
        Ok(Self {
            words: [decay, scaling, scale.to_bits(), mask.is_some().into()],
            hebb: sums.hebb.need("hebb", dims.len())?,
            decay: sums.decay.need("decay", decayed)?,
            mask: mask.map_or(Ok(&backend.nothing), |mask| mask.need("mask", dims.len()))?,
        })
    }

    /// The largest size of an entry: of each unit, then of all.
    fn largest(
        &self,
        backend: &CudaBackend,
        dims: Dims,
        weights: &CudaBuffer,
        out: &mut CudaBuffer,
    ) -> Result<()> {
        let mut partials = backend.partials(dims.rows)?;
        let arguments = arguments![
            size("a row", dims.cols)?,
            &self.words[..],
            self.hebb,
            self.decay,
            self.mask,
            weights,
            &mut *partials
        ];
        let units = size("the units", dims.rows)?;
        backend.launch(Kernel::LargestUpdate, LaunchConfig::blocks(units, 1), &arguments)?;
        largest_of_partials(backend, units, &partials, out)
    }
}

/// `struct Step` of `step.cu`.
fn rate(step: &Step) -> [u32; 4] {
    let (by_norm, power) = match step.unit_rate {
        UnitRate::Same => (0, 0.0f32),
        UnitRate::NormDependent { power } => (1, power),
    };
    let unit_norm = u32::from(step.constraint == Constraint::UnitNorm);
    [step.rate.to_bits(), by_norm, power.to_bits(), unit_norm]
}
