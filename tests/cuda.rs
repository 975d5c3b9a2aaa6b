//! The CUDA backend on the command line, on a machine that need not have a GPU.

use crate::support::{Sandbox, run};
use hebb_learn::cuda::CudaBackend;

/// The reason that this machine has no CUDA, unless it has.
fn missing() -> Option<String> {
    CudaBackend::new(0).err().map(|error| error.to_string())
}

#[test]
fn training_without_a_gpu_is_one_error_that_names_what_is_missing_and_the_remedy() {
    let Some(missing) = missing() else { return };
    let sandbox = Sandbox::new();
    let outcome = sandbox.hebb(&["train", "--backend", "cuda"]);
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    outcome.fails_with(&[&format!("backend cuda: {missing}"), "; "]);
    assert!(sandbox.names().is_empty(), "{:?}", sandbox.names());
}

#[test]
fn auto_takes_the_cpu_and_says_what_the_gpu_lacks() {
    let Some(missing) = missing() else { return };
    let sandbox = Sandbox::new();
    let mut bench = sandbox.command();
    let outcome = run(bench.args(["bench", "--batch", "1", "--set", "layers.0.units=8"]));
    let note = format!("backend cpu: the fastest that this build and machine have; backend cuda: {missing}");
    assert!(
        outcome.stderr.lines().any(|line| line == note),
        "{}",
        outcome.stderr
    );
    outcome.success();
}

#[test]
fn the_list_of_backends_knows_that_cuda_is_compiled_in() {
    let entries = Sandbox::new().hebb(&["list", "backends", "--json"]).json();
    let cuda = entries
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["name"] == "cuda")
        .unwrap();
    assert_eq!(cuda["compiled"], true);
}
