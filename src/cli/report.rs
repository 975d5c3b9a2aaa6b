//! The table of accuracies printed by `train` and `eval`.

use super::console::STRONG;
use crate::experiment::{LayerAccuracy, OutputAccuracy};
use hebb_core::readout::Classifier;
use std::fmt::Write;

/// Accuracies by layer and classifier in percent, with the random control's beside them if there is one.
pub(super) fn accuracies(layers: &[LayerAccuracy], control: &[LayerAccuracy]) -> String {
    let widest = layers.iter().map(|layer| layer.classifier.len());
    let width = widest.max().unwrap_or(0).max("classifier".len());
    let mut text = format!(
        "{STRONG}layer  {:<width$}  features  hyperparameter  validation   test{STRONG:#}",
        "classifier"
    );
    if !control.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{STRONG}   random control{STRONG:#}");
    }
    for (index, layer) in layers.iter().enumerate() {
        let percent = |share: f64| format!("{:.2}%", 100.0 * share);
        let _ = write!(
            text,
            "\n{:>5}  {:<width$}  {:>8}  {:>14}  {:>10}  {:>6}",
            layer.layer,
            layer.classifier,
            layer.features,
            hyperparameter(layer),
            layer.validation.map_or_else(String::new, percent),
            percent(layer.test),
        );
        if let Some(control) = control.get(index) {
            let gain = 100.0 * (layer.test - control.test);
            let _ = write!(text, "   {:>6} ({gain:+.2})", percent(control.test));
        }
    }
    text
}

/// The selected hyperparameter with its name, such as `alpha = 100`.
fn hyperparameter(layer: &LayerAccuracy) -> String {
    let name = Classifier::hyperparameter(&layer.classifier);
    let named = name.zip(layer.hyperparameter);
    named.map_or_else(String::new, |(name, value)| format!("{name} = {value}"))
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

    fn accuracy(classifier: &str, test: f64) -> LayerAccuracy {
        LayerAccuracy {
            layer: 1,
            classifier: classifier.to_owned(),
            features: 256,
            hyperparameter: (classifier == "ridge").then_some(100_000.0),
            validation: (classifier == "ridge").then_some(0.5),
            test,
        }
    }

    fn plain(layers: &[LayerAccuracy], control: &[LayerAccuracy]) -> String {
        anstream::adapter::strip_str(&accuracies(layers, control)).to_string()
    }

    #[test]
    fn the_gain_over_the_control_is_shown() {
        let layers = [accuracy("ridge", 0.6), accuracy("supervised-hebb", 0.5)];
        let expected = "\
layer  classifier       features  hyperparameter  validation   test   random control
    1  ridge                 256  alpha = 100000      50.00%  60.00%   55.00% (+5.00)
    1  supervised-hebb       256                              50.00%";
        assert_eq!(plain(&layers, &[accuracy("ridge", 0.55)]), expected);
    }

    #[test]
    fn without_a_control_nothing_speaks_of_one() {
        let expected = "\
layer  classifier  features  hyperparameter  validation   test
    1  ridge            256  alpha = 100000      50.00%  60.00%";
        assert_eq!(plain(&[accuracy("ridge", 0.6)], &[]), expected);
    }
}
