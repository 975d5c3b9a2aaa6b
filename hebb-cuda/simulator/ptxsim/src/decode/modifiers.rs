//! Modifiers: the dotted suffixes of an opcode.

use crate::isa::{FloatFlags, Rounding, Space};
use crate::types::Type;

/// Suffixes not yet understood; [`Modifiers::finish`] demands that none is left.
#[derive(Debug)]
pub(super) struct Modifiers<'a> {
    names: Vec<&'a str>,
}

impl<'a> Modifiers<'a> {
    pub(super) fn new(names: Vec<&'a str>) -> Self {
        Self { names }
    }

    /// Removes `name`. Returns true if it was present.
    pub(super) fn take(&mut self, name: &str) -> bool {
        match self.names.iter().position(|n| *n == name) {
            Some(at) => {
                self.names.remove(at);
                true
            }
            None => false,
        }
    }

    /// Removes the first suffix that `parse` reads.
    pub(super) fn take_with<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (at, value) = self
            .names
            .iter()
            .enumerate()
            .find_map(|(at, name)| Some((at, parse(name)?)))?;
        self.names.remove(at);
        Some(value)
    }

    /// The operation's type, or the destination's where there are two.
    pub(super) fn ty(&mut self) -> Result<Type, String> {
        self.take_with(Type::parse)
            .ok_or_else(|| "the type is missing".to_owned())
    }

    /// State space; none means a generic address.
    pub(super) fn space(&mut self) -> Space {
        let named = self.take_with(|name| match name {
            "param" => Some(Space::Param),
            "global" => Some(Space::Global),
            "shared" => Some(Space::Shared),
            "local" => Some(Space::Local),
            _ => None,
        });
        named.unwrap_or(Space::Generic)
    }

    /// Rounding of a floating-point result.
    pub(super) fn rounding(&mut self) -> Option<Rounding> {
        self.take_with(|name| match name {
            "rn" => Some(Rounding::Nearest),
            "rz" => Some(Rounding::Zero),
            "rm" => Some(Rounding::Down),
            "rp" => Some(Rounding::Up),
            _ => None,
        })
    }

    /// Rounding to an integral value.
    pub(super) fn integral_rounding(&mut self) -> Option<Rounding> {
        self.take_with(|name| match name {
            "rni" => Some(Rounding::Nearest),
            "rzi" => Some(Rounding::Zero),
            "rmi" => Some(Rounding::Down),
            "rpi" => Some(Rounding::Up),
            _ => None,
        })
    }

    pub(super) fn float_flags(&mut self) -> FloatFlags {
        FloatFlags {
            flush: self.take("ftz"),
            saturate: self.take("sat"),
        }
    }

    /// Rejects modifiers that no decoder has taken.
    pub(super) fn finish(&self, opcode: &str) -> Result<(), String> {
        match self.names.first() {
            None => Ok(()),
            Some(name) => Err(format!("{opcode} with .{name} is not implemented")),
        }
    }
}
