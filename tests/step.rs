//! `hebb step`: its errors and its output files.

use crate::support::{Arrays, Sandbox, read_arrays};
use ndarray::{Array1, Array2, Array4, ArrayD};
use std::fs;

const LAYER: &str = "units = 3\nkernel = 2\ncompetition = { kind = \"k-wta\", k = 2 }\n";

/// Operands that go with [`LAYER`].
fn operands() -> Arrays {
    let x = Array4::from_shape_fn((2, 1, 4, 5), |(b, _, i, j)| {
        ((b * 7 + i * 5 + j * 3) % 11) as f32 - 5.0
    });
    let w = Array4::from_shape_fn((3, 1, 2, 2), |(n, _, i, j)| {
        ((n * 5 + i * 3 + j) % 7) as f32 / 10.0
    });
    Arrays::from([("x".to_owned(), x.into_dyn()), ("w".to_owned(), w.into_dyn())])
}

fn sandbox(layer: &str, arrays: &Arrays) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("layer.toml", layer);
    sandbox.write_arrays("in.npz", arrays);
    sandbox
}

/// Asserts that the step is refused for a reason that has all of `parts`, and that nothing was written.
#[track_caller]
fn refused(layer: &str, arrays: &Arrays, parts: &[&str]) {
    let sandbox = sandbox(layer, arrays);
    sandbox
        .hebb(&["step", "layer.toml", "in.npz", "out.npz"])
        .fails_with(parts);
    assert_eq!(sandbox.names(), ["in.npz", "layer.toml"]);
}

fn with(name: &str, array: impl Into<ArrayD<f32>>) -> Arrays {
    let mut arrays = operands();
    arrays.insert(name.to_owned(), array.into());
    arrays
}

#[test]
fn a_step_gives_every_array_and_nothing_else() {
    let sandbox = sandbox(LAYER, &operands());
    let shapes = sandbox
        .hebb(&["step", "layer.toml", "in.npz", "out.npz", "--json"])
        .json();
    assert_eq!(shapes["arrays"]["u"], serde_json::json!([2, 3, 3, 4]));
    let arrays = read_arrays(&sandbox.path("out.npz"));
    assert_eq!(
        arrays.keys().collect::<Vec<_>>(),
        ["delta", "output", "u", "w", "y"]
    );
    assert_eq!(arrays["delta"].shape(), [3, 1, 2, 2]);
    assert_eq!(sandbox.names(), ["in.npz", "layer.toml", "out.npz"]);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let sandbox = sandbox(LAYER, &operands());
    for threads in ["1", "3"] {
        let out = format!("{threads}.npz");
        sandbox
            .hebb(&["step", "layer.toml", "in.npz", &out, "--threads", threads])
            .success();
    }
    assert_eq!(
        read_arrays(&sandbox.path("1.npz")),
        read_arrays(&sandbox.path("3.npz"))
    );
}

#[test]
fn thresholds_of_the_file_take_part_even_if_they_do_not_adapt() {
    let sandbox = sandbox(
        LAYER,
        &with("thresholds", Array1::from(vec![0.0, 0.0, 1e6]).into_dyn()),
    );
    sandbox
        .hebb(&["step", "layer.toml", "in.npz", "out.npz"])
        .success();
    let arrays = read_arrays(&sandbox.path("out.npz"));
    assert_eq!(arrays["y"].index_axis(ndarray::Axis(1), 2).sum(), 0.0);
    assert_eq!(arrays["thresholds"].as_slice().unwrap(), [0.0, 0.0, 1e6]);
}

#[test]
fn arrays_that_are_missing_or_unknown_are_named() {
    let mut arrays = operands();
    arrays.remove("w");
    refused(LAYER, &arrays, &["in.npz", "array `w` (N, C, kh, kw)"]);
    arrays.remove("x");
    refused(LAYER, &arrays, &["in.npz", "array `x` (B, C, H, W)"]);
    let arrays = with("treshold", Array1::zeros(3).into_dyn());
    refused(
        LAYER,
        &arrays,
        &["in.npz", "`treshold`", "did you mean `thresholds`?"],
    );
}

