//! Batches: order, labels, augmentation and caching.

use std::sync::Arc;

use hebb_core::Seed;
use ndarray::{Array4, s};
use proptest::prelude::*;

use super::*;
use crate::augment::AugmentSpec;
use crate::transform::{StandardizeSpec, TransformSpec, ZcaSpec};
use crate::{Dataset, ImageShape, ImageSource, Pipeline, View};

const SHAPE: ImageShape = ImageShape::new(2, 4, 5);
const MIRROR: AugmentSpec = AugmentSpec {
    mirror: 0.5,
    crop_padding: 0,
    crop_probability: 1.0,
    jitter: Vec::new(),
    resize: None,
    affine: None,
};
const CROP: AugmentSpec = AugmentSpec {
    mirror: 0.5,
    crop_padding: 1,
    crop_probability: 1.0,
    jitter: Vec::new(),
    resize: None,
    affine: None,
};

/// Images whose label is their place in the dataset, modulo 7.
fn view(count: usize) -> View {
    let pixels = (0..count * SHAPE.len()).map(|i| (i * i % 251) as u8).collect();
    let labels = (0..count).map(|i| (i % 7) as u16).collect();
    let classes = (0..7).map(|i| i.to_string()).collect();
    View::new(Arc::new(
        Dataset::new("test", SHAPE, pixels, Some(labels), classes).unwrap(),
    ))
}

fn whitening(view: &View, mirror: bool) -> Arc<Pipeline> {
    let zca = ZcaSpec {
        mirror,
        ..Default::default()
    };
    let specs = [
        TransformSpec::Standardize(StandardizeSpec::default()),
        TransformSpec::Zca(zca),
    ];
    Arc::new(Pipeline::fit(&specs, view, Seed::new(0)).unwrap())
}

fn prepared(count: usize, budget: usize) -> PreparedImages {
    let view = view(count);
    let pipeline = whitening(&view, true);
    PreparedImages::new(view, pipeline, budget).unwrap()
}

/// Images, labels and indices.
type Owned = (Array4<f32>, Vec<u16>, Vec<u32>);

fn owned(batch: ImageBatch<'_>) -> Owned {
    let (images, labels) = (batch.images.to_owned(), batch.labels.unwrap().to_vec());
    (images, labels, batch.indices.to_vec())
}

/// Everything an epoch yields.
fn collect(loader: &mut Loader, epoch: u64) -> Vec<Owned> {
    let mut epoch = loader.epoch(epoch);
    let mut batches = Vec::new();
    while let Some(batch) = epoch.next_batch().unwrap() {
        batches.push(owned(batch));
    }
    batches
}

/// The same by [`EpochBatches::for_each`].
fn collect_aside(loader: &mut Loader, epoch: u64) -> Vec<Owned> {
    let mut batches = Vec::new();
    let every = loader.epoch(epoch).for_each(|batch| {
        batches.push(owned(batch));
        Ok::<(), crate::Error>(())
    });
    every.unwrap();
    batches
}

#[test]
fn batches_prepared_aside_are_those_that_are_asked_for() {
    for (budget, augment) in [(usize::MAX, MIRROR), (0, MIRROR), (0, CROP)] {
        let spec = BatchSpec {
            size: 8,
            ..BatchSpec::default()
        };
        let mut loader = Loader::new(&prepared(37, budget), spec, augment, Seed::new(3)).unwrap();
        for epoch in [0, 5] {
            let asked = collect(&mut loader, epoch);
            assert_eq!(asked.len(), 5);
            assert_eq!(collect_aside(&mut loader, epoch), asked);
        }
    }
}

#[test]
fn an_epoch_ends_with_the_first_error_of_its_reader() {
    let mut loader = Loader::new(
        &prepared(20, 0),
        BatchSpec::in_order(4),
        AugmentSpec::default(),
        Seed::new(0),
    )
    .unwrap();
    let mut seen = 0;
    let done = loader.epoch(0).for_each(|_| {
        seen += 1;
        match seen {
            3 => Err(crate::Error::parameter("x", 3, "too many; stop")),
            _ => Ok(()),
        }
    });
    assert!(done.unwrap_err().to_string().contains("too many"));
    assert_eq!(seen, 3);
    assert_eq!(collect(&mut loader, 0).len(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_image_comes_once_an_epoch(count in 1usize..60, size in 1usize..70, seed: u64, drop_last: bool) {
        prop_assume!(!drop_last || size <= count);
        let view = view(count);
        let raw = PreparedImages::new(view.clone(), Arc::new(Pipeline::new(SHAPE)), 0).unwrap();
        let spec = BatchSpec { size, shuffle: true, drop_last };
        let mut loader = Loader::new(&raw, spec, AugmentSpec::default(), Seed::new(seed)).unwrap();
        let batches = collect(&mut loader, 3);
        prop_assert_eq!(batches.len(), loader.batches_per_epoch());
        let mut seen: Vec<u32> = batches.iter().flat_map(|batch| batch.2.clone()).collect();
        prop_assert_eq!(seen.len(), if drop_last { count / size * size } else { count });
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), loader.images_per_epoch());
        for (images, labels, indices) in batches {
            for ((image, label), index) in images.outer_iter().zip(labels).zip(indices) {
                prop_assert_eq!(u32::from(label), index % 7);
                let own = view.select(&[index as usize]).unwrap().images();
                prop_assert_eq!(image, own.index_axis(ndarray::Axis(0), 0));
            }
        }
    }
}

