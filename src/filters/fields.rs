//! Receptive fields: weights projected to the image.

use crate::Result;
use hebb_core::Error;
use hebb_core::plan::Pool;
use ndarray::{Array4, ArrayView3, ArrayView4, ArrayViewMut3, Axis, Slice};

/// A linear operation of a layer.
#[derive(Clone, Debug)]
pub enum FieldStep {
    /// A convolution, or a dense layer as one whose kernels cover their input.
    Kernels {
        /// (N, C, kh, kw).
        weights: Array4<f32>,
        /// Step between positions.
        stride: [usize; 2],
        /// Distance between kernel taps.
        dilation: [usize; 2],
    },
    /// Pooling over windows.
    Pool(Pool),
}

/// The receptive field (N, C, h, w) of every unit of every layer that has kernels, with the image's channels C.
///
/// The first layer's are its kernels. A deeper unit's is the sum of the receptive fields of the layer below, each
/// shifted to where its kernel tap lies in the image and multiplied by its weight (Miconi 2021, figure 3), with
/// pooling counted as averaging and everything else that is not linear left out.
///
/// # Errors
/// [`Error::Shape`] if a layer's weights (N, C, kh, kw) do not fit the layer below.
pub fn receptive_fields(layers: &[Vec<FieldStep>]) -> Result<Vec<Array4<f32>>> {
    let mut projection: Option<Projection> = None;
    let mut all = Vec::with_capacity(layers.len());
    for (index, layer) in layers.iter().enumerate() {
        let mut last = None;
        for step in layer {
            let below = projection.take();
            projection = match step {
                FieldStep::Kernels {
                    weights,
                    stride,
                    dilation,
                } => {
                    let below = below.unwrap_or_else(|| Projection::pixels(weights.dim().1));
                    below.check(weights, index)?;
                    let projection = below.through(weights.view(), *stride, *dilation);
                    last = Some(projection.fields.clone());
                    Some(projection)
                }
                // Before the first kernels nothing is known of the image's channels: pooling there is left out.
                FieldStep::Pool(pool) => below.map(|below| below.pooled(pool)),
            };
        }
        all.extend(last);
    }
    Ok(all)
}

/// Receptive fields of the outputs of a layer.
struct Projection {
    /// (units, C, h, w).
    fields: Array4<f32>,
    /// Pixels between neighbouring outputs, as (rows, columns).
    jump: [usize; 2],
}

impl Projection {
    /// The image itself: each channel sees its own pixel.
    fn pixels(channels: usize) -> Self {
        let fields = Array4::from_shape_fn((channels, channels, 1, 1), |(unit, c, ..)| {
            f32::from(u8::from(unit == c))
        });
        Self { fields, jump: [1, 1] }
    }

    /// Checks that `weights` of layer `index`, from 0, have as many channels as there are units below.
    fn check(&self, weights: &Array4<f32>, index: usize) -> Result<()> {
        let below = self.fields.dim().0;
        if weights.dim().1 == below {
            return Ok(());
        }
        let expected = format!("{below} channels, as many as the layer below has units");
        let what = format!("the kernel of layer {}", index + 1);
        Err(Error::shape(what, expected, weights.dim().1).into())
    }

    /// The fields after a convolution with `weights` (N, units, kh, kw).
    fn through(&self, weights: ArrayView4<'_, f32>, stride: [usize; 2], dilation: [usize; 2]) -> Self {
        let (_, channels, height, width) = self.fields.dim();
        let (outputs, _, rows, columns) = weights.dim();
        let tap: [usize; 2] = std::array::from_fn(|axis| self.jump[axis] * dilation[axis]);
        let size = [height + (rows - 1) * tap[0], width + (columns - 1) * tap[1]];
        let mut fields = Array4::zeros((outputs, channels, size[0], size[1]));
        // Pruned weights are zero, often nearly all.
        let kept = weights.indexed_iter().filter(|(_, weight)| **weight != 0.0);
        for ((output, unit, row, column), weight) in kept {
            let field = self.fields.index_axis(Axis(0), unit);
            let target = fields.index_axis_mut(Axis(0), output);
            add_at(target, [row * tap[0], column * tap[1]], *weight, field);
        }
        let jump = std::array::from_fn(|axis| self.jump[axis] * stride[axis]);
        Self { fields, jump }
    }

    /// The fields after pooling, which counts as averaging.
    fn pooled(&self, pool: &Pool) -> Self {
        let (units, channels, height, width) = self.fields.dim();
        let reach = |axis: usize| (pool.size - 1) * self.jump[axis];
        let mut fields = Array4::zeros((units, channels, height + reach(0), width + reach(1)));
        let share = 1.0 / (pool.size * pool.size) as f32;
        for (field, mut target) in self.fields.outer_iter().zip(fields.outer_iter_mut()) {
            for index in 0..pool.size * pool.size {
                let place = [index / pool.size * self.jump[0], index % pool.size * self.jump[1]];
                add_at(target.view_mut(), place, share, field);
            }
        }
        Self {
            fields,
            jump: self.jump.map(|jump| jump * pool.stride),
        }
    }
}

