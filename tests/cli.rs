//! The command line: names, help, machines, colours, pipes.

use crate::support::{Sandbox, run};
use hebb_learn::core::rules::RULES;
use hebb_learn::experiment::presets::PRESETS;
use serde_json::Value;
use std::process::Stdio;

const COMMANDS: [&str; 8] = [
    "train", "eval", "features", "filters", "list", "show", "step", "bench",
];
const LISTS: [&str; 5] = ["rules", "presets", "datasets", "backends", "competitions"];

#[test]
fn every_command_explains_itself_with_examples() {
    let sandbox = Sandbox::new();
    let help = sandbox.hebb(&["--help"]).success();
    for command in COMMANDS {
        assert!(
            help.contains(&format!("\n  {command}")),
            "{command} is missing from {help}"
        );
        let own = sandbox.hebb(&[command, "--help"]).success();
        assert!(own.contains("Examples:\n  hebb "), "{own}");
    }
}

#[test]
fn misuse_exits_with_two_and_says_what_is_known() {
    let sandbox = Sandbox::new();
    sandbox.hebb(&["tarin"]).misused(&["tarin", "train"]);
    sandbox
        .hebb(&["list", "rule"])
        .misused(&["rules", "competitions"]);
    sandbox
        .hebb(&["step", "layer.toml"])
        .misused(&["IN.npz", "OUT.npz"]);
    sandbox
        .hebb(&["bench", "--backend", "gpu"])
        .misused(&["auto", "cpu", "cuda", "reference"]);
    sandbox.hebb::<&str>(&[]).misused(&["Usage"]);
}

#[test]
fn unknown_presets_and_keys_are_refused_with_a_suggestion() {
    let sandbox = Sandbox::new();
    sandbox
        .hebb(&["show", "quickstrat"])
        .fails_with(&["no preset named `quickstrat`", "did you mean `quickstart`?"]);
    let set = |value: &str| sandbox.hebb(&["show", "quickstart", "--set", value]);
    set("layers.0.unit=9").fails_with(&["did you mean `units`?"]);
    set("layers.7.units=9").fails_with(&["no `layers.7`"]);
    set("layers.0.competition.kind=k-wto").fails_with(&["did you mean `k-wta`?"]);
    set("data.dataset=cifar11").fails_with(&["cifar11", "cifar10"]);
    sandbox
        .hebb(&["show", "absent.toml"])
        .fails_with(&["cannot read absent.toml"]);
}

#[test]
fn a_shown_experiment_is_a_whole_experiment_file() {
    let sandbox = Sandbox::new();
    for preset in PRESETS {
        let shown = sandbox.hebb(&["show", preset.name]).success();
        for default in ["dilation = 1", "padding-mode = ", "init-scale = "] {
            assert!(shown.contains(default), "{default} is missing from {shown}");
        }
        sandbox.write("shown.toml", &shown);
        assert_eq!(sandbox.hebb(&["show", "shown.toml"]).success(), shown);
    }
    let shown = sandbox
        .hebb(&["show", "quickstart", "--set", "layers.0.units=99"])
        .success();
    assert!(shown.contains("units = 99"));
}

#[test]
fn every_list_is_json_for_machines_and_names_the_same_things_for_people() {
    let sandbox = Sandbox::new();
    for list in LISTS {
        let entries = sandbox.hebb(&["list", list, "--json"]).json();
        let text = sandbox.hebb(&["list", list]).success();
        let entries = entries.as_array().unwrap();
        assert!(entries.len() >= 3, "{list}: {entries:?}");
        for entry in entries {
            let name = entry["name"].as_str().unwrap();
            assert!(
                text.lines()
                    .any(|line| line.split_whitespace().next() == Some(name)),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn the_list_of_rules_is_the_registry() {
    let sandbox = Sandbox::new();
    let entries = sandbox.hebb(&["--json", "list", "rules"]).json();
    let text = sandbox.hebb(&["list", "rules"]).success();
    for (entry, rule) in entries.as_array().unwrap().iter().zip(RULES) {
        assert_eq!(entry["name"], rule.info.name);
        assert_eq!(
            entry["laws"].as_array().unwrap().len(),
            rule.info.laws.iter().count()
        );
        assert_eq!(entry["parameters"].as_array().unwrap().len(), rule.params.len());
        for known in [rule.info.formula, rule.info.surrogate] {
            assert!(text.contains(known), "{known} is missing from {text}");
        }
    }
    assert_eq!(entries.as_array().map(Vec::len), Some(RULES.len()));
}

#[test]
fn pipes_and_no_color_give_no_escape_codes() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["list", "rules"] as &[&str],
        &["list", "datasets"],
        &["show", "nothing"],
        &["bench", "--help"],
    ] {
        let coloured = |settings: &[(&str, &str)]| {
            let outcome = run(sandbox.command().args(arguments).envs(settings.iter().copied()));
            format!("{}{}", outcome.stdout, outcome.stderr).contains('\x1b')
        };
        assert!(!coloured(&[]), "{arguments:?}");
        assert!(coloured(&[("CLICOLOR_FORCE", "1")]), "{arguments:?}");
        assert!(
            !coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let sandbox = Sandbox::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = sandbox
        .command()
        .args(["list", "rules"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn a_bench_reports_rates_beside_the_peak() {
    let sandbox = Sandbox::new();
    let small = [
        "bench",
        "quickstart",
        "--batch",
        "4",
        "--threads",
        "1",
        "--set",
        "layers.0.units=8",
    ];
    let report = sandbox.hebb(&[&small as &[_], &["--json"]].concat()).json();
    assert_eq!(report["image"], serde_json::json!([1, 28, 28]));
    assert_eq!(report["batch"], 4);
    let positive = |value: &Value| value.as_f64().is_some_and(|value| value > 0.0);
    for pass in ["training", "inference"] {
        for figure in [
            "images_per_second",
            "seconds_per_batch",
            "gflops",
            "mflop_per_image",
        ] {
            assert!(positive(&report[pass][figure]), "{pass} {figure}: {report}");
        }
    }
    assert!(positive(&report["peak_gflops"]));
    let text = sandbox.hebb(&small).success();
    assert!(text.contains("training") && text.contains("% of peak"), "{text}");
    sandbox
        .hebb(&["bench", "--batch", "0"])
        .fails_with(&["--batch = 0", "at least 1"]);
    sandbox
        .hebb(&["bench", "--threads", "0"])
        .fails_with(&["--threads 0"]);
}
