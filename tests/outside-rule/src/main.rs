//! Trains a layer with a rule of its own and prints what it learned: a program without hebb's command line.

use hebb_cpu::CpuBackend;
use hebb_outside_rule::learned;

fn main() -> hebb_core::Result<()> {
    for leak in [0.01, 0.1, 1.0] {
        let weights = learned(CpuBackend::new(), leak)?;
        let norm = weights.iter().map(|w| w * w).sum::<f32>().sqrt();
        println!("leak {leak}: the norm of all weights is {norm:.3}");
    }
    Ok(())
}
