//! Formulas of rules as programs for the stack machine of `formula.cu`.

use hebb_core::rule::{Binary, Expr, Unary};

use crate::CudaError;
use crate::kernel::BLOCK;

/// The longest program; `MAX_INSTRUCTIONS` in the kernel.
const MAX_INSTRUCTIONS: usize = 64;
/// Levels of the stack: one in a register, the others in 48 KiB of shared memory.
const MAX_LEVELS: usize = 1 + (48 << 10) / LEVEL_BYTES as usize;
/// Shared memory of one level.
const LEVEL_BYTES: u32 = BLOCK * 4;
/// Words of `struct Program`.
const WORDS: usize = 1 + 2 * MAX_INSTRUCTIONS;

/// A formula, ready to be passed to the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    words: [u32; WORDS],
    length: usize,
    levels: usize,
}

impl Program {
    /// Compiles a formula.
    ///
    /// # Errors
    /// [`CudaError::Formula`] if it is too long or too deep.
    pub(crate) fn new(expr: &Expr) -> Result<Self, CudaError> {
        let mut program = Self {
            words: [0; WORDS],
            length: 0,
            levels: 0,
        };
        program.add(expr, 0, expr)?;
        program.words[0] = program.length as u32;
        Ok(program)
    }

    /// `struct Program` of `formula.cu`.
    pub(crate) fn words(&self) -> &[u32] {
        &self.words
    }

    /// Dynamic shared memory of the launch, in bytes.
    pub(crate) fn shared_bytes(&self) -> u32 {
        (self.levels as u32).saturating_sub(1) * LEVEL_BYTES
    }

    /// Adds the instructions that push `expr` on a stack of `depth` values.
    fn add(&mut self, expr: &Expr, depth: usize, whole: &Expr) -> Result<(), CudaError> {
        self.levels = self.levels.max(depth + 1);
        let (opcode, constant) = match expr {
            Expr::Activity => (0, 0.0),
            Expr::Similarity => (1, 0.0),
            Expr::Teacher => (2, 0.0),
            Expr::State(index) => (3 | (*index as u32) << 8, 0.0),
            Expr::Constant(value) => (4, *value),
            Expr::Unary(function, a) => {
                self.add(a, depth, whole)?;
                (unary(*function), 0.0)
            }
            Expr::Binary(function, a, b) => {
                self.add(a, depth, whole)?;
                self.add(b, depth + 1, whole)?;
                (binary(*function), 0.0)
            }
        };
        self.push(opcode, constant, whole)
    }

    fn push(&mut self, opcode: u32, constant: f32, whole: &Expr) -> Result<(), CudaError> {
        let refuse = |needed, unit, limit| {
            Err(CudaError::Formula {
                formula: whole.to_string(),
                needed,
                unit,
                limit,
            })
        };
        if self.length == MAX_INSTRUCTIONS {
            return refuse(self.length + 1, "instructions or more", MAX_INSTRUCTIONS);
        }
        if self.levels > MAX_LEVELS {
            return refuse(self.levels, "levels of stack", MAX_LEVELS);
        }
        self.words[1 + self.length] = opcode;
        self.words[1 + MAX_INSTRUCTIONS + self.length] = constant.to_bits();
        self.length += 1;
        Ok(())
    }
}

fn unary(function: Unary) -> u32 {
    match function {
        Unary::Neg => 5,
        Unary::Abs => 6,
        Unary::Sign => 7,
        Unary::Positive => 8,
        Unary::Tanh => 9,
        Unary::Exp => 10,
        Unary::Sqrt => 11,
        Unary::Recip => 12,
    }
}

fn binary(function: Binary) -> u32 {
    match function {
        Binary::Add => 13,
        Binary::Sub => 14,
        Binary::Mul => 15,
        Binary::Max => 16,
        Binary::Pow => 17,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_postfix_code() {
        let program =
            Program::new(&(Expr::Activity * (Expr::Similarity - Expr::State(2)) + 0.5.into())).unwrap();
        assert_eq!(program.words[..8], [7, 0, 1, 3 | 2 << 8, 14, 15, 4, 13]);
        assert_eq!(program.words[1 + MAX_INSTRUCTIONS + 5], 0.5f32.to_bits());
        assert_eq!(program.shared_bytes(), 2 * LEVEL_BYTES);
        assert_eq!(Program::new(&Expr::Activity).unwrap().shared_bytes(), 0);
    }

    #[test]
    fn formulas_that_do_not_fit_are_refused() {
        let long = (0..40).fold(Expr::Activity, |sum, _| sum + Expr::Activity);
        assert!(
            Program::new(&long)
                .unwrap_err()
                .to_string()
                .contains("room for 64")
        );
        let deep = (0..31).fold(Expr::Activity, |sum, _| Expr::Activity + sum);
        assert!(Program::new(&deep).is_ok());
    }
}
