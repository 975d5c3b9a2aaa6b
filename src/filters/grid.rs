//! Receptive fields as one picture.

use image::{Rgb, RgbImage, imageops};
use ndarray::{ArrayView3, ArrayView4};

/// Pixels between tiles and around them.
const LINE: u32 = 2;
/// The colour of the lines.
const PAPER: Rgb<u8> = Rgb([255; 3]);
/// Target width in pixels.
const WIDTH: usize = 960;
/// Largest magnification of a pixel.
const LARGEST_SCALE: usize = 14;

/// Receptive fields (N, C, h, w) as tiles in a nearly square grid, row by row.
///
/// Each tile is brought to its own range, zero staying mid-gray: three channels are red, green and blue, brought to
/// one range together; any other number of channels is averaged to gray. Small fields are enlarged.
pub fn grid(fields: ArrayView4<'_, f32>) -> RgbImage {
    let (count, _, height, width) = fields.dim();
    let columns = (1..=count.max(1)).find(|side| side * side >= count).unwrap_or(1);
    let rows = count.div_ceil(columns);
    let scale =
        ((WIDTH / columns).saturating_sub(LINE as usize) / width.max(1)).clamp(1, LARGEST_SCALE) as u32;
    let tile = [width as u32 * scale, height as u32 * scale];
    let place = |index: usize, tile: u32| index as u32 * (tile + LINE) + LINE;
    let mut picture = RgbImage::from_pixel(place(columns, tile[0]), place(rows, tile[1]), PAPER);
    for (index, field) in fields.outer_iter().enumerate() {
        let drawn = imageops::resize(&draw(field), tile[0], tile[1], imageops::FilterType::Nearest);
        let (left, top) = (place(index % columns, tile[0]), place(index / columns, tile[1]));
        imageops::replace(&mut picture, &drawn, left.into(), top.into());
    }
    picture
}

/// One field (C, h, w), a pixel for a pixel.
fn draw(field: ArrayView3<'_, f32>) -> RgbImage {
    let (channels, height, width) = field.dim();
    let gray = |y, x| (0..channels).map(|c| field[[c, y, x]]).sum::<f32>() / channels.max(1) as f32;
    let colour = |y: usize, x: usize| match channels {
        3 => [0, 1, 2].map(|c| field[[c, y, x]]),
        _ => [gray(y, x); 3],
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    let largest = pixels
        .flat_map(|(y, x)| colour(y, x))
        .fold(0.0f32, |largest, value| largest.max(value.abs()));
    let unit = if largest > 0.0 && largest.is_finite() {
        0.5 / largest
    } else {
        0.0
    };
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        Rgb(colour(y as usize, x as usize).map(|value| ((0.5 + value * unit) * 255.0).round() as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array4;

    #[test]
    fn zero_is_mid_gray_and_the_largest_value_black_or_white() {
        let field = Array4::from_shape_vec((1, 1, 1, 3), vec![0.0, -2.0, 1.0]).unwrap();
        let tile = draw(field.index_axis(ndarray::Axis(0), 0));
        let row: Vec<u8> = tile.pixels().map(|pixel| pixel.0[0]).collect();
        assert_eq!(row, [128, 0, 191]);
    }

    #[test]
    fn colours_share_one_range() {
        let field = Array4::from_shape_vec((1, 3, 1, 1), vec![4.0, 2.0, -4.0]).unwrap();
        assert_eq!(
            draw(field.index_axis(ndarray::Axis(0), 0)).get_pixel(0, 0),
            &Rgb([255, 191, 0])
        );
    }

    #[test]
    fn every_tile_has_a_range_of_its_own_and_lines_around_it() {
        let fields = Array4::from_shape_fn((5, 1, 2, 2), |(n, _, i, j)| {
            (n + 1) as f32 * if i == j { 1.0 } else { -1.0 }
        });
        let picture = grid(fields.view());
        let tile = 2 * LARGEST_SCALE as u32;
        assert_eq!(
            picture.dimensions(),
            (3 * (tile + LINE) + LINE, 2 * (tile + LINE) + LINE)
        );
        for (left, top) in (0..5).map(|n| (n % 3 * (tile + LINE), n / 3 * (tile + LINE))) {
            assert_eq!(picture.get_pixel(left + LINE - 1, top + LINE), &PAPER);
            assert_eq!(picture.get_pixel(left + LINE, top + LINE), &Rgb([255; 3]));
            assert_eq!(
                picture.get_pixel(left + LINE + tile / 2, top + LINE),
                &Rgb([0; 3])
            );
        }
    }

    #[test]
    fn dead_units_and_empty_layers_are_drawn_without_complaint() {
        assert_eq!(
            grid(Array4::zeros((1, 1, 1, 1)).view()).get_pixel(LINE, LINE),
            &Rgb([128; 3])
        );
        assert!(grid(Array4::zeros((0, 1, 2, 2)).view()).width() > 0);
    }
}
