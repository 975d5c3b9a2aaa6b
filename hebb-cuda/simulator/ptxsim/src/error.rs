//! Errors of loading, of host accesses to memory, and of launches.

use crate::defect::Defect;

/// PTX that cannot be loaded: a syntax error or an instruction outside the supported subset.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("PTX line {line}: {reason}: `{text}`")]
pub struct LoadError {
    /// Line of the PTX text, from 1.
    pub line: usize,
    /// The reason.
    pub reason: String,
    /// The offending statement.
    pub text: String,
}

/// A host access to device memory that no allocation covers.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum MemoryError {
    /// The address lies in no live allocation.
    #[error("{bytes} bytes at {address:#x} belong to no allocation")]
    Unmapped {
        /// Address of the first byte.
        address: u64,
        /// Number of bytes.
        bytes: usize,
    },
    /// The range starts in an allocation and leaves it.
    #[error("{bytes} bytes at {address:#x} leave the allocation of {size} bytes at {base:#x}")]
    Overrun {
        /// Address of the first byte.
        address: u64,
        /// Number of bytes.
        bytes: usize,
        /// Start of the allocation.
        base: u64,
        /// Size of the allocation in bytes.
        size: usize,
    },
    /// A pointer to free is not the start of a live allocation.
    #[error("{address:#x} is not the start of an allocation")]
    NotAllocated {
        /// The pointer.
        address: u64,
    },
}

/// The reason why a launch was refused or ended early.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum LaunchError {
    /// The module has no kernel of that name.
    #[error("the module has no kernel `{0}`")]
    UnknownKernel(String),
    /// The number of arguments differs from the number of parameters.
    #[error("{kernel}: {given} arguments for {wanted} parameters")]
    ArgumentCount {
        /// Kernel name.
        kernel: String,
        /// Arguments passed.
        given: usize,
        /// Parameters declared.
        wanted: usize,
    },
    /// An argument has another size than its parameter.
    #[error("{kernel}: argument {index} has {given} bytes, its parameter {wanted}")]
    ArgumentSize {
        /// Kernel name.
        kernel: String,
        /// Position of the argument, from 0.
        index: usize,
        /// Bytes passed.
        given: usize,
        /// Bytes declared.
        wanted: usize,
    },
    /// The grid or block is outside what a device accepts.
    #[error("{kernel}: {reason}")]
    Limits {
        /// Kernel name.
        kernel: String,
        /// The limit and the value that exceeds it.
        reason: String,
    },
    /// A defect that ends the launch.
    #[error("{0}")]
    Fault(Defect),
}
