//! Laws that hold for every transform.

use ndarray::Axis;

use super::*;

#[test]
fn transforms_commute_with_the_mirror_if_and_only_if_they_say_so() {
    let images = images(5, SHAPE);
    for spec in all_specs() {
        let pipeline = fit(&spec);
        let before = pipeline.apply(mirror(&images).view()).unwrap();
        let after = mirror(&pipeline.apply(images.view()).unwrap());
        let commutes = distance(&before, &after) < 1e-4;
        assert_eq!(commutes, pipeline.commutes_with_mirror(), "{spec:?}");
    }
}

#[test]
fn saved_tensors_restore_every_bit() {
    let images = images(5, SHAPE);
    for spec in all_specs() {
        let fitted = fit(&spec);
        let restored = Pipeline::restore(&[spec], SHAPE, &fitted.tensors()).unwrap();
        assert_eq!(
            restored.apply(images.view()).unwrap(),
            fitted.apply(images.view()).unwrap()
        );
        assert_eq!(restored.tensors(), fitted.tensors());
        assert_eq!(restored.commutes_with_mirror(), fitted.commutes_with_mirror());
    }
}

#[test]
fn an_image_gives_the_same_bits_in_any_batch() {
    let images = images(37, SHAPE);
    for spec in all_specs() {
        let pipeline = fit(&spec);
        let together = pipeline.apply(images.view()).unwrap();
        for batch in [1, 2, 5, 16] {
            for (index, chunk) in images.axis_chunks_iter(Axis(0), batch).enumerate() {
                let start = index * batch;
                let expected = together.slice(s![start..start + chunk.shape()[0], .., .., ..]);
                assert_eq!(
                    pipeline.apply(chunk).unwrap(),
                    expected,
                    "{spec:?} in batches of {batch}"
                );
            }
        }
    }
}

#[test]
fn fits_and_results_do_not_depend_on_the_number_of_threads() {
    let data = images(50, SHAPE);
    for spec in all_specs() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| fit(&spec).apply(data.view()).unwrap())
        };
        assert_eq!(with(1), with(3), "{spec:?}");
    }
}

#[test]
fn outputs_are_written_whole_and_never_read() {
    let data = images(3, SHAPE);
    let specs: Vec<_> = all_specs()
        .into_iter()
        .filter(|spec| fit(spec).output_shape() == SHAPE)
        .collect();
    let pipeline = Pipeline::fit(&specs, &images(60, SHAPE), Seed::new(1)).unwrap();
    let mut scratch = Scratch::default();
    let mut output = Array4::from_elem(pipeline.output_shape().batch(3), f32::NAN);
    pipeline
        .apply_into(data.view(), output.view_mut(), &mut scratch)
        .unwrap();
    let first = output.clone();
    assert_eq!(first, pipeline.apply(data.view()).unwrap());
    output.fill(f32::NAN);
    pipeline
        .apply_into(data.view(), output.view_mut(), &mut scratch)
        .unwrap();
    assert_eq!(first, output);
}
