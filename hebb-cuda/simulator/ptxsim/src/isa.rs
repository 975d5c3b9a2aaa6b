//! Decoded instructions.

use crate::types::Type;

/// Index of a register in a thread's register file; predicates live there too.
pub(crate) type Register = u32;

/// A value that an instruction reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operand {
    Register(Register),
    Immediate(u64),
    Special(Special),
}

/// Special registers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Special {
    Thread(usize),
    BlockSize(usize),
    Block(usize),
    GridSize(usize),
    Lane,
    Warp,
    LaneMask(LaneMask),
}

/// Lanes that a `%lanemask` register names, relative to the reading lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum LaneMask {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A memory operand: base plus constant offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Address {
    pub(crate) base: Operand,
    pub(crate) offset: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Space {
    Param,
    Global,
    Shared,
    Local,
    Generic,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum UnaryOp {
    Move,
    Negate,
    Absolute,
    Not,
    SquareRoot,
    InverseSquareRoot,
    Reciprocal,
    Exp2,
    Log2,
    Sine,
    Cosine,
    HyperbolicTangent,
    PopulationCount,
    LeadingZeros,
    ReverseBits,
    FindLeadingOne,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    MultiplyHigh,
    MultiplyWide,
    Divide,
    Remainder,
    Minimum,
    Maximum,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

/// Three-operand integer bit operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TernaryOp {
    /// `bfe`: value, start, length.
    ExtractBits,
    /// `prmt`: low word, high word, selector.
    Permute,
    /// `shf.l`: low word, high word, count; the flag clamps the count instead of wrapping it.
    FunnelLeft { clamp: bool },
    /// `shf.r`: low word, high word, count.
    FunnelRight { clamp: bool },
    /// `lop3`: any function of three bits, as a truth table.
    Logic(u8),
}

/// Part of an integer product that `mul` or `mad` uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Half {
    Low,
    High,
    Wide,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rounding {
    Nearest,
    Zero,
    Down,
    Up,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Ordered,
    Unordered,
}

/// `setp`: the test, and whether NaN makes it true.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) comparison: Comparison,
    pub(crate) or_unordered: bool,
}

/// A predicate register, possibly negated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Guard {
    pub(crate) register: Register,
    pub(crate) negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Conversion {
    pub(crate) to: Type,
    pub(crate) from: Type,
    pub(crate) rounding: Option<Rounding>,
    /// `.rni` and its like: round to an integral value.
    pub(crate) to_integral: bool,
    pub(crate) saturate: bool,
    pub(crate) flush: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AtomicOp {
    Add,
    Minimum,
    Maximum,
    Exchange,
    CompareAndSwap,
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ShuffleMode {
    Up,
    Down,
    Butterfly,
    Index,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum VoteMode {
    Ballot,
    Any,
    All,
    Uniform,
}

/// Post-processing of an f32 result.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(crate) struct FloatFlags {
    /// `.ftz`: subnormal inputs and results become zero.
    pub(crate) flush: bool,
    /// `.sat`: the result is clamped to [0, 1], NaN becomes 0.
    pub(crate) saturate: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Unary {
        op: UnaryOp,
        ty: Type,
        flags: FloatFlags,
        dst: Register,
        a: Operand,
    },
    Binary {
        op: BinaryOp,
        ty: Type,
        flags: FloatFlags,
        dst: Register,
        sources: [Operand; 2],
    },
    Ternary {
        op: TernaryOp,
        ty: Type,
        dst: Register,
        sources: [Operand; 3],
    },
    InsertBits {
        ty: Type,
        dst: Register,
        /// Value, base, start and length.
        sources: [Operand; 4],
    },
    MultiplyAdd {
        ty: Type,
        half: Half,
        dst: Register,
        sources: [Operand; 3],
    },
    FusedMultiplyAdd {
        ty: Type,
        rounding: Rounding,
        flags: FloatFlags,
        dst: Register,
        sources: [Operand; 3],
    },
    SetPredicate {
        test: Test,
        ty: Type,
        dst: Register,
        inverse: Option<Register>,
        sources: [Operand; 2],
        combine: Option<(BinaryOp, Guard)>,
    },
    Select {
        dst: Register,
        sources: [Operand; 2],
        predicate: Guard,
    },
    Convert {
        conversion: Conversion,
        dst: Register,
        a: Operand,
    },
    ConvertAddress {
        dst: Register,
        a: Operand,
        space: Space,
        to_space: bool,
    },
    Load {
        space: Space,
        ty: Type,
        read_only: bool,
        dst: Vec<Register>,
        address: Address,
    },
    Store {
        space: Space,
        ty: Type,
        src: Vec<Operand>,
        address: Address,
    },
    Atomic {
        op: AtomicOp,
        space: Space,
        ty: Type,
        dst: Option<Register>,
        address: Address,
        value: Operand,
        swap: Option<Operand>,
    },
    Pack {
        dst: Register,
        parts: Vec<Operand>,
        bits: u32,
    },
    Unpack {
        dst: Vec<Register>,
        value: Operand,
        bits: u32,
    },
    Branch {
        target: usize,
    },
    Barrier,
    WarpBarrier {
        mask: Operand,
    },
    Shuffle {
        mode: ShuffleMode,
        dst: Register,
        valid: Option<Register>,
        value: Operand,
        lane: Operand,
        clamp: Operand,
        mask: Operand,
    },
    Vote {
        mode: VoteMode,
        dst: Register,
        predicate: Guard,
        mask: Operand,
    },
    Fence,
    Return,
}

/// One instruction with its guard.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Instruction {
    pub(crate) guard: Option<Guard>,
    pub(crate) op: Op,
}
