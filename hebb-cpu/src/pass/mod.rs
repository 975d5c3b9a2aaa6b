//! The fused pass: a batch through a layer, computed while it is in cache.
//!
//! [`Path`] says how: over rows, where the responses to a patch lie side by side, or over planes, where those of a unit to
//! neighbouring positions do. The two layouts share the checked operands, the sums over units and the rule's formulas.

mod formula;
mod operands;
mod path;
mod planes;
mod rows;
mod sums;

pub(crate) use operands::CheckedInput;
pub(crate) use planes::PlanesScratch;
pub(crate) use rows::RowsScratch;

use crate::device::CpuBackend;
use crate::memory::prefix_mut;
use hebb_core::Result;
use hebb_core::backend::Sums;
use path::Path;

/// The results that a pass is asked for.
struct Results<'a> {
    sums: Option<&'a mut Sums<CpuBackend>>,
    /// The outputs (B, H, W, N); empty if they are not asked for.
    output: &'a mut [f32],
}

/// Memory of the pass that a layer keeps between batches.
#[derive(Debug, Default)]
pub(crate) struct PassScratch {
    rows: RowsScratch,
    planes: PlanesScratch,
}

/// Runs the pass on its path. Returns false for a layer that is left to the composed pass.
pub(crate) fn run(
    device: &CpuBackend,
    input: CheckedInput<'_>,
    sums: Option<&mut Sums<CpuBackend>>,
    output: Option<&mut Vec<f32>>,
    scratch: &mut PassScratch,
) -> Result<bool> {
    let len = input.images * input.output.len();
    let results = Results {
        sums,
        output: match output {
            Some(output) => prefix_mut("the output of a pass", output, len)?,
            None => &mut [],
        },
    };
    match Path::of(&input) {
        Path::GradedRows => rows::run(device, input, false, results, &mut scratch.rows)?,
        Path::SparseRows => rows::run(device, input, true, results, &mut scratch.rows)?,
        Path::Planes { pruned } => planes::run(device, input, pruned, results, &mut scratch.planes)?,
        Path::Composed => return Ok(false),
    }
    Ok(true)
}
