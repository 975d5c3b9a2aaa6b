//! Proptest strategies for shapes, values and plans, edge cases included.

use super::choices;
use crate::backend::LayerPlan;
use crate::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use crate::plan::{Competition, Mask, Output, Pool, Reduction, Similarity};
use crate::rule::{Lowering, ParamDefault, ParamInfo, Params, Value};
use proptest::prelude::*;
use proptest::sample::select;

/// Sizes: one, primes, the vector width and its neighbours.
pub fn sizes() -> impl Strategy<Value = usize> {
    select(vec![1usize, 2, 3, 5, 7, 8, 9, 11, 13])
}

/// Valid convolutions: non-square, with strides beyond the kernel, dilation, both paddings, and dense.
pub fn geometries() -> impl Strategy<Value = ConvGeometry> {
    let axis = || (1usize..=4, 1usize..=5, 1usize..=3, 0usize..=2, 0usize..=5);
    let conv = (1usize..=5, axis(), axis(), any::<bool>());
    let conv = conv.prop_filter_map("the kernel must fit", |(channels, rows, cols, reflect)| {
        let (height, width) = (extent(rows), extent(cols));
        let window = Window {
            kernel: [rows.0, cols.0],
            stride: [rows.1, cols.1],
            dilation: [rows.2, cols.2],
            padding: [rows.3, cols.3],
            mode: if reflect {
                PaddingMode::Reflect
            } else {
                PaddingMode::Zero
            },
        };
        ConvGeometry::new(ImageShape::new(channels, height, width), window).ok()
    });
    prop_oneof![4 => conv, 1 => select(choices::geometries())]
}

/// An image length with `room` for further positions.
fn extent((kernel, _, dilation, padding, room): (usize, usize, usize, usize, usize)) -> usize {
    ((kernel - 1) * dilation + 1 + room)
        .saturating_sub(2 * padding)
        .max(1)
}

/// Finite values of moderate size.
pub fn values(len: usize) -> impl Strategy<Value = Vec<f32>> {
    proptest::collection::vec(-2.0f32..2.0, len)
}

/// Multiples of ¼, whose sums and products are exact in f32; ties are frequent.
pub fn quarters(len: usize) -> impl Strategy<Value = Vec<f32>> {
    proptest::collection::vec((-8i8..=8).prop_map(|v| f32::from(v) / 4.0), len)
}

/// Similarities.
pub fn similarities() -> impl Strategy<Value = Similarity> {
    select(choices::similarities())
}

/// Competitions that are valid for `units`.
pub fn competitions(units: usize) -> impl Strategy<Value = Competition> {
    select(choices::competitions(units))
}

/// Outputs that are valid for `units` and the similarity.
pub fn outputs(units: usize, similarity: Similarity) -> impl Strategy<Value = Output> {
    select(choices::outputs(units, similarity))
}

/// Pools that fit `shape`, or none.
pub fn pools(shape: ImageShape) -> impl Strategy<Value = Option<Pool>> {
    let fitting = choices::pools()
        .into_iter()
        .filter(|pool| pool.output(shape).is_ok());
    select(std::iter::once(None).chain(fitting.map(Some)).collect::<Vec<_>>())
}

/// Reductions.
pub fn reductions() -> impl Strategy<Value = Reduction> {
    select(&choices::REDUCTIONS[..])
}

/// Masks over `rows`×`cols` weights, from empty to full.
pub fn masks(rows: usize, cols: usize) -> impl Strategy<Value = Mask> {
    let dense = proptest::collection::vec(select(vec![0.0f32, 1.0]), rows * cols);
    dense.prop_filter_map("a mask has columns", move |dense| {
        Mask::from_dense(&dense, cols).ok()
    })
}

/// Plans of a rule, with all other choices random.
pub fn plans(lowering: Lowering) -> impl Strategy<Value = LayerPlan> {
    (geometries(), sizes()).prop_flat_map(move |(geometry, units)| {
        let pools = pools(geometry.output(units));
        let lowering = lowering.clone();
        let fitting = similarities().prop_flat_map(move |kind| (Just(kind), outputs(units, kind)));
        let choices = (fitting, competitions(units), pools);
        choices.prop_map(move |((similarity, output), competition, pool)| LayerPlan {
            geometry,
            units,
            similarity,
            competition,
            lowering: lowering.clone(),
            output,
            pool,
        })
    })
}

/// Parameters of a table from all of their ranges, some left at their defaults.
pub fn params(table: &[ParamInfo]) -> impl Strategy<Value = Params> + use<> {
    let strategies: Vec<BoxedStrategy<(&'static str, Option<Value>)>> = table
        .iter()
        .map(|param| {
            let name = param.name;
            let value = match param.default {
                ParamDefault::Number { value, min, max } => {
                    // Unbounded ranges are truncated.
                    let high = max.min(2.0 * value.abs() + 3.0);
                    let number = (min..=high).prop_flat_map(move |v| {
                        let whole = v.round().clamp(min, max);
                        select(vec![v, whole, whole, min])
                    });
                    number.prop_map(Value::Number).boxed()
                }
                ParamDefault::Choice { choices, .. } => select(choices).prop_map(Value::from).boxed(),
            };
            proptest::option::weighted(0.8, value)
                .prop_map(move |value| (name, value))
                .boxed()
        })
        .collect();
    strategies.prop_map(|values| {
        let given = values
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        given.fold(Params::default(), |params, (name, value)| {
            params.with(name, value)
        })
    })
}

/// Numbers of images in a batch, zero included.
pub fn images() -> impl Strategy<Value = usize> {
    0usize..=3
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest! {
        #[test]
        fn every_plan_drawn_is_valid(plan in plans(Lowering::new(crate::rule::y()))) {
            prop_assert!(plan.check().is_ok());
            prop_assert!(plan.geometry.positions() > 0);
        }
    }
}
