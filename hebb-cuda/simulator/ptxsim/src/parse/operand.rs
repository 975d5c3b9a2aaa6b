//! Operands of a statement.

use super::symbols::Symbols;
use crate::isa::{Address, Guard, LaneMask, Operand, Register, Special};

/// The comma-separated operands of a statement, resolved on demand.
#[derive(Debug)]
pub(crate) struct Arguments<'a> {
    items: Vec<&'a str>,
    symbols: &'a Symbols,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(text: &'a str, symbols: &'a Symbols) -> Self {
        Self {
            items: split(text),
            symbols,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The text of operand `index`.
    pub(crate) fn text(&self, index: usize) -> Result<&'a str, String> {
        self.items
            .get(index)
            .copied()
            .ok_or_else(|| format!("operand {index} is missing"))
    }

    /// Returns true if operand `index` is a vector in braces.
    pub(crate) fn is_vector(&self, index: usize) -> bool {
        self.items.get(index).is_some_and(|item| item.starts_with('{'))
    }

    pub(crate) fn register(&self, index: usize) -> Result<Register, String> {
        self.register_named(self.text(index)?)
    }

    /// `%a|%b`: a destination with an optional second one.
    pub(crate) fn register_pair(&self, index: usize) -> Result<(Register, Option<Register>), String> {
        let text = self.text(index)?;
        match text.split_once('|') {
            Some((first, second)) => Ok((self.register_named(first)?, Some(self.register_named(second)?))),
            None => Ok((self.register_named(text)?, None)),
        }
    }

    pub(crate) fn operand(&self, index: usize) -> Result<Operand, String> {
        self.operand_named(self.text(index)?)
    }

    /// The operands from `index` on.
    pub(crate) fn sources<const N: usize>(&self, index: usize) -> Result<[Operand; N], String> {
        let mut sources = [Operand::Immediate(0); N];
        for (offset, source) in sources.iter_mut().enumerate() {
            *source = self.operand(index + offset)?;
        }
        Ok(sources)
    }

    /// A predicate register with an optional `!`.
    pub(crate) fn guard(&self, index: usize) -> Result<Guard, String> {
        guard(self.text(index)?, self.symbols)
    }

    pub(crate) fn registers(&self, index: usize) -> Result<Vec<Register>, String> {
        parts(self.text(index)?)
            .map(|part| self.register_named(part))
            .collect()
    }

    pub(crate) fn operands(&self, index: usize) -> Result<Vec<Operand>, String> {
        parts(self.text(index)?)
            .map(|part| self.operand_named(part))
            .collect()
    }

    /// `[base]`, `[base+8]` or `[base+-8]`.
    pub(crate) fn address(&self, index: usize) -> Result<Address, String> {
        let text = self.text(index)?;
        let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        let inner = inner.ok_or_else(|| format!("{text} is no address"))?;
        let (base, offset) = match inner.split_once('+') {
            Some((base, offset)) => (
                base.trim(),
                offset.trim().parse().map_err(|e| format!("{text}: {e}"))?,
            ),
            None => (inner.trim(), 0),
        };
        Ok(Address {
            base: self.operand_named(base)?,
            offset,
        })
    }

    pub(crate) fn label(&self, index: usize) -> Result<usize, String> {
        let name = self.text(index)?;
        self.symbols
            .label(name)
            .ok_or_else(|| format!("label {name} does not exist"))
    }

    fn register_named(&self, name: &str) -> Result<Register, String> {
        self.symbols
            .register(name)
            .ok_or_else(|| format!("register {name} is not declared"))
    }

    fn operand_named(&self, text: &str) -> Result<Operand, String> {
        if let Some(special) = special(text) {
            return Ok(Operand::Special(special));
        }
        if let Some(register) = self.symbols.register(text) {
            return Ok(Operand::Register(register));
        }
        let value = self.symbols.offset(text).or_else(|| immediate(text));
        value
            .map(Operand::Immediate)
            .ok_or_else(|| format!("operand {text} is not known"))
    }
}

/// Reads `%p` or `!%p`.
pub(crate) fn guard(text: &str, symbols: &Symbols) -> Result<Guard, String> {
    let name = text.trim_start_matches('!');
    let register = symbols
        .register(name)
        .ok_or_else(|| format!("predicate {name} is not declared"))?;
    Ok(Guard {
        register,
        negated: text.starts_with('!'),
    })
}

/// Splits at commas outside braces and brackets.
fn split(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if !text[start..].trim().is_empty() {
        items.push(text[start..].trim());
    }
    items
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.trim_start_matches('{')
        .trim_end_matches('}')
        .split(',')
        .map(str::trim)
}

fn immediate(text: &str) -> Option<u64> {
    if let Some(bits) = text.strip_prefix("0f").or_else(|| text.strip_prefix("0d")) {
        return u64::from_str_radix(bits, 16).ok();
    }
    if text == "WARP_SZ" {
        return Some(32);
    }
    let text = text.trim_end_matches('U');
    if let Some(bits) = text.strip_prefix("0x") {
        return u64::from_str_radix(bits, 16).ok();
    }
    text.parse::<i128>().ok().map(|value| value as u64)
}

fn special(text: &str) -> Option<Special> {
    let axis = |name: &str| {
        text.strip_prefix(name)
            .and_then(|rest| ["x", "y", "z"].iter().position(|a| *a == rest))
    };
    if let Some(axis) = axis("%tid.") {
        return Some(Special::Thread(axis));
    }
    if let Some(axis) = axis("%ntid.") {
        return Some(Special::BlockSize(axis));
    }
    if let Some(axis) = axis("%ctaid.") {
        return Some(Special::Block(axis));
    }
    if let Some(axis) = axis("%nctaid.") {
        return Some(Special::GridSize(axis));
    }
    Some(match text {
        "%laneid" => Special::Lane,
        "%warpid" => Special::Warp,
        "%lanemask_eq" => Special::LaneMask(LaneMask::Equal),
        "%lanemask_lt" => Special::LaneMask(LaneMask::Less),
        "%lanemask_le" => Special::LaneMask(LaneMask::LessEqual),
        "%lanemask_gt" => Special::LaneMask(LaneMask::Greater),
        "%lanemask_ge" => Special::LaneMask(LaneMask::GreaterEqual),
        _ => return None,
    })
}
