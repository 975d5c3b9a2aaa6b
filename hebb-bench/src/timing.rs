//! Timers for a shared machine: medians, and shares of the peak that is measured beside each run.

use hebb_core::Result;
use hebb_learn::bench::peak_flops;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Repeats `run` for about a second and returns the median in seconds.
///
/// # Errors
/// The error of the first run that fails.
pub fn median_seconds(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut seconds = Vec::new();
    repeat(Duration::from_secs(1), || {
        seconds.push(time(&mut run)?);
        Ok(())
    })?;
    Ok(median(seconds))
}

/// Time of repeated runs of the same work.
#[derive(Clone, Copy, Debug)]
pub struct RepeatedTiming {
    /// Median in seconds.
    pub seconds: f64,
    /// Median share of the machine's peak.
    pub share: f64,
    /// Share of the fastest run in the highest peak: the figure of a quiet machine.
    pub best_share: f64,
}

impl RepeatedTiming {
    /// JSON object, as the program `cost` prints it.
    pub fn to_json(self) -> Value {
        json!({
            "seconds": self.seconds,
            "share_of_peak": self.share,
            "best_share_of_peak": self.best_share,
        })
    }
}

/// Repeats a run of `flops` operations for about `duration` and compares each with the machine's peak.
///
/// The peak is measured anew after every run, so that other programs slow both alike. An untimed run precedes each timed
/// one, because sleeping threads take milliseconds to wake.
///
/// # Errors
/// The error of the first run that fails.
pub fn time_against_peak(
    threads: usize,
    flops: f64,
    duration: Duration,
    mut run: impl FnMut() -> Result<()>,
) -> Result<RepeatedTiming> {
    let (mut seconds, mut shares) = (Vec::new(), Vec::new());
    let (mut fastest, mut highest) = (f64::INFINITY, 0.0f64);
    repeat(duration, || {
        run()?;
        let taken = time(&mut run)?;
        let peak = peak_flops(threads);
        (fastest, highest) = (fastest.min(taken), highest.max(peak));
        seconds.push(taken);
        shares.push(flops / taken / peak);
        Ok(())
    })?;
    Ok(RepeatedTiming {
        seconds: median(seconds),
        share: median(shares),
        best_share: flops / fastest / highest,
    })
}

/// Runs at least three times and for at least `duration`.
fn repeat(duration: Duration, mut run: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    let mut count = 0;
    while count < 3 || start.elapsed() < duration {
        run()?;
        count += 1;
    }
    Ok(())
}

fn time(run: &mut impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
