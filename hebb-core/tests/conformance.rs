//! The reference backend is held to its own contract.

hebb_core::conformance!(the_reference_conforms, || Ok::<_, hebb_core::Error>(
    hebb_core::RefBackend
));
