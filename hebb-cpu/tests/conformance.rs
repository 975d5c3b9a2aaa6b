//! The contract of `hebb_core::Backend`.

mod support;

use hebb_core::Error;
use hebb_cpu::CpuBackend;

hebb_core::conformance!(one_thread_conforms, || CpuBackend::with_threads(1));
hebb_core::conformance!(many_threads_conform, || Ok::<_, Error>(CpuBackend::new()));

/// The same in a process of its own without vector instructions.
#[test]
fn a_machine_without_vectors_conforms() {
    support::passes_with("scalar", "one_thread_conforms");
}