/// Adds weight·field to `target`, the field's upper left corner at `place`.
fn add_at(mut target: ArrayViewMut3<'_, f32>, place: [usize; 2], weight: f32, field: ArrayView3<'_, f32>) {
    let (_, height, width) = field.dim();
    target.slice_axis_inplace(Axis(1), Slice::from(place[0]..place[0] + height));
    target.slice_axis_inplace(Axis(2), Slice::from(place[1]..place[1] + width));
    target.scaled_add(weight, &field);
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::plan::PoolKind;

    fn layer(weights: &Array4<f32>) -> Vec<FieldStep> {
        spread(weights, [1, 1], [1, 1])
    }

    fn spread(weights: &Array4<f32>, stride: [usize; 2], dilation: [usize; 2]) -> Vec<FieldStep> {
        let weights = weights.clone();
        vec![FieldStep::Kernels {
            weights,
            stride,
            dilation,
        }]
    }

    fn kernels(dim: (usize, usize, usize, usize), values: &[f32]) -> Array4<f32> {
        Array4::from_shape_vec(dim, values.to_vec()).unwrap()
    }

    #[test]
    fn the_first_layer_sees_its_own_kernels() {
        let weights =
            Array4::from_shape_fn((3, 2, 2, 4), |(n, c, i, j)| (n * 50 + c * 10 + i * 4 + j) as f32);
        let fields = receptive_fields(&[layer(&weights)]).unwrap();
        assert_eq!(fields, [weights]);
    }

    #[test]
    fn two_layers_compose_to_the_convolution_of_their_kernels() {
        let first = kernels((2, 1, 1, 2), &[1.0, 2.0, 10.0, 20.0]);
        // One tap on unit 0 at the left, two on unit 1 at the right.
        let second = kernels((1, 2, 1, 2), &[3.0, 0.0, 0.0, 1.0]);
        let fields = receptive_fields(&[layer(&first), layer(&second)]).unwrap();
        assert_eq!(fields[1], kernels((1, 1, 1, 3), &[3.0, 6.0 + 10.0, 20.0]));
    }

    #[test]
    fn strides_dilation_and_pooling_move_the_taps_apart() {
        let mut first = spread(&kernels((1, 1, 1, 1), &[1.0]), [1, 2], [1, 1]);
        first.push(FieldStep::Pool(Pool::tiled(PoolKind::Average, 2)));
        let second = spread(&kernels((1, 1, 1, 2), &[4.0, 8.0]), [1, 1], [1, 2]);
        let fields = receptive_fields(&[first, second]).unwrap();
        // Neighbouring outputs lie 2 pixels apart, neighbouring pools 4, dilated taps 8; a pool is 2 rows high.
        let row = [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 2.0];
        assert_eq!(fields[1], kernels((1, 1, 2, 11), &[row, row].concat()));
    }

    #[test]
    fn a_field_is_what_the_linear_network_computes() {
        let first = Array4::from_shape_fn((3, 2, 3, 3), |(n, c, i, j)| {
            ((n * 7 + c * 5 + i * 3 + j) % 4) as f32
        });
        let second = Array4::from_shape_fn((2, 3, 2, 2), |(n, c, i, j)| {
            ((n * 5 + c * 2 + i + j * 3) % 5) as f32 - 2.0
        });
        let fields = receptive_fields(&[layer(&first), layer(&second)]).unwrap();
        let image = Array4::from_shape_fn((1, 2, 4, 4), |(_, c, i, j)| ((c * 11 + i * 4 + j * 3) % 7) as f32);
        let hidden = convolve(&image, &first);
        assert_eq!(convolve(&image, &fields[1]), convolve(&hidden, &second));
    }

    fn convolve(image: &Array4<f32>, kernels: &Array4<f32>) -> Array4<f32> {
        let (units, channels, rows, columns) = kernels.dim();
        let (height, width) = (image.dim().2 + 1 - rows, image.dim().3 + 1 - columns);
        Array4::from_shape_fn((1, units, height, width), |(_, n, y, x)| {
            let taps =
                (0..channels).flat_map(|c| (0..rows).flat_map(move |i| (0..columns).map(move |j| (c, i, j))));
            taps.map(|(c, i, j)| image[[0, c, y + i, x + j]] * kernels[[n, c, i, j]])
                .sum()
        })
    }

    #[test]
    fn weights_that_do_not_fit_the_layer_below_are_refused() {
        let (first, second) = (Array4::zeros((2, 1, 1, 1)), Array4::zeros((1, 3, 1, 1)));
        let message = receptive_fields(&[layer(&first), layer(&second)])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("layer 2") && message.contains("2 channels"),
            "{message}"
        );
    }

    #[test]
    fn a_layer_without_kernels_has_no_picture_and_hides_nothing() {
        let weights = kernels((1, 1, 1, 1), &[2.0]);
        let fields = receptive_fields(&[layer(&weights), Vec::new(), layer(&weights)]).unwrap();
        assert_eq!(fields, [weights, kernels((1, 1, 1, 1), &[4.0])]);
    }
}
