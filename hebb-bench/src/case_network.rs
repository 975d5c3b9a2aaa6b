//! The network of a benchmark case, with a batch of random images on the device.

use crate::{BenchCase, values};
use hebb_core::backend::{Backend, Convolution, LayerPlan, Workspace, buffer_of};
use hebb_core::layer::{HebbLayer, Input, Learning};
use hebb_core::{Result, Seed};

/// The layers of a case, one batch of images, and a teacher signal for the layers whose rule needs one.
#[derive(Debug)]
pub struct CaseNetwork<B: Backend> {
    backend: B,
    layers: Vec<HebbLayer<B>>,
    images: B::Buffer,
    teachers: Vec<Option<B::Buffer>>,
    batch: usize,
}

impl<B: Backend> CaseNetwork<B> {
    /// The network of a case with random weights, and a batch of random images.
    ///
    /// # Errors
    /// A failure of the backend.
    pub fn new(backend: B, case: &BenchCase) -> Result<Self> {
        let mut shape = case.input;
        let mut layers = Vec::new();
        for (index, config) in case.layers.iter().enumerate() {
            let layer = HebbLayer::new(&backend, config.clone(), shape, Seed::new(0), index)?;
            shape = layer.output_shape()?;
            layers.push(layer);
        }
        let images = buffer_of(&backend, &values(case.batch * case.input.len()))?;
        let teacher = |layer: &HebbLayer<B>| {
            let plan = layer.plan();
            let supervised = plan.lowering.needs_teacher();
            supervised
                .then(|| buffer_of(&backend, &values(case.batch * plan.units)))
                .transpose()
        };
        let teachers = layers.iter().map(teacher).collect::<Result<_>>()?;
        Ok(Self {
            backend,
            layers,
            images,
            teachers,
            batch: case.batch,
        })
    }

    /// Passes the batch through all layers.
    ///
    /// # Errors
    /// A failure of the backend.
    pub fn step(&mut self, learning: Learning) -> Result<()> {
        for index in 0..self.layers.len() {
            self.layer(index, learning)?;
        }
        Ok(())
    }

    /// Passes the last output of the layer below, or the images, through one layer.
    ///
    /// # Errors
    /// A failure of the backend.
    pub fn layer(&mut self, index: usize, learning: Learning) -> Result<()> {
        let (before, rest) = self.layers.split_at_mut(index);
        let values = before.last().map_or(&self.images, HebbLayer::output);
        let input = Input {
            images: self.batch,
            values,
            teacher: self.teachers[index].as_ref(),
        };
        rest[0].process(&self.backend, &input, learning)
    }

    /// A closure that runs one layer's convolution alone, on a batch of random images.
    ///
    /// # Errors
    /// A failure of the backend.
    pub fn convolution(&self, index: usize) -> Result<impl FnMut() -> Result<()>> {
        let (backend, plan) = (&self.backend, self.layers[index].plan());
        let convolution = Convolution {
            geometry: plan.geometry,
            units: plan.units,
            images: self.batch,
        };
        let images = buffer_of(backend, &values(self.batch * plan.geometry.input().len()))?;
        let weights = buffer_of(backend, &values(plan.weights()))?;
        let mut output = backend.zeros(convolution.responses().len())?;
        let mut workspace = Workspace::default();
        Ok(move || backend.convolve(&convolution, &images, &weights, None, &mut output, &mut workspace))
    }

    /// The plan of a layer.
    pub fn plan(&self, index: usize) -> &LayerPlan {
        self.layers[index].plan()
    }

    /// Number of layers.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CASES;
    use hebb_cpu::CpuBackend;

    #[test]
    fn every_case_learns_from_a_batch() {
        for (name, _) in CASES {
            let case = BenchCase {
                batch: 2,
                ..BenchCase::of_preset(name).unwrap()
            };
            let mut net = CaseNetwork::new(CpuBackend::new(), &case).unwrap();
            net.step(Learning::ALL).unwrap();
        }
    }
}
