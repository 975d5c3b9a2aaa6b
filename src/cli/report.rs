//! The table of accuracies that `train` and `eval` print.

use super::console::STRONG;
use crate::experiment::{LayerAccuracy, OutputAccuracy};
use std::fmt::Write;

/// Accuracies by layer in percent, with the random control's beside them.
pub(super) fn accuracies(layers: &[LayerAccuracy], control: Option<&[LayerAccuracy]>) -> String {
    let mut text = format!("{STRONG}layer  features  validation   test{STRONG:#}");
    if control.is_some() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{STRONG}   random control{STRONG:#}");
    }
    for (index, layer) in layers.iter().enumerate() {
        let (validation, test) = (100.0 * layer.validation, 100.0 * layer.test);
        let _ = write!(
            text,
            "\n{:>5}  {:>8}  {validation:>9.2}%  {test:>5.2}%",
            layer.layer, layer.features
        );
        if let Some(control) = control.and_then(|control| control.get(index)) {
            let gain = test - 100.0 * control.test;
            let _ = write!(text, "   {:>5.2}% ({gain:+.2})", 100.0 * control.test);
        }
    }
    text
}

/// The accuracy of a network's own output in percent.
pub(super) fn output(output: &OutputAccuracy) -> String {
    let validation = output.validation.map_or_else(String::new, |validation| {
        format!("{:.2}% of the validation images, ", 100.0 * validation)
    });
    let test = 100.0 * output.test;
    format!(
        "The network's output names the class of {validation}{STRONG}{test:.2}%{STRONG:#} of the test images"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gain_over_the_control_is_shown() {
        let accuracy = |test| LayerAccuracy {
            layer: 1,
            features: 256,
            alpha: 1.0,
            validation: 0.5,
            test,
        };
        let text = accuracies(&[accuracy(0.6)], Some(&[accuracy(0.55)]));
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(
            text.ends_with("    1       256      50.00%  60.00%   55.00% (+5.00)"),
            "{text}"
        );
    }
}
