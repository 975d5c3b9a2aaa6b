//! Counts of calls, bytes and live objects of the stand-in.

/// What has passed through since the last reset; live figures are of this moment.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Kernel launches.
    pub launches: u64,
    /// Products by cuBLAS.
    pub products: u64,
    /// Copies from the host.
    pub copies_up: u64,
    /// Bytes of them.
    pub bytes_up: u64,
    /// Those from pinned memory that another stream's work may go on beside.
    pub copies_beside: u64,
    /// Copies to the host.
    pub copies_down: u64,
    /// Bytes of them.
    pub bytes_down: u64,
    /// Copies on the device.
    pub copies_within: u64,
    /// Bytes of them.
    pub bytes_within: u64,
    /// Fills.
    pub fills: u64,
    /// Allocations made.
    pub allocations: u64,
    /// Allocations alive.
    pub live_allocations: u64,
    /// Bytes alive.
    pub live_bytes: u64,
    /// The most bytes alive.
    pub peak_bytes: u64,
    /// Streams alive, the default ones not counted.
    pub live_streams: u64,
    /// Events alive.
    pub live_events: u64,
    /// Pieces of pinned host memory alive.
    pub live_pinned: u64,
    /// Modules alive.
    pub live_modules: u64,
    /// PTX instructions executed.
    pub instructions: u64,
    /// Bytes of device memory that kernels and products read, each byte once a launch or operand.
    pub bytes_read: u64,
    /// Bytes that they wrote.
    pub bytes_written: u64,
}
