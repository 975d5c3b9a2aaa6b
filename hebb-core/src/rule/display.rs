//! Lowerings as text: the factor a, the decay C, and the states by their names.

use super::{Decay, Lowering, Statistic};
use std::fmt::{Display, Formatter, Result};

/// `a = y * (y - theta), C = 0, theta = E(y * y)`, where E is the mean over a batch.
impl Display for Lowering {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let named = |formula| self.printed(formula);
        write!(f, "a = {}, C = ", named(&self.factor))?;
        match &self.decay {
            Decay::None => write!(f, "0")?,
            Decay::Diagonal(decay) => write!(f, "diag({})", named(decay))?,
            Decay::Input => write!(f, "x_k for column k")?,
            Decay::Outer(outer) => {
                let triangle = if outer.lower { "tril " } else { "" };
                let identity = if outer.identity { " - 1" } else { "" };
                let [rows, columns] = [named(&outer.rows), named(&outer.columns)];
                write!(f, "{triangle}outer({rows}, {columns}){identity}")?;
            }
        }
        for state in &self.states {
            let mean = match state.statistic {
                Statistic::Batch => "E",
                Statistic::Running { .. } => "running E",
            };
            write!(f, ", {} = {mean}({})", state.name, named(&state.of))?;
        }
        if self.clamped {
            write!(f, ", only units with t > 0 compete")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::Params;
    use crate::rules;

    #[test]
    fn a_lowering_prints_its_factor_its_decay_and_its_states() {
        let printed = |name, params| rules::build(name, &params).unwrap().lower().to_string();
        for (name, expected) in [
            ("oja", "a = y, C = diag(y * y)"),
            ("sanger", "a = y, C = tril outer(y, y)"),
            ("outstar", "a = t, C = x_k for column k"),
            ("bcm", "a = y * (y - theta), C = 0, theta = E(y * y)"),
            ("natural-ica", "a = 0, C = outer(tanh(u), u) - 1"),
        ] {
            assert_eq!(printed(name, Params::default()), expected);
        }
        assert_eq!(
            printed("supervised", Params::default().with("gate", "clamp")),
            "a = t * y, C = diag(t * y), only units with t > 0 compete"
        );
    }
}
