//! Cases of the reference backend with numbers small enough to work out on paper.

use super::RefBackend;
use crate::backend::{
    Backend, Contraction, Dims, Gemm, LayerPlan, Operand, Operands, PassInput, PatchMatrix, PoolBatch, Step,
    Sums, Workspace,
};
use crate::formula::Formula;
use crate::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use crate::plan::{Competition, Constraint, Output, Pool, PoolKind, Reduction, Similarity, UnitRate};
use crate::rule::{Decay, Lowering, Outer, y};

const HALF: Formula = Formula::Constant(0.5);

fn vec_of(len: usize) -> Vec<f32> {
    vec![f32::NAN; len]
}

#[test]
fn a_product_is_taken_with_either_operand_transposed() {
    let (a, b) = (vec![1.0, 2.0, 3.0, 4.0], vec![5.0, 6.0, 7.0, 8.0]);
    let product = |gemm: Gemm| {
        let mut c = vec_of(4);
        RefBackend.gemm(gemm, &a, &b, &mut c).unwrap();
        c
    };
    let plain = Gemm::new(2, 2, 2);
    assert_eq!(product(plain), [19.0, 22.0, 43.0, 50.0]);
    assert_eq!(product(plain.transpose_a()), [26.0, 30.0, 38.0, 44.0]);
    assert_eq!(product(plain.transpose_b()), [17.0, 23.0, 39.0, 53.0]);
    let mut c = vec![1.0; 4];
    RefBackend.gemm(plain.scaled(0.5, -2.0), &a, &b, &mut c).unwrap();
    assert_eq!(c, [7.5, 9.0, 19.5, 23.0]);
}

#[test]
fn patches_are_ordered_by_kernel_row_column_and_channel() {
    let window = Window {
        kernel: [2, 1],
        padding: [0, 1],
        ..Window::square(1)
    };
    let conv = ConvGeometry::new(ImageShape::new(2, 2, 1), window).unwrap();
    let image = vec![1.0, 2.0, 3.0, 4.0];
    let mut patches = vec_of(12);
    RefBackend
        .im2col(&PatchMatrix::new(conv, 1), &image, &mut patches)
        .unwrap();
    assert_eq!(
        patches,
        [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]
    );
    let reflect = Window {
        padding: [0, 1],
        mode: PaddingMode::Reflect,
        ..Window::square(1)
    };
    let conv = ConvGeometry::new(ImageShape::new(1, 1, 3), reflect).unwrap();
    let mut patches = vec_of(5);
    RefBackend
        .im2col(&PatchMatrix::new(conv, 1), &vec![1.0, 2.0, 3.0], &mut patches)
        .unwrap();
    assert_eq!(patches, [2.0, 1.0, 2.0, 3.0, 2.0]);
}

#[test]
fn pools_count_a_border_in_averages_only() {
    let image = vec![-1.0, -2.0, -3.0, -4.0];
    let pooled = |kind| {
        let pool = Pool {
            kind,
            size: 2,
            stride: 2,
            padding: 1,
        };
        let mut out = vec_of(4);
        RefBackend
            .pool(
                &PoolBatch::new(pool, 1, ImageShape::new(1, 2, 2)).unwrap(),
                &image,
                &mut out,
            )
            .unwrap();
        out
    };
    assert_eq!(pooled(PoolKind::Average), [-0.25, -0.5, -0.75, -1.0]);
    assert_eq!(pooled(PoolKind::Max), image);
}

#[test]
fn rows_are_standardized_as_by_torch_and_normalized() {
    let mut x = vec![1.0, 2.0, 3.0, 5.0, 5.0, 5.0];
    RefBackend.standardize_rows(Dims::new(2, 3), 1.0, &mut x).unwrap();
    assert_eq!(x, [-0.5, 0.0, 0.5, 0.0, 0.0, 0.0]);
    let mut x = vec![3.0, 4.0, 0.0, 0.0];
    RefBackend.normalize_rows(Dims::new(2, 2), 0.0, &mut x).unwrap();
    assert_eq!(x, [0.6, 0.8, 0.0, 0.0]);
}

#[test]
fn operands_spread_over_elements_columns_rows_and_images() {
    let (taught, column) = (vec![1.0, 2.0, 3.0, 4.0], vec![9.0, 10.0, 20.0]);
    let operands = [Operand::shared_rows(&taught, 2), Operand::columns(&column).at(1)];
    let mut out = vec_of(6);
    let formula = Formula::of(|[t, c]| t * 0.5 + c);
    RefBackend
        .map(&formula, Dims::new(3, 2), &operands, &mut out)
        .unwrap();
    assert_eq!(out, [10.5, 21.0, 10.5, 21.0, 11.5, 22.0]);
    let (row, one) = (vec![1.0, 2.0, 3.0], vec![0.5]);
    let operands = [Operand::rows(&row), Operand::single(&one)];
    let formula = Formula::of(|[target, row, one]| target * one - row);
    RefBackend
        .update(&formula, Dims::new(3, 2), &operands, &mut out)
        .unwrap();
    assert_eq!(out, [4.25, 9.5, 3.25, 8.5, 2.75, 8.0]);
}