#[test]
fn arrays_of_the_wrong_shape_are_named_with_the_right_one() {
    let arrays = with("w", Array4::zeros((3, 1, 2, 3)).into_dyn());
    refused(
        LAYER,
        &arrays,
        &[
            "in.npz",
            "array `w`: expected",
            "= [3, 1, 2, 2], found shape [3, 1, 2, 3]",
        ],
    );
    let arrays = with("x", Array2::zeros((4, 4)).into_dyn());
    refused(
        LAYER,
        &arrays,
        &["array `x`: expected (B, C, H, W), found shape [4, 4]"],
    );
    let arrays = with("thresholds", Array1::zeros(4).into_dyn());
    refused(
        LAYER,
        &arrays,
        &["array `thresholds`: expected", "= [3], found shape [4]"],
    );
    let arrays = with("teacher", Array2::zeros((2, 4)).into_dyn());
    refused(
        LAYER,
        &arrays,
        &["array `teacher`: expected", "= [2, 3], found shape [2, 4]"],
    );
}

#[test]
fn values_that_are_not_finite_are_named() {
    let mut arrays = operands();
    arrays.get_mut("x").unwrap()[[1, 0, 2, 3]] = f32::NAN;
    refused(LAYER, &arrays, &["in.npz", "array `x` contains NaN at index 33"]);
    let mut arrays = operands();
    arrays.get_mut("w").unwrap()[[0, 0, 0, 1]] = f32::INFINITY;
    refused(LAYER, &arrays, &["array `w` contains inf at index 1"]);
}

#[test]
fn masks_must_be_binary_and_cover_the_weights() {
    let arrays = with("mask", Array4::from_elem((3, 1, 2, 2), 0.5).into_dyn());
    refused(LAYER, &arrays, &["array `mask`", "zeros and ones", "0.5"]);
    let arrays = with("mask", Array4::zeros((3, 1, 2, 2)).into_dyn());
    refused(
        LAYER,
        &arrays,
        &[
            "array `w` is incompatible with array `mask`",
            "multiply it by the mask",
        ],
    );
    refused(&format!("{LAYER}prune = 0.5\n"), &operands(), &["array `mask`"]);
}

#[test]
fn layers_that_do_not_fit_are_refused_by_name() {
    let cases = [
        (
            LAYER.replace("k = 2", "k = 4"),
            &["layer.toml", "k = 4 is out of range", "from 1 to 3"] as &[&str],
        ),
        (
            LAYER.replace("kernel = 2", "kernel = 6"),
            &["layer.toml", "covers 6 pixels", "height of 4"],
        ),
        (
            LAYER.replace("kernel", "kernal"),
            &["layer.toml, line 2", "did you mean `kernel`?"],
        ),
        (
            format!("{LAYER}rule = \"ojja\"\n"),
            &["layer.toml", "no rule named `ojja`", "did you mean `oja`?"],
        ),
        (
            LAYER.replace("k-wta", "k-wto"),
            &["layer.toml, line 3", "did you mean `k-wta`?"],
        ),
    ];
    for (layer, parts) in cases {
        refused(&layer, &operands(), parts);
    }
}

#[test]
fn files_that_are_not_there_or_not_npz_are_named() {
    let sandbox = sandbox(LAYER, &operands());
    sandbox
        .hebb(&["step", "no.toml", "in.npz", "out.npz"])
        .fails_with(&["cannot read no.toml"]);
    sandbox
        .hebb(&["step", "layer.toml", "no.npz", "out.npz"])
        .fails_with(&["cannot read no.npz"]);
    sandbox.write("text.npz", "x = 1");
    sandbox
        .hebb(&["step", "layer.toml", "text.npz", "out.npz"])
        .fails_with(&["text.npz: this is no complete .npz file"]);
    sandbox
        .hebb(&["step", "layer.toml", "in.npz", "no/out.npz"])
        .fails_with(&["cannot write no/out.npz"]);
    assert_eq!(sandbox.names(), ["in.npz", "layer.toml", "text.npz"]);
}

#[test]
fn a_step_that_fails_leaves_the_former_output() {
    let sandbox = sandbox(LAYER, &operands());
    sandbox.write("out.npz", "former");
    sandbox.write("layer.toml", "units = 0");
    sandbox
        .hebb(&["step", "layer.toml", "in.npz", "out.npz"])
        .fails_with(&["units = 0"]);
    assert_eq!(fs::read(sandbox.path("out.npz")).unwrap(), b"former");
}
