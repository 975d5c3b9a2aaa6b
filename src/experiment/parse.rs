//! Parsing of experiment files; unknown keys are refused with a suggestion.

use super::strict_toml::parse_toml;
use super::{Experiment, overrides};
use crate::{Error, Result};
use hebb_core::Error as CoreError;
use hebb_core::network::LayerSpec;

impl Experiment {
    /// Parses an experiment file, with overrides of the form `training.epochs=3` or `layers.0.units=64`.
    ///
    /// # Errors
    /// [`Error::Config`], naming `origin`, the line or key, and the nearest known name.
    pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Self> {
        // The text alone is read first, so that its own faults are reported by line.
        let written: Self = parse_toml(text, origin)?;
        let experiment = overrides::apply(written, overrides)?;
        experiment.check(origin)?;
        experiment.spelled_out()
    }

    /// The experiment as TOML, with every default.
    ///
    /// # Errors
    /// [`Error::Config`] if a value has no TOML form.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string_pretty(self).map_err(|error| Error::config(&self.name, error))
    }

    /// The same experiment with the settings that the layers' rules imply.
    pub(crate) fn spelled_out(self) -> Result<Self> {
        let spelled_out = |(index, layer): (usize, LayerSpec)| match layer {
            LayerSpec::Hebb(config) => match config.spelled_out() {
                Ok(config) => Ok(config.into()),
                Err(source) => Err(CoreError::Layer {
                    layer: index + 1,
                    source: Box::new(source),
                }),
            },
            LayerSpec::Backprop(_) => Ok(layer),
        };
        let layers = self.layers.into_iter().enumerate().map(spelled_out);
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            ..self
        })
    }

    fn check(&self, origin: &str) -> Result<()> {
        let refuse = |problem: &str| Err(Error::config(origin, problem));
        if self.layers.is_empty() {
            return refuse("there is no [[layers]] table; give at least one layer");
        }
        if self.name.is_empty() || self.name.contains(['/', '\\']) {
            return refuse("name must be a word without slashes");
        }
        hebb_data::datasets::find(&self.data.dataset)?;
        let mut phases = self.training.iter();
        if phases.len() == 0 {
            return refuse("training has no phase; give one, or leave the key out");
        }
        self.readout.check(self.layers.len())?;
        Ok(phases.try_for_each(|phase| phase.check())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "name = \"small\"\n[data]\ndataset = \"fashion-mini\"\nvalidation = 10\n\n[[layers]]\nunits = 4\nkernel = 5\n";

    fn problem(text: &str, overrides: &[&str]) -> String {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        Experiment::parse(text, "small.toml", &overrides)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_key_is_refused_with_a_line_and_a_suggestion() {
        // A layer is named by the line that it starts in, other tables by that of the key.
        let text = problem(&SMALL.replace("kernel", "kernal"), &[]);
        assert!(
            text.starts_with("small.toml, line 6") && text.contains("did you mean `kernel`?"),
            "{text}"
        );
        let text = problem(
            &SMALL.replace("units = 4", "units = 4\ncompetition = { kind = \"hard-wat\" }"),
            &[],
        );
        assert!(text.contains("did you mean `hard-wta`?"), "{text}");
    }

    #[test]
    fn an_experiment_survives_the_way_through_toml() {
        let experiment = Experiment::parse(SMALL, "small.toml", &[]).unwrap();
        let spelled = experiment.to_toml().unwrap();
        assert_eq!(Experiment::parse(&spelled, "spelled", &[]).unwrap(), experiment);
    }

    #[test]
    fn classifiers_are_spelled_by_kind_and_their_faults_named() {
        let with =
            |readout: &str| SMALL.replace("\n[[layers]]", &format!("[readout]\n{readout}\n[[layers]]"));
        let kinds = hebb_core::readout::Classifier::KINDS.iter().map(|(name, _)| name);
        let every: Vec<_> = kinds.map(|name| format!("{{ kind = \"{name}\" }}")).collect();
        let text = with(&format!("layers = [1]\nclassifiers = [{}]", every.join(", ")));
        let experiment = Experiment::parse(&text, "small.toml", &[]).unwrap();
        let names = experiment.readout.classifiers.iter().map(|kind| kind.name());
        assert!(
            names.eq(hebb_core::readout::Classifier::KINDS
                .iter()
                .map(|(name, _)| *name))
        );
        let spelled = experiment.to_toml().unwrap();
        assert_eq!(Experiment::parse(&spelled, "spelled", &[]).unwrap(), experiment);
        let sgd = "classifiers = [{ kind = \"softmax\", descent = { optimizer = { kind = \"sgd\", weight-decay = 5e-4 }, \
                   falls = { at = [10] } } }]";
        assert!(Experiment::parse(&with(sgd), "small.toml", &[]).is_ok());
        for (readout, part) in [
            ("layers = [2]", "layers = 2"),
            ("classifiers = [{ kind = \"svn\" }]", "did you mean `svm`?"),
            ("classifiers = [{ kind = \"svm\", cost = 1 }]", "cost"),
            ("classifiers = [{ kind = \"neighbours\", k = [0] }]", "k = 0"),
            ("alphas = [1.0]", "classifiers"),
        ] {
            let text = problem(&with(readout), &[]);
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn experiments_without_layers_or_with_unknown_data_are_refused() {
        let text = problem(
            "name = \"x\"\nlayers = []\n[data]\ndataset = \"fashion-mini\"\nvalidation = 1\n",
            &[],
        );
        assert!(text.contains("at least one layer"), "{text}");
        assert!(problem(&SMALL.replace("fashion-mini", "fashion-min"), &[]).contains("fashion-mini"));
    }
}
