//! PTX text to kernels.

mod entry;
mod operand;
mod symbols;
mod text;

use std::collections::BTreeMap;

use crate::error::LoadError;
use crate::isa::Instruction;
pub(crate) use operand::{Arguments, guard};
pub(crate) use symbols::{ArrayRange, Symbols};
use text::Lines;

/// A loaded PTX module.
#[derive(Clone, Debug)]
pub struct Module {
    kernels: BTreeMap<String, Kernel>,
}

/// A kernel parameter: its place in the parameter buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Offset in bytes.
    pub offset: usize,
    /// Size in bytes.
    pub size: usize,
}

/// A `.entry` function.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) max_threads: Option<u32>,
    pub(crate) code: Vec<Instruction>,
    /// For each instruction its line and text.
    pub(crate) source: Vec<(usize, String)>,
    pub(crate) registers: usize,
    pub(crate) symbols: Symbols,
}

impl Module {
    /// Parses and decodes a whole module.
    ///
    /// # Errors
    /// The first statement that is malformed or that the interpreter does not support.
    pub fn parse(source: &str) -> Result<Self, LoadError> {
        let mut lines = Lines::new(source);
        let mut shared = Vec::new();
        let mut kernels = BTreeMap::new();
        while let Some((line, text)) = lines.next_line() {
            if text.starts_with(".version")
                || text.starts_with(".target")
                || text.starts_with(".address_size")
            {
                continue;
            }
            if text.contains(".shared") {
                shared.push(lines.statement(line, text));
            } else if text.starts_with(".global") {
                // NVRTC declares variables that no kernel uses. A use is refused, as the name stays unknown.
                lines.statement(line, text);
            } else if text.contains(".entry") {
                let kernel = entry::parse(&mut lines, line, text, &shared)?;
                kernels.insert(kernel.name.clone(), kernel);
            } else {
                return Err(text::error(line, &text, "is not supported outside a kernel"));
            }
        }
        Ok(Self { kernels })
    }

    /// Names of the kernels, sorted.
    pub fn kernels(&self) -> impl Iterator<Item = &str> {
        self.kernels.keys().map(String::as_str)
    }

    /// The kernel called `name`.
    pub fn kernel(&self, name: &str) -> Option<&Kernel> {
        self.kernels.get(name)
    }
}

impl Kernel {
    /// The name it is launched by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Bytes of statically sized shared memory, without the interpreter's gaps.
    pub fn static_shared(&self) -> usize {
        self.symbols.static_shared()
    }
}
