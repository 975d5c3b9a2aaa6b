//! `hebb step` against values that PyTorch made; `golden/make_golden.py` has the script.

use crate::support::{Arrays, Sandbox, read_arrays};
use std::fs;
use std::path::{Path, PathBuf};

/// Rounding steps of f32, times the largest value of an array, that two ways of summing may differ by.
const ROUNDINGS: f32 = 16.0;

#[test]
fn the_cpu_backend_agrees_with_pytorch() {
    agrees_with_pytorch("cpu");
}

#[test]
fn the_reference_backend_agrees_with_pytorch() {
    agrees_with_pytorch("reference");
}

fn agrees_with_pytorch(backend: &str) {
    let cases = cases();
    assert!(cases.len() >= 60, "only {} golden cases were found", cases.len());
    let faults: Vec<String> = cases.iter().flat_map(|case| faults(case, backend)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

/// Runs one case; a line for each array that is missing, superfluous or different.
fn faults(case: &Path, backend: &str) -> Vec<String> {
    let sandbox = Sandbox::new();
    let (layer, input) = (case.join("layer.toml"), case.join("in.npz"));
    let arguments = [
        "step".as_ref(),
        layer.as_os_str(),
        input.as_os_str(),
        "out.npz".as_ref(),
        "--backend".as_ref(),
        backend.as_ref(),
    ];
    sandbox.hebb(&arguments).success();
    let (found, expected) = (
        read_arrays(&sandbox.path("out.npz")),
        read_arrays(&case.join("out.npz")),
    );
    let names = |arrays: &Arrays| arrays.keys().cloned().collect::<Vec<_>>();
    let case = case.file_name().unwrap().display();
    if names(&found) != names(&expected) {
        return vec![format!(
            "{case}: arrays {:?}, not {:?}",
            names(&found),
            names(&expected)
        )];
    }
    let pairs = found.iter().zip(expected.values());
    pairs
        .filter_map(|((name, found), expected)| {
            Some(format!("{case}: {name} {}", difference(found, expected)?))
        })
        .collect()
}

fn difference(found: &ndarray::ArrayD<f32>, expected: &ndarray::ArrayD<f32>) -> Option<String> {
    if found.shape() != expected.shape() {
        return Some(format!(
            "has shape {:?}, not {:?}",
            found.shape(),
            expected.shape()
        ));
    }
    let largest = expected
        .iter()
        .fold(0.0f32, |largest, value| largest.max(value.abs()));
    let tolerance = ROUNDINGS * f32::EPSILON * largest;
    let gap = |(found, expected): (&f32, &f32)| (found - expected).abs();
    let worst = found.iter().zip(expected).map(gap).fold(0.0, f32::max);
    (worst > tolerance || found.iter().any(|value| !value.is_finite()))
        .then(|| format!("differs by {worst:e}, more than {tolerance:e}"))
}
