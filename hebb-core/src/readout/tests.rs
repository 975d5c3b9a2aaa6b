//! Properties of all classifiers, and their example data.

use super::*;
use crate::backprop::Descent;
use crate::{RefBackend, Seed};
use ndarray::{Array2, array};
use rand::RngExt;

/// `count` images of three classes that lie 3 apart, each value ± `spread`.
pub(super) fn blobs(count: usize, width: usize, spread: f32) -> (Array2<f32>, Vec<u16>) {
    let mut stream = Seed::new(5).stream("test", 0);
    let labels: Vec<u16> = (0..count).map(|i| (i % 3) as u16).collect();
    let features = Array2::from_shape_fn((count, width), |(i, f)| {
        let here = usize::from(labels[i]) == f;
        f32::from(u8::from(here)) * 3.0 + stream.random_range(-spread..=spread)
    });
    (features, labels)
}

pub(super) fn examples<'a>(features: &'a Array2<f32>, labels: &'a [u16], classes: usize) -> Examples<'a> {
    Examples {
        features: features.view(),
        labels,
        classes,
    }
}

/// Every kind, with options that make it quick.
fn every_kind() -> Vec<Classifier> {
    let softmax = SoftmaxRegression {
        epochs: 40,
        batch: 10,
        descent: Descent {
            rate: 0.1,
            ..Descent::default()
        },
        ..Default::default()
    };
    let kinds = vec![
        Classifier::Ridge(RidgeRegression::default()),
        Classifier::Softmax(softmax),
        Classifier::Svm(LinearSvm::default()),
        Classifier::Neighbours(NearestNeighbours::default()),
        Classifier::ClassMeans(ClassMeans {}),
        Classifier::SupervisedHebb(SupervisedHebb {
            epochs: 10,
            ..Default::default()
        }),
    ];
    let names: Vec<_> = kinds.iter().map(Classifier::name).collect();
    let known: Vec<_> = Classifier::KINDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known);
    kinds
}

#[test]
fn every_classifier_tells_classes_apart_that_lie_apart() {
    let (features, labels) = blobs(120, 4, 0.7);
    for classifier in every_kind() {
        let given = examples(&features, &labels, 3);
        let fitted = fit(&RefBackend, &classifier, given, 90, Seed::new(1)).unwrap();
        let correct = fitted
            .model
            .correct(&RefBackend, features.view(), &labels)
            .unwrap();
        assert_eq!(correct, 120, "{}", classifier.name());
        let chooses = classifier.candidates().len() > 1;
        assert_eq!(fitted.validation, chooses.then_some(1.0), "{}", classifier.name());
        assert_eq!(fitted.model.width(), 4);
    }
}

#[test]
fn the_same_seed_gives_the_same_model() {
    let (features, labels) = blobs(60, 5, 2.0);
    for classifier in every_kind() {
        let learn = |seed| {
            let given = examples(&features, &labels, 3);
            fit(&RefBackend, &classifier, given, 45, Seed::new(seed)).unwrap()
        };
        assert_eq!(learn(1), learn(1), "{}", classifier.name());
    }
}

#[test]
fn the_hyperparameter_is_chosen_on_the_validation_images() {
    // Of four training images of class 0 and one of class 1, only the nearest tells what the last image is.
    let features = array![[0.0f32], [0.2], [0.4], [0.6], [3.0], [2.9]];
    let labels = [0, 0, 0, 0, 1, 1];
    let neighbours = NearestNeighbours {
        k: vec![1, 5],
        ..Default::default()
    };
    let classifier = Classifier::Neighbours(neighbours.clone());
    let choose = |labels: &[u16]| {
        let given = examples(&features, labels, 2);
        fit(&RefBackend, &classifier, given, 5, Seed::new(0)).unwrap()
    };
    let fitted = choose(&labels);
    assert_eq!((fitted.hyperparameter, fitted.validation), (Some(1.0), Some(1.0)));
    let fitted = choose(&[0, 0, 0, 0, 1, 0]);
    assert_eq!((fitted.hyperparameter, fitted.validation), (Some(5.0), Some(1.0)));
    // One value alone is taken without a look at the validation images.
    let classifier = Classifier::Neighbours(NearestNeighbours {
        k: vec![5],
        ..neighbours
    });
    let fitted = fit(
        &RefBackend,
        &classifier,
        examples(&features, &labels, 2),
        6,
        Seed::new(0),
    )
    .unwrap();
    assert_eq!((fitted.hyperparameter, fitted.validation), (Some(5.0), None));
}

#[test]
fn what_cannot_be_fitted_is_an_error() {
    let (features, labels) = blobs(30, 4, 0.5);
    let refused = |classifier: &Classifier, given: Examples<'_>, training| {
        fit(&RefBackend, classifier, given, training, Seed::new(0))
            .unwrap_err()
            .to_string()
    };
    let ridge = Classifier::Ridge(RidgeRegression::default());
    let text = refused(&ridge, examples(&features, &labels, 3), 30);
    assert!(text.contains("validation images"), "{text}");
    let text = refused(&ridge, examples(&features, &labels, 2), 20);
    assert!(text.contains("label = 2"), "{text}");
    let text = refused(&ridge, examples(&features, &labels[1..], 3), 20);
    assert!(text.contains("30×4"), "{text}");
    let text = refused(&ridge, examples(&Array2::zeros((0, 4)), &[], 3), 0);
    assert!(text.contains("no image"), "{text}");
    let mut broken = features.clone();
    broken[[3, 1]] = f32::NAN;
    for classifier in every_kind() {
        assert!(refused(&classifier, examples(&broken, &labels, 3), 20).contains("NaN"));
        let fitted = fit(
            &RefBackend,
            &classifier,
            examples(&features, &labels, 3),
            20,
            Seed::new(0),
        );
        let narrow = fitted
            .unwrap()
            .model
            .predict(&RefBackend, Array2::zeros((1, 3)).view());
        assert!(narrow.unwrap_err().to_string().contains("expected 4, found 3"));
    }
}

#[test]
fn options_out_of_range_are_named() {
    let svm = |c: Vec<f64>, tolerance| {
        Classifier::Svm(LinearSvm {
            c,
            tolerance,
            ..Default::default()
        })
    };
    let softmax = |batch, dropout| {
        Classifier::Softmax(SoftmaxRegression {
            batch,
            dropout,
            ..Default::default()
        })
    };
    let ridge = |alphas| Classifier::Ridge(RidgeRegression { alphas });
    let neighbours = NearestNeighbours {
        k: vec![1, 0],
        ..Default::default()
    };
    let hebb = SupervisedHebb {
        rate: 2.0,
        ..Default::default()
    };
    let cases = [
        (ridge(vec![]), "alphas"),
        (ridge(vec![-1.0]), "alphas = -1"),
        (svm(vec![0.0], 0.01), "c = 0"),
        (svm(vec![1.0], f64::NAN), "tolerance = NaN"),
        (Classifier::Neighbours(neighbours), "k = 0"),
        (softmax(64, 1.0), "dropout = 1"),
        (softmax(0, 0.5), "batch = 0"),
        (Classifier::SupervisedHebb(hebb), "rate = 2"),
    ];
    for (classifier, part) in cases {
        let text = classifier.check().unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    }
}
