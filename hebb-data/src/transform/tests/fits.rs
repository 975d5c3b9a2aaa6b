//! Fitted values and outputs of each transform.

use ndarray::{Array2, Axis};
use proptest::prelude::*;

use super::*;

#[test]
fn whitened_training_images_are_uncorrelated() {
    let data = images(400, ImageShape::new(2, 4, 4));
    let spec = zca(|spec| spec.epsilon = 1e-6);
    let white = Pipeline::fit(&[spec], &data, Seed::new(0))
        .unwrap()
        .apply(data.view())
        .unwrap();
    let flat = white.into_shape_with_order((400, 32)).unwrap();
    let covariance = flat.t().dot(&flat) / 400.0;
    let error = (covariance - Array2::<f32>::eye(32))
        .iter()
        .fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(error < 0.02, "{error}");
}

#[test]
fn the_divisor_is_the_number_of_samples_or_of_features() {
    // Variances (2·0.6², 2·0.2²) / 4 samples or / 2 features, without correlation.
    let values = vec![0.6, 0.0, -0.6, 0.0, 0.0, 0.2, 0.0, -0.2];
    let data = Array4::from_shape_vec((4, 1, 1, 2), values).unwrap();
    for (divisor, by) in [(Divisor::Samples, 4.0), (Divisor::Features, 2.0)] {
        for center in [false, true] {
            let spec = ZcaSpec {
                divisor,
                center,
                epsilon: 0.01,
                ..Default::default()
            };
            let tensors = TransformSpec::Zca(spec)
                .fit(&data, Seed::new(0))
                .unwrap()
                .tensors();
            let expected = [0.6f64, 0.2].map(|x| 1.0 / (2.0 * x * x / by + 0.01).sqrt());
            let matrix = &tensors["matrix"];
            assert!((f64::from(matrix[[0, 0]]) - expected[0]).abs() < 1e-6);
            assert!((f64::from(matrix[[1, 1]]) - expected[1]).abs() < 1e-6);
            assert!(matrix[[0, 1]].abs() < 1e-7);
        }
    }
}

#[test]
fn fitting_on_some_images_draws_them_by_seed() {
    let data = images(200, SHAPE);
    let draw = |images, seed| {
        let spec = zca(|spec| spec.images = images);
        spec.fit(&data, Seed::new(seed)).unwrap().tensors()
    };
    assert_eq!(draw(Some(50), 1), draw(Some(50), 1));
    assert_ne!(draw(Some(50), 1), draw(Some(50), 2));
    assert_eq!(draw(Some(1000), 1), draw(None, 2));
}

#[test]
fn the_filter_is_the_central_pixel_of_the_whitened_patches() {
    let data = images(60, SHAPE);
    let kernel = [3, 5];
    let patches = ZcaPatchesSpec {
        kernel,
        center: false,
        ..Default::default()
    };
    let filter = ZcaFilterSpec {
        kernel,
        center: false,
        ..Default::default()
    };
    let apply = |spec| {
        Pipeline::fit(&[spec], &data, Seed::new(2))
            .unwrap()
            .apply(data.view())
            .unwrap()
    };
    let patches = apply(TransformSpec::ZcaPatches(patches));
    let filter = apply(TransformSpec::ZcaFilter(filter));
    let centres = patches.slice(s![.., 7..;15, .., ..]);
    let inner = filter.slice(s![.., .., 1..7, 2..5]);
    assert!(distance(&centres.to_owned(), &inner.to_owned()) < 1e-4);
}

#[test]
fn patches_are_whitened_over_all_images() {
    let data = images(300, ImageShape::new(1, 12, 12));
    let spec = ZcaPatchesSpec {
        kernel: [3, 3],
        epsilon: 1e-4,
        patches: 100,
        ..Default::default()
    };
    let pipeline = Pipeline::fit(&[TransformSpec::ZcaPatches(spec)], &data, Seed::new(0)).unwrap();
    assert_eq!(pipeline.output_shape(), ImageShape::new(9, 10, 10));
    let white = pipeline.apply(data.view()).unwrap();
    let flat = white
        .permuted_axes([0, 2, 3, 1])
        .as_standard_layout()
        .into_owned();
    let flat = flat.into_shape_with_order((300 * 100, 9)).unwrap();
    let covariance = flat.t().dot(&flat) / 30_000.0;
    let error = (covariance - Array2::<f32>::eye(9))
        .iter()
        .fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(error < 0.05, "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn standardised_images_have_mean_0_and_standard_deviation_1(values in prop::collection::vec(-5.0f32..5.0, 12..=12)) {
        let image = Array4::from_shape_vec((1, 3, 2, 2), values).unwrap();
        prop_assume!(image.std(1.0) > 1e-3);
        let spec = TransformSpec::Standardize(StandardizeSpec::default());
        let result = Pipeline::fit(&[spec], &image, Seed::new(0)).unwrap().apply(image.view()).unwrap();
        prop_assert!(result.mean().unwrap().abs() < 1e-5);
        prop_assert!((result.std(1.0) - 1.0).abs() < 1e-4);
    }
}

#[test]
fn an_image_of_one_colour_standardises_to_zeros() {
    for epsilon in [0.0, 1e-10] {
        let image = Array4::from_elem((1, 1, 3, 3), 0.7);
        let spec = TransformSpec::Standardize(StandardizeSpec { epsilon });
        let result = Pipeline::fit(&[spec], &image, Seed::new(0))
            .unwrap()
            .apply(image.view())
            .unwrap();
        assert!(result.iter().all(|&x| x.abs() < 1e-3), "{result}");
    }
}

#[test]
fn standardised_channels_have_mean_0_and_standard_deviation_1_over_all_images() {
    let data = images(150, SHAPE);
    let spec = TransformSpec::StandardizeChannels(StandardizeChannelsSpec::default());
    let result = Pipeline::fit(&[spec], &data, Seed::new(0))
        .unwrap()
        .apply(data.view())
        .unwrap();
    for channel in result.axis_iter(Axis(1)) {
        assert!(channel.mean().unwrap().abs() < 1e-4 && (channel.std(0.0) - 1.0).abs() < 1e-4);
    }
}

#[test]
fn gray_is_the_weighted_sum_of_the_channels() {
    let image = Array4::from_shape_vec((1, 3, 1, 1), vec![1.0, 0.5, 0.25]).unwrap();
    let spec = TransformSpec::Grayscale(GrayscaleSpec::default());
    let gray = Pipeline::fit(&[spec], &image, Seed::new(0))
        .unwrap()
        .apply(image.view())
        .unwrap();
    assert!((gray[(0, 0, 0, 0)] - (0.2989 + 0.2935 + 0.0285)).abs() < 1e-6);
}

#[test]
fn transforms_are_fitted_on_what_the_ones_before_leave() {
    let specs = [TransformSpec::Grayscale(GrayscaleSpec::default()), zca(|_| ())];
    let pipeline = Pipeline::fit(&specs, &images(80, SHAPE), Seed::new(0)).unwrap();
    assert_eq!(pipeline.output_shape(), ImageShape::new(1, 8, 7));
    let names: Vec<_> = pipeline.tensors().into_keys().collect();
    assert_eq!(names, ["1.matrix", "1.mean"]);
}
