//! The states of rules follow what their papers say from batch to batch, and an update sees them as they were before it.
//!
//! No surrogate loss says what a state follows, so that each is written out here a second time.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{HebbLayer, Input, LayerConfig, Learning, RuleChoice};
use hebb_core::plan::{Competition, Similarity};
use hebb_core::rule::Params;
use hebb_core::{RefBackend, Seed};

const UNITS: usize = 2;
const RATE: f64 = 0.25;

/// Two batches of two patches of three values.
const BATCHES: [[[f64; 3]; 2]; 2] = [
    [[1.0, -2.0, 0.5], [0.5, 1.5, -1.0]],
    [[-1.0, 1.0, 2.0], [2.0, 0.5, 1.0]],
];

/// What a unit's update and state depend on, for one patch: x, w, u, y and the state before the batch.
struct Seen<'a> {
    x: &'a [f64; 3],
    w: &'a [f64],
    u: f64,
    y: f64,
    state: f64,
}

/// A layer whose winners pass their similarity on, so that y, y² and u all differ.
fn layer(rule: &str, params: Params) -> HebbLayer<RefBackend> {
    let config = LayerConfig {
        rule: RuleChoice::with_params(rule, params),
        similarity: Some(Similarity::Dot),
        competition: Some(Competition::KWta {
            k: 1,
            values: true,
            positive: false,
        }),
        ..LayerConfig::dense(UNITS)
    };
    HebbLayer::new(&RefBackend, config, ImageShape::new(3, 1, 1), Seed::new(2), 0).unwrap()
}

fn host(layer: &HebbLayer<RefBackend>, name: &str) -> Vec<f64> {
    let tensors = layer.tensors(&RefBackend).unwrap();
    tensors[name].iter().map(|value| f64::from(*value)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// u and y of both units for a patch.
fn respond(weights: &[f64], x: &[f64; 3]) -> [[f64; UNITS]; 2] {
    let u = [dot(&weights[..3], x), dot(&weights[3..], x)];
    let y = if u[0] >= u[1] { [u[0], 0.0] } else { [0.0, u[1]] };
    [u, y]
}

#[track_caller]
fn assert_near(what: &str, found: &[f64], expected: &[f64]) {
    let near = found
        .iter()
        .zip(expected)
        .all(|(a, b)| (a - b).abs() < 1e-5 * (1.0 + b.abs()));
    assert!(
        near && found.len() == expected.len(),
        "{what}: {found:?}, not {expected:?}"
    );
}

/// Both batches through a rule: its state `name` goes `rate` of the way to the mean of `of`, and ΔW is Σ `update`.
///
/// A rule whose state is the batch's own mean has rate 1, and its update sees the new state.
fn follows(
    rule: &str,
    params: Params,
    (name, rate): (&str, f64),
    of: fn(&Seen<'_>) -> f64,
    update: fn(&Seen<'_>, usize) -> f64,
) {
    let mut layer = layer(rule, params);
    for batch in &BATCHES {
        let (weights, former) = (host(&layer, "weight"), host(&layer, name));
        let values: Vec<f32> = batch.iter().flatten().map(|value| *value as f32).collect();
        let input = Input {
            images: batch.len(),
            values: &values,
            teacher: None,
        };
        layer.process(&RefBackend, &input, Learning::ALL).unwrap();
        let seen = |x, unit: usize, state| {
            let [u, y] = respond(&weights, x);
            Seen {
                x,
                w: &weights[3 * unit..][..3],
                u: u[unit],
                y: y[unit],
                state,
            }
        };
        let mean = |unit: usize| {
            let sum: f64 = batch.iter().map(|x| of(&seen(x, unit, former[unit]))).sum();
            sum / batch.len() as f64
        };
        let next = [0, 1].map(|unit| former[unit] + rate * (mean(unit) - former[unit]));
        assert_near(name, &host(&layer, name), &next);
        let before = if rate == 1.0 { &next[..] } else { &former };
        let delta = |index: usize| {
            let (unit, k) = (index / 3, index % 3);
            batch
                .iter()
                .map(|x| update(&seen(x, unit, before[unit]), k))
                .sum()
        };
        let delta: Vec<f64> = (0..6).map(delta).collect();
        let found: Vec<f64> = layer.delta().iter().map(|value| f64::from(*value)).collect();
        assert_near("the update", &found, &delta);
    }
}

fn at_rate() -> Params {
    Params::default().with("rate", RATE)
}

#[test]
fn bcm_has_the_mean_square_of_its_activity_for_a_threshold() {
    let update = |seen: &Seen<'_>, k: usize| seen.y * (seen.y - seen.state) * seen.x[k];
    let square = |seen: &Seen<'_>| seen.y * seen.y;
    let theta = |threshold: &str| at_rate().with("threshold", threshold);
    follows("bcm", theta("running"), ("state.theta", RATE), square, update);
    follows("bcm", theta("batch"), ("state.theta", 1.0), square, update);
}

#[test]
fn law_and_cooper_divide_by_the_running_threshold() {
    let update = |seen: &Seen<'_>, k: usize| seen.y * (seen.y - seen.state) / seen.state * seen.x[k];
    follows(
        "law-cooper",
        at_rate(),
        ("state.theta", RATE),
        |seen| seen.y * seen.y,
        update,
    );
}

#[test]
fn the_trace_remembers_the_activity() {
    let update = |seen: &Seen<'_>, k: usize| {
        let memory = (1.0 - RATE) * seen.state + RATE * seen.y;
        memory * (seen.x[k] - seen.w[k])
    };
    follows("trace", at_rate(), ("state.trace", RATE), |seen| seen.y, update);
}

#[test]
fn the_covariance_is_taken_from_the_mean_similarity_of_the_batch() {
    let update = |seen: &Seen<'_>, k: usize| (seen.u - seen.state) * seen.x[k];
    follows(
        "covariance",
        Params::default(),
        ("state.mean", 1.0),
        |seen| seen.u,
        update,
    );
}
