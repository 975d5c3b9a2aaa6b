//! Compilation by NVRTC.

use std::ffi::{CStr, CString, c_char};

use cudarc::nvrtc::result::{self, NvrtcError};
use cudarc::nvrtc::sys;

use super::libraries::Library;
use crate::error::CudaError;
use crate::kernel::COMPILE_OPTIONS;

/// Compilation target, for an architecture such as 80.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompileTarget {
    /// Machine code.
    Cubin(u32),
    /// PTX, which the driver compiles.
    Ptx(u32),
}

impl CompileTarget {
    fn architecture(self) -> String {
        match self {
            Self::Cubin(sm) => format!("sm_{sm}"),
            Self::Ptx(compute) => format!("compute_{compute}"),
        }
    }
}

/// Version of NVRTC as (major, minor).
pub(crate) fn nvrtc_version() -> Result<(i32, i32), CudaError> {
    Library::Nvrtc.require()?;
    let (mut major, mut minor) = (0, 0);
    // SAFETY: the pointers are to locals.
    let answer = unsafe { sys::nvrtcVersion(&raw mut major, &raw mut minor) }.result();
    answer.map_err(|error| failure("asking for NVRTC's version", error))?;
    Ok((major, minor))
}

/// Architectures that NVRTC compiles for, ascending.
pub(crate) fn supported_architectures() -> Result<Vec<u32>, CudaError> {
    Library::Nvrtc.require()?;
    let failed = |error| failure("asking for NVRTC's architectures", error);
    let mut count = 0;
    // SAFETY: the pointer is to a local.
    unsafe { sys::nvrtcGetNumSupportedArchs(&raw mut count) }
        .result()
        .map_err(failed)?;
    let mut architectures = vec![0i32; usize::try_from(count).unwrap_or(0)];
    // SAFETY: there is room for as many numbers as NVRTC has announced.
    unsafe { sys::nvrtcGetSupportedArchs(architectures.as_mut_ptr()) }
        .result()
        .map_err(failed)?;
    Ok(architectures.into_iter().map(i32::unsigned_abs).collect())
}

/// Result of a compilation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compiled {
    /// Machine code, or the text of PTX.
    pub(crate) code: Vec<u8>,
    /// Warnings, and the output that `more` options request.
    pub(crate) log: String,
}

/// Compiles a program with [`COMPILE_OPTIONS`] and `more` options.
pub(crate) fn compile(source: &str, target: CompileTarget, more: &[&str]) -> Result<Compiled, CudaError> {
    Library::Nvrtc.require()?;
    let architecture = target.architecture();
    let failed = |error: NvrtcError| failure(&architecture, error);
    let source = CString::new(source).map_err(|error| failure(&architecture, error))?;
    let program = Program(result::create_program(&source, Some(c"hebb.cu")).map_err(failed)?);
    let mut options = vec![format!("--gpu-architecture={architecture}")];
    options.extend(
        COMPILE_OPTIONS
            .iter()
            .chain(more)
            .map(|option| (*option).to_owned()),
    );
    // SAFETY: the program is live.
    let answer = unsafe { result::compile_program(program.0, &options) };
    let log = program.log();
    match answer {
        Err(_) if !log.is_empty() => {
            return Err(CudaError::Compile {
                target: architecture,
                log,
            });
        }
        answer => answer.map_err(failed)?,
    }
    let code = match target {
        CompileTarget::Cubin(_) => program.cubin().map_err(failed)?,
        // SAFETY: the program is live and compiled to PTX.
        CompileTarget::Ptx(_) => bytes(&unsafe { result::get_ptx(program.0) }.map_err(failed)?),
    };
    Ok(Compiled { code, log })
}

/// A program of NVRTC, destroyed when dropped.
struct Program(sys::nvrtcProgram);

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: the program is ours and not used again; a failure leaks it, which is all that can happen.
        let _ = unsafe { result::destroy_program(self.0) };
    }
}

impl Program {
    fn cubin(&self) -> Result<Vec<u8>, NvrtcError> {
        let mut size = 0;
        // SAFETY: the program is live and compiled to machine code; the pointer is to a local.
        unsafe { sys::nvrtcGetCUBINSize(self.0, &raw mut size) }.result()?;
        let mut code = vec![0u8; size];
        // SAFETY: there is room for as many bytes as NVRTC has announced.
        unsafe { sys::nvrtcGetCUBIN(self.0, code.as_mut_ptr().cast()) }.result()?;
        Ok(code)
    }

    /// The compiler's log; empty if it is not available.
    fn log(&self) -> String {
        // SAFETY: the program is live.
        let log = unsafe { result::get_program_log(self.0) }
            .map(|log| bytes(&log))
            .unwrap_or_default();
        String::from_utf8_lossy(&log).trim().to_owned()
    }
}

/// The characters of a C string up to its end.
fn bytes(text: &[c_char]) -> Vec<u8> {
    let bytes: Vec<u8> = text.iter().map(|c| c.cast_unsigned()).collect();
    CStr::from_bytes_until_nul(&bytes).map_or(bytes.clone(), |text| text.to_bytes().to_vec())
}

fn failure(target: &str, error: impl std::fmt::Debug) -> CudaError {
    CudaError::Compile {
        target: target.to_owned(),
        log: format!("{error:?}"),
    }
}
