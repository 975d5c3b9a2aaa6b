//! Execution: blocks one after the other, threads one after the other up to a synchronising
//! instruction.

mod access;
mod atomic;
mod block;
mod compare;
mod convert;
mod float;
mod integer;
mod thread;
mod warp;

use crate::launch::{LaunchShape, Traffic};
use crate::memory::{Global, Region};
use crate::module::PtxKernel;
use crate::report::{Log, Report};
use block::Block;

/// Start of shared memory in the generic address space.
const SHARED_WINDOW: u64 = 0x0100_0000_0000;
/// Start of a thread's local memory in the generic address space.
const LOCAL_WINDOW: u64 = 0x0200_0000_0000;
/// Size of both windows.
const WINDOW: u64 = 1 << 24;

/// A defect that ends the launch; it is in the log as well.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) Report);

/// One launch.
#[derive(Debug)]
pub(crate) struct Grid<'a> {
    pub(crate) kernel: &'a PtxKernel,
    pub(crate) shape: LaunchShape,
    pub(crate) parameters: Vec<u8>,
    /// Number of the launch, which no other launch on the device has.
    pub(crate) launch: u32,
    pub(crate) memory: &'a mut Global,
    pub(crate) log: &'a mut Log,
    /// Instructions left.
    pub(crate) budget: u64,
    pub(crate) traffic: &'a mut Traffic,
}

impl Grid<'_> {
    /// Runs every block.
    pub(crate) fn run(&mut self) -> Result<(), Fault> {
        let ranges = self.kernel.symbols.shared_ranges(self.shape.dynamic_shared);
        let mut shared = Region::with_gaps(SHARED_WINDOW, ranges);
        let [x, y, z] = self.shape.grid;
        let mut index = 0;
        for at_z in 0..z {
            for at_y in 0..y {
                for at_x in 0..x {
                    shared.forget();
                    Block::new(self, &mut shared, index, [at_x, at_y, at_z]).run()?;
                    index += 1;
                }
            }
        }
        Ok(())
    }
}
