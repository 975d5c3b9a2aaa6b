//! PTX types and the two ways to widen a value to 64 bits.

/// A PTX fundamental type. Registers hold 64 bits; the type of an instruction determines which are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Pred,
    B8,
    B16,
    B32,
    B64,
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    F32,
    F64,
}

impl Type {
    /// Reads a type name without its leading dot.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "pred" => Self::Pred,
            "b8" => Self::B8,
            "b16" => Self::B16,
            "b32" => Self::B32,
            "b64" => Self::B64,
            "u8" => Self::U8,
            "u16" => Self::U16,
            "u32" => Self::U32,
            "u64" => Self::U64,
            "s8" => Self::S8,
            "s16" => Self::S16,
            "s32" => Self::S32,
            "s64" => Self::S64,
            "f32" => Self::F32,
            "f64" => Self::F64,
            _ => return None,
        })
    }

    /// Size in bytes; a predicate counts as one.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Pred | Self::B8 | Self::U8 | Self::S8 => 1,
            Self::B16 | Self::U16 | Self::S16 => 2,
            Self::B32 | Self::U32 | Self::S32 | Self::F32 => 4,
            Self::B64 | Self::U64 | Self::S64 | Self::F64 => 8,
        }
    }

    /// Size in bits.
    pub(crate) fn bits(self) -> u32 {
        8 * self.size() as u32
    }

    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Self::S8 | Self::S16 | Self::S32 | Self::S64)
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// The low bits of `value`, the rest zero.
    pub(crate) fn zero_extend(self, value: u64) -> u64 {
        match self.size() {
            1 => value & 0xff,
            2 => value & 0xffff,
            4 => value & 0xffff_ffff,
            _ => value,
        }
    }

    /// The low bits of `value` as a two's complement number.
    pub(crate) fn sign_extend(self, value: u64) -> i64 {
        match self.size() {
            1 => i64::from(value as u8 as i8),
            2 => i64::from(value as u16 as i16),
            4 => i64::from(value as u32 as i32),
            _ => value as i64,
        }
    }

    /// The value of an integer of this type, wide enough for signed and unsigned alike.
    pub(crate) fn integer(self, value: u64) -> i128 {
        if self.is_signed() {
            i128::from(self.sign_extend(value))
        } else {
            i128::from(self.zero_extend(value))
        }
    }
}

/// The f32 in the low half of a register.
pub(crate) fn f32_of(register: u64) -> f32 {
    f32::from_bits(register as u32)
}

/// A register that holds `value`.
pub(crate) fn of_f32(value: f32) -> u64 {
    u64::from(value.to_bits())
}
