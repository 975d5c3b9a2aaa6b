//! Every compiled backend against the contract of the trait.

use hebb_learn::core::Error;

hebb_learn::core::conformance!(the_cpu_conforms, || Ok::<_, Error>(
    hebb_learn::cpu::CpuBackend::new()
));
hebb_learn::core::conformance!(one_thread_conforms, || hebb_learn::cpu::CpuBackend::with_threads(
    1
));
