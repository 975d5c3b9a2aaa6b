//! Kernel code in a form that the driver loads.

/// Code that the driver loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Cubin(Vec<u8>),
    Ptx(String),
}
