//! The device-independent checks on the interpreter.

use hebb_core::layer::LayerConfig;
use hebb_mock_gpu::GpuSession;

use crate::checks::{descent, epoch, laws, networks, random, shapes, steps};
use crate::support::{assert_clean, backend};

#[test]
fn every_rule_holds_its_laws() {
    let session = GpuSession::start();
    laws::hold(&backend(&session));
    assert_clean(&session);
}

#[test]
fn any_number_of_units_and_channels_does_as_on_the_reference() {
    let session = GpuSession::start();
    let backend = backend(&session);
    shapes::units(&backend);
    shapes::channels(&backend);
    shapes::empty(&backend);
    assert_clean(&session);
}

#[test]
fn random_numbers_are_those_of_the_host() {
    let session = GpuSession::start();
    random::is_that_of_the_host(&backend(&session));
    assert_clean(&session);
}

#[test]
fn a_step_of_the_published_networks_is_that_of_the_reference() {
    let session = GpuSession::start();
    for layers in [
        networks::miconi2021(),
        networks::hard_wta(),
        networks::soft_hebb(),
        networks::bcm(),
        networks::kept_in_use(),
    ] {
        steps::agree(backend(&session), &layers);
        assert_clean(&session);
    }
}

const BATCHES: usize = 3;
/// Two images.
const BYTES: usize = 4 * 2 * 3 * 26 * 26;

/// Asserts so many copies up, beside the work on what went before, none down, and nothing allocated.
#[track_caller]
fn assert_stays(session: &GpuSession, copies: usize, bytes: usize) {
    let counts = session.counts();
    let (up, down) = (
        (counts.copies_up, counts.copies_beside, counts.bytes_up),
        counts.copies_down,
    );
    let copies = copies as u64;
    assert_eq!(
        (up, down, counts.allocations),
        ((copies, copies, bytes as u64), 0, 0),
        "{counts:?}"
    );
    assert_clean(session);
}

/// One copy of each batch up, none down, and nothing allocated after the first batch.
fn an_epoch_stays_on_the_device(layers: &[LayerConfig]) {
    let session = GpuSession::start();
    epoch::run(backend(&session), layers, BATCHES, || session.reset());
    assert_stays(&session, BATCHES, BATCHES * BYTES);
}

#[test]
fn an_epoch_of_miconi2021_stays_on_the_device() {
    an_epoch_stays_on_the_device(&networks::miconi2021());
}

#[test]
fn an_epoch_of_hard_winner_take_all_stays_on_the_device() {
    an_epoch_stays_on_the_device(&networks::hard_wta());
}

#[test]
fn an_epoch_of_soft_hebb_with_batch_norm_stays_on_the_device() {
    an_epoch_stays_on_the_device(&networks::soft_hebb());
}

#[test]
fn an_epoch_of_a_rule_with_states_stays_on_the_device() {
    an_epoch_stays_on_the_device(&networks::bcm());
}

#[test]
fn homeostats_keep_their_memories_on_the_device() {
    let session = GpuSession::start();
    let layers = networks::kept_in_use();
    epoch::run(backend(&session), &layers, BATCHES, || session.reset());
    assert_stays(&session, BATCHES, BATCHES * BYTES);
}

#[test]
fn gradient_descent_goes_as_on_the_reference() {
    let session = GpuSession::start();
    descent::agree(backend(&session));
    descent::networks_agree(backend(&session));
    assert_clean(&session);
}

/// Three images of 2x9x8 and their labels.
const LABELLED: usize = 4 * 3 * (2 * 9 * 8 + 1);

#[test]
fn gradient_descent_stays_on_the_device() {
    let session = GpuSession::start();
    descent::run(backend(&session), BATCHES, || session.reset());
    assert_stays(&session, 2 * BATCHES, BATCHES * LABELLED);
}

#[test]
fn of_a_network_that_descends_the_loss_alone_comes_down() {
    let session = GpuSession::start();
    let stays = || assert_stays(&session, 2 * BATCHES, BATCHES * LABELLED);
    let loss = descent::run_network(backend(&session), BATCHES, || session.reset(), stays);
    let counts = session.counts();
    assert_eq!((counts.copies_down, counts.bytes_down), (1, 8), "{counts:?}");
    assert_eq!(loss.images, 3 * (BATCHES + 1));
    assert_clean(&session);
}
