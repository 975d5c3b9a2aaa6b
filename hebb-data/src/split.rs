//! Disjoint training, validation and test splits.

use hebb_core::Seed;
use rand::seq::SliceRandom;

use crate::error::ensure;
use crate::{Bundle, Error, Result, View};

crate::options! {
    /// Sizes of the splits of a dataset.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SplitSpec {
        /// Training images set aside for validation. Default: 0.
        pub validation: usize = 0,
        /// Largest number of images in each split, drawn at random after the split. Default: all.
        pub limit: Option<usize> = None,
    }
}

/// The splits of a dataset; no image is in two of them.
#[derive(Clone, Debug)]
pub struct Splits {
    /// Training images, for learning and fitting.
    pub train: View,
    /// Validation images, for model selection, taken from the official training images.
    pub validation: Option<View>,
    /// Test images, for the final measurement.
    pub test: View,
    /// Unlabelled images, for unsupervised learning.
    pub unlabelled: Option<View>,
}

impl SplitSpec {
    /// Splits `bundle`. The same seed gives the same split on every machine.
    ///
    /// # Errors
    /// `validation` takes all training images, or `limit` is zero.
    pub fn split(&self, bundle: &Bundle, seed: Seed) -> Result<Splits> {
        ensure(self.limit != Some(0), || {
            Error::parameter("limit", 0, "no image would be left; give at least 1")
        })?;
        let train = View::new(bundle.train.clone());
        ensure(self.validation < train.len(), || {
            let (name, images) = (train.dataset().name(), train.len());
            let problem = format!("{name} has {images} training images; give at most {}", images - 1);
            Error::parameter("validation", self.validation, problem)
        })?;
        let order = permutation(train.len(), seed, 0);
        let (validation, rest) = order.split_at(self.validation);
        let sample = |data: &std::sync::Arc<_>, index| {
            let view = View::new(std::sync::Arc::clone(data));
            let order = permutation(view.len(), seed, index);
            self.take(&view, &order)
        };
        Ok(Splits {
            train: self.take(&train, rest)?,
            validation: match validation {
                [] => None,
                some => Some(self.take(&train, some)?),
            },
            test: sample(&bundle.test, 1)?,
            unlabelled: bundle
                .unlabelled
                .as_ref()
                .map(|data| sample(data, 2))
                .transpose()?,
        })
    }

    /// The first `limit` positions of `order`, sorted into the order of the file.
    fn take(&self, view: &View, order: &[usize]) -> Result<View> {
        let mut kept = order[..order.len().min(self.limit.unwrap_or(usize::MAX))].to_vec();
        kept.sort_unstable();
        view.select(&kept)
    }
}

fn permutation(len: usize, seed: Seed, index: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.shuffle(&mut seed.stream("split", index));
    order
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Dataset, ImageShape};
    use proptest::prelude::*;

    fn bundle(train: usize, test: usize) -> Bundle {
        let images = |n: usize| {
            let labels = Some(vec![0; n]);
            let shape = ImageShape::new(1, 1, 1);
            Arc::new(Dataset::new("x", shape, vec![0; n], labels, vec!["a".into()]).unwrap())
        };
        Bundle {
            train: images(train),
            test: images(test),
            unlabelled: None,
            location: None,
        }
    }

    proptest! {
        #[test]
        fn train_and_validation_share_no_image_and_miss_none(n in 2usize..60, part in 0.0f64..1.0, seed: u64) {
            let spec = SplitSpec { validation: (n as f64 * part) as usize, limit: None };
            let splits = spec.split(&bundle(n, 3), Seed::new(seed)).unwrap();
            let mut all = splits.train.indices().to_vec();
            all.extend(splits.validation.iter().flat_map(|view| view.indices().to_vec()));
            all.sort_unstable();
            prop_assert_eq!(all, (0..n as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn limited_training_images_are_a_part_of_the_unlimited_ones() {
        let split = |limit| {
            SplitSpec {
                validation: 10,
                limit,
            }
            .split(&bundle(100, 50), Seed::new(3))
            .unwrap()
        };
        let (few, all) = (split(Some(7)), split(None));
        assert_eq!((few.train.len(), few.test.len()), (7, 7));
        assert!(
            few.train
                .indices()
                .iter()
                .all(|index| all.train.indices().contains(index))
        );
        assert_ne!(few.train.indices(), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn the_seed_decides_the_split() {
        let draw = |seed| {
            let spec = SplitSpec {
                validation: 20,
                limit: None,
            };
            spec.split(&bundle(100, 5), Seed::new(seed))
                .unwrap()
                .train
                .indices()
                .to_vec()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn validation_must_leave_something_to_train_on() {
        let error = SplitSpec {
            validation: 4,
            limit: None,
        }
        .split(&bundle(4, 1), Seed::new(0));
        assert!(error.unwrap_err().to_string().contains("give at most 3"));
    }
}
