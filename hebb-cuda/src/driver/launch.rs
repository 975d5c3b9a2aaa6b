//! Kernel launches with typed arguments.

use std::ffi::c_void;

use cudarc::driver::{CudaStream, DevicePtr, result};
use hebb_core::backend::Spread;

use super::device::Device;
use super::failure::Doing;
use crate::buffer::CudaBuffer;
use crate::error::CudaError;
use crate::kernel::{BLOCK, Kernel, Kind, Signature, WARPS};

/// An argument of a kernel.
#[derive(Debug)]
pub(crate) enum Argument<'a> {
    /// Values that the kernel reads.
    Input(&'a CudaBuffer),
    /// Values that the kernel writes, and may read.
    Output(&'a mut CudaBuffer),
    Unsigned(u32),
    Float(f32),
    /// A structure of 32-bit fields.
    Words(&'a [u32]),
    /// `struct Operands` of `formula.cu`.
    Operands(&'a [FormulaOperand<'a>]),
}

macro_rules! argument_from {
    ($($variant:ident($type:ty)),*) => {$(
        impl<'a> From<$type> for Argument<'a> {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

argument_from!(
    Input(&'a CudaBuffer),
    Output(&'a mut CudaBuffer),
    Unsigned(u32),
    Float(f32),
    Words(&'a [u32]),
    Operands(&'a [FormulaOperand<'a>])
);

/// The values as an array of [`Argument`]s, each of the kind of its type.
macro_rules! arguments {
    ($($value:expr),* $(,)?) => {
        [$(crate::driver::Argument::from($value)),*]
    };
}
pub(crate) use arguments;

/// The most operands of a formula; `MAX_OPERANDS` in the kernels.
const MAX_OPERANDS: usize = 36;

/// An operand of a formula; `struct Operand` of `formula.cu`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormulaOperand<'a> {
    pub(crate) buffer: &'a CudaBuffer,
    /// Index of the first value.
    pub(crate) offset: usize,
    pub(crate) spread: Spread,
}

impl<'a> FormulaOperand<'a> {
    pub(crate) fn new(buffer: &'a CudaBuffer, offset: usize, spread: Spread) -> Self {
        Self {
            buffer,
            offset,
            spread,
        }
    }

    /// A matrix with a value for every element.
    pub(crate) fn matrix(buffer: &'a CudaBuffer) -> Self {
        Self::new(buffer, 0, Spread::Element)
    }
}

/// The number of a spread in the kernels, and the rows that a row of values holds for.
fn spread_words(spread: Spread) -> [u64; 2] {
    match spread {
        Spread::Element => [0, 1],
        Spread::Column => [1, 1],
        Spread::Row => [2, 1],
        // More rows than a kernel can index hold for all of them.
        Spread::Rows(rows) => [3, rows.clamp(1, u32::MAX as usize) as u64],
        Spread::Single => [4, 1],
    }
}

/// Grid and dynamic shared memory of a launch; blocks have [`BLOCK`] threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaunchConfig {
    grid: (u32, u32),
    dynamic_shared: u32,
}

impl LaunchConfig {
    /// A thread for each of `len` elements.
    pub(crate) fn elements(len: u32) -> Self {
        Self::blocks(len.div_ceil(BLOCK), 1)
    }

    /// A warp for each of `rows` rows.
    pub(crate) fn warps(rows: u32) -> Self {
        Self::blocks(rows.div_ceil(WARPS), 1)
    }

    /// `x` by `y` blocks.
    pub(crate) fn blocks(x: u32, y: u32) -> Self {
        Self {
            grid: (x, y),
            dynamic_shared: 0,
        }
    }

    /// Sets the dynamic shared memory in bytes.
    pub(crate) fn with_shared(self, bytes: u32) -> Self {
        Self {
            dynamic_shared: bytes,
            ..self
        }
    }

    fn is_empty(self) -> bool {
        self.grid.0 == 0 || self.grid.1 == 0
    }
}

impl Device {
    /// Queues a kernel. An empty grid launches nothing.
    ///
    /// # Errors
    /// [`CudaError::Launch`] if the arguments are not what the kernel declares, or the driver's answer.
    pub(crate) fn launch(
        &self,
        kernel: Kernel,
        shape: LaunchConfig,
        arguments: &[Argument<'_>],
    ) -> Result<(), CudaError> {
        let (function, signature) = &self.functions[kernel.index()];
        check(signature, arguments)?;
        if shape.is_empty() {
            return Ok(());
        }
        let values: Vec<Value<'_>> = arguments
            .iter()
            .map(|argument| Value::of(argument, &self.stream))
            .collect();
        let mut pointers: Vec<*mut c_void> = values.iter().map(Value::pointer).collect();
        let bound = self.stream.context().bind_to_thread();
        bound.doing("binding the context")?;
        let (grid, block) = ((shape.grid.0, shape.grid.1, 1), (BLOCK, 1, 1));
        let (function, shared) = (function.cu_function(), shape.dynamic_shared);
        let stream = self.stream.cu_stream();
        // SAFETY: `pointers` holds one pointer for each parameter, to a live value of its size (checked above). The
        // buffers outlive the launch on the device, since freeing them is queued on the same stream.
        let launched = unsafe { result::launch_kernel(function, grid, block, shared, stream, &mut pointers) };
        launched.doing(kernel.name())
    }
}

/// Words of `struct Operand`: an address, spread and rows.
const OPERAND_WORDS: usize = 4;

fn check(signature: &Signature, arguments: &[Argument<'_>]) -> Result<(), CudaError> {
    for argument in arguments {
        if let Argument::Operands(operands) = argument
            && operands.len() > MAX_OPERANDS
        {
            return Err(CudaError::Operands {
                count: operands.len(),
                limit: MAX_OPERANDS,
            });
        }
    }
    signature.check(arguments.iter().map(|argument| match argument {
        Argument::Input(_) | Argument::Output(_) => Kind::Pointer,
        Argument::Unsigned(_) => Kind::Unsigned,
        Argument::Float(_) => Kind::Float,
        Argument::Words(words) => Kind::Words(words.len()),
        Argument::Operands(_) => Kind::Words(OPERAND_WORDS * MAX_OPERANDS),
    }))
}

/// An argument in the form that the driver copies.
enum Value<'a> {
    Address(u64),
    Unsigned(u32),
    Float(f32),
    Words(&'a [u32]),
    Operands(Vec<[u64; 2]>),
}

impl<'a> Value<'a> {
    fn of(argument: &Argument<'a>, stream: &CudaStream) -> Self {
        match argument {
            Argument::Input(buffer) => Self::Address(buffer.values.device_ptr(stream).0),
            Argument::Output(buffer) => Self::Address(buffer.values.device_ptr(stream).0),
            Argument::Unsigned(value) => Self::Unsigned(*value),
            Argument::Float(value) => Self::Float(*value),
            Argument::Words(words) => Self::Words(words),
            Argument::Operands(operands) => {
                let mut table = vec![[0; 2]; MAX_OPERANDS];
                for (entry, operand) in table.iter_mut().zip(*operands) {
                    let [spread, rows] = spread_words(operand.spread);
                    let first = operand.buffer.values.device_ptr(stream).0;
                    *entry = [first + 4 * operand.offset as u64, spread | rows << 32];
                }
                Self::Operands(table)
            }
        }
    }

    fn pointer(&self) -> *mut c_void {
        match self {
            Self::Address(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Self::Unsigned(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Self::Float(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Self::Words(words) => words.as_ptr().cast_mut().cast(),
            Self::Operands(table) => table.as_ptr().cast_mut().cast(),
        }
    }
}
