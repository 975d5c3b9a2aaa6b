//! Built-in experiments, and experiments by name.

use super::Experiment;
use crate::Result;
use crate::files::read_text;
use hebb_core::Error as CoreError;
use std::path::Path;

/// A built-in experiment: its name and its TOML.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name on the command line.
    pub name: &'static str,
    /// The experiment file.
    pub toml: &'static str,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        /// Every preset; the first is the default.
        pub const PRESETS: &[Preset] =
            &[$(Preset { name: $name, toml: include_str!(concat!("presets/", $name, ".toml")) }),*];
    };
}

presets![
    "quickstart",
    "miconi2021",
    "miconi2021-author",
    "miconi2021-simple",
    "hwta-conv2",
    "softhebb2023"
];

/// The preset of this name.
///
/// # Errors
/// [`CoreError::Unknown`], with a suggestion.
pub fn find(name: &str) -> Result<&'static Preset> {
    let known = PRESETS.iter().map(|preset| preset.name);
    Ok(PRESETS
        .iter()
        .find(|preset| preset.name == name)
        .ok_or_else(|| CoreError::unknown("preset", name, known))?)
}

impl Preset {
    /// The experiment, with overrides.
    ///
    /// # Errors
    /// As [`Experiment::parse`].
    pub fn experiment(&self, overrides: &[String]) -> Result<Experiment> {
        Experiment::parse(self.toml, &format!("preset {}", self.name), overrides)
    }
}

impl Experiment {
    /// The experiment in the file of this name, or else the preset.
    ///
    /// # Errors
    /// [`crate::Error::Io`] or [`crate::Error::Config`] for a file, an unknown name with a suggestion otherwise.
    pub fn open(name: &str, overrides: &[String]) -> Result<Self> {
        if !Self::is_file(name) {
            return find(name)?.experiment(overrides);
        }
        Self::parse(&read_text(Path::new(name))?, name, overrides)
    }

    /// Returns true if `name` stands for an experiment file: it ends in `.toml`, or there is such a file.
    pub(crate) fn is_file(name: &str) -> bool {
        let path = Path::new(name);
        path.extension().is_some_and(|extension| extension == "toml") || path.is_file()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_valid_experiment_of_its_own_name() {
        for preset in PRESETS {
            let experiment = preset.experiment(&[]).unwrap();
            assert_eq!(experiment.name, preset.name);
            assert!(!experiment.description.is_empty(), "{}", preset.name);
        }
    }

    #[test]
    fn an_unknown_preset_suggests_the_nearest() {
        assert!(
            find("miconi2012")
                .unwrap_err()
                .to_string()
                .contains("did you mean `miconi2021`?")
        );
    }
}
