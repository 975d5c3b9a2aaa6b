//! The reference backend with one thing wrong in how an update is made of a batch's sums.

use hebb_core::backend::{
    Backend, Contraction, Dims, Gemm, LayerPlan, Operand, PatchMatrix, PoolBatch, Sums, Workspace,
};
use hebb_core::plan::{Competition, Output, Reduction, Similarity};
use hebb_core::rule::{Decay, Formula, Lowering, Outer};
use hebb_core::{RefBackend, Result};

/// What is wrong, in words.
pub(crate) const FAULTS: [&str; 8] = [
    "the sum is a mean",
    "the mean is a sum",
    "the weighted mean is a mean",
    "the step is not normalised by its largest entry",
    "C is transposed",
    "the sign of C is turned",
    "the sign of the Hebbian sum is turned",
    "the Hebbian sum is dropped",
];

/// The reference backend with the fault of this index, if it has any.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) Option<usize>);

/// Whether a fault changes the update of a rule at all.
pub(crate) fn changes(fault: usize, rule: &Lowering) -> bool {
    match fault {
        4 => match &rule.decay {
            // A whole Gram matrix is its own transpose.
            Decay::Outer(outer) => outer.lower || outer.rows != outer.columns,
            _ => false,
        },
        5 => !rule.decay.is_empty(),
        6 | 7 => rule.factor != Formula::Constant(0.0),
        _ => true,
    }
}

fn reduction(fault: Option<usize>, asked: Reduction) -> Reduction {
    match (fault, asked) {
        (Some(0), Reduction::Sum) | (Some(2), Reduction::WeightedMean) => Reduction::Mean,
        (Some(1), Reduction::Mean) | (Some(3), Reduction::MaxNormalized) => Reduction::Sum,
        _ => asked,
    }
}

/// C transposed, triangle included.
fn transposed(rule: &Lowering, units: usize, decay: &[f32]) -> (Lowering, Vec<f32>) {
    let Decay::Outer(outer) = &rule.decay else {
        return (rule.clone(), decay.to_vec());
    };
    let kept = |row: usize, column: usize| !outer.lower || column <= row;
    let entry = |index: usize| {
        let (column, row) = (index / units, index % units);
        if kept(row, column) {
            decay[row * units + column]
        } else {
            0.0
        }
    };
    let whole = Decay::Outer(Outer {
        lower: false,
        ..outer.clone()
    });
    (
        rule.clone().with_decay(whole),
        (0..units * units).map(entry).collect(),
    )
}

fn of_the_reference<'a>(operands: &[Operand<'a, Broken>]) -> Vec<Operand<'a, RefBackend>> {
    let operand = |operand: &Operand<'a, Broken>| Operand {
        buffer: operand.buffer,
        offset: operand.offset,
        spread: operand.spread,
    };
    operands.iter().map(operand).collect()
}

macro_rules! delegate {
    ($(fn $name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> Result<()> {
            RefBackend.$name($($argument),*)
        })*
    };
}

impl Backend for Broken {
    const NAME: &'static str = "broken";

    type Buffer = Vec<f32>;

    type Scratch = ();

    fn zeros(&self, len: usize) -> Result<Vec<f32>> {
        RefBackend.zeros(len)
    }

    fn len(&self, buffer: &Vec<f32>) -> usize {
        buffer.len()
    }

    delegate! {
        fn upload(host: &[f32], to: &mut Vec<f32>);
        fn download(from: &Vec<f32>, host: &mut [f32]);
        fn copy(len: usize, from: &Vec<f32>, to: &mut Vec<f32>);
        fn gemm(gemm: Gemm, a: &Vec<f32>, b: &Vec<f32>, c: &mut Vec<f32>);
        fn im2col(of: &PatchMatrix, input: &Vec<f32>, patches: &mut Vec<f32>);
        fn row_norms_squared(dims: Dims, x: &Vec<f32>, out: &mut Vec<f32>);
        fn similarity(
            similarity: Similarity,
            dims: Dims,
            patch_norms: &Vec<f32>,
            unit_norms: &Vec<f32>,
            dots: &mut Vec<f32>
        );
        fn compete(
            competition: &Competition,
            dims: Dims,
            u: &Vec<f32>,
            thresholds: Option<&Vec<f32>>,
            y: &mut Vec<f32>
        );
        fn column_sums(dims: Dims, x: &Vec<f32>, out: &mut Vec<f32>);
        fn activate(
            output: &Output,
            dims: Dims,
            u: &Vec<f32>,
            thresholds: Option<&Vec<f32>>,
            y: &Vec<f32>,
            out: &mut Vec<f32>
        );
        fn pool(batch: &PoolBatch, x: &Vec<f32>, out: &mut Vec<f32>);
        fn standardize_rows(dims: Dims, epsilon: f32, x: &mut Vec<f32>);
        fn lower_triangle(size: usize, x: &mut Vec<f32>);
        fn normalize_rows(dims: Dims, epsilon: f32, x: &mut Vec<f32>);
    }

    fn map(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        out: &mut Vec<f32>,
    ) -> Result<()> {
        RefBackend.map(formula, dims, &of_the_reference(operands), out)
    }

    fn update(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        target: &mut Vec<f32>,
    ) -> Result<()> {
        RefBackend.update(formula, dims, &of_the_reference(operands), target)
    }

    fn contract(
        &self,
        Contraction {
            plan,
            reduction: asked,
            sums,
            mask,
        }: Contraction<'_, Self>,
        weights: &Vec<f32>,
        delta: &mut Vec<f32>,
        _: &mut Workspace<Self>,
    ) -> Result<()> {
        let scaled = |values: &[f32], scale: f32| values.iter().map(|value| scale * value).collect();
        let (lowering, decay) = match self.0 {
            Some(4) => transposed(&plan.lowering, plan.units, &sums.decay),
            Some(5) => (plan.lowering.clone(), scaled(&sums.decay, -1.0)),
            _ => (plan.lowering.clone(), sums.decay.clone()),
        };
        let plan = LayerPlan {
            lowering,
            ..plan.clone()
        };
        let hebb = match self.0 {
            Some(6) => scaled(&sums.hebb, -1.0),
            Some(7) => scaled(&sums.hebb, 0.0),
            _ => sums.hebb.clone(),
        };
        let sums = Sums::<RefBackend> {
            hebb,
            decay,
            weight: sums.weight.clone(),
            active: sums.active.clone(),
            states: sums.states.clone(),
            patches: sums.patches,
        };
        let contraction = Contraction {
            plan: &plan,
            reduction: reduction(self.0, asked),
            sums: &sums,
            mask,
        };
        RefBackend.contract(contraction, weights, delta, &mut Workspace::default())
    }
}
