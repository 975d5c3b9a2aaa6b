//! The cost model, compared with the counts of the stand-in driver.

use std::sync::Arc;

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning};
use hebb_core::network::Network;
use hebb_core::{Error, Seed};
use hebb_cuda::cost::{Work, training_step, upload};
use hebb_mock_gpu::GpuSession;

use crate::checks::networks;
use crate::support::{assert_clean, backend};

const IMAGES: usize = 2;
const INPUT: ImageShape = ImageShape::new(3, 26, 26);

/// The first word of a line of the trace, the kernel's name for a launch.
fn name(line: &str) -> &str {
    let line = line.strip_prefix("launch ").unwrap_or(line);
    line.split(' ').next().unwrap_or_default()
}

/// The number after a word of a line.
fn number(line: &str, word: &str) -> Option<u64> {
    let mut words = line.split(' ').skip_while(|found| *found != word);
    words.nth(1)?.parse().ok()
}

fn model(layers: &[LayerConfig]) -> Vec<Work> {
    let (mut work, mut shape) = (vec![upload(INPUT, IMAGES)], INPUT);
    for config in layers {
        work.extend(training_step(config, shape, IMAGES).unwrap());
        shape = config.plan(shape).unwrap().output_shape().unwrap();
    }
    work
}

/// The trace of the second step after the upload of the batch, one line per operation.
fn traced(session: &GpuSession, layers: &[LayerConfig]) -> Vec<String> {
    let learning = vec![Learning::ALL; layers.len()];
    let mut network = Network::new(Arc::new(backend(session)), INPUT, layers, Seed::new(5)).unwrap();
    network
        .process(networks::images(IMAGES).view(), &learning)
        .unwrap();
    session.reset();
    network
        .process(networks::images(IMAGES).view(), &learning)
        .unwrap();
    let trace = session.trace().into_iter();
    trace.filter(|line| !line.starts_with("copy up")).collect()
}

fn the_model_counts_the_launches_and_bytes_of(layers: &[LayerConfig]) {
    let session = GpuSession::start();
    let (model, done) = (model(layers), traced(&session, layers));
    let names: Vec<&str> = model.iter().map(|work| work.name).collect();
    assert_eq!(done.iter().map(|line| name(line)).collect::<Vec<_>>(), names);
    for (work, line) in model.iter().zip(&done) {
        if line.starts_with("launch") {
            let counted = (number(line, "read"), number(line, "written"));
            assert_eq!(counted, (Some(work.read), Some(work.written)), "{line}");
        } else if line.starts_with("copy") {
            assert_eq!(number(line, "within"), Some(work.read), "{line}");
        }
    }
    let counts = session.counts();
    let kernels_and_products = || model.iter().filter(|work| work.name != "copy");
    let (read, written) = (
        kernels_and_products().map(|work| work.read).sum::<u64>(),
        kernels_and_products().map(|work| work.written).sum::<u64>(),
    );
    assert_eq!((counts.bytes_read, counts.bytes_written), (read, written));
    assert_clean(&session);
}

#[test]
fn the_model_counts_the_launches_and_bytes_of_miconi2021() {
    the_model_counts_the_launches_and_bytes_of(&networks::miconi2021());
}

#[test]
fn the_model_counts_the_launches_and_bytes_of_hard_winner_take_all() {
    the_model_counts_the_launches_and_bytes_of(&networks::hard_wta());
}

#[test]
fn the_model_counts_the_launches_and_bytes_of_soft_hebb() {
    the_model_counts_the_launches_and_bytes_of(&networks::soft_hebb());
}

#[test]
fn the_model_refuses_a_layer_that_it_does_not_know() {
    let error = training_step(&networks::bcm()[0], INPUT, IMAGES).unwrap_err();
    assert!(matches!(error, Error::Incompatible { .. }), "{error}");
}
