use super::{ConvGradient, NormGradient, Primitive};
use crate::Result;
use crate::backend::{Dims, Gemm, NORM_EPSILON};
use crate::formula::Formula;
use crate::plan::{PoolKind, Similarity};
use crate::reference::RefBackend;
use crate::testing::Bounded;
use crate::testing::bounded::Quantities;
use crate::testing::oracle;

/// Units of rounding that an operation on a sum of `terms` is granted.
fn roundings(terms: usize) -> f64 {
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
            Self::Copy(_)
            | Self::Im2col(..)
            | Self::LowerTriangle(_)
            | Self::Largest(_)
            | Self::Uniform(..) => Ok(vec![0.0; values.len()]),
            Self::Gemm(gemm) => self.sizes(operands, roundings(gemm.k)),
            Self::RowNorms(dims) => self.sizes(operands, roundings(dims.cols)),
            Self::ColumnSums(dims) => self.sizes(operands, roundings(dims.rows)),
            Self::ColumnMean(dims) => Ok(column_sizes(*dims, &operands[0], |v| v.abs())),
            // A mean that is off moves every gap.
            Self::ColumnVariance(dims) => Ok(column_sizes(*dims, &operands[0], |v| 4.0 * v * v)),
            Self::ColumnProducts(dims) => {
                let [x, y, centre] = [0, 1, 2].map(|at| &operands[at]);
                let term = |at: usize| x[at].abs() * (y[at].abs() + centre[at % dims.cols].abs());
                let terms: Vec<f32> = (0..dims.len()).map(term).collect();
                let sizes = column_sizes(*dims, &terms, |v| v);
                Ok(sizes.into_iter().map(|size| size * dims.rows as f64).collect())
            }
            Self::BatchNorm(dims) => Ok(normalized(*dims, operands)),
            Self::BatchNormBackward(dims, gradient, own_moments) => {
                Ok(norm_gradients(*dims, *gradient, *own_moments, operands))
            }
            Self::Pool(pool, ..) if pool.kind == PoolKind::Max => Ok(vec![0.0; values.len()]),
            Self::Pool(pool, ..) => self.sizes(operands, roundings(pool.size * pool.size)),
            Self::Convolve(convolution, _) => self.sizes(operands, roundings(convolution.patches().cols + 1)),
            Self::ConvolveBackward(convolution, gradient) => {
                let terms = match gradient {
                    ConvGradient::Weights | ConvGradient::Bias => convolution.rows(),
                    ConvGradient::Input => 4 * convolution.units * convolution.patches().cols,
                };
                self.sizes(operands, roundings(terms))
            }
            // A reflected value is copied up to four times for each tap.
            Self::Col2im(conv, _) => self.sizes(
                operands,
                roundings(4 * conv.window().kernel.iter().product::<usize>()),
            ),
            Self::PoolBackward(pool, ..) => {
                let mut operands = operands.to_vec();
                operands[1]
                    .iter_mut()
                    .for_each(|gradient| *gradient = gradient.abs());
                self.run(&RefBackend, &mut operands)?;
                let slack = roundings(pool.size * pool.size);
                Ok(operands[2].iter().map(|&sum| slack * f64::from(sum)).collect())
            }
            Self::EntropyGradient(dims) => Ok(entropies(&operands[0], values, 1.0 / dims.rows.max(1) as f64)),
            Self::EntropyScores(dims) => {
                let mut errors = entropies(&operands[0], values, 1.0 + dims.cols as f64);
                // Hits are counted, not computed.
                errors
                    .iter_mut()
                    .skip(1)
                    .step_by(2)
                    .for_each(|error| *error = 0.0);
                Ok(errors)
            }
            Self::ScaleRows(_) | Self::AddScaledRows(_) | Self::Multiply(_) => {
                self.sizes(operands, roundings(1))
            }
            Self::NormalizeRows(dims, _) => Ok(values
                .iter()
                .map(|v| roundings(dims.cols) * f64::from(v.abs()))
                .collect()),
            Self::StandardizeRows(dims, epsilon) => Ok(standardized(*dims, *epsilon, &operands[0])),
            Self::Similarity(..) | Self::Compete(..) | Self::Activate(..) | Self::Map(..) => Ok(self
                .by_definition(operands)
                .iter()
                .map(|bounded| bounded.error)
                .collect()),
        }
    }

    /// `scale` times the sum of the sizes of the terms: the same operation on absolute values.
    fn sizes(&self, operands: &[Vec<f32>], scale: f64) -> Result<Vec<f64>> {
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

    /// The bounds of what is defined for each element or for the units of one patch.
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
            Self::Map(expr, dims, rows) => self.formula(expr, *dims, *rows, &all),
            _ => Vec::new(),
        }
    }

    fn formula(&self, expr: &Formula, dims: Dims, rows: usize, operands: &[Vec<Bounded>]) -> Vec<Bounded> {
        let names: Vec<&str> = self.operands().iter().map(|(name, _)| *name).collect();
        let operand = |name: &str| {
            names
                .iter()
                .position(|known| *known == name)
                .map(|at| &operands[at])
        };
        let at = |name: &str, index: usize| operand(name).map_or(Bounded::default(), |v| v[index]);
        let of = |index: usize| {
            let (row, col) = (index / dims.cols, index % dims.cols);
            let state = |state: usize| at("states", state * dims.cols + col);
            let quantities = Quantities {
                activity: at("activity", index),
                similarity: at("similarity", index),
                teacher: at("teacher", row / rows * dims.cols + col),
                states: &(0..expr.states()).map(state).collect::<Vec<_>>(),
            };
            Bounded::evaluate(expr, &quantities)
        };
        (0..dims.len()).map(of).collect()
    }
}

