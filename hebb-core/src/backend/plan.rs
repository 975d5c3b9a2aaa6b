//! The layer plan: geometry, similarity, competition, rule, output and pooling of one layer as data.

use crate::error::{Error, Result};
use crate::geometry::{ConvGeometry, ImageShape, MOST_VALUES, values};
use crate::plan::{Competition, Output, Pool, Similarity};
use crate::range::at_least_one;
use crate::rule::Lowering;

/// One layer's computation: patches → similarity → competition → update sums, and → output → pooling.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPlan {
    /// The convolution; a dense layer is the one whose kernel covers its input.
    pub geometry: ConvGeometry,
    /// Units N.
    pub units: usize,
    /// u, from a patch and a unit's weights.
    pub similarity: Similarity,
    /// y, from u − b.
    pub competition: Competition,
    /// The rule.
    pub lowering: Lowering,
    /// The output function.
    pub output: Output,
    /// The pooling of the output.
    pub pool: Option<Pool>,
}

impl LayerPlan {
    /// Checks the choices against each other.
    ///
    /// # Errors
    /// [`Error::Parameter`], [`Error::Geometry`] or [`Error::Incompatible`], naming the choice.
    pub fn check(&self) -> Result<()> {
        at_least_one("layer", "units", self.units)?;
        let sizes = [self.geometry.patch_len(), self.geometry.positions()];
        if sizes.iter().any(|size| values(&[self.units, *size]).is_none()) {
            let range = format!("at most {}", MOST_VALUES / sizes[0].max(sizes[1]));
            return Err(Error::parameter("layer", "units", self.units, range));
        }
        self.similarity.check()?;
        self.competition.check(self.units)?;
        self.output.check(self.units, self.similarity)?;
        self.lowering.check()?;
        self.output_shape().map(drop)
    }

    /// The output for one image, after pooling.
    ///
    /// # Errors
    /// [`Error::Geometry`] if the pooling window does not fit.
    pub fn output_shape(&self) -> Result<ImageShape> {
        let shape = self.geometry.output(self.units);
        self.pool.map_or(Ok(shape), |pool| pool.output(shape))
    }

    /// Patches P of a batch of `images`.
    pub const fn patches(&self, images: usize) -> usize {
        images * self.geometry.positions()
    }

    /// Weights N·K.
    pub const fn weights(&self) -> usize {
        self.units * self.geometry.patch_len()
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::ImageShape;
    use crate::layer::LayerConfig;

    #[test]
    fn units_whose_weights_no_memory_holds_are_refused() {
        let plan = |units| LayerConfig::conv(units, 5).plan(ImageShape::new(3, 32, 32));
        assert!(plan(100).is_ok());
        for units in [1 << 32, usize::MAX] {
            let error = plan(units).unwrap_err().to_string();
            assert!(
                error.contains(&format!("units = {units}")) && error.contains("at most 1402438300"),
                "{error}"
            );
        }
    }
}
