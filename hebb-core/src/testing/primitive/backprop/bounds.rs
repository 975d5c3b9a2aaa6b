//! Error bounds of the primitives of backpropagation.

use super::{BackpropCall, ConvGradient, NormGradient};
use crate::Result;
use crate::backend::{Dims, NORM_EPSILON};
use crate::reference::RefBackend;
use crate::testing::primitive::Primitive;
use crate::testing::primitive::bounds::roundings;

impl BackpropCall {
    /// The permitted errors of the result `values`.
    pub(in crate::testing::primitive) fn errors(
        &self,
        operands: &[Vec<f32>],
        values: &[f32],
    ) -> Result<Vec<f64>> {
        let whole = Primitive::Backprop(self.clone());
        let sizes = |operands, scale| whole.sizes(operands, scale);
        match self {
            Self::Uniform(..) => Ok(vec![0.0; values.len()]),
            Self::ColumnMean(dims) => Ok(column_sizes(*dims, &operands[0], |v| v.abs())),
            // An error of the mean changes every difference.
            Self::ColumnVariance(dims) => Ok(column_sizes(*dims, &operands[0], |v| 4.0 * v * v)),
            Self::ColumnProducts(dims) => Ok(column_products(*dims, operands)),
            Self::BatchNorm(dims) => Ok(normalized(*dims, operands)),
            Self::BatchNormBackward(dims, gradient, own_moments) => {
                Ok(norm_gradients(*dims, *gradient, *own_moments, operands))
            }
            Self::Convolve(convolution, _) => sizes(operands, roundings(convolution.patches().cols + 1)),
            Self::ConvolveBackward(convolution, gradient) => {
                let terms = match gradient {
                    ConvGradient::Weights | ConvGradient::Bias => convolution.rows(),
                    ConvGradient::Input => 4 * convolution.units * convolution.patches().cols,
                };
                sizes(operands, roundings(terms))
            }
            // A reflected value is copied up to four times for each tap.
            Self::Col2im(conv, _) => sizes(
                operands,
                roundings(4 * conv.window().kernel.iter().product::<usize>()),
            ),
            Self::PoolBackward(pool, ..) => {
                // Absolute gradients, but x as it is: its order selects the maxima.
                let mut sizes = operands.to_vec();
                sizes[1]
                    .iter_mut()
                    .for_each(|gradient| *gradient = gradient.abs());
                whole.run(&RefBackend, &mut sizes)?;
                let slack = roundings(pool.size * pool.size);
                Ok(sizes[2].iter().map(|&sum| slack * f64::from(sum)).collect())
            }
            Self::EntropyGradient(dims) => Ok(entropies(&operands[0], values, 1.0 / dims.rows.max(1) as f64)),
            Self::EntropyScores(dims) => {
                let mut errors = entropies(&operands[0], values, 1.0 + dims.cols as f64);
                // Hits are counts without rounding.
                let hits = errors.iter_mut().skip(1).step_by(2);
                hits.for_each(|error| *error = 0.0);
                Ok(errors)
            }
        }
    }
}

/// Errors of sums of exponentials of logits. A rounding of the argument changes the value by as many roundings as the
/// argument is large. `least` is the size of the terms whose difference a small value is.
fn entropies(logits: &[f32], values: &[f32], least: f64) -> Vec<f64> {
    let largest = logits
        .iter()
        .fold(0f64, |largest, v| largest.max(f64::from(v.abs())));
    let slack = (32.0 + 16.0 * largest) * f64::from(f32::EPSILON);
    values
        .iter()
        .map(|v| slack * (least + f64::from(v.abs())))
        .collect()
}

/// The error bound of the mean of these sizes, per column.
fn column_sizes(dims: Dims, x: &[f32], size: impl Fn(f64) -> f64) -> Vec<f64> {
    let of = |col: usize| {
        let sizes: f64 = (0..dims.rows)
            .map(|row| size(f64::from(x[row * dims.cols + col])))
            .sum();
        2.0 * roundings(dims.rows) * sizes / dims.rows.max(1) as f64
    };
    (0..dims.cols).map(of).collect()
}

/// Errors of Σ x (y − centre) per column.
fn column_products(dims: Dims, operands: &[Vec<f32>]) -> Vec<f64> {
    let [x, y, centre] = [0, 1, 2].map(|at| &operands[at]);
    let term = |at: usize| x[at].abs() * (y[at].abs() + centre[at % dims.cols].abs());
    let terms: Vec<f32> = (0..dims.len()).map(term).collect();
    let sizes = column_sizes(dims, &terms, |v| v);
    sizes.into_iter().map(|size| size * dims.rows as f64).collect()
}

/// Errors of (x − mean)·γ/σ + β: roundings of the sizes of its terms.
fn normalized(dims: Dims, operands: &[Vec<f32>]) -> Vec<f64> {
    let of = |at: usize| {
        let [x, mean, variance, scale, shift] = column_terms(dims, at, operands);
        let gain = scale.abs() * (variance + f64::from(NORM_EPSILON)).sqrt().recip();
        roundings(4) * ((x.abs() + mean.abs()) * gain + shift.abs())
    };
    (0..dims.len()).map(of).collect()
}

/// Errors of the gradients of batch norm: roundings of sums over rows, of the sizes of their terms.
fn norm_gradients(dims: Dims, gradient: NormGradient, own_moments: bool, operands: &[Vec<f32>]) -> Vec<f64> {
    let slack = 2.0 * roundings(dims.rows);
    let along = |at: usize| {
        let [x, grad_output, mean, variance, scale] = column_terms(dims, at, operands);
        let inverse = (variance + f64::from(NORM_EPSILON)).sqrt().recip();
        (
            (x.abs() + mean.abs()) * inverse,
            grad_output.abs(),
            scale.abs() * inverse,
        )
    };
    let sums = |size: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let column = |col: usize| (0..dims.rows).map(|row| size(row * dims.cols + col)).sum();
        (0..dims.cols).map(column).collect()
    };
    let slopes = sums(&|at| along(at).0 * along(at).1);
    let shifts = sums(&|at| along(at).1);
    let scaled = |sizes: Vec<f64>| sizes.into_iter().map(|size| slack * size).collect();
    match gradient {
        NormGradient::Scale => scaled(slopes),
        NormGradient::Shift => scaled(shifts),
        NormGradient::Input => {
            let share = if own_moments {
                1.0 / dims.rows.max(1) as f64
            } else {
                0.0
            };
            let size = |at: usize| {
                let ((distance, grad_output, gain), col) = (along(at), at % dims.cols);
                gain * (grad_output + share * (shifts[col] + distance * slopes[col]))
            };
            scaled((0..dims.len()).map(size).collect())
        }
    }
}

/// The values of five operands at an element; an operand with one value per column at its column, an empty one as 0.
fn column_terms(dims: Dims, at: usize, operands: &[Vec<f32>]) -> [f64; 5] {
    std::array::from_fn(|index| {
        let operand = &operands[index];
        let place = if operand.len() == dims.len() {
            at
        } else {
            at % dims.cols
        };
        operand.get(place).copied().map_or(0.0, f64::from)
    })
}
