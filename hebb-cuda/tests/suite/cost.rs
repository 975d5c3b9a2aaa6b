//! The model of what a step costs, against what the stand-in driver counts.

use std::sync::Arc;

use hebb_core::Seed;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_cuda::cost::{Layer, Work, training_step};
use hebb_mock_gpu::GpuSession;

use crate::checks::networks;
use crate::support::{assert_clean, backend};

const IMAGES: usize = 2;

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

#[test]
fn the_model_counts_the_launches_and_bytes_of_a_training_step() {
    let session = GpuSession::start();
    let layers = networks::miconi2021();
    let (input, learning) = (ImageShape::new(3, 26, 26), vec![Learning::ALL; layers.len()]);
    let mut network = Network::new(Arc::new(backend(&session)), input, &layers, Seed::new(5)).unwrap();
    network
        .process(networks::images(IMAGES).view(), &learning)
        .unwrap();
    session.reset();
    network
        .process(networks::images(IMAGES).view(), &learning)
        .unwrap();

    let model: Vec<Work> = network
        .hebb_layers()
        .flat_map(|layer| {
            let pruned = layer.config().prune > 0.0;
            training_step(
                Layer {
                    plan: layer.plan(),
                    pruned,
                },
                IMAGES,
            )
        })
        .collect();
    let trace = session.trace();
    // The batch comes up first.
    let done: Vec<&String> = trace.iter().filter(|line| !line.starts_with("copy up")).collect();
    let names = |work: &Vec<Work>| work.iter().map(|work| work.name).collect::<Vec<_>>();
    assert_eq!(
        done.iter().map(|line| name(line)).collect::<Vec<_>>(),
        names(&model)
    );
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
