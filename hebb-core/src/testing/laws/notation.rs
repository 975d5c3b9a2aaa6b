//! Evaluation of formulas as people write them, such as `y_i (x - sum_{j<=i} y_j w_j)`.
//!
//! | written | value |
//! |---|---|
//! | `y_i`, `u_i`, `t_i`, `theta_i` | activity, similarity, teacher and states of unit i; with `_j` inside a sum |
//! | `x`, `x_k`, `w_i`, `w_ik`, `w_j` | the patch and the weights, at one place k |
//! | `beta` | a parameter of the rule by its name |
//! | `a b`, `a / b`, `a + b`, `a - b`, `-a`, `a^b` | arithmetic; a product is written without a sign |
//! | `\|a\|`, `sgn(a)`, `g(a)`, `[a > b]` | absolute value, sign, the parameter `function`, 1 if a > b and 0 if not |
//! | `sum_j a`, `sum_{j<=i} a` | the sum of a product over all units or those up to i |

use crate::rule::{Sample, Value};

/// The quantities that a formula can name.
pub(super) struct Scope<'a> {
    pub(super) sample: &'a Sample<'a, f64>,
    pub(super) states: &'a [&'a str],
    pub(super) parameter: &'a dyn Fn(&str) -> Option<Value>,
}

/// The value of a formula for unit `unit` and place `place` of the patch.
pub(super) fn evaluate(formula: &str, scope: &Scope<'_>, unit: usize, place: usize) -> Result<f64, String> {
    let mut reader = Reader {
        text: formula,
        rest: formula,
        scope,
        units: [unit, unit],
        place,
        in_bars: false,
    };
    let value = reader.sum()?;
    match reader.rest.trim() {
        "" => Ok(value),
        rest => Err(format!("`{formula}` cannot be read from `{rest}` on")),
    }
}

