//! Charts of a table: accuracy by layer, by depth, by how many layers were replaced, or by epoch.

use super::comparison::Comparison;
use plotters::prelude::*;
use std::collections::BTreeMap;

const ACCURACY: &str = "test accuracy, percent";

/// A line chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Label of the x axis.
    pub x: &'static str,
    /// Label of the y axis.
    pub y: &'static str,
    /// The lines.
    pub series: Vec<Series>,
}

/// A line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points (x, y).
    pub points: Vec<(f64, f64)>,
}

/// Each row over its layers, random weights as rows of their own.
pub(super) fn by_layer(lines: &[Comparison]) -> Chart {
    by_number(lines, "layer", |line| {
        Some((line.row.clone(), line.layer? as f64))
    })
}

/// Rows whose names end in a depth, such as `softhebb-3`, over that depth.
pub(super) fn by_depth(lines: &[Comparison]) -> Chart {
    by_number(lines, "layers", |line| {
        let (network, readout) = line
            .row
            .split_once('/')
            .unwrap_or((&line.row, "softmax regression"));
        let (kind, depth) = network.rsplit_once('-')?;
        Some((format!("{kind}, {readout}"), depth.parse().ok()?))
    })
}

/// The figures that `split` gives a series and a number, over that number.
pub(super) fn by_number(
    lines: &[Comparison],
    x: &'static str,
    split: impl Fn(&Comparison) -> Option<(String, f64)>,
) -> Chart {
    let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for line in lines {
        if let Some((name, place)) = split(line) {
            let random = if line.random { ", random weights" } else { "" };
            let points = series.entry(format!("{name}{random}")).or_default();
            points.push((place, line.mean));
        }
    }
    let series = series.into_iter().map(|(name, mut points)| {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series { name, points }
    });
    Chart {
        x,
        y: ACCURACY,
        series: series.collect(),
    }
}

/// The chart as SVG.
pub(super) fn draw(chart: &Chart) -> Result<String, String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, (900, 560)).into_drawing_area();
    paint(chart, &area).map_err(|error| error.to_string())?;
    drop(area);
    Ok(text)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn paint(chart: &Chart, area: &Area<'_>) -> Result<(), Box<dyn std::error::Error>> {
    let points = || chart.series.iter().flat_map(|series| &series.points);
    let span = |of: fn(&(f64, f64)) -> f64, margin: f64| {
        let low = points().map(of).fold(f64::INFINITY, f64::min);
        let high = points().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low - margin)..(high + margin)
    };
    area.fill(&WHITE)?;
    let mut context = ChartBuilder::on(area)
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(span(|point| point.0, 0.2), span(|point| point.1, 2.0))?;
    context
        .configure_mesh()
        .x_desc(chart.x)
        .y_desc(chart.y)
        .x_labels(6)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .draw()?;
    for (index, series) in chart.series.iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        let drawn = context.draw_series(LineSeries::new(
            series.points.iter().copied(),
            color.stroke_width(2),
        ))?;
        drawn
            .label(series.name.as_str())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
        let dots = series
            .points
            .iter()
            .map(|point| Circle::new(*point, 3, color.filled()));
        context.draw_series(dots)?;
    }
    context
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK)
        .draw()?;
    area.present()?;
    Ok(())
}
