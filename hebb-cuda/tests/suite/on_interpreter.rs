//! What holds on any device, on the interpreter.

use hebb_core::layer::LayerConfig;
use hebb_mock_gpu::GpuSession;

use crate::checks::{epoch, laws, networks, shapes, steps};
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
fn a_step_of_the_published_networks_is_that_of_the_reference() {
    let session = GpuSession::start();
    for layers in [
        networks::miconi2021(),
        networks::hard_wta(),
        networks::soft_hebb(),
        networks::bcm(),
    ] {
        steps::agree(backend(&session), &layers);
        assert_clean(&session);
    }
}

/// One copy of each batch up, beside the work on the one before, none down, and nothing allocated after the first batch.
fn an_epoch_stays_on_the_device(layers: &[LayerConfig]) {
    let session = GpuSession::start();
    epoch::run(backend(&session), layers, 3, || session.reset());
    let counts = session.counts();
    assert_eq!(
        (
            counts.copies_up,
            counts.bytes_up,
            counts.copies_beside,
            counts.copies_down,
            counts.allocations
        ),
        (3, 3 * 4 * 2 * 3 * 26 * 26, 3, 0, 0),
        "{counts:?}"
    );
    assert_clean(&session);
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
