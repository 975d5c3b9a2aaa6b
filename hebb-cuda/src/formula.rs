//! Formulas compiled to programs for the stack machine of `formula.cu` and `statistics.cu`.

use hebb_core::formula::{Binary, Formula, Unary};

use crate::error::CudaError;
use crate::kernel::BLOCK;

/// The longest program; `MAX_INSTRUCTIONS` in the kernels. A sum or level of the stack takes two instructions, so that
/// no program needs more than 48 KiB of shared memory.
const MAX_INSTRUCTIONS: usize = 96;
/// Shared memory of a sum or level.
const LEVEL_BYTES: u32 = BLOCK * 4;
/// Words of `struct Program`.
const WORDS: usize = 1 + 2 * MAX_INSTRUCTIONS;
/// Marks the instruction that pushes on an empty stack.
const FIRST: u32 = 0x80;
/// The instruction that pushes a constant; 0 pushes an operand.
const CONSTANT: u32 = 1;
/// The instructions that end a formula.
const SUM: u32 = 15;
const STORE: u32 = 16;

/// A program of one or several formulas, as kernels take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    words: [u32; WORDS],
    length: usize,
    /// Levels of the stack, its top included.
    levels: usize,
    sums: usize,
}

impl Program {
    /// A program that leaves the value of one formula on the stack.
    ///
    /// # Errors
    /// [`CudaError::Formula`] if it is too long or too deep; the same below.
    pub(crate) fn new(formula: &Formula) -> Result<Self, CudaError> {
        let mut program = Self::empty();
        program.add(formula, 0, formula)?;
        Ok(program)
    }

    /// A program without instructions.
    pub(crate) fn empty() -> Self {
        Self {
            words: [0; WORDS],
            length: 0,
            levels: 1,
            sums: 0,
        }
    }

    /// Appends a formula whose values are summed over rows.
    pub(crate) fn sum(mut self, formula: &Formula) -> Result<Self, CudaError> {
        self.add(formula, 0, formula)?;
        let index = self.sums as u32;
        self.sums += 1;
        self.push(SUM | index << 8, 0.0, formula)?;
        Ok(self)
    }

    /// Appends a formula whose values are stored.
    pub(crate) fn store(mut self, formula: &Formula) -> Result<Self, CudaError> {
        self.add(formula, 0, formula)?;
        self.push(STORE, 0.0, formula)?;
        Ok(self)
    }

    /// `struct Program` of `formula.cu`.
    pub(crate) fn words(&self) -> &[u32] {
        &self.words
    }

    /// Number of sums.
    pub(crate) fn sums(&self) -> usize {
        self.sums
    }

    /// Dynamic shared memory of the launch, in bytes.
    pub(crate) fn shared_bytes(&self) -> u32 {
        (self.sums + self.levels - 1) as u32 * LEVEL_BYTES
    }

    /// Adds the instructions that push `formula` on a stack of `depth` values.
    fn add(&mut self, formula: &Formula, depth: usize, whole: &Formula) -> Result<(), CudaError> {
        self.levels = self.levels.max(depth + 1);
        let first = if depth == 0 { FIRST } else { 0 };
        let (opcode, constant) = match formula {
            Formula::Operand(position) => (first | (*position as u32) << 8, 0.0),
            Formula::Constant(value) => (CONSTANT | first, *value),
            Formula::Unary(function, a) => {
                self.add(a, depth, whole)?;
                (unary(*function), 0.0)
            }
            Formula::Binary(function, a, b) => {
                self.add(a, depth, whole)?;
                self.add(b, depth + 1, whole)?;
                (binary(*function), 0.0)
            }
        };
        self.push(opcode, constant, whole)
    }

    fn push(&mut self, code: u32, constant: f32, whole: &Formula) -> Result<(), CudaError> {
        if self.length == MAX_INSTRUCTIONS {
            return Err(CudaError::Formula {
                formula: whole.to_string(),
                limit: MAX_INSTRUCTIONS,
            });
        }
        self.words[1 + self.length] = code;
        self.words[1 + MAX_INSTRUCTIONS + self.length] = constant.to_bits();
        self.length += 1;
        self.words[0] = self.length as u32;
        Ok(())
    }
}

fn unary(function: Unary) -> u32 {
    match function {
        Unary::Neg => 2,
        Unary::Abs => 3,
        Unary::Sign => 4,
        Unary::Positive => 5,
        Unary::Tanh => 6,
        Unary::Exp => 7,
        Unary::Sqrt => 8,
        Unary::Recip => 9,
    }
}

fn binary(function: Binary) -> u32 {
    match function {
        Binary::Add => 10,
        Binary::Sub => 11,
        Binary::Mul => 12,
        Binary::Max => 13,
        Binary::Pow => 14,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_postfix_code() {
        let program = Program::new(&Formula::of(|[a, b, _, _, _, c]| a * (b - c) + 0.5)).unwrap();
        assert_eq!(
            program.words[..8],
            [7, FIRST, 1 << 8, 5 << 8, 11, 12, CONSTANT, 10]
        );
        assert_eq!(program.words[1 + MAX_INSTRUCTIONS + 5], 0.5f32.to_bits());
        assert_eq!(program.shared_bytes(), 2 * LEVEL_BYTES);
        assert_eq!(Program::new(&Formula::Operand(0)).unwrap().shared_bytes(), 0);
    }

    #[test]
    fn formulas_that_are_too_long_are_refused() {
        let long = (0..60).fold(Formula::Operand(0), |sum, _| sum + Formula::Operand(0));
        let message = Program::new(&long).unwrap_err().to_string();
        assert!(message.contains("more than 96 instructions"), "{message}");
    }

    #[test]
    fn the_deepest_program_fits_into_shared_memory() {
        let deep = (0..47).fold(Formula::Operand(0), |sum, _| Formula::Operand(0) + sum);
        let program = Program::empty().sum(&deep).unwrap();
        assert_eq!(program.length, MAX_INSTRUCTIONS);
        assert_eq!(program.shared_bytes(), 48 << 10);
    }

    #[test]
    fn sums_are_numbered_and_each_formula_starts_on_an_empty_stack() {
        let program = Program::empty()
            .sum(&Formula::Operand(0))
            .unwrap()
            .sum(&Formula::Operand(1))
            .unwrap();
        let program = program.store(&Formula::Operand(2)).unwrap();
        let expected = [6, FIRST, SUM, FIRST | 1 << 8, SUM | 1 << 8, FIRST | 2 << 8, STORE];
        assert_eq!(program.words[..7], expected);
        assert_eq!(program.shared_bytes(), 2 * LEVEL_BYTES);
    }
}
