//! `hebb train`, `eval`, `features` and `filters` on a small part of the embedded images.

use crate::support::{Outcome, Sandbox, run};
use serde_json::Value;
use std::fs;
use std::process::Command;

/// Trains a small network in `runs` into the folder `out`.
fn train(sandbox: &Sandbox, out: &str, more: &[&str]) -> Outcome {
    let base = ["train", "--limit", "120", "--epochs", "1", "--out", out, "--json"];
    let small = [
        "--set",
        "layers.0.units=8",
        "--set",
        "layers.1.units=12",
        "--set",
        "training.burn-in=1",
    ];
    sandbox.hebb(&[&base[..], &small, more].concat())
}

#[test]
fn a_run_leaves_a_whole_folder_and_says_what_it_measured() {
    let sandbox = Sandbox::new();
    let result = train(&sandbox, "run", &[]).json();
    for name in [
        "config.toml",
        "metrics.jsonl",
        "result.json",
        "weights.safetensors",
        "filters-1.png",
        "filters-2.png",
    ] {
        assert!(sandbox.path("run").join(name).is_file(), "{name}");
    }
    let saved: Value = serde_json::from_slice(&fs::read(sandbox.path("run/result.json")).unwrap()).unwrap();
    assert_eq!(saved, result);
    for layers in [&result["layers"], &result["control"]] {
        let layers = layers.as_array().unwrap();
        assert_eq!(layers.len(), 2);
        assert!(
            layers
                .iter()
                .all(|layer| (0.0..=1.0).contains(&layer["test"].as_f64().unwrap()))
        );
    }
    let metrics = fs::read_to_string(sandbox.path("run/metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().count(), 1);
    assert_eq!(sandbox.names(), ["run"]);
}

/// With an output of winners alone, a layer's output depends on its weights.
#[test]
fn a_network_of_winners_knows_more_than_its_random_control() {
    let sandbox = Sandbox::new();
    let winners = |layer| format!("layers.{layer}.output={{ kind = \"competition\" }}");
    let changes = [
        "--set",
        &winners(0),
        "--set",
        &winners(1),
        "--limit",
        "1500",
        "--epochs",
        "4",
    ];
    let result = sandbox
        .hebb(&[&["train", "--out", "run", "--json"][..], &changes].concat())
        .json();
    let test = |of: &str| result[of][1]["test"].as_f64().unwrap();
    assert!(test("layers") > test("control") + 0.04, "{result}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let sandbox = Sandbox::new();
    let weights = |out: &str, more: &[&str]| {
        train(&sandbox, out, more).success();
        fs::read(sandbox.path(out).join("weights.safetensors")).unwrap()
    };
    let first = weights("one", &["--threads", "1"]);
    assert!(first == weights("two", &["--threads", "2"]));
    assert!(first == weights("three", &["--threads", "3"]));
    assert!(first != weights("other", &["--seed", "1"]));
}

#[test]
fn direct_convolutions_give_other_last_bits() {
    let sandbox = Sandbox::new();
    // Wide enough for Winograd's components, and no mask.
    let wide = ["layers.0.units=64", "layers.1.units=64", "layers.1.prune=0"];
    let wide = wide.map(|change| ["--set", change]);
    train(&sandbox, "run", wide.as_flattened()).success();
    let features = |out: &str, more: &[&str]| {
        let command = ["features", "run", "--out", out];
        sandbox.hebb(&[&command[..], more].concat()).success();
        fs::read(sandbox.path(out)).unwrap()
    };
    let direct = features("direct.npz", &["--direct"]);
    assert!(direct == features("again.npz", &["--direct"]));
    assert!(direct != features("components.npz", &[]));
}

#[test]
fn evaluating_a_run_gives_its_figures_again() {
    let sandbox = Sandbox::new();
    let result = train(&sandbox, "run", &[]).json();
    let again = sandbox.hebb(&["eval", "run", "--json"]).json();
    assert_eq!(again["layers"], result["layers"]);
    let author = sandbox
        .hebb(&["eval", "run", "--protocol", "author", "--json"])
        .json();
    assert_eq!(author["layers"].as_array().unwrap().len(), 2);
}

#[test]
fn every_classifier_reads_the_layers_asked_for_with_the_same_bits_on_any_number_of_threads() {
    let sandbox = Sandbox::new();
    let kinds = [
        "ridge",
        "softmax",
        "svm",
        "neighbours",
        "class-means",
        "supervised-hebb",
    ];
    // A hundred images are few for the steps that the papers make.
    let options = |kind: &str| match kind {
        "softmax" => ", dropout = 0.0, descent = { rate = 0.5 }",
        "supervised-hebb" => ", batch = 120, rate = 1.0",
        _ => "",
    };
    let list = kinds.map(|kind| format!("{{ kind = \"{kind}\"{} }}", options(kind)));
    let classifiers = format!("readout.classifiers=[{}]", list.join(", "));
    let read = |out: &str, classifiers: &str, threads: &str| {
        let more = [
            "--set",
            classifiers,
            "--set",
            "readout.layers=[2]",
            "--threads",
            threads,
        ];
        train(&sandbox, out, &more).json()
    };
    let result = read("one", &classifiers, "1");
    for of in ["layers", "control"] {
        let rows = result[of].as_array().unwrap();
        let found: Vec<_> = rows
            .iter()
            .map(|row| row["classifier"].as_str().unwrap())
            .collect();
        assert_eq!(found, kinds);
        assert!(rows.iter().all(|row| row["layer"] == 2), "{result}");
        // Ten classes are not guessed.
        assert!(
            rows.iter().all(|row| row["test"].as_f64().unwrap() > 0.2),
            "{result}"
        );
    }
    assert_eq!(read("three", &classifiers, "3")["layers"], result["layers"]);
    // A ridge readout alone never holds its features in memory; the figures are the same.
    let alone = read("alone", "readout.classifiers=[{ kind = \"ridge\" }]", "2");
    assert_eq!(alone["layers"][0], result["layers"][0]);
    let again = sandbox.hebb(&["eval", "one", "--json"]).json();
    assert_eq!(again["layers"], result["layers"]);
}

#[test]
fn results_that_were_recorded_are_still_read() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/hebb-bench/records/miconi2021-presets"
    );
    for name in ["a5-s0.json", "m20-s2.json"] {
        let text = fs::read_to_string(format!("{folder}/{name}")).unwrap();
        let result: hebb_learn::experiment::RunResult = serde_json::from_str(&text).unwrap();
        assert_eq!(result.layers.len(), 3);
        assert!(
            result
                .layers
                .iter()
                .all(|layer| layer.hyperparameter.is_some() && layer.classifier == "ridge")
        );
    }
}

#[test]
fn features_of_every_split_and_layer_are_written() {
    let sandbox = Sandbox::new();
    train(&sandbox, "run", &[]).success();
    let arrays = sandbox
        .hebb(&["features", "run", "--out", "features.npz", "--json"])
        .json();
    let names: Vec<_> = arrays["arrays"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair[0].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 9);
    assert!(
        names.contains(&"test.layer2") && names.contains(&"validation.labels"),
        "{names:?}"
    );
    assert!(sandbox.path("features.npz").is_file());
}

#[test]
fn the_control_can_be_left_out_and_changes_nothing_else() {
    let sandbox = Sandbox::new();
    let with = train(&sandbox, "with", &[]).json();
    let without = train(&sandbox, "without", &["--set", "readout.control=false"]).json();
    assert_eq!(without["control"], Value::Array(Vec::new()));
    assert_eq!(without["layers"], with["layers"]);
    let weights = |run: &str| fs::read(sandbox.path(run).join("weights.safetensors")).unwrap();
    assert!(weights("without") == weights("with"));
}

#[test]
fn greedy_training_is_an_override_away() {
    let sandbox = Sandbox::new();
    train(&sandbox, "run", &["--set", "training.mode=greedy"]).success();
    let metrics = fs::read_to_string(sandbox.path("run/metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().count(), 2);
    assert!(
        metrics.lines().nth(1).unwrap().contains("\"layer\":2"),
        "{metrics}"
    );
}

#[test]
fn a_folder_that_exists_is_left_as_it_is() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("run")).unwrap();
    sandbox.write("run/mine", "precious");
    train(&sandbox, "run", &[]).fails_with(&["run exists already", "--out"]);
    assert_eq!(fs::read(sandbox.path("run/mine")).unwrap(), b"precious");
    assert_eq!(sandbox.names(), ["run"]);
}

#[test]
fn missing_and_damaged_datasets_are_named_with_the_remedy() {
    let sandbox = Sandbox::new();
    let cifar = |data: &str| sandbox.hebb(&["train", "miconi2021", "--data", data, "--out", "run"]);
    cifar("nowhere").fails_with(&["nowhere: the folder does not exist", "--data"]);
    fs::create_dir(sandbox.path("data")).unwrap();
    let missing = cifar("data");
    assert!(missing.stderr.contains("data_batch_1.bin"), "{}", missing.stderr);
    missing.fails_with(&["dataset cifar10 was not found"]);
    for name in [
        "data_batch_1",
        "data_batch_2",
        "data_batch_3",
        "data_batch_4",
        "data_batch_5",
        "test_batch",
    ] {
        sandbox.write(&format!("data/{name}.bin"), "far too short");
    }
    cifar("data").fails_with(&["data_batch_1.bin"]);
    assert_eq!(sandbox.names(), ["data"]);
}

#[test]
fn a_training_that_would_change_nothing_is_announced() {
    let sandbox = Sandbox::new();
    let small = ["train", "--limit", "120", "--epochs", "1", "--out", "run"];
    let outcome = sandbox.hebb(&small);
    assert!(
        outcome.stderr.contains("no weight will change") && outcome.stderr.contains("training.burn-in = 40"),
        "{}",
        outcome.stderr
    );
}

/// The control is fair only if its thresholds settle, whichever homeostat owns them.
#[test]
fn the_conscience_of_the_control_settles() {
    let sandbox = Sandbox::new();
    let control = |strength: &str| {
        let text = format!(
            "name = \"conscience\"\n[data]\ndataset = \"fashion-mini\"\nvalidation = 100\nlimit = 200\n\
             [[layers]]\nunits = 8\nkernel = 5\ncompetition = {{ kind = \"hard-wta\" }}\n\
             conscience = {{ rate = 0.1, strength = {strength} }}\noutput = {{ kind = \"competition\" }}\n"
        );
        sandbox.write("conscience.toml", &text);
        let result = sandbox
            .hebb(&["train", "conscience.toml", "--out", strength, "--json"])
            .json();
        result["control"][0]["test"].as_f64().unwrap()
    };
    assert_ne!(control("0.001"), control("1000.0"));
}

#[cfg(unix)]
#[test]
fn a_run_that_a_signal_stops_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command();
    command.args(["train", "--epochs", "1000", "--out", "run", "--quiet"]);
    let mut child = command.spawn().unwrap();
    while sandbox.names().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(sandbox.names(), [""; 0]);
}

