//! The networks that are timed: those of the program's presets and of rows of its tables.

use hebb_core::geometry::ImageShape;
use hebb_core::layer::LayerConfig;
use hebb_core::network::LayerSpec;
use hebb_learn::reproduce;

/// A network and what it is fed with.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name in the benches.
    pub name: String,
    /// One image.
    pub input: ImageShape,
    /// Images a batch.
    pub batch: usize,
    /// Its layers.
    pub layers: Vec<LayerConfig>,
}

/// The presets and rows that are timed, and the shape of their images after preprocessing.
pub const NETWORKS: [(&str, ImageShape); 5] = [
    ("miconi2021", ImageShape::new(3, 32, 32)),
    ("miconi2021-simple", ImageShape::new(1, 33, 33)),
    ("hwta-conv2", ImageShape::new(3, 32, 32)),
    ("amato2019/hebb/config_base", ImageShape::new(3, 32, 32)),
    ("softhebb2023", ImageShape::new(3, 32, 32)),
];

impl Case {
    /// The network of a preset, or of the row of a table, that is in [`NETWORKS`].
    ///
    /// # Errors
    /// A name that is not known.
    pub fn of_preset(name: &str) -> hebb_learn::Result<Self> {
        let experiment = reproduce::open(name, &[])?;
        let input = NETWORKS.iter().find(|(known, _)| *known == name);
        Ok(Self {
            name: name.to_owned(),
            input: input.map_or(ImageShape::new(3, 32, 32), |(_, shape)| *shape),
            batch: experiment.training.batch(),
            layers: experiment
                .layers
                .iter()
                .filter_map(LayerSpec::hebb)
                .cloned()
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_known() {
        assert!(NETWORKS.iter().all(|(name, _)| Case::of_preset(name).is_ok()));
        assert!(Case::of_preset("nobody1999").is_err());
    }
}
