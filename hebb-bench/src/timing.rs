//! How long something takes on a machine that others use too.

use hebb::bench::peak_flops;
use hebb_core::Result;
use std::time::{Duration, Instant};

/// The median of some runs in seconds, for a second or so.
///
/// # Errors
/// The first run that fails.
pub fn median(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut seconds = Vec::new();
    repeat(|| {
        seconds.push(time(&mut run)?);
        Ok(())
    })?;
    Ok(middle(seconds))
}

/// Medians of some runs: seconds, and the share of the machine's peak that they reach with `flops` operations each.
///
/// The peak is measured anew after every run, so that what other programs take of the machine hits both.
///
/// # Errors
/// The first run that fails.
pub fn beside_peak(threads: usize, flops: f64, mut run: impl FnMut() -> Result<()>) -> Result<(f64, f64)> {
    let (mut seconds, mut shares) = (Vec::new(), Vec::new());
    repeat(|| {
        let taken = time(&mut run)?;
        seconds.push(taken);
        shares.push(flops / taken / peak_flops(threads));
        Ok(())
    })?;
    Ok((middle(seconds), middle(shares)))
}

/// Runs 3 to 25 times, until a second is over.
fn repeat(mut run: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    for count in 0..25 {
        if count >= 3 && start.elapsed() > Duration::from_secs(1) {
            break;
        }
        run()?;
    }
    Ok(())
}

fn time(run: &mut impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed().as_secs_f64())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
