//! Loaded modules: kernels as decoded instructions.

use std::collections::BTreeMap;

use crate::decode;
use crate::error::LoadError;
use crate::isa::{Instruction, Op};
use crate::parse::{self, Entry, KernelParameter, Symbols};

/// A loaded PTX module.
#[derive(Clone, Debug)]
pub struct Module {
    kernels: BTreeMap<String, PtxKernel>,
}

/// A decoded `.entry` function.
#[derive(Clone, Debug)]
pub struct PtxKernel {
    pub(crate) name: String,
    pub(crate) parameters: Vec<KernelParameter>,
    pub(crate) max_threads: Option<u32>,
    pub(crate) code: Vec<Instruction>,
    /// Line and text of each instruction.
    pub(crate) source: Vec<(usize, String)>,
    pub(crate) registers: usize,
    pub(crate) symbols: Symbols,
}

impl Module {
    /// Parses a module and decodes its kernels.
    ///
    /// # Errors
    /// The first statement that is malformed or that the interpreter does not support.
    pub fn load(source: &str) -> Result<Self, LoadError> {
        let kernels = parse::entries(source)?.into_iter().map(|entry| {
            let kernel = PtxKernel::decode(entry)?;
            Ok((kernel.name.clone(), kernel))
        });
        Ok(Self {
            kernels: kernels.collect::<Result<_, _>>()?,
        })
    }

    /// Names of the kernels, sorted.
    pub fn kernels(&self) -> impl Iterator<Item = &str> {
        self.kernels.keys().map(String::as_str)
    }

    /// The kernel called `name`.
    pub fn kernel(&self, name: &str) -> Option<&PtxKernel> {
        self.kernels.get(name)
    }
}

impl PtxKernel {
    /// Decodes the statements of an entry and appends the return at its end.
    fn decode(entry: Entry) -> Result<Self, LoadError> {
        let decoded = entry.statements.iter().map(|(line, text)| {
            decode::instruction(text, &entry.symbols).map_err(|reason| parse::error(*line, text, reason))
        });
        let end = Instruction {
            guard: None,
            op: Op::Return,
        };
        let code = decoded.chain([Ok(end)]).collect::<Result<_, _>>()?;
        let mut source = entry.statements;
        source.push((0, "end of the kernel".to_owned()));
        Ok(Self {
            name: entry.name,
            parameters: entry.parameters,
            max_threads: entry.max_threads,
            code,
            source,
            registers: entry.symbols.register_count(),
            symbols: entry.symbols,
        })
    }

    /// The name it is launched by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> &[KernelParameter] {
        &self.parameters
    }

    /// Bytes of statically sized shared memory, without the interpreter's gaps.
    pub fn static_shared(&self) -> usize {
        self.symbols.static_shared()
    }
}
