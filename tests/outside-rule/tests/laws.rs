//! Laws of a rule from another crate, on every backend.

use hebb_core::RefBackend;
use hebb_cpu::CpuBackend;
use hebb_outside_rule::{LeakyHebb, learned};

hebb_core::laws!(leaky_hebb_holds_on_the_reference, LeakyHebb, RefBackend);
hebb_core::laws!(leaky_hebb_holds_on_the_cpu, LeakyHebb, CpuBackend::new());

#[test]
fn both_backends_learn_the_same() {
    let norm = |weights: &ndarray::Array4<f32>| weights.iter().map(|w| w * w).sum::<f32>().sqrt();
    let reference = learned(RefBackend, 0.1).expect("the reference trains");
    let cpu = learned(CpuBackend::new(), 0.1).expect("the CPU trains");
    let gap = norm(&(&reference - &cpu));
    assert!(gap < 1e-4 * norm(&reference), "{gap}");
}

#[test]
fn weights_that_leak_more_are_smaller() {
    let size = |leak| {
        learned(RefBackend, leak)
            .expect("the layer trains")
            .mapv(f32::abs)
            .sum()
    };
    assert!(size(1.0) < 0.5 * size(0.1));
}
