//! Error bounds of primitive calls.

use super::Primitive;
use crate::Result;
use crate::backend::{Dims, Gemm, Spread};
use crate::formula::Formula;
use crate::plan::{PoolKind, Similarity};
use crate::reference::RefBackend;
use crate::testing::Bounded;
use crate::testing::oracle;

/// The relative error bound of a sum of `terms` terms.
pub(super) fn roundings(terms: usize) -> f64 {
    (terms + 4) as f64 * f64::from(f32::EPSILON)
}

impl Primitive {
    /// The reference backend's result on these operands, with bounds.
    pub(super) fn expected(&self, operands: &[Vec<f32>]) -> Result<Vec<Bounded>> {
        let mut after = operands.to_vec();
        self.run(&RefBackend, &mut after)?;
        let values = after.pop().unwrap_or_default();
        let errors = self.errors(operands, &values)?;
        let bounded = |(value, error): (&f32, f64)| Bounded {
            value: f64::from(*value),
            error,
        };
        Ok(values.iter().zip(errors).map(bounded).collect())
    }

    fn errors(&self, operands: &[Vec<f32>], values: &[f32]) -> Result<Vec<f64>> {
        match self {
            Self::Copy(_) | Self::Im2col(..) | Self::LowerTriangle(_) | Self::Largest(_) => {
                Ok(vec![0.0; values.len()])
            }
            Self::Gemm(gemm) => self.sizes(operands, roundings(gemm.k)),
            Self::RowNorms(dims) => self.sizes(operands, roundings(dims.cols)),
            Self::ColumnSums(dims) => self.sizes(operands, roundings(dims.rows)),
            Self::Pool(pool, ..) if pool.kind == PoolKind::Max => Ok(vec![0.0; values.len()]),
            Self::Pool(pool, ..) => self.sizes(operands, roundings(pool.size * pool.size)),
            Self::Backprop(call) => call.errors(operands, values),
            Self::NormalizeRows(dims, _) => Ok(values
                .iter()
                .map(|v| roundings(dims.cols) * f64::from(v.abs()))
                .collect()),
            Self::StandardizeRows(dims, epsilon) => Ok(standardized(*dims, *epsilon, &operands[0])),
            Self::Similarity(..)
            | Self::Compete(..)
            | Self::Activate(..)
            | Self::Map(..)
            | Self::Update(..) => Ok(self
                .by_definition(operands)
                .iter()
                .map(|bounded| bounded.error)
                .collect()),
        }
    }

    /// `scale` times the sum of the sizes of the terms: the same operation on absolute values.
    pub(super) fn sizes(&self, operands: &[Vec<f32>], scale: f64) -> Result<Vec<f64>> {
        let absolute = |operand: &Vec<f32>| operand.iter().map(|v| v.abs()).collect();
        let mut sizes: Vec<Vec<f32>> = operands.iter().map(absolute).collect();
        let primitive = match self {
            Self::Gemm(gemm) => Self::Gemm(Gemm {
                alpha: gemm.alpha.abs(),
                beta: gemm.beta.abs(),
                ..*gemm
            }),
            other => other.clone(),
        };
        primitive.run(&RefBackend, &mut sizes)?;
        let sizes = sizes.pop().unwrap_or_default();
        Ok(sizes.iter().map(|&size| scale * f64::from(size)).collect())
    }

    /// The bounds of primitives that the plan defines for each element or patch.
    fn by_definition(&self, operands: &[Vec<f32>]) -> Vec<Bounded> {
        let all: Vec<Vec<Bounded>> = operands.iter().map(|operand| oracle::exact(operand)).collect();
        let row =
            |operand: usize, dims: &Dims, row: usize| &all[operand][row * dims.cols..(row + 1) * dims.cols];
        match self {
            Self::Similarity(kind, dims) => similarities(*kind, *dims, &all),
            Self::Compete(kind, dims, _) => {
                let thresholds = thresholds(&all, 1);
                let of = |patch| oracle::compete(kind, &oracle::scores(row(0, dims, patch), thresholds));
                (0..dims.rows).flat_map(of).collect()
            }
            Self::Activate(kind, dims, _) => {
                let of = |patch| {
                    let (u, y) = (row(0, dims, patch), row(1, dims, patch));
                    oracle::activate(kind, u, &oracle::scores(u, thresholds(&all, 2)), y)
                };
                (0..dims.rows).flat_map(of).collect()
            }
            Self::Map(expr, dims, spreads) => formula(expr, *dims, spreads, (&all, false)),
            Self::Update(expr, dims, spreads) => formula(expr, *dims, spreads, (&all, true)),
            _ => Vec::new(),
        }
    }
}

/// The formula at each element; in place, the last operand is its first.
fn formula(
    formula: &Formula,
    dims: Dims,
    spreads: &[Spread],
    (operands, in_place): (&[Vec<Bounded>], bool),
) -> Vec<Bounded> {
    let of = |index: usize| {
        let (row, col) = (index / dims.cols, index % dims.cols);
        let value = |(place, spread): (usize, &Spread)| {
            let at = place + spread.index(dims.cols, row, col);
            operands[place].get(at).copied().unwrap_or_default()
        };
        let target = operands.last().filter(|_| in_place).map(|target| target[index]);
        let values = target.into_iter().chain(spreads.iter().enumerate().map(value));
        Bounded::evaluate(formula, &values.collect::<Vec<_>>())
    };
    (0..dims.len()).map(of).collect()
}

fn similarities(kind: Similarity, dims: Dims, operands: &[Vec<Bounded>]) -> Vec<Bounded> {
    let norm = |operand: usize, index: usize| operands[operand].get(index).copied().unwrap_or_default();
    let of = |index: usize| {
        let (patch, unit) = (norm(0, index / dims.cols), norm(1, index % dims.cols));
        oracle::similarity(kind, operands[2][index], patch, unit)
    };
    (0..dims.len()).map(of).collect()
}

/// The thresholds, if they are an input; the last operand is the result.
fn thresholds(operands: &[Vec<Bounded>], at: usize) -> Option<&[Bounded]> {
    (operands.len() > at + 1).then(|| operands[at].as_slice())
}

/// Errors of (x − mean)/(deviation + epsilon): the roundings of mean and deviation, divided by the deviation.
fn standardized(dims: Dims, epsilon: f32, x: &[f32]) -> Vec<f64> {
    let row_error = |row: &[f32]| {
        let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / row.len() as f64;
        let squares: f64 = row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
        let deviation = (squares / row.len().saturating_sub(1).max(1) as f64).sqrt() + f64::from(epsilon);
        let largest = row
            .iter()
            .fold(0f64, |largest, &v| largest.max(f64::from(v.abs())));
        vec![4.0 * roundings(row.len()) * (largest / deviation.max(f64::MIN_POSITIVE)); row.len()]
    };
    x.chunks_exact(dims.cols.max(1)).flat_map(row_error).collect()
}
