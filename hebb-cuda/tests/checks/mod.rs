//! Device-independent checks, shared by the tests on the interpreter and on a GPU.

pub(crate) mod descent;
pub(crate) mod epoch;
pub(crate) mod laws;
pub(crate) mod networks;
pub(crate) mod random;
pub(crate) mod shapes;
pub(crate) mod steps;

/// Fails if a value is off by more than 2e-5 of the largest: f32 sums in another order.
#[track_caller]
fn assert_near(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .fold(1.0f32, |largest, value| largest.max(value.abs()));
    let worst = found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    let all_finite = found.iter().all(|value| value.is_finite());
    assert!(
        all_finite && worst <= 2e-5 * largest,
        "{what}: {worst} of {largest}"
    );
}