/// A formula that is evaluated while it is read.
struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    scope: &'a Scope<'a>,
    /// i and j.
    units: [usize; 2],
    place: usize,
    in_bars: bool,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        let error = format!("`{}` lacks a `{sign}` before `{}`", self.text, self.rest);
        self.eat(sign).then_some(()).ok_or(error)
    }

    fn sum(&mut self) -> Result<f64, String> {
        let mut value = self.product()?;
        loop {
            if self.eat("+") {
                value += self.product()?;
            } else if self.eat("-") {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<f64, String> {
        let mut value = self.power()?;
        loop {
            let next = self.rest.trim_start().chars().next().unwrap_or(' ');
            if self.eat("/") {
                value /= self.power()?;
            } else if next.is_alphanumeric() || "([".contains(next) || (next == '|' && !self.in_bars) {
                value *= self.power()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn power(&mut self) -> Result<f64, String> {
        if self.eat("-") {
            return Ok(-self.power()?);
        }
        let base = self.atom()?;
        Ok(if self.eat("^") {
            base.powf(self.atom()?)
        } else {
            base
        })
    }

    fn atom(&mut self) -> Result<f64, String> {
        if self.eat("(") {
            self.in_brackets()
        } else if self.eat("|") {
            self.in_bars = true;
            let value = self.sum()?;
            self.in_bars = false;
            self.expect("|").map(|()| value.abs())
        } else if self.eat("[") {
            let left = self.sum()?;
            self.expect(">")?;
            let right = self.sum()?;
            self.expect("]").map(|()| f64::from(u8::from(left > right)))
        } else {
            let name = self.word(|c| c.is_alphanumeric() || c == '.');
            name.parse().or_else(|_| self.named(name))
        }
    }

    /// The rest of a bracket that has been opened; a `|` inside opens anew.
    fn in_brackets(&mut self) -> Result<f64, String> {
        let in_bars = std::mem::take(&mut self.in_bars);
        let value = self.sum()?;
        self.in_bars = in_bars;
        self.expect(")").map(|()| value)
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let text = self.rest.trim_start();
        let (word, rest) = text.split_at(text.find(|c| !part(c)).unwrap_or(text.len()));
        self.rest = rest;
        word
    }

    fn named(&mut self, name: &str) -> Result<f64, String> {
        match name {
            "sum" => self.over_units(),
            "sgn" | "g" => {
                self.expect("(")?;
                let value = self.in_brackets()?;
                self.function(name, value)
            }
            _ => self.quantity(name),
        }
    }

    fn function(&self, name: &str, v: f64) -> Result<f64, String> {
        if name == "sgn" {
            return Ok(if v == 0.0 { 0.0 } else { v.signum() });
        }
        match (self.scope.parameter)("function") {
            Some(Value::Word(word)) if word == "tanh" => Ok(v.tanh()),
            Some(Value::Word(word)) if word == "cube" => Ok(v.powi(3)),
            Some(Value::Word(word)) if word == "relu" => Ok(v.max(0.0)),
            other => Err(format!("`{}` has no function g: {other:?}", self.text)),
        }
    }

    /// The sum of the product that follows, read once for every unit j.
    fn over_units(&mut self) -> Result<f64, String> {
        let units = if self.eat("_{j<=i}") {
            self.units[0] + 1
        } else {
            self.expect("_j")?;
            self.scope.sample.units()
        };
        let summand = self.rest;
        let mut total = 0.0;
        for unit in 0..units {
            self.rest = summand;
            self.units[1] = unit;
            total += self.product()?;
        }
        Ok(total)
    }

    fn quantity(&mut self, name: &str) -> Result<f64, String> {
        let index = if self.rest.starts_with('_') {
            self.word(|c| c == '_' || c.is_alphabetic())
        } else {
            ""
        };
        let unit = match index {
            "_i" | "_ik" => Some(self.units[0]),
            "_j" | "_jk" => Some(self.units[1]),
            _ => None,
        };
        let sample = self.scope.sample;
        let state = self.scope.states.iter().position(|state| *state == name);
        let value = match (name, unit) {
            ("x", None) => Some(sample.patch[self.place]),
            ("w", Some(unit)) => Some(sample.row(unit)[self.place]),
            ("y", Some(unit)) => Some(sample.activity[unit]),
            ("u", Some(unit)) => Some(sample.similarity[unit]),
            ("t", Some(unit)) => Some(sample.teacher[unit]),
            (_, Some(unit)) => state.map(|state| sample.states[state][unit]),
            (_, None) => match (self.scope.parameter)(name) {
                Some(Value::Number(number)) => Some(number),
                _ => None,
            },
        };
        let known = "x, w, y, u, t, a state or a parameter";
        value.ok_or_else(|| format!("`{name}{index}` of `{}` is none of {known}", self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(formula: &str) -> Result<f64, String> {
        let sample = Sample {
            weights: &[1.0, 2.0, 3.0, 4.0],
            patch: &[5.0, -6.0],
            activity: &[7.0, -8.0],
            similarity: &[0.5, 0.25],
            teacher: &[1.0, 0.0],
            states: &[vec![2.0, 3.0]],
        };
        let parameter = |name: &str| match name {
            "beta" => Some(Value::from(10.0)),
            "function" => Some(Value::from("cube")),
            _ => None,
        };
        let scope = Scope {
            sample: &sample,
            states: &["theta"],
            parameter: &parameter,
        };
        evaluate(formula, &scope, 1, 0)
    }

    #[test]
    fn a_formula_has_the_value_that_its_reader_expects() {
        for (formula, expected) in [
            ("y_i x", -40.0),
            ("-y_i^2 x_k", -320.0),
            ("x / beta - 1/2 w_ik", -1.0),
            ("|y_i| (sgn(y_i) x - w_i)", -64.0),
            ("|y_i (u_i - |y_i|)|", 62.0),
            ("[y_i > 0] x + [u_i > 0] theta_i", 3.0),
            ("x - sum_j y_j w_j", 22.0),
            ("g(theta_i) sum_{j<=i} theta_j", 135.0),
            ("(t_i - u_i) x", -1.25),
        ] {
            assert_eq!(value(formula), Ok(expected), "{formula}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (formula, part) in [
            ("y_i z_i", "z_i"),
            ("y x", "`y`"),
            ("y_i (x", ")"),
            ("y_i x = 3", "= 3"),
        ] {
            let error = value(formula).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
