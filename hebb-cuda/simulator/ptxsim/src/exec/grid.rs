//! The state of a launch, and the address windows of its threads.

use crate::defect::{Defect, Log};
use crate::launch::{LaunchShape, Traffic};
use crate::memory::Global;
use crate::module::PtxKernel;

/// Start of shared memory in the generic address space.
pub(super) const SHARED_WINDOW: u64 = 0x0100_0000_0000;
/// Start of a thread's local memory in the generic address space.
pub(super) const LOCAL_WINDOW: u64 = 0x0200_0000_0000;
/// Size of both windows.
pub(super) const WINDOW: u64 = 1 << 24;

/// A defect that ends the launch; it is in the log as well.
#[derive(Debug)]
pub(crate) struct FatalDefect(pub(crate) Defect);

/// One launch.
#[derive(Debug)]
pub(crate) struct GridRun<'a> {
    pub(crate) kernel: &'a PtxKernel,
    pub(crate) shape: LaunchShape,
    pub(crate) parameters: Vec<u8>,
    /// Number of the launch, unique on the device.
    pub(crate) launch: u32,
    pub(crate) memory: &'a mut Global,
    pub(crate) log: &'a mut Log,
    /// Instructions left.
    pub(crate) budget: u64,
    pub(crate) traffic: &'a mut Traffic,
}
