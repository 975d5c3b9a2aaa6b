//! Symbols of a kernel: registers, parameters, arrays and labels.

use std::collections::HashMap;

use crate::isa::Register;
use crate::types::Type;

/// Unmapped bytes between two shared arrays, so that an overrun hits nothing.
const GAP: usize = 4096;

/// A mapped piece of shared or local memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArrayRange {
    pub(crate) start: usize,
    pub(crate) size: usize,
}

/// Everything an operand can name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symbols {
    registers: HashMap<String, Register>,
    /// Parameters and arrays: their offset in the space that they live in.
    offsets: HashMap<String, u64>,
    labels: HashMap<String, usize>,
    shared: Vec<ArrayRange>,
    local: Vec<ArrayRange>,
    dynamic: Vec<String>,
}

impl Symbols {
    /// The symbols of a kernel with these parameters, by offset, and labels.
    pub(super) fn new(
        parameters: impl Iterator<Item = (String, u64)>,
        labels: HashMap<String, usize>,
    ) -> Self {
        Self {
            offsets: parameters.collect(),
            labels,
            ..Self::default()
        }
    }

    /// Adds a `.reg`, `.shared`, `.extern .shared` or `.local` declaration.
    pub(super) fn declare(&mut self, text: &str) -> Result<(), String> {
        match text.strip_prefix(".reg") {
            Some(rest) => self.declare_registers(rest.trim()),
            None => self.declare_array(text),
        }
    }

    fn declare_registers(&mut self, text: &str) -> Result<(), String> {
        let (ty, names) = text.split_once(char::is_whitespace).ok_or("register type")?;
        Type::parse(ty.trim_start_matches('.'))
            .ok_or_else(|| format!("register type {ty} is not supported"))?;
        for name in names.split(',').map(str::trim) {
            match name.trim_end_matches('>').split_once('<') {
                Some((stem, count)) => {
                    let count: u32 = count.parse().map_err(|e| format!("{name}: {e}"))?;
                    (0..count).try_for_each(|i| self.add_register(format!("{stem}{i}")))?;
                }
                None => self.add_register(name.to_owned())?,
            }
        }
        Ok(())
    }

    fn add_register(&mut self, name: String) -> Result<(), String> {
        let index = self.registers.len() as Register;
        match self.registers.insert(name.clone(), index) {
            None => Ok(()),
            Some(_) => Err(format!("register {name} exists already")),
        }
    }

    fn declare_array(&mut self, text: &str) -> Result<(), String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let align = match words.iter().position(|w| *w == ".align") {
            Some(at) => words
                .get(at + 1)
                .and_then(|a| a.parse().ok())
                .ok_or("alignment")?,
            None => 1,
        };
        let [.., ty, name] = words[..] else {
            return Err("array declaration".to_owned());
        };
        let ty =
            Type::parse(ty.trim_start_matches('.')).ok_or_else(|| format!("type {ty} is not supported"))?;
        let (name, count) = array(name)?;
        if words[0] == ".extern" {
            self.dynamic.push(name.to_owned());
            self.place_dynamic();
            return Ok(());
        }
        let local = words[0] == ".local";
        let arrays = if local { &mut self.local } else { &mut self.shared };
        let start = next_start(arrays).next_multiple_of(align.max(ty.size()));
        arrays.push(ArrayRange {
            start,
            size: ty.size() * count.unwrap_or(1),
        });
        self.offsets.insert(name.to_owned(), start as u64);
        self.place_dynamic();
        Ok(())
    }

    /// Dynamic shared memory comes after the last static array, as on the device.
    fn place_dynamic(&mut self) {
        let start = self.dynamic_start();
        for name in &self.dynamic {
            self.offsets.insert(name.clone(), start as u64);
        }
    }

    fn dynamic_start(&self) -> usize {
        next_start(&self.shared).next_multiple_of(16)
    }

    /// Mapped ranges of shared memory for a launch with `dynamic` bytes of dynamic shared memory.
    pub(crate) fn shared_ranges(&self, dynamic: usize) -> Vec<ArrayRange> {
        let mut ranges = self.shared.clone();
        ranges.push(ArrayRange {
            start: self.dynamic_start(),
            size: dynamic,
        });
        ranges
    }

    /// Mapped ranges of one thread's local memory.
    pub(crate) fn local_ranges(&self) -> &[ArrayRange] {
        &self.local
    }

    pub(crate) fn static_shared(&self) -> usize {
        self.shared.iter().map(|array| array.size).sum()
    }

    pub(crate) fn register_count(&self) -> usize {
        self.registers.len()
    }

    pub(super) fn register(&self, name: &str) -> Option<Register> {
        self.registers.get(name).copied()
    }

    pub(super) fn offset(&self, name: &str) -> Option<u64> {
        self.offsets.get(name).copied()
    }

    pub(super) fn label(&self, name: &str) -> Option<usize> {
        self.labels.get(name).copied()
    }
}

fn next_start(arrays: &[ArrayRange]) -> usize {
    arrays.last().map_or(0, |last| last.start + last.size + GAP)
}

/// Splits `name[count]`; an empty count stands for an array sized at launch.
pub(super) fn array(text: &str) -> Result<(&str, Option<usize>), String> {
    let Some((name, count)) = text.split_once('[') else {
        return Ok((text, None));
    };
    let count = count.trim_end_matches(']');
    if count.is_empty() {
        return Ok((name, None));
    }
    Ok((name, Some(count.parse().map_err(|e| format!("{text}: {e}"))?)))
}
