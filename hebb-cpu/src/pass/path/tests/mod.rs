//! The table of paths: which layers go where.

mod choices;
mod presets;

use super::*;
use crate::device::CpuBackend;
use crate::winograd::Tiling;
use hebb_core::backend::{Operands, PassInput};
use hebb_core::geometry::ImageShape;

const TRIANGLE: Output = Output::Triangle { power: 1.0 };

/// The operands of a layer, besides its plan.
#[derive(Clone, Copy)]
struct Batch {
    learns: bool,
    /// Every value equal but one in nine.
    sparse: bool,
    teacher: bool,
    /// The share of connections that are kept.
    kept: f32,
}

const LEARNING: Batch = Batch {
    learns: true,
    sparse: false,
    teacher: false,
    kept: 1.0,
};
const RESPONDING: Batch = Batch {
    learns: false,
    ..LEARNING
};
const SPARSE: Batch = Batch {
    sparse: true,
    ..LEARNING
};
const TAUGHT: Batch = Batch {
    teacher: true,
    ..LEARNING
};

const fn pruned(kept: f32) -> Batch {
    Batch { kept, ..LEARNING }
}

/// The path of a plan, in words.
fn path(plan: &LayerPlan, batch: Batch) -> &'static str {
    const IMAGES: usize = 2;
    let value = |index: usize| match batch.sparse && !index.is_multiple_of(9) {
        true => 0.0,
        false => (index % 97) as f32,
    };
    let input: Vec<f32> = (0..IMAGES * plan.geometry.input().len()).map(value).collect();
    let kept = |index: usize| f32::from(u8::from(index % 1000 < (1000.0 * batch.kept) as usize));
    let weights: Vec<f32> = (0..plan.weights()).map(kept).collect();
    let mask = (batch.kept < 1.0).then(|| Mask::from_dense(&weights, plan.geometry.patch_len()).unwrap());
    let teacher = vec![0.0; IMAGES * plan.units];
    let operands = Operands {
        mask: mask.as_ref(),
        teacher: batch.teacher.then_some(&teacher),
        ..Operands::of(&weights)
    };
    let input = PassInput {
        plan,
        images: IMAGES,
        values: &input,
        operands,
    };
    let checked = CheckedInput::new(input, batch.learns).unwrap();
    let tiling = Tiling::of(&CpuBackend::new(), &plan.geometry, plan.units);
    match (checked.map_or(Path::Composed, |input| Path::of(&input)), tiling) {
        (Path::GradedRows, None) => "graded rows",
        (Path::GradedRows, Some(_)) => "graded rows by Winograd",
        (Path::SparseRows, _) => "sparse rows",
        (Path::Planes { pruned: true }, _) => "pruned planes",
        (Path::Planes { .. }, None) => "planes",
        (Path::Planes { .. }, Some(_)) => "planes by Winograd",
        (Path::Composed, _) => "composed",
    }
}

fn image(channels: usize, side: usize) -> ImageShape {
    ImageShape::new(channels, side, side)
}
