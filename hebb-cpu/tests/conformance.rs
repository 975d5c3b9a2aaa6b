//! The contract of `hebb_core::Backend`.

use hebb_core::Error;
use hebb_cpu::CpuBackend;

hebb_core::conformance!(one_thread_conforms, || CpuBackend::with_threads(1));
hebb_core::conformance!(many_threads_conform, || Ok::<_, Error>(CpuBackend::new()));
