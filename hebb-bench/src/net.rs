//! A network on a backend, fed with values that are on the device already.

use crate::{Case, values};
use hebb_core::backend::{Backend, Convolution, LayerPlan, Workspace, buffer_of};
use hebb_core::layer::{HebbLayer, Input, Learning};
use hebb_core::{Result, Seed};

/// The layers of a case and one batch of images.
#[derive(Debug)]
pub struct Net<B: Backend> {
    backend: B,
    layers: Vec<HebbLayer<B>>,
    images: B::Buffer,
    /// What layers hear whose rule has a teacher.
    teachers: Vec<Option<B::Buffer>>,
    batch: usize,
}

impl<B: Backend> Net<B> {
    /// The network of a case with random weights, fed with random images.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn new(backend: B, case: &Case) -> Result<Self> {
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
            let hears = plan.lowering.needs_teacher();
            hears
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

    /// One batch through all layers.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn step(&mut self, learning: Learning) -> Result<()> {
        for index in 0..self.layers.len() {
            self.layer(index, learning)?;
        }
        Ok(())
    }

    /// One batch through one layer, fed with what the layer before has put out last.
    ///
    /// # Errors
    /// Those of the backend.
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

    /// The products of one layer's weights with all patches of a batch of random images, and nothing else, as a closure
    /// to run again and again.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn product(&self, index: usize) -> Result<impl FnMut() -> Result<()>> {
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

    /// How many layers there are.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NETWORKS;
    use hebb_cpu::CpuBackend;

    #[test]
    fn every_network_learns_from_a_batch() {
        for (name, _) in NETWORKS {
            let case = Case {
                batch: 2,
                ..Case::of_preset(name).unwrap()
            };
            let mut net = Net::new(CpuBackend::new(), &case).unwrap();
            net.step(Learning::ALL).unwrap();
        }
    }
}