#[test]
fn the_seed_and_the_epoch_decide_the_order() {
    let prepared = prepared(40, DEFAULT_MEMORY_BUDGET);
    let run = |seed, epoch| {
        let spec = BatchSpec {
            size: 7,
            ..Default::default()
        };
        collect(
            &mut Loader::new(&prepared, spec, MIRROR, Seed::new(seed)).unwrap(),
            epoch,
        )
    };
    assert_eq!(run(1, 0), run(1, 0));
    assert_ne!(run(1, 0)[0].2, run(1, 1)[0].2);
    assert_ne!(run(1, 0)[0].2, run(2, 0)[0].2);
}

#[test]
fn evaluation_keeps_the_order_of_the_view() {
    let raw = PreparedImages::new(
        view(9).select(&[8, 2, 5]).unwrap(),
        Arc::new(Pipeline::new(SHAPE)),
        0,
    )
    .unwrap();
    let mut loader = Loader::new(&raw, BatchSpec::in_order(2), AugmentSpec::default(), Seed::new(0)).unwrap();
    let indices: Vec<_> = collect(&mut loader, 0).into_iter().map(|batch| batch.2).collect();
    assert_eq!(indices, [vec![8, 2], vec![5]]);
}

#[test]
fn kept_and_recomputed_images_agree() {
    let (kept, recomputed) = (prepared(30, DEFAULT_MEMORY_BUDGET), prepared(30, 0));
    assert!(kept.caches_transformed(&MIRROR) && !recomputed.caches_transformed(&MIRROR));
    let run = |prepared| {
        collect(
            &mut Loader::new(prepared, BatchSpec::default(), MIRROR, Seed::new(4)).unwrap(),
            2,
        )
    };
    let (kept, recomputed) = (run(&kept), run(&recomputed));
    assert_eq!(kept[0].2, recomputed[0].2);
    let error = (&kept[0].0 - &recomputed[0].0)
        .iter()
        .fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(error < 1e-4, "{error}");
}

#[test]
fn transformed_images_are_kept_only_where_that_changes_nothing() {
    let view = view(30);
    let make =
        |mirror| PreparedImages::new(view.clone(), whitening(&view, mirror), DEFAULT_MEMORY_BUDGET).unwrap();
    let (commuting, other) = (make(true), make(false));
    assert!(commuting.caches_transformed(&AugmentSpec::default()) && commuting.caches_transformed(&MIRROR));
    assert!(!commuting.caches_transformed(&CROP));
    assert!(other.caches_transformed(&AugmentSpec::default()) && !other.caches_transformed(&MIRROR));
    let bytes = commuting.transformed_bytes();
    assert_eq!(bytes, 30 * SHAPE.len() * 4);
    assert!(!prepared(30, bytes - 1).caches_transformed(&MIRROR));
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    for (budget, augment) in [(DEFAULT_MEMORY_BUDGET, MIRROR), (0, CROP)] {
        let prepared = prepared(50, budget);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let spec = BatchSpec {
                size: 17,
                ..Default::default()
            };
            pool.install(|| {
                collect(
                    &mut Loader::new(&prepared, spec, augment.clone(), Seed::new(0)).unwrap(),
                    1,
                )
            })
        };
        assert_eq!(with(1), with(3));
    }
}

#[test]
fn augmentation_depends_on_the_image_and_not_on_its_batch() {
    let raw = PreparedImages::new(view(20), Arc::new(Pipeline::new(SHAPE)), 0).unwrap();
    let run = |size| {
        let spec = BatchSpec {
            size,
            ..Default::default()
        };
        let batches = collect(&mut Loader::new(&raw, spec, CROP, Seed::new(0)).unwrap(), 0);
        batches
            .into_iter()
            .flat_map(|batch| batch.0.into_raw_vec_and_offset().0)
            .collect::<Vec<_>>()
    };
    assert_eq!(run(20), run(3));
}

#[test]
fn mirrored_images_are_mirror_images() {
    let raw = PreparedImages::new(view(12), Arc::new(Pipeline::new(SHAPE)), 0).unwrap();
    let run = |mirror| {
        let augment = AugmentSpec {
            mirror,
            ..Default::default()
        };
        collect(
            &mut Loader::new(&raw, BatchSpec::in_order(12), augment, Seed::new(0)).unwrap(),
            0,
        )
        .remove(0)
        .0
    };
    assert_eq!(run(1.0), run(0.0).slice(s![.., .., .., ..;-1]));
}

#[test]
fn unlabelled_images_come_without_labels() {
    let data = Dataset::new("bare", SHAPE, vec![1; SHAPE.len()], None, vec![]).unwrap();
    let raw = PreparedImages::new(View::new(Arc::new(data)), Arc::new(Pipeline::new(SHAPE)), 0).unwrap();
    let mut loader = Loader::new(&raw, BatchSpec::default(), AugmentSpec::default(), Seed::new(0)).unwrap();
    assert!(loader.epoch(0).next_batch().unwrap().unwrap().labels.is_none());
}

#[test]
fn bad_options_are_refused() {
    let prepared = prepared(10, 0);
    let refused = |spec, augment| {
        Loader::new(&prepared, spec, augment, Seed::new(0))
            .unwrap_err()
            .to_string()
    };
    let spec = |size, drop_last| BatchSpec {
        size,
        shuffle: true,
        drop_last,
    };
    assert!(refused(spec(0, false), MIRROR).starts_with("size = 0"));
    assert!(refused(spec(11, true), MIRROR).contains("give at most 10"));
    assert!(
        refused(
            spec(1, true),
            AugmentSpec {
                mirror: -0.1,
                ..MIRROR
            }
        )
        .starts_with("mirror = -0.1")
    );
    let other = Arc::new(Pipeline::new(ImageShape::new(1, 4, 5)));
    assert!(PreparedImages::new(prepared.view().clone(), other, 0).is_err());
    assert_eq!(ImageSource::len(prepared.view()), 10);
}
