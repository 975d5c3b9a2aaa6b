//! Networks of Hebbian and backprop layers, trained in phases and from one another, as whole commands.

use crate::support::{Outcome, Sandbox};
use std::fs;

const DATA: &str = "[data]\ndataset = \"fashion-mini\"\nvalidation = 100\nlimit = 400\n\
    preprocess = [{ kind = \"standardize\" }]\n\
    [readout]\nfeatures = { grid = 1 }\n";

const HEBBIAN: &str = "[[layers]]\nunits = 12\nkernel = 5\nsimilarity = { kind = \"cosine\" }\nrule = \"hard-wta\"\n\
    reduction = \"weighted-mean\"\nlearning-rate = 0.1\noutput = { kind = \"clipped-cosine\" }\n\
    pool = { kind = \"max\", size = 4, stride = 4 }\noutput-normalize = { kind = \"batch-norm\" }\n";

const CLASSIFIER: &str =
    "[[layers]]\nbackprop = [{ op = \"dropout\", rate = 0.2 }, { op = \"dense\", units = 10 }]\n";

const DESCENT: &str = "[[training]]\nepochs = 12\nbatch = 20\nkeep = \"best\"\n\
    backprop = { rate = 0.01, falls = { at = [8], factor = 0.1 } }\n";

/// An experiment that learns its first layer by rule and the last by descent.
fn mixed() -> String {
    format!("name = \"mixed\"\n{DATA}[[training]]\nepochs = 2\nbatch = 20\n{DESCENT}{HEBBIAN}{CLASSIFIER}")
}

/// One that takes the first layer of `run` and learns the last.
fn taken(run: &str, data: &str) -> String {
    format!(
        "name = \"taken\"\n{data}{DESCENT}[[taken]]\nrun = \"{run}\"\nlayers = [1]\n{HEBBIAN}{CLASSIFIER}"
    )
}

fn train(sandbox: &Sandbox, name: &str, text: &str) -> Outcome {
    let file = format!("{name}.toml");
    sandbox.write(&file, text);
    sandbox.hebb(&["train", &file, "--out", name, "--json"])
}

fn lines(sandbox: &Sandbox, run: &str) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(sandbox.path(run).join("metrics.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_hybrid_learns_in_phases_and_its_output_names_the_classes() {
    let sandbox = Sandbox::new();
    let result = train(&sandbox, "mixed", &mixed()).json();
    assert!(result["output"]["test"].as_f64().unwrap() > 0.5, "{result}");
    let lines = lines(&sandbox, "mixed");
    let phases: Vec<_> = lines.iter().map(|line| line["phase"].as_u64().unwrap()).collect();
    assert_eq!(phases, [&[1; 2][..], &[2; 12]].concat());
    let losses: Vec<_> = lines.iter().filter_map(|line| line["loss"].as_f64()).collect();
    assert!(losses.len() == 12 && losses[11] < 0.5 * losses[0], "{losses:?}");
    let best = lines
        .iter()
        .filter_map(|line| line["validation"].as_f64())
        .fold(0.0, f64::max);
    assert_eq!(result["output"]["validation"].as_f64().unwrap(), best);
    assert_eq!(
        sandbox.hebb(&["eval", "mixed", "--json"]).json()["output"],
        result["output"]
    );
}

#[test]
fn a_layer_taken_from_a_run_is_that_layer_and_stays_so() {
    let sandbox = Sandbox::new();
    train(&sandbox, "mixed", &mixed()).success();
    train(&sandbox, "taken", &taken("mixed", DATA)).success();
    let weights = |run: &str, array: &str| {
        let bytes = fs::read(sandbox.path(run).join("weights.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        file.tensor(array).unwrap().data().to_vec()
    };
    for array in ["layers.0.weight", "layers.0.output.running_var"] {
        assert_eq!(weights("taken", array), weights("mixed", array), "{array}");
    }
    // Both descend from the same weights over the same features, but for the shuffles of the first phase.
    assert_ne!(
        weights("taken", "layers.1.1.weight"),
        weights("mixed", "layers.1.1.weight")
    );
}

#[test]
fn a_run_with_other_images_or_layers_is_not_taken_from() {
    let sandbox = Sandbox::new();
    train(&sandbox, "mixed", &mixed()).success();
    let other = DATA.replace("validation = 100", "validation = 90");
    train(&sandbox, "split", &taken("mixed", &other)).fails_with(&["mixed", "another dataset, split, seed"]);
    let wider = taken("mixed", DATA).replace("units = 12", "units = 13");
    train(&sandbox, "wider", &wider).fails_with(&["mixed", "layer 1"]);
    train(&sandbox, "nowhere", &taken("gone", DATA)).fails_with(&["gone", "no run folder"]);
    assert!(!sandbox.path("split").exists());
}

#[test]
fn a_phase_that_cannot_be_is_refused_by_what_it_says() {
    let sandbox = Sandbox::new();
    let descend_all = mixed().replace("keep = \"best\"", "layers = [1, 2]");
    train(&sandbox, "all", &descend_all).fails_with(&["layers = 1", "backpropagation layer"]);
    let greedy = mixed().replace("keep = \"best\"", "mode = \"greedy\"");
    train(&sandbox, "greedy", &greedy).fails_with(&["mode greedy", "backprop"]);
    let unknown = mixed().replace("{ op = \"dense\", units", "{ op = \"dnese\", units");
    train(&sandbox, "unknown", &unknown).fails_with(&["did you mean `dense`?"]);
}
