//! Launch shapes, argument buffers and memory traffic of a launch.

use crate::error::LaunchError;
use crate::memory::Access;
use crate::module::PtxKernel;

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

impl LaunchShape {
    /// Checks the limits of every device since sm_70, and the kernel's own.
    pub(crate) fn check(self, kernel: &PtxKernel) -> Result<(), LaunchError> {
        let [x, y, z] = self.block;
        let threads = u64::from(x) * u64::from(y) * u64::from(z);
        let most = u64::from(kernel.max_threads.unwrap_or(1024));
        let shared = kernel.static_shared() + self.dynamic_shared;
        let [gx, gy, gz] = self.grid;
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
}

/// Traffic of global memory in bytes: each byte counts at most once per launch as read and once as written, as between
/// memory and an unlimited cache.
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

/// Packs the arguments of a launch into the parameter buffer of the kernel.
pub(crate) fn parameter_buffer(kernel: &PtxKernel, arguments: &[Vec<u8>]) -> Result<Vec<u8>, LaunchError> {
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