#[test]
fn an_operand_that_is_missing_or_short_is_named_by_its_position() {
    let short = vec![1.0; 3];
    let formula = Formula::of(|[target, _, x]| target + x);
    let update = |operands: &[Operand<'_, RefBackend>]| {
        let updated = RefBackend.update(&formula, Dims::new(2, 2), operands, &mut vec![0.0; 4]);
        updated.unwrap_err().to_string()
    };
    let x = Operand::elements(&short);
    assert!(update(&[x, x]).contains("the operand 2 of a formula: expected at least 4, found 3 values"));
    assert!(update(&[x]).contains("the operand 2 of a formula: expected at least 1, found 0 values"));
}

#[test]
fn thresholds_change_who_wins() {
    let compete = |thresholds: Option<&Vec<f32>>| {
        let mut y = vec_of(3);
        let u = vec![3.0, 2.0, 1.0];
        RefBackend
            .compete(&Competition::HardWta, Dims::new(1, 3), &u, thresholds, &mut y)
            .unwrap();
        y
    };
    assert_eq!(compete(None), [1.0, 0.0, 0.0]);
    assert_eq!(compete(Some(&vec![2.0, 0.5, 0.0])), [0.0, 1.0, 0.0]);
}

/// Two units on a 1×2 image of one channel, kernel 1: the patches are 2 and −1, the weights 1 and −3.
fn tiny(decay: Decay) -> LayerPlan {
    LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(1, 1, 2), Window::square(1)).unwrap(),
        units: 2,
        similarity: Similarity::Dot,
        competition: Competition::None,
        lowering: Lowering::new(y()).with_decay(decay),
        output: Output::Relu,
        pool: Some(Pool::tiled(PoolKind::Max, 1)),
    }
}

/// The output and ΔW of the tiny layer.
fn learn(decay: Decay, reduction: Reduction) -> (Vec<f32>, Vec<f32>) {
    let (plan, input, weights) = (tiny(decay), vec![2.0, -1.0], vec![1.0, -3.0]);
    let mut workspace = Workspace::default();
    let mut sums = Sums::new(&RefBackend, &plan).unwrap();
    let (mut output, mut delta) = (vec_of(4), vec_of(2));
    let batch = PassInput {
        plan: &plan,
        images: 1,
        values: &input,
        operands: Operands::of(&weights),
    };
    RefBackend
        .pass(batch, Some(&mut sums), Some(&mut output), &mut workspace)
        .unwrap();
    let contraction = Contraction {
        plan: &plan,
        reduction,
        sums: &sums,
        mask: None,
    };
    RefBackend
        .contract(contraction, &weights, &mut delta, &mut workspace)
        .unwrap();
    (output, delta)
}

#[test]
fn a_pass_and_its_update_are_those_worked_out_by_hand() {
    // u = y is (2, −6) for the patch 2 and (−1, 3) for the patch −1.
    let (output, delta) = learn(Decay::None, Reduction::Sum);
    assert_eq!(output, [2.0, 0.0, 0.0, 3.0]);
    assert_eq!(delta, [5.0, -15.0]);
    // Σy = (1, −3); the update less Σy·w.
    assert_eq!(learn(Decay::activity(), Reduction::Sum).1, [4.0, -24.0]);
    // Σ|y| = (3, 9).
    assert_eq!(
        learn(Decay::activity(), Reduction::WeightedMean).1,
        [4.0 / 3.0, -24.0 / 9.0]
    );
    assert_eq!(learn(Decay::activity(), Reduction::Mean).1, [2.0, -12.0]);
    // Σ yyᵀ = ((5, −15), (−15, 45)); the products with w are (50, −150), those of the lower triangle (5, −150).
    assert_eq!(learn(Decay::gram(y(), false), Reduction::Sum).1, [-45.0, 135.0]);
    assert_eq!(learn(Decay::gram(y(), true), Reduction::Sum).1, [0.0, 135.0]);
    let natural = Outer {
        rows: HALF,
        columns: y(),
        lower: false,
        identity: true,
    };
    // Σ ½yᵀ = (½, −3/2) in both rows; its products with w are 5; two patches take the identity off twice.
    assert_eq!(learn(Decay::Outer(natural), Reduction::Sum).1, [2.0, -26.0]);
    // Σx = 1.
    assert_eq!(learn(Decay::Input, Reduction::Sum).1, [4.0, -12.0]);
}

#[test]
fn a_step_is_held_to_norm_one_and_leaves_pruned_weights_zero() {
    let delta = vec![2.0, 8.0, 0.0];
    let mut weights = vec![2.0, 0.0, 0.0];
    let step = Step {
        rate: 0.5,
        unit_rate: UnitRate::Same,
        constraint: Constraint::UnitNorm,
    };
    RefBackend
        .apply(
            &step,
            Dims::new(1, 3),
            &delta,
            &mut weights,
            &mut Workspace::default(),
        )
        .unwrap();
    assert_eq!(weights, [0.6, 0.8, 0.0]);
}

#[test]
fn a_short_operand_is_named() {
    let message = RefBackend
        .row_norms_squared(Dims::new(2, 3), &vec![0.0; 5], &mut vec![0.0; 2])
        .unwrap_err()
        .to_string();
    assert_eq!(message, "the operand x: expected at least 6 values, found 5");
}
