//! A device: memory, launches and what they reported.

use crate::error::{LaunchError, MemoryError};
use crate::exec;
use crate::memory::{Access, Global};
use crate::parse::{Kernel, Module};
use crate::report::{Log, Report};

/// Grid and block of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaunchShape {
    /// Blocks along x, y and z.
    pub grid: [u32; 3],
    /// Threads of a block along x, y and z.
    pub block: [u32; 3],
    /// Bytes of dynamic shared memory.
    pub dynamic_shared: usize,
}

/// Bytes that the host read from the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether something has written every one of them.
    pub initialised: bool,
}

/// Bytes of global memory that launches touched: each byte counts once a launch as read and once as written.
///
/// That is what must pass between memory and a cache that never loses a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes read.
    pub read: u64,
    /// Bytes written.
    pub written: u64,
}

impl Traffic {
    pub(crate) fn add(&mut self, access: Access, bytes: usize) {
        match access {
            Access::Read | Access::ReadOnly => self.read += bytes as u64,
            Access::Write => self.written += bytes as u64,
            Access::Atomic => {
                self.read += bytes as u64;
                self.written += bytes as u64;
            }
        }
    }
}

/// Memory and the kernels run on it.
#[derive(Debug)]
pub struct Device {
    memory: Global,
    log: Log,
    launches: u32,
    instructions: u64,
    limit: u64,
    traffic: Traffic,
}

impl Default for Device {
    fn default() -> Self {
        Self::new()
    }
}

/// Instructions that one launch may execute before it counts as endless.
const INSTRUCTION_LIMIT: u64 = 1 << 31;

impl Device {
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
    /// If `address` is not what [`Device::allocate`] returned, or was freed before.
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
    /// Defects, fatal or not, are also kept for [`Device::take_reports`].
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
        check_shape(kernel, shape)?;
        let parameters = parameter_buffer(kernel, arguments)?;
        self.launches += 1;
        self.log.start_launch();
        let mut grid = exec::Grid {
            kernel,
            shape,
            parameters,
            launch: self.launches,
            memory: &mut self.memory,
            log: &mut self.log,
            budget: self.limit,
            traffic: &mut self.traffic,
        };
        let result = grid.run();
        self.instructions += self.limit - grid.budget;
        result.map_err(|fault| LaunchError::Fault(fault.0))
    }

    /// What was found since the last call.
    pub fn take_reports(&mut self) -> Vec<Report> {
        self.log.take()
    }

    /// PTX instructions executed so far, summed over threads.
    pub fn instructions(&self) -> u64 {
        self.instructions
    }

    /// Bytes that launches touched so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Sets after how many instructions a launch is reported as endless.
    pub fn set_instruction_limit(&mut self, limit: u64) {
        self.limit = limit;
    }
}

/// The limits of every device since sm_70.
fn check_shape(kernel: &Kernel, shape: LaunchShape) -> Result<(), LaunchError> {
    let [x, y, z] = shape.block;
    let threads = u64::from(x) * u64::from(y) * u64::from(z);
    let most = u64::from(kernel.max_threads.unwrap_or(1024));
    let shared = kernel.static_shared() + shape.dynamic_shared;
    let [gx, gy, gz] = shape.grid;
    let reason = if threads == 0 || threads > most {
        format!("a block of {threads} threads; 1 to {most} are allowed")
    } else if z > 64 {
        format!("a block {z} deep; 64 is the most")
    } else if gx == 0 || gy == 0 || gz == 0 || gx > i32::MAX as u32 || gy > 65_535 || gz > 65_535 {
        format!("a grid of {gx} x {gy} x {gz} blocks; 1 to 2147483647 x 65535 x 65535 are allowed")
    } else if shared > 48 << 10 {
        format!("{shared} bytes of shared memory; 49152 are available")
    } else {
        return Ok(());
    };
    Err(LaunchError::Limits {
        kernel: kernel.name.clone(),
        reason,
    })
}

fn parameter_buffer(kernel: &Kernel, arguments: &[Vec<u8>]) -> Result<Vec<u8>, LaunchError> {
    let (given, wanted) = (arguments.len(), kernel.parameters.len());
    if given != wanted {
        return Err(LaunchError::ArgumentCount {
            kernel: kernel.name.clone(),
            given,
            wanted,
        });
    }
    let end = kernel.parameters.last().map_or(0, |p| p.offset + p.size);
    let mut buffer = vec![0; end];
    for (index, (argument, parameter)) in arguments.iter().zip(&kernel.parameters).enumerate() {
        let (given, wanted) = (argument.len(), parameter.size);
        if given != wanted {
            return Err(LaunchError::ArgumentSize {
                kernel: kernel.name.clone(),
                index,
                given,
                wanted,
            });
        }
        buffer[parameter.offset..parameter.offset + wanted].copy_from_slice(argument);
    }
    Ok(buffer)
}
