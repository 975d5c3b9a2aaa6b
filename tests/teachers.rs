//! Layers with a teacher in whole experiments: the labels of the images reach the rule.

use crate::support::Sandbox;
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use std::fs::File;

/// An experiment on raw pixels, its layers to come.
const DATA: &str = "name = \"taught\"\n[data]\ndataset = \"fashion-mini\"\nvalidation = 100\nlimit = 1000\n\
                    [training]\nepochs = 4\nbatch = 20\n\
                    [readout]\nfeatures = { grid = 1, as-next-input = false }\n";

/// A dense layer whose units are the classes.
fn readout(rule: &str, rate: f32, more: &str) -> String {
    format!(
        "[[layers]]\nunits = 10\nrule = \"{rule}\"\nlearning-rate = {rate}\ninit-scale = 0.01\n\
         output = {{ kind = \"raw\" }}\n{more}\n"
    )
}

/// The share of test images whose own class's unit is the largest of layer `layer`.
fn told_apart(layers: &str, layer: usize) -> f64 {
    let sandbox = Sandbox::new();
    sandbox.write("taught.toml", &format!("{DATA}{layers}"));
    sandbox.hebb(&["train", "taught.toml", "--out", "run"]).success();
    sandbox
        .hebb(&["features", "run", "--out", "features.npz"])
        .success();
    let mut arrays = NpzReader::new(File::open(sandbox.path("features.npz")).unwrap()).unwrap();
    let features: Array2<f32> = arrays.by_name(&format!("test.layer{layer}")).unwrap();
    let labels: Array1<u16> = arrays.by_name("test.labels").unwrap();
    let largest = |row: ndarray::ArrayView1<'_, f32>| {
        (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
    };
    let right = features.rows().into_iter().zip(&labels);
    right
        .filter(|(row, label)| largest(*row) == usize::from(**label))
        .count() as f64
        / labels.len() as f64
}

#[test]
fn a_supervised_readout_finds_the_classes() {
    let nearest = "similarity = { kind = \"nearest\" }\nreduction = \"weighted-mean\"";
    let share = told_apart(&readout("supervised", 0.05, nearest), 1);
    assert!(share > 0.55, "{share}");
}

#[test]
fn the_delta_rule_finds_the_classes() {
    let share = told_apart(&readout("delta", 0.003, "reduction = \"mean\""), 1);
    assert!(share > 0.55, "{share}");
}

#[test]
fn the_outstar_finds_the_classes() {
    let share = told_apart(&readout("outstar", 0.1, "reduction = \"mean\""), 1);
    assert!(share > 0.3, "{share}");
}

/// As in Amato et al. 2019: hidden units are divided among the classes, and some belong to all.
#[test]
fn a_readout_above_a_clamped_hidden_layer_finds_the_classes() {
    let hidden = "[[layers]]\nunits = 24\nkernel = 9\nunits-per-class = 2\n\
                  rule = { name = \"supervised\", gate = \"clamp\" }\nlearning-rate = 0.05\n\
                  similarity = { kind = \"nearest\" }\ncompetition = { kind = \"hard-wta\" }\n\
                  reduction = \"weighted-mean\"\noutput = { kind = \"competition\" }\n\
                  pool = { kind = \"average\", size = 5, stride = 5 }\n";
    let above = readout("delta", 0.1, "reduction = \"mean\"");
    let share = told_apart(&format!("{hidden}{above}"), 2);
    assert!(share > 0.3, "{share}");
}

#[test]
fn a_teacher_that_can_make_no_signal_is_refused_before_anything_is_trained() {
    let sandbox = Sandbox::new();
    let refused = |layer: &str, parts: &[&str]| {
        sandbox.write("taught.toml", &format!("{DATA}{layer}"));
        sandbox
            .hebb(&["train", "taught.toml", "--out", "run"])
            .fails_with(parts);
    };
    let layer = |units: &str| format!("[[layers]]\nrule = \"supervised\"\n{units}\n");
    refused(
        &layer("units = 12"),
        &[
            "layer 1: rule supervised",
            "units = 12",
            "a multiple of 10",
            "units-per-class",
        ],
    );
    refused(
        &layer("units = 25\nunits-per-class = 3"),
        &["layer 1: rule supervised", "units-per-class = 3", "from 1 to 2"],
    );
    refused(
        "[[layers]]\nrule = \"oja\"\nunits = 20\nunits-per-class = 2\n",
        &["units-per-class is incompatible with rule oja", "no teacher"],
    );
    assert_eq!(sandbox.names(), ["taught.toml"]);
}
