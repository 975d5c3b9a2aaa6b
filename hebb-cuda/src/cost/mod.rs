//! Cost model of a training step: bytes, operations, and the roofline bound on time.
//!
//! The model covers the layers of the published networks: standardized input or batch norm, every similarity but the
//! p-norm, every competition, rules without states and with a diagonal decay, every reduction, adaptive thresholds,
//! triangle and ReLU. It lists the work of the device in order. Bytes are the traffic between memory and an unlimited
//! cache; the tests compare them, and the order, with the counts of the stand-in driver. Operations are those of the
//! matrix products, two per multiply-add.
//!
//! A time is the larger of bytes over bandwidth and operations over rate (the roofline), with the vendor's published
//! figures. It is a bound and no measurement: launches cost a few microseconds each where the host does not run ahead, and
//! small layers do not fill a device. `cost.md` has the tables of `miconi2021`, `hwta-conv2` and `softhebb2023`.

#[cfg(test)]
mod networks;
mod step;
#[cfg(test)]
mod table;

pub use step::{training_step, upload};

/// A launch, a product or a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The kernel; `gemm` for a product, `copy` for a copy on the device.
    pub name: &'static str,
    /// Bytes read.
    pub read: u64,
    /// Bytes written.
    pub written: u64,
    /// Floating-point operations of a product; 0 for everything else.
    pub operations: u64,
}

/// Published rates of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accelerator {
    /// Its name.
    pub name: &'static str,
    /// Bytes a second between memory and the chip.
    pub bandwidth: f64,
    /// Operations a second in f32 without tensor cores, a multiply-add counted as two.
    pub rate: f64,
}

/// NVIDIA's A100 of 40 GB with SXM: 1,555 GB/s and 19.5 TFLOP/s by its data sheet.
pub const A100: Accelerator = Accelerator {
    name: "A100",
    bandwidth: 1.555e12,
    rate: 19.5e12,
};

/// NVIDIA's H100 with SXM: 3.35 TB/s and 67 TFLOP/s by its data sheet.
pub const H100: Accelerator = Accelerator {
    name: "H100",
    bandwidth: 3.35e12,
    rate: 67e12,
};

impl Work {
    /// Bytes read and written.
    pub fn bytes(&self) -> u64 {
        self.read + self.written
    }

    /// Lower bound on the time, in seconds.
    pub fn seconds(&self, on: &Accelerator) -> f64 {
        (self.bytes() as f64 / on.bandwidth).max(self.operations as f64 / on.rate)
    }
}
