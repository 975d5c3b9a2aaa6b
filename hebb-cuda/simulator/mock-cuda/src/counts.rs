//! Counts of calls, bytes and live objects of the stand-in.

/// Counts since the last reset; live figures are current.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Kernel launches.
    pub launches: u64,
    /// Products by cuBLAS.
    pub products: u64,
    /// Copies from the host.
    pub copies_up: u64,
    /// Bytes copied from the host.
    pub bytes_up: u64,
    /// Copies from pinned memory that can overlap the work of another stream.
    pub copies_beside: u64,
    /// Copies to the host.
    pub copies_down: u64,
    /// Bytes copied to the host.
    pub bytes_down: u64,
    /// Copies on the device.
    pub copies_within: u64,
    /// Bytes copied on the device.
    pub bytes_within: u64,
    /// Fills.
    pub fills: u64,
    /// Allocations.
    pub allocations: u64,
    /// Live allocations.
    pub live_allocations: u64,
    /// Live bytes.
    pub live_bytes: u64,
    /// Peak of the live bytes.
    pub peak_bytes: u64,
    /// Live streams, without the default ones.
    pub live_streams: u64,
    /// Live events.
    pub live_events: u64,
    /// Live allocations of pinned host memory.
    pub live_pinned: u64,
    /// Loaded modules.
    pub live_modules: u64,
    /// PTX instructions executed.
    pub instructions: u64,
    /// Bytes of device memory read by kernels and products; a byte counts once per launch or operand.
    pub bytes_read: u64,
    /// Bytes of device memory written by kernels and products.
    pub bytes_written: u64,
}
