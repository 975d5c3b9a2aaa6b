//! Linear models.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// A linear model. The predicted class has the largest score, features·weights + intercept.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Weights, F×classes.
    pub weights: Array2<f32>,
    /// Intercepts, one per class; −∞ for a class that is never predicted.
    pub intercept: Array1<f32>,
}

impl Linear {
    /// Predicts the class of each row of features (B, F). Ties go to the first class.
    pub fn predict(&self, features: ArrayView2<'_, f32>) -> Vec<u16> {
        let scores = features.dot(&self.weights) + &self.intercept;
        let best = |row: ArrayView1<'_, f32>| {
            let better =
                |best: usize, (class, score): (usize, &f32)| if *score > row[best] { class } else { best };
            row.iter().enumerate().fold(0, better) as u16
        };
        scores.axis_iter(Axis(0)).map(best).collect()
    }

    /// Number of rows whose predicted class is their label.
    pub fn correct(&self, features: ArrayView2<'_, f32>, labels: &[u16]) -> usize {
        count_correct(&self.predict(features), labels)
    }
}

/// Number of classes that equal their label.
pub(super) fn count_correct(classes: &[u16], labels: &[u16]) -> usize {
    classes
        .iter()
        .zip(labels)
        .filter(|(found, label)| found == label)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn equal_scores_go_to_the_first_class_and_a_class_without_images_gets_none() {
        let linear = Linear {
            weights: array![[0.0, 1.0, 1.0]],
            intercept: array![f32::NEG_INFINITY, 0.0, 0.0],
        };
        let features = array![[2.0], [-3.0]];
        assert_eq!(linear.predict(features.view()), [1, 1]);
        assert_eq!(linear.correct(features.view(), &[1, 0]), 1);
    }
}
