//! A simulated device: memory, launches and the defects that they reported.

use crate::defect::{Defect, Log};
use crate::error::{LaunchError, MemoryError};
use crate::exec;
use crate::launch::{LaunchShape, Traffic, parameter_buffer};
use crate::memory::Global;
use crate::module::Module;

/// Bytes that the host read from the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// True if every byte has been written.
    pub initialised: bool,
}

/// Global memory, and the launches on it.
#[derive(Debug)]
pub struct SimDevice {
    memory: Global,
    log: Log,
    launches: u32,
    instructions: u64,
    limit: u64,
    traffic: Traffic,
}

impl Default for SimDevice {
    fn default() -> Self {
        Self::new()
    }
}

/// Instructions that one launch may execute before it counts as endless.
const INSTRUCTION_LIMIT: u64 = 1 << 31;

impl SimDevice {
    /// A device without allocations.
    pub fn new() -> Self {
        Self {
            memory: Global::new(),
            log: Log::default(),
            launches: 0,
            instructions: 0,
            limit: INSTRUCTION_LIMIT,
            traffic: Traffic::default(),
        }
    }

    /// Allocates uninitialised memory and returns its address.
    pub fn allocate(&mut self, bytes: usize) -> u64 {
        self.memory.allocate(bytes)
    }

    /// Frees an allocation and returns its size in bytes.
    ///
    /// # Errors
    /// If `address` is not what [`SimDevice::allocate`] returned, or was freed before.
    pub fn free(&mut self, address: u64) -> Result<usize, MemoryError> {
        self.memory.free(address)
    }

    /// Copies `bytes` to the device.
    ///
    /// # Errors
    /// If one allocation does not hold them all.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError> {
        let (region, offset) = self.memory.locate(address, bytes.len())?;
        region.write(offset, bytes);
        Ok(())
    }

    /// Copies `size` bytes from the device.
    ///
    /// # Errors
    /// If one allocation does not hold them all.
    pub fn read(&mut self, address: u64, size: usize) -> Result<Read, MemoryError> {
        let (region, offset) = self.memory.locate(address, size)?;
        Ok(Read {
            bytes: region.bytes(offset, size).to_vec(),
            initialised: region.is_initialised(offset, size),
        })
    }

    /// Runs a kernel to its end. `arguments` are the bytes of each parameter.
    ///
    /// # Errors
    /// If the launch does not fit the kernel, or a defect was found that nothing can go on from.
    /// Defects, fatal or not, are also kept for [`SimDevice::take_defects`].
    pub fn launch(
        &mut self,
        module: &Module,
        kernel: &str,
        shape: LaunchShape,
        arguments: &[Vec<u8>],
    ) -> Result<(), LaunchError> {
        let kernel = module
            .kernel(kernel)
            .ok_or_else(|| LaunchError::UnknownKernel(kernel.to_owned()))?;
        shape.check(kernel)?;
        let parameters = parameter_buffer(kernel, arguments)?;
        self.launches += 1;
        self.log.start_launch();
        let mut grid = exec::GridRun {
            kernel,
            shape,
            parameters,
            launch: self.launches,
            memory: &mut self.memory,
            log: &mut self.log,
            budget: self.limit,
            traffic: &mut self.traffic,
        };
        let result = exec::run(&mut grid);
        self.instructions += self.limit - grid.budget;
        result.map_err(|fault| LaunchError::Fault(fault.0))
    }

    /// Takes the defects found since the last call.
    pub fn take_defects(&mut self) -> Vec<Defect> {
        self.log.take()
    }

    /// PTX instructions executed so far, summed over threads.
    pub fn instructions(&self) -> u64 {
        self.instructions
    }

    /// Global memory traffic of all launches so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Sets the number of instructions after which a launch is reported as endless.
    pub fn set_instruction_limit(&mut self, limit: u64) {
        self.limit = limit;
    }
}
