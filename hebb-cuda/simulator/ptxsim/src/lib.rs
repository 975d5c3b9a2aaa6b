//! A PTX interpreter that checks every access of the kernels it runs.
//!
//! It executes the text that NVRTC emits, on the CPU, and reports what a GPU would do silently:
//!
//! - accesses outside an allocation or a shared array (unmapped gaps separate arrays),
//! - reads of uninitialised memory,
//! - races within a block and between the blocks of one launch,
//! - barriers that not every thread reaches, shuffles and votes that never complete,
//! - reads through the read-only cache of data that the same launch has written.
//!
//! Two accesses are ordered only if CUDA orders them: the same thread, another launch, a
//! `__syncthreads` between threads of a block, a `__syncwarp` between lanes of a warp. No thread
//! schedule is involved, so one run decides for its inputs. A shuffle orders nothing.
//!
//! Supported is the f32, f64 and integer subset in [`OPCODES`]. Anything else, an unknown modifier
//! included, is an error when the module is loaded. Functions that the hardware approximates
//! (`ex2.approx` and its like) are computed to full precision here.
//!
//! ```
//! use hebb_ptxsim::{SimDevice, LaunchShape, Module};
//!
//! let module = Module::load(
//!     ".version 8.1
//!      .target sm_70
//!      .address_size 64
//!      .visible .entry seven(
//!          .param .u64 out
//!      )
//!      {
//!          .reg .b64 %rd<3>;
//!          .reg .b32 %r<2>;
//!          ld.param.u64 %rd1, [out];
//!          cvta.to.global.u64 %rd2, %rd1;
//!          mov.u32 %r1, 7;
//!          st.global.u32 [%rd2], %r1;
//!          ret;
//!      }",
//! )?;
//! let mut device = SimDevice::new();
//! let out = device.allocate(4);
//! let shape = LaunchShape { grid: [1, 1, 1], block: [1, 1, 1], dynamic_shared: 0 };
//! device.launch(&module, "seven", shape, &[out.to_le_bytes().to_vec()])?;
//! assert_eq!(device.read(out, 4)?.bytes, [7, 0, 0, 0]);
//! assert!(device.take_defects().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod decode;
mod defect;
mod device;
mod error;
mod exec;
mod isa;
mod launch;
mod memory;
mod module;
mod parse;

mod types;

pub use decode::OPCODES;
pub use defect::{Defect, DefectKind};
pub use device::{Read, SimDevice};
pub use error::{LaunchError, LoadError, MemoryError};
pub use launch::{LaunchShape, Traffic};
pub use module::{Module, PtxKernel};
pub use parse::KernelParameter;
