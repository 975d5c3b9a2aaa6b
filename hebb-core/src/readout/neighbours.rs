//! The k-nearest-neighbours classifier.

use super::classifier::{Learner, fraction};
use super::linear::count_correct;
use super::{Examples, Model};
use crate::backend::{Backend, Gemm, buffer_of, host_of};
use crate::error::{Error, Result};
use crate::seed::Seed;
use ndarray::{Array2, ArrayView2};

/// The k nearest neighbours: an image belongs to the most frequent class among the k nearest training images.
///
/// Ties go to the first image and to the first class.
///
/// | key | default | range | meaning |
/// |---|---|---|---|
/// | `k` | 1, 5, 10, 20, 50 | at least 1 | candidates for k; the largest of equally accurate ones is selected |
/// | `distance` | `"euclidean"` | `"euclidean"`, `"cosine"` | distance between images |
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct NearestNeighbours {
    /// Candidates for k.
    pub k: Vec<usize>,
    /// Distance between images.
    pub distance: Distance,
}

/// The distance between an image x and a training image t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Distance {
    /// |x − t|.
    #[default]
    Euclidean,
    /// 1 − x·t/(|x| |t|); a zero image has distance 1 from all.
    Cosine,
}

impl Default for NearestNeighbours {
    fn default() -> Self {
        Self {
            k: vec![1, 5, 10, 20, 50],
            distance: Distance::Euclidean,
        }
    }
}

/// The training images of a nearest-neighbour search.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    features: Array2<f32>,
    labels: Vec<u16>,
    classes: usize,
    k: usize,
    distance: Distance,
}

/// Block sizes: queries, and training images compared with them.
const BLOCK: (usize, usize) = (512, 2048);

impl Learner for NearestNeighbours {
    const SUMMARY: &'static str = "the most frequent class of the k nearest images; selects k";
    const HYPERPARAMETER: Option<&'static str> = Some("k");

    fn check(&self) -> Result<()> {
        let refuse = |value: &str| {
            let range = "at least one number, each at least 1";
            Err(Error::parameter("the neighbours readout", "k", value, range))
        };
        match self.k.as_slice() {
            [] => refuse("[]"),
            k if k.contains(&0) => refuse("0"),
            _ => Ok(()),
        }
    }

    fn candidates(&self) -> Vec<f64> {
        let mut k = self.k.clone();
        k.sort_by(|a, b| b.cmp(a));
        k.into_iter().map(|k| k as f64).collect()
    }

    fn learn<B: Backend>(&self, _: &B, value: Option<f64>, examples: Examples<'_>, _: Seed) -> Result<Model> {
        Ok(Model::Neighbours(Neighbours {
            features: examples.features.to_owned(),
            labels: examples.labels.to_vec(),
            classes: examples.classes,
            k: value.unwrap_or(1.0) as usize,
            distance: self.distance,
        }))
    }

    /// One search for the largest k serves all candidates.
    fn accuracies<B: Backend>(
        &self,
        backend: &B,
        values: &[f64],
        train: Examples<'_>,
        validation: Examples<'_>,
        _: Seed,
    ) -> Result<Vec<f64>> {
        let most = values.iter().fold(1.0, |most: f64, k| most.max(*k)) as usize;
        let found = nearest(backend, self.distance, most, train, validation.features)?;
        let accuracy = |&k: &f64| {
            let vote = |nearest: &Vec<Candidate>| vote(nearest, k as usize, train);
            let classes: Vec<u16> = found.iter().map(vote).collect();
            fraction(count_correct(&classes, validation.labels), validation.len())
        };
        Ok(values.iter().map(accuracy).collect())
    }
}

impl Neighbours {
    pub(super) fn width(&self) -> usize {
        self.features.ncols()
    }

    pub(super) fn predict<B: Backend>(&self, backend: &B, features: ArrayView2<'_, f32>) -> Result<Vec<u16>> {
        let own = Examples {
            features: self.features.view(),
            labels: &self.labels,
            classes: self.classes,
        };
        let found = nearest(backend, self.distance, self.k, own, features)?;
        Ok(found.iter().map(|nearest| vote(nearest, self.k, own)).collect())
    }
}

/// A monotonic function of an image's distance, and its row.
type Candidate = (f64, usize);

/// The `k` nearest examples of each row of `features`, nearest first; all examples if there are fewer.
///
/// [`Backend::gemm`] computes x·t in blocks, so that the memory beside the features is bounded.
fn nearest<B: Backend>(
    backend: &B,
    distance: Distance,
    k: usize,
    examples: Examples<'_>,
    features: ArrayView2<'_, f32>,
) -> Result<Vec<Vec<Candidate>>> {
    let queries = Examples {
        features,
        labels: &vec![0; features.nrows()],
        classes: 1,
    };
    let squares: Vec<f64> = examples.features.outer_iter().map(square).collect();
    let mut found = vec![Vec::with_capacity(k + 1); queries.len()];
    for (from, query) in queries.blocks(BLOCK.0) {
        let x = buffer_of(backend, &query.values())?;
        for (first, block) in examples.blocks(BLOCK.1) {
            // D (queries×block) = X (queries×F) · Tᵀ
            let dots = dot_products(backend, &x, query.len(), block)?;
            for (dots, nearest) in dots.chunks_exact(block.len()).zip(&mut found[from..]) {
                for (row, dot) in (first..).zip(dots) {
                    insert(nearest, k, (distance.of(f64::from(*dot), squares[row]), row));
                }
            }
        }
    }
    Ok(found)
}