#[test]
fn layers_that_do_not_fit_are_named() {
    let sandbox = Sandbox::new();
    train(&sandbox, "run", &["--set", "layers.1.kernel=40"])
        .fails_with(&["layer 2", "kernel that covers 40"]);
    train(&sandbox, "run", &["--set", "layers.0.competition.k=9"]).fails_with(&[
        "layer 1",
        "k = 9",
        "from 1 to 8",
    ]);
    train(&sandbox, "run", &["--set", "layers.0.rule=instarr"]).fails_with(&["did you mean `instar`?"]);
    train(&sandbox, "run", &["--set", "readout.features.grid=50"]).fails_with(&["grid of 50"]);
    train(&sandbox, "run", &["--set", "data.validation=0"]).fails_with(&["validation"]);
    assert_eq!(sandbox.names(), [""; 0]);
}

#[test]
fn a_folder_that_is_no_run_is_refused() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("run")).unwrap();
    sandbox
        .hebb(&["eval", "run"])
        .fails_with(&["no run folder", "config.toml"]);
    train(&sandbox, "whole", &[]).success();
    let weights = sandbox.path("whole/weights.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    sandbox
        .hebb(&["eval", "whole"])
        .fails_with(&["weights.safetensors", "train again"]);
}

/// A limit on file sizes fails writes half-way, as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_leaves_no_half_written_run() {
    let sandbox = Sandbox::new();
    let hebb = sandbox.command();
    let script = "trap '' XFSZ; ulimit -f 40; exec \"$0\" train --limit 120 --epochs 1 --out run --quiet";
    let mut limited = Command::new("sh");
    limited
        .current_dir(sandbox.path(""))
        .args(["-c", script])
        .arg(hebb.get_program());
    run(&mut limited).fails_with(&["cannot write", "weights.safetensors"]);
    assert_eq!(sandbox.names(), [""; 0]);
}
