//! How long something takes on a machine that others use too.

use hebb_core::Result;
use hebb_learn::bench::peak_flops;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The median of some runs in seconds, for a second or so.
///
/// # Errors
/// The first run that fails.
pub fn median(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut seconds = Vec::new();
    repeat(Duration::from_secs(1), || {
        seconds.push(time(&mut run)?);
        Ok(())
    })?;
    Ok(middle(seconds))
}

/// What some runs of the same work took.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// The median in seconds.
    pub seconds: f64,
    /// The share of the machine's peak that the median run reaches.
    pub share: f64,
    /// That of the fastest run beside the best peak: what is left when other guests of the machine are quiet.
    pub best: f64,
}

impl Taken {
    /// As the program `cost` prints it.
    pub fn to_json(self) -> Value {
        json!({
            "seconds": self.seconds,
            "share_of_peak": self.share,
            "best_share_of_peak": self.best,
        })
    }
}

/// Times runs of `flops` operations each, for as long as `within` says or so.
///
/// The peak is measured anew after every run, so that what other programs take of the machine hits both. A run that is not
/// timed comes between, since threads that have slept meanwhile take milliseconds to join.
///
/// # Errors
/// The first run that fails.
pub fn beside_peak(
    threads: usize,
    flops: f64,
    within: Duration,
    mut run: impl FnMut() -> Result<()>,
) -> Result<Taken> {
    let (mut seconds, mut shares) = (Vec::new(), Vec::new());
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    repeat(within, || {
        run()?;
        let taken = time(&mut run)?;
        let peak = peak_flops(threads);
        (least, most) = (least.min(taken), most.max(peak));
        seconds.push(taken);
        shares.push(flops / taken / peak);
        Ok(())
    })?;
    Ok(Taken {
        seconds: middle(seconds),
        share: middle(shares),
        best: flops / least / most,
    })
}

/// Runs at least 3 times, until the time is over.
fn repeat(within: Duration, mut run: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    let mut count = 0;
    while count < 3 || start.elapsed() < within {
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

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
