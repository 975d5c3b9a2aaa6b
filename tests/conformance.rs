//! Every compiled backend against the contract of the trait.

use hebb::core::Error;

hebb::core::conformance!(the_cpu_conforms, || Ok::<_, Error>(hebb::cpu::CpuBackend::new()));
hebb::core::conformance!(one_thread_conforms, || hebb::cpu::CpuBackend::with_threads(1));
