//! Benchmark cases: the networks of presets and of rows of the tables.

use hebb_core::geometry::ImageShape;
use hebb_core::layer::LayerConfig;
use hebb_core::network::LayerSpec;
use hebb_learn::reproduce;

/// A network to time, with its input shape and batch size.
#[derive(Clone, Debug)]
pub struct BenchCase {
    /// Name, part of the benchmark's id.
    pub name: String,
    /// Shape of one image.
    pub input: ImageShape,
    /// Images in a batch.
    pub batch: usize,
    /// Hebbian layers, in order.
    pub layers: Vec<LayerConfig>,
}

/// Names of the timed presets and rows, and the shape of their images after preprocessing.
pub const CASES: [(&str, ImageShape); 5] = [
    ("miconi2021", ImageShape::new(3, 32, 32)),
    ("miconi2021-simple", ImageShape::new(1, 33, 33)),
    ("hwta-conv2", ImageShape::new(3, 32, 32)),
    ("amato2019/hebb/config_base", ImageShape::new(3, 32, 32)),
    ("softhebb2023", ImageShape::new(3, 32, 32)),
];

impl BenchCase {
    /// The network of a preset or of a row of a table; those of [`CASES`] have their own input shape.
    ///
    /// # Errors
    /// An unknown name.
    pub fn of_preset(name: &str) -> hebb_learn::Result<Self> {
        let experiment = reproduce::open(name, &[])?;
        let input = CASES.iter().find(|(known, _)| *known == name);
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
    fn every_case_names_a_known_network() {
        assert!(CASES.iter().all(|(name, _)| BenchCase::of_preset(name).is_ok()));
        assert!(BenchCase::of_preset("nobody1999").is_err());
    }
}