fn dot_products<B: Backend>(
    backend: &B,
    x: &B::Buffer,
    queries: usize,
    block: Examples<'_>,
) -> Result<Vec<f32>> {
    let t = buffer_of(backend, &block.values())?;
    let mut dots = backend.zeros(queries * block.len())?;
    let product = Gemm::new(queries, block.len(), block.width()).transpose_b();
    backend.gemm(product, x, &t, &mut dots)?;
    host_of(backend, &dots, queries * block.len())
}

fn square(row: ndarray::ArrayView1<'_, f32>) -> f64 {
    row.iter().map(|value| f64::from(*value).powi(2)).sum()
}

/// Inserts a candidate into the sorted `k` nearest.
fn insert(nearest: &mut Vec<Candidate>, k: usize, new: Candidate) {
    if nearest.len() == k && nearest.last().is_none_or(|(farthest, _)| new.0 >= *farthest) {
        return;
    }
    let place = nearest.partition_point(|(distance, _)| *distance <= new.0);
    nearest.insert(place, new);
    nearest.truncate(k);
}

/// The most frequent class of the first `k`, the first of equally frequent ones.
fn vote(nearest: &[Candidate], k: usize, examples: Examples<'_>) -> u16 {
    let mut votes = vec![0usize; examples.classes];
    for (_, row) in nearest.iter().take(k) {
        votes[usize::from(examples.labels[*row])] += 1;
    }
    let better = |best: usize, class: usize| if votes[class] > votes[best] { class } else { best };
    (0..examples.classes).fold(0, better) as u16
}

impl Distance {
    /// The terms of the distance that depend on t, from x·t and |t|².
    fn of(self, dot: f64, square: f64) -> f64 {
        match self {
            Self::Euclidean => square - 2.0 * dot,
            Self::Cosine if square > 0.0 => -dot / square.sqrt(),
            Self::Cosine => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::readout::tests::{blobs, examples};
    use proptest::prelude::*;
    use rand::RngExt;

    fn exact(distance: Distance, x: ndarray::ArrayView1<'_, f32>, t: ndarray::ArrayView1<'_, f32>) -> f64 {
        let dot: f64 = x.iter().zip(t).map(|(x, t)| f64::from(*x) * f64::from(*t)).sum();
        match distance {
            Distance::Euclidean => square(x) + square(t) - 2.0 * dot,
            Distance::Cosine => 1.0 - dot / (square(x) * square(t)).sqrt(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Integers are exact in f32, so that ties and all must agree with brute force.
        #[test]
        fn neighbours_are_those_of_brute_force(
            (count, queries, width) in (1usize..40, 1usize..9, 1usize..5),
            k in 1usize..12,
            seed: u64,
        ) {
            let mut stream = Seed::new(seed).stream("test", 0);
            let mut draw = |rows| Array2::from_shape_fn((rows, width), |_| stream.random_range(-3i8..=3).into());
            let (train, asked): (Array2<f32>, Array2<f32>) = (draw(count), draw(queries));
            let labels = vec![0; count];
            let given = examples(&train, &labels, 1);
            let found = nearest(&RefBackend, Distance::Euclidean, k, given, asked.view()).unwrap();
            for (row, nearest) in asked.outer_iter().zip(found) {
                let mut all: Vec<usize> = (0..count).collect();
                let distance = |t: usize| exact(Distance::Euclidean, row, train.row(t));
                all.sort_by(|a, b| distance(*a).total_cmp(&distance(*b)));
                all.truncate(k);
                prop_assert_eq!(nearest.iter().map(|(_, t)| *t).collect::<Vec<_>>(), all);
            }
        }

        #[test]
        fn the_nearest_by_cosine_is_that_of_brute_force(count in 1usize..40, width in 1usize..5, seed: u64) {
            let mut stream = Seed::new(seed).stream("test", 0);
            let mut draw = |rows| Array2::from_shape_fn((rows, width), |_| stream.random_range(0.1f32..3.0));
            let (train, asked): (Array2<f32>, Array2<f32>) = (draw(count), draw(4));
            let labels = vec![0; count];
            let found = nearest(&RefBackend, Distance::Cosine, 1, examples(&train, &labels, 1), asked.view()).unwrap();
            for (row, nearest) in asked.outer_iter().zip(found) {
                let distance = |t: usize| exact(Distance::Cosine, row, train.row(t));
                let least = (0..count).map(distance).fold(f64::INFINITY, f64::min);
                prop_assert!(distance(nearest[0].1) - least < 1e-6);
            }
        }
    }

    #[test]
    fn images_beyond_one_block_are_compared_too() {
        let (features, labels) = blobs(BLOCK.1 + 5, 3, 1.0);
        let given = examples(&features, &labels, 3);
        let found = nearest(&RefBackend, Distance::Euclidean, 1, given, features.view()).unwrap();
        assert!(found.iter().enumerate().all(|(row, nearest)| nearest[0].1 == row));
    }

    #[test]
    fn classes_with_as_many_neighbours_go_to_the_first() {
        let (features, labels) = (Array2::zeros((4, 1)), [2, 1, 1, 2]);
        let nearest: Vec<Candidate> = (0..4).map(|row| (0.0, row)).collect();
        let given = examples(&features, &labels, 3);
        assert_eq!([1, 2, 3, 4].map(|k| vote(&nearest, k, given)), [2, 1, 1, 1]);
    }
}
