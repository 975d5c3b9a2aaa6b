//! Simulated memory: bytes, their initialisation, and the accesses that the race check needs.

mod global;
mod region;
mod shadow;

pub(crate) use global::Global;
pub(crate) use region::Region;
pub(crate) use shadow::{Accessor, Place, Scope, Verdict};

/// Kind of an access to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// A load through the read-only cache.
    ReadOnly,
    Write,
    Atomic,
}

impl Access {
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Read | Self::ReadOnly => "read",
            Self::Write => "write",
            Self::Atomic => "atomic update",
        }
    }
}