/// Errors of sums of exponentials of logits: an argument that is off by one rounding moves its value by as many as the
/// argument is large. `least` is the size of what a small value may be the difference of.
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

/// The rounding that the mean of these sizes is granted, column by column.
fn column_sizes(dims: Dims, x: &[f32], size: impl Fn(f64) -> f64) -> Vec<f64> {
    let of = |col: usize| {
        let sizes: f64 = (0..dims.rows)
            .map(|row| size(f64::from(x[row * dims.cols + col])))
            .sum();
        2.0 * roundings(dims.rows) * sizes / dims.rows.max(1) as f64
    };
    (0..dims.cols).map(of).collect()
}

/// Errors of (x − mean)·γ/σ + β: some roundings of the sizes of its terms.
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
        let [x, upstream, mean, variance, scale] = column_terms(dims, at, operands);
        let inverse = (variance + f64::from(NORM_EPSILON)).sqrt().recip();
        (
            (x.abs() + mean.abs()) * inverse,
            upstream.abs(),
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
                let ((distance, upstream, gain), col) = (along(at), at % dims.cols);
                gain * (upstream + share * (shifts[col] + distance * slopes[col]))
            };
            scaled((0..dims.len()).map(size).collect())
        }
    }
}

/// The values of five operands at an element; those that hold one for each column at its column, those that hold none as 0.
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

fn similarities(kind: Similarity, dims: Dims, operands: &[Vec<Bounded>]) -> Vec<Bounded> {
    let norm = |operand: usize, index: usize| operands[operand].get(index).copied().unwrap_or_default();
    let of = |index: usize| {
        let (patch, unit) = (norm(0, index / dims.cols), norm(1, index % dims.cols));
        oracle::similarity(kind, operands[2][index], patch, unit)
    };
    (0..dims.len()).map(of).collect()
}

/// The thresholds, if they are among the inputs: the last operand is always the result.
fn thresholds(operands: &[Vec<Bounded>], at: usize) -> Option<&[Bounded]> {
    (operands.len() > at + 1).then(|| operands[at].as_slice())
}

/// Errors of (x − mean)/(deviation + epsilon): the mean's and the deviation's rounding, divided alike.
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
