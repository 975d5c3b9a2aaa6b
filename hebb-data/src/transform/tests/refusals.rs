//! Input that every transform must refuse.

use super::*;

#[test]
fn bad_images_are_refused() {
    let empty = Array4::zeros((0, 3, 8, 7));
    let mut broken = images(10, SHAPE);
    broken[(4, 0, 0, 0)] = f32::NAN;
    for spec in all_specs() {
        assert!(
            matches!(spec.fit(&empty, Seed::new(0)), Err(Error::Empty { .. })),
            "{spec:?}"
        );
        assert!(
            fit(&spec)
                .apply(broken.view())
                .unwrap_err()
                .to_string()
                .contains("NaN in image 4")
        );
    }
    let error = zca(|_| ()).fit(&broken, Seed::new(0)).unwrap_err();
    assert!(matches!(error, Error::NonFinite { image: 4, .. }), "{error}");
}

#[test]
fn bad_options_name_key_value_and_remedy() {
    let refused = |spec: TransformSpec, start: &str| {
        let error = spec.fit(&images(9, SHAPE), Seed::new(0)).unwrap_err().to_string();
        assert!(error.starts_with(start) && error.contains("give"), "{error}");
    };
    refused(zca(|spec| spec.epsilon = -1.0), "epsilon = -1");
    refused(zca(|spec| spec.epsilon = f64::NAN), "epsilon = NaN");
    refused(zca(|spec| spec.images = Some(0)), "images = 0");
    let patches = |kernel, patches| {
        TransformSpec::ZcaPatches(ZcaPatchesSpec {
            kernel,
            patches,
            ..Default::default()
        })
    };
    refused(patches([9, 3], 1), "kernel = [9, 3]");
    refused(patches([0, 3], 1), "kernel = [0, 3]");
    refused(patches([3, 3], 0), "patches = 0");
    let even = ZcaFilterSpec {
        kernel: [3, 4],
        ..Default::default()
    };
    refused(TransformSpec::ZcaFilter(even), "kernel = [3, 4]");
    let dog = |change: fn(&mut DifferenceOfGaussiansSpec)| {
        let mut spec = DifferenceOfGaussiansSpec::default();
        change(&mut spec);
        TransformSpec::DifferenceOfGaussians(spec)
    };
    refused(dog(|spec| spec.size = 0), "size = 0");
    refused(dog(|spec| spec.sigma_center = 0.0), "sigma-center = 0");
    refused(
        dog(|spec| spec.sigma_surround = f64::INFINITY),
        "sigma-surround = inf",
    );
    refused(dog(|spec| spec.padding = Some(1000)), "padding = 1000");
    let weights = GrayscaleSpec {
        weights: [1.0, f32::NAN, 0.0],
    };
    refused(TransformSpec::Grayscale(weights), "weights = ");
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let gray = TransformSpec::Grayscale(GrayscaleSpec::default());
    assert!(
        gray.fit(&images(3, ImageShape::new(1, 4, 4)), Seed::new(0))
            .is_err()
    );
    let pipeline = fit(&zca(|_| ()));
    let error = pipeline
        .apply(images(2, ImageShape::new(3, 7, 8)).view())
        .unwrap_err()
        .to_string();
    assert!(error.contains("expected shape 3×8×7, found 3×7×8"), "{error}");
    let large = Array4::zeros((1, 3, 96, 96));
    assert!(
        zca(|_| ())
            .fit(&large, Seed::new(0))
            .unwrap_err()
            .to_string()
            .contains("use zca-filter")
    );
    let missing = Pipeline::restore(&[zca(|_| ())], SHAPE, &Tensors::new())
        .unwrap_err()
        .to_string();
    assert!(missing.contains("tensor \"matrix\" is missing"), "{missing}");
    let other = Pipeline::restore(&[zca(|_| ())], ImageShape::new(1, 2, 2), &pipeline.tensors());
    assert!(
        other
            .unwrap_err()
            .to_string()
            .contains("expected shape [4, 4], found [168, 168]")
    );
}
