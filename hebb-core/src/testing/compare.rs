//! Comparison of results with expected values and their error bounds.

use super::Bounded;

/// Compares a result with the expected values.
///
/// # Errors
/// The number of values outside their bounds, and the worst one with its index, value and bound.
pub fn compare(what: &str, expected: &[Bounded], found: &[f32]) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!(
            "{what} has {} values, not {}",
            found.len(),
            expected.len()
        ));
    }
    let excess =
        |(bounded, found): (&Bounded, &f32)| (bounded.value - f64::from(*found)).abs() - bounded.error;
    let outside = expected.iter().zip(found).enumerate();
    let outside = outside.filter(|(_, (bounded, found))| !bounded.admits(**found));
    let count = outside.clone().count();
    // A total order that puts NaN above every number.
    let worst = outside.max_by(|a, b| excess(a.1).total_cmp(&excess(b.1)));
    match worst {
        None => Ok(()),
        Some((index, (bounded, found))) => Err(format!(
            "{what}: {count} of {} values are wrong; worst at index {index}: {found}, not {} within {:e}",
            expected.len(),
            bounded.value,
            bounded.error
        )),
    }
}

/// [`compare`] at the indices for which `kept` returns true; elsewhere any finite value passes.
///
/// # Errors
/// As [`compare`].
pub fn compare_where(
    what: &str,
    kept: impl Fn(usize) -> bool,
    expected: &[Bounded],
    found: &[f32],
) -> Result<(), String> {
    let masked = |(index, (bounded, found)): (usize, (&Bounded, &f32))| match kept(index) {
        true => *bounded,
        false if found.is_finite() => Bounded::exact(f64::from(*found)),
        false => Bounded::default(),
    };
    let expected: Vec<Bounded> = expected.iter().zip(found).enumerate().map(masked).collect();
    compare(what, &expected, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_value_is_named() {
        let expected = [1.0, 2.0, 3.0].map(Bounded::exact);
        assert!(compare("x", &expected, &[1.0, 2.0, 3.0]).is_ok());
        let message = compare("x", &expected, &[1.5, 2.0, 5.0]).unwrap_err();
        assert!(
            message.starts_with("x: 2 of 3 values are wrong; worst at index 2"),
            "{message}"
        );
        let message = compare("x", &expected, &[f32::NAN, 2.0, 9.0]).unwrap_err();
        assert!(message.contains("worst at index 0"), "{message}");
    }
}
