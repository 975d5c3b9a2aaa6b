//! Augmentation of small images.

use super::*;
use proptest::prelude::*;

const SHAPE: ImageShape = ImageShape::new(1, 2, 3);
const PIXELS: [u8; 6] = [51, 102, 153, 204, 255, 0];
const COLOUR: ImageShape = ImageShape::new(3, 6, 5);

fn write(mirror: bool, shift: [isize; 2]) -> Vec<f32> {
    let mut out = vec![f32::NAN; 6];
    let place = Placement {
        mirror,
        shift,
        ..Default::default()
    };
    place.write(&PIXELS, SHAPE, &mut out);
    out
}

/// Everything that the authors of Amato et al. 2019 do.
fn everything() -> AugmentSpec {
    let jitter = ColorJitter {
        probability: 0.5,
        brightness: 0.1,
        contrast: 0.1,
        saturation: 0.1,
        hue: 20.0 / 360.0,
    };
    AugmentSpec {
        mirror: 0.5,
        crop_padding: 4,
        crop_probability: 0.5,
        jitter: vec![
            jitter,
            ColorJitter {
                saturation: 1.0,
                probability: 0.5,
                ..Default::default()
            },
        ],
        resize: Some(Resize {
            probability: 0.3,
            share: 0.125,
        }),
        affine: Some(Affine {
            probability: 0.3,
            degrees: 10.0,
            shear: 10.0,
            ..Default::default()
        }),
    }
}

#[test]
fn crops_move_the_image_and_fill_with_zeros() {
    assert_eq!(write(false, [0, 0]), [0.2, 0.4, 0.6, 0.8, 1.0, 0.0]);
    assert_eq!(write(false, [1, -1]), [0.0, 0.8, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(write(true, [-1, 1]), [0.0, 0.0, 0.0, 0.0, 0.6, 0.4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn half_of_all_images_are_mirrored_and_each_epoch_draws_anew(seed: u64) {
        let spec = AugmentSpec { mirror: 0.5, crop_padding: 2, ..Default::default() };
        let draw = |epoch| (0..2000).map(|index| spec.place(Seed::new(seed), epoch, index)).collect::<Vec<_>>();
        let first = draw(0);
        prop_assert_eq!(&first, &draw(0));
        prop_assert_ne!(&first, &draw(1));
        let mirrored = first.iter().filter(|place| place.mirror).count();
        prop_assert!((850..1150).contains(&mirrored));
        prop_assert!(first.iter().all(|place| place.shift.iter().all(|shift| shift.abs() <= 2)));
    }

    #[test]
    fn each_change_happens_as_often_as_its_probability_says(seed: u64) {
        let spec = everything();
        let places: Vec<_> = (0..2000).map(|index| spec.place(Seed::new(seed), 0, index)).collect();
        let count = |happens: &dyn Fn(&Placement) -> bool| places.iter().filter(|place| happens(place)).count();
        // Half are not cropped, and of 81 crops one is the middle.
        prop_assert!((850..1150).contains(&count(&|place| place.shift != [0, 0])));
        // Neither resized nor turned: 0.7²; no change of colour: 0.5².
        prop_assert!((880..1080).contains(&count(&|place| place.map.is_none())));
        prop_assert!((400..600).contains(&count(&|place| place.colors.is_empty())));
        prop_assert!(places.iter().all(|place| [0, 1, 4, 5].contains(&place.colors.len())));
    }

    #[test]
    fn every_value_stays_in_range(seed: u64, pixels in proptest::collection::vec(any::<u8>(), COLOUR.len())) {
        let mut out = vec![f32::NAN; COLOUR.len()];
        for index in 0..20 {
            everything().place(Seed::new(seed), 3, index).write(&pixels, COLOUR, &mut out);
            prop_assert!(out.iter().all(|value| (0.0..=1.0).contains(value)), "{:?}", out);
        }
    }

    /// The slow way of the changes that resample gives the bits of the fast one where nothing is resampled.
    #[test]
    fn at_strength_zero_the_image_is_cropped_and_mirrored_alone(
        seed: u64,
        pixels in proptest::collection::vec(any::<u8>(), COLOUR.len()),
    ) {
        let plain = AugmentSpec { mirror: 0.5, crop_padding: 2, ..Default::default() };
        let still = AugmentSpec {
            jitter: vec![ColorJitter::default()],
            resize: Some(Resize::default()),
            affine: Some(Affine::default()),
            ..plain.clone()
        };
        let written = |spec: &AugmentSpec, index| {
            let mut out = vec![f32::NAN; COLOUR.len()];
            spec.place(Seed::new(seed), 0, index).write(&pixels, COLOUR, &mut out);
            out
        };
        for index in 0..10 {
            prop_assert!(still.place(Seed::new(seed), 0, index).map.is_some());
            prop_assert_eq!(written(&still, index), written(&plain, index));
        }
    }
}

#[test]
fn impossible_options_are_refused() {
    let check = |mirror, crop_padding| {
        let spec = AugmentSpec {
            mirror,
            crop_padding,
            ..Default::default()
        };
        spec.check(SHAPE)
    };
    assert!(check(1.0, 1).is_ok());
    assert!(check(1.5, 0).unwrap_err().to_string().starts_with("mirror = 1.5"));
    assert!(check(f64::NAN, 0).is_err());
    assert!(check(0.0, 2).unwrap_err().to_string().contains("give at most 1"));
    everything().check(COLOUR).unwrap();
    let refused = |spec: AugmentSpec| spec.check(COLOUR).unwrap_err().to_string();
    let affine = |affine| AugmentSpec {
        affine: Some(affine),
        ..Default::default()
    };
    let text = refused(affine(Affine {
        scale: [2.0, 1.0],
        ..Default::default()
    }));
    assert!(text.contains("give [smallest, largest]"), "{text}");
    let text = refused(affine(Affine {
        degrees: f64::NAN,
        ..Default::default()
    }));
    assert!(text.starts_with("degrees = NaN"), "{text}");
    let text = refused(AugmentSpec {
        resize: Some(Resize {
            share: 1.0,
            ..Default::default()
        }),
        ..Default::default()
    });
    assert!(text.contains("give 0 to 0.9"), "{text}");
    let grey = AugmentSpec {
        jitter: vec![ColorJitter {
            hue: 0.1,
            ..Default::default()
        }],
        ..Default::default()
    };
    let text = grey.check(SHAPE).unwrap_err().to_string();
    assert!(
        text.starts_with("hue = 0.1") && text.contains("three channels"),
        "{text}"
    );
}

#[cfg(feature = "serde")]
#[test]
fn the_published_options_are_read_as_they_are_documented() {
    let text = include_str!("mod.rs");
    let example: String = text
        .lines()
        .skip_while(|line| !line.contains("```toml"))
        .skip(1)
        .take_while(|line| !line.contains("```"))
        .map(|line| line.trim_start().trim_start_matches("///").to_owned() + "\n")
        .collect();
    let mut spec: AugmentSpec = toml::from_str(&example).unwrap();
    assert!((spec.jitter[0].hue - 20.0 / 360.0).abs() < 1e-4);
    spec.jitter[0].hue = 20.0 / 360.0;
    assert_eq!(spec, everything());
}
