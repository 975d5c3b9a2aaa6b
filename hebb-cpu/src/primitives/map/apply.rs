//! The functions of formulas on a block, reading operands where they lie.

use crate::primitives::kernel;
use hebb_core::rule::{Binary, Unary};

/// The right operand of an operation on a block.
#[derive(Clone, Copy, Debug)]
pub(super) enum BlockValues<'a> {
    /// One value for each of the block.
    Values(&'a [f32]),
    /// The same row for each row of a block of whole rows.
    Row(&'a [f32]),
    /// One value for each row of a block of whole rows, and their length.
    EachRow(&'a [f32], usize),
    /// The same value for all.
    Same(f32),
}

impl BlockValues<'_> {
    pub(super) fn copy_to(self, out: &mut [f32]) {
        match self {
            Self::Values(values) => out.copy_from_slice(values),
            Self::Row(row) => out
                .chunks_mut(row.len())
                .for_each(|out| out.copy_from_slice(&row[..out.len()])),
            Self::EachRow(values, cols) => out
                .chunks_mut(cols)
                .zip(values)
                .for_each(|(out, value)| out.fill(*value)),
            Self::Same(value) => out.fill(value),
        }
    }
}

#[inline(always)]
fn unary(function: Unary, values: Option<&[f32]>, out: &mut [f32]) {
    match function {
        Unary::Neg => each(values, out, |v| -v),
        Unary::Abs => each(values, out, f32::abs),
        Unary::Sign => each(values, out, |v| if v == 0.0 { 0.0 } else { v.signum() }),
        Unary::Positive => each(values, out, |v| f32::from(u8::from(v > 0.0))),
        Unary::Tanh => each(values, out, f32::tanh),
        Unary::Exp => each(values, out, f32::exp),
        Unary::Sqrt => each(values, out, f32::sqrt),
        Unary::Recip => each(values, out, f32::recip),
    }
}

kernel!(pub(super) UnaryKernel: unary(function: Unary, values: Option<&[f32]>, out: &mut [f32]));

#[inline(always)]
fn binary(function: Binary, left: Option<&[f32]>, right: BlockValues<'_>, out: &mut [f32]) {
    match function {
        Binary::Add => combine(left, right, out, |v, w| v + w),
        Binary::Sub => combine(left, right, out, |v, w| v - w),
        Binary::Mul => combine(left, right, out, |v, w| v * w),
        Binary::Max => combine(left, right, out, f32::max),
        Binary::Pow => combine(left, right, out, |v, w| v.abs().powf(w)),
    }
}

kernel!(pub(super) BinaryKernel: binary(function: Binary, left: Option<&[f32]>, right: BlockValues<'_>, out: &mut [f32]));

/// `out` = `f` of `values`, or of what is in `out`.
#[inline(always)]
fn each(values: Option<&[f32]>, out: &mut [f32], f: impl Fn(f32) -> f32) {
    match values {
        None => out.iter_mut().for_each(|v| *v = f(*v)),
        Some(values) => out.iter_mut().zip(values).for_each(|(out, v)| *out = f(*v)),
    }
}

/// `out` = `f` of `left`, or of what is in `out`, and `right`.
#[inline(always)]
fn combine(
    left: Option<&[f32]>,
    right: BlockValues<'_>,
    out: &mut [f32],
    f: impl Fn(f32, f32) -> f32 + Copy,
) {
    match right {
        BlockValues::Same(w) => each(left, out, |v| f(v, w)),
        BlockValues::Values(right) => pairs(left, right, out, f),
        BlockValues::EachRow(values, cols) => {
            for (index, (out, w)) in out.chunks_mut(cols).zip(values).enumerate() {
                each(left.map(|left| &left[index * cols..][..out.len()]), out, |v| {
                    f(v, *w)
                });
            }
        }
        BlockValues::Row(row) => {
            for (index, out) in out.chunks_mut(row.len()).enumerate() {
                let left = left.map(|left| &left[index * row.len()..][..out.len()]);
                pairs(left, row, out, f);
            }
        }
    }
}

#[inline(always)]
fn pairs(left: Option<&[f32]>, right: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    let out = out.iter_mut().zip(right);
    match left {
        None => out.for_each(|(v, w)| *v = f(*v, *w)),
        Some(left) => out.zip(left).for_each(|((out, w), v)| *out = f(*v, *w)),
    }
}
