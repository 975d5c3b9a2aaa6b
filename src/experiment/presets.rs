//! Experiments that come with the program.

use super::Experiment;
use crate::Result;
use hebb_core::Error;

/// A preset: its name and its TOML.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name on the command line.
    pub name: &'static str,
    /// The experiment file.
    pub toml: &'static str,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        /// Every preset; the first one is the default.
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
/// [`Error::Unknown`], with a suggestion.
pub fn find(name: &str) -> Result<&'static Preset> {
    let known = PRESETS.iter().map(|preset| preset.name);
    Ok(PRESETS
        .iter()
        .find(|preset| preset.name == name)
        .ok_or_else(|| Error::unknown("preset", name, known))?)
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
