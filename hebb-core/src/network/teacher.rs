//! Teacher signals: targets for the units of a layer, made from labels.

use crate::backend::{Backend, buffer_of};
use crate::error::{Error, Result};
use crate::layer::{HebbLayer, LayerConfig};

/// The teacher of a layer. The first units are divided among the classes in equal blocks; t is 1 for the block of the
/// image's class and 0 for the others. Units after the blocks always have t = 1, as in the code of Amato et al. 2019.
#[derive(Debug)]
pub(super) struct Teacher<B: Backend> {
    rule: String,
    units: usize,
    /// Configured number of units per class. Default: all units are divided.
    units_per_class: Option<usize>,
    /// Restricts the competition to units with t = 1.
    clamps: bool,
    classes: usize,
    block: usize,
    /// t, images×N, on the host and on the device.
    host: Vec<f32>,
    signal: B::Buffer,
}

impl<B: Backend> Teacher<B> {
    /// The teacher of a layer, without classes yet; `None` if the layer's rule needs none.
    pub(super) fn new(backend: &B, layer: &HebbLayer<B>) -> Result<Option<Self>> {
        let LayerConfig {
            rule,
            units_per_class,
            ..
        } = layer.config();
        if !layer.plan().lowering.needs_teacher() {
            return Ok(None);
        }
        Ok(Some(Self {
            rule: rule.name.clone(),
            units: layer.plan().units,
            units_per_class: *units_per_class,
            clamps: layer.plan().lowering.clamped,
            classes: 0,
            block: 0,
            host: Vec::new(),
            signal: backend.zeros(0)?,
        }))
    }

    /// Divides the units among `classes` classes.
    pub(super) fn set_classes(&mut self, classes: usize) -> Result<()> {
        if classes == 0 {
            return Err(self.missing_classes());
        }
        let block = self.units_per_class.unwrap_or(self.units / classes);
        let owner = || format!("rule {}", self.rule);
        if self.units_per_class.is_none() && !self.units.is_multiple_of(classes) {
            let range = format!("a multiple of {classes}, the number of classes, or set units-per-class");
            return Err(Error::parameter(owner(), "units", self.units, range));
        }
        if block == 0 || block * classes > self.units {
            let range = format!(
                "from 1 to {} for {} units and {classes} classes",
                self.units / classes,
                self.units
            );
            return Err(Error::parameter(owner(), "units-per-class", block, range));
        }
        (self.classes, self.block) = (classes, block);
        Ok(())
    }

    /// The teacher signal t (images×N) of a batch. Without learning it is 0, or 1 where it clamps so that all units compete.
    pub(super) fn signal(
        &mut self,
        backend: &B,
        images: usize,
        labels: &[u16],
        learns: bool,
    ) -> Result<&B::Buffer> {
        let neutral = f32::from(u8::from(self.clamps && !learns));
        self.host.clear();
        self.host.resize(images * self.units, neutral);
        if learns {
            self.encode(images, labels)?;
        }
        if backend.len(&self.signal) < self.host.len() {
            self.signal = buffer_of(backend, &self.host)?;
        } else {
            backend.upload(&self.host, &mut self.signal)?;
        }
        Ok(&self.signal)
    }

    /// Writes the blocks of the labels.
    fn encode(&mut self, images: usize, labels: &[u16]) -> Result<()> {
        if self.classes == 0 {
            return Err(self.missing_classes());
        }
        if labels.len() != images {
            let expected = format!("one per image ({images})");
            return Err(Error::shape("the labels of a batch", expected, labels.len()));
        }
        let blocks = self.classes * self.block;
        for (signal, label) in self.host.chunks_exact_mut(self.units).zip(labels) {
            let class = usize::from(*label);
            if class >= self.classes {
                let range = format!("below {}, the number of classes", self.classes);
                return Err(Error::parameter("the labels of a batch", "label", label, range));
            }
            signal[class * self.block..][..self.block].fill(1.0);
            signal[blocks..].fill(1.0);
        }
        Ok(())
    }

    fn missing_classes(&self) -> Error {
        Error::Incompatible {
            first: format!("rule {}", self.rule),
            second: "unlabelled images".to_owned(),
            reason:
                "its teacher signal comes from labels; use a labelled dataset or a rule without a teacher"
                    .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::ImageShape;
    use crate::layer::{LayerConfig, Learning, RuleChoice, Thresholds};
    use crate::network::Network;
    use crate::plan::{Competition, Output, Reduction};
    use crate::rule::Params;
    use crate::source::Batch;
    use crate::{RefBackend, Seed};
    use ndarray::{Array4, Axis, array};
    use std::sync::Arc;

    /// A dense layer that moves all the way to what its teacher shows it.
    fn taught(units: usize) -> LayerConfig {
        LayerConfig {
            rule: RuleChoice::named("supervised"),
            reduction: Some(Reduction::WeightedMean),
            learning_rate: 1.0.into(),
            ..LayerConfig::dense(units)
        }
    }

    fn network(layer: LayerConfig) -> Network<RefBackend> {
        Network::new(
            Arc::new(RefBackend),
            ImageShape::new(1, 1, 2),
            &[layer],
            Seed::new(0),
        )
        .unwrap()
    }

    /// Two images of class 0, one of class 1.
    fn images() -> Array4<f32> {
        let rows = array![[1.0, 2.0], [3.0, 6.0], [-1.0, 5.0]];
        rows.insert_axis(Axis(1)).insert_axis(Axis(1))
    }

    fn weights(network: &Network<RefBackend>) -> Vec<f32> {
        network.layers()[0]
            .hebb()
            .unwrap()
            .weights(&RefBackend)
            .unwrap()
            .iter()
            .copied()
            .collect()
    }

    #[track_caller]
    fn assert_approx_eq(found: &[f32], expected: &[f32]) {
        let equal = found
            .iter()
            .zip(expected)
            .all(|(w, mean)| (w - mean).abs() < 1e-5);
        assert!(
            equal && found.len() == expected.len(),
            "{found:?}, not {expected:?}"
        );
    }

    fn learn(network: &mut Network<RefBackend>, labels: &[u16]) -> crate::Result<()> {
        let images = images();
        let images = images.view();
        network.process_labelled(Batch { images, labels }, &[Learning::ALL])
    }

    #[test]
    fn units_move_to_the_means_of_their_classes() {
        let mut network = network(taught(4));
        network.set_classes(2).unwrap();
        learn(&mut network, &[0, 0, 1]).unwrap();
        assert_approx_eq(&weights(&network), &[2.0, 4.0, 2.0, 4.0, -1.0, 5.0, -1.0, 5.0]);
    }

    #[test]
    fn units_beyond_those_of_the_classes_hear_every_class() {
        let units_per_class = Some(1);
        let mut network = network(LayerConfig {
            units_per_class,
            ..taught(3)
        });
        network.set_classes(2).unwrap();
        learn(&mut network, &[0, 0, 1]).unwrap();
        assert_approx_eq(&weights(&network), &[2.0, 4.0, -1.0, 5.0, 1.0, 13.0 / 3.0]);
    }

    #[test]
    fn a_class_that_is_absent_teaches_nothing() {
        let mut network = network(taught(2));
        network.set_classes(2).unwrap();
        let before = weights(&network);
        learn(&mut network, &[0, 0, 0]).unwrap();
        assert_eq!(weights(&network)[2..], before[2..]);
    }

    #[test]
    fn labels_that_are_missing_or_name_no_class_are_refused() {
        let mut network = network(taught(2));
        let message = |network: &mut _, labels: &[u16]| learn(network, labels).unwrap_err().to_string();
        let text = message(&mut network, &[0, 0, 1]);
        assert!(
            text.starts_with("rule supervised is incompatible with unlabelled images"),
            "{text}"
        );
        let text = network.set_classes(0).unwrap_err().to_string();
        assert!(
            text.starts_with("layer 1: rule supervised") && text.contains("labelled dataset"),
            "{text}"
        );
        network.set_classes(2).unwrap();
        let text = message(&mut network, &[]);
        assert_eq!(text, "the labels of a batch: expected one per image (3), found 0");
        let text = message(&mut network, &[0, 2, 1]);
        assert!(text.contains("label = 2") && text.contains("below 2"), "{text}");
    }

    #[test]
    fn what_does_not_learn_weights_needs_no_labels() {
        let mut network = network(LayerConfig {
            competition: Some(Competition::HardWta),
            thresholds: Some(Thresholds {
                rate: 0.1,
                target: None,
            }),
            ..taught(2)
        });
        let (before, images) = (weights(&network), images());
        for learning in [Learning::NONE, Learning::BURN_IN] {
            network.process(images.view(), &[learning]).unwrap();
        }
        assert_eq!(weights(&network), before);
    }

    /// A layer of two units for two classes, at (1, 0) and (−1, 0), of which one wins.
    fn competing(gate: &'static str) -> Network<RefBackend> {
        let mut network = network(LayerConfig {
            rule: RuleChoice::with_params("supervised", Params::default().with("gate", gate)),
            competition: Some(Competition::HardWta),
            output: Output::Competition,
            ..taught(2)
        });
        network.set_classes(2).unwrap();
        let mut tensors = network.tensors().unwrap();
        let rows = tensors.get_mut("layers.0.weight").unwrap();
        let first = [1.0, 0.0, -1.0, 0.0];
        rows.iter_mut().zip(first).for_each(|(w, first)| *w = first);
        network.restore(&tensors).unwrap();
        network
    }

    #[test]
    fn a_clamp_lets_only_the_units_of_a_class_compete() {
        let mut network = competing("clamp");
        learn(&mut network, &[0, 1, 0]).unwrap();
        assert_approx_eq(&weights(&network), &[0.0, 3.5, 3.0, 6.0]);
    }

    #[test]
    fn a_clamp_leaves_the_competition_alone_where_nothing_is_learned() {
        for learning in [Learning::NONE, Learning::BURN_IN] {
            let won = |gate| {
                let mut layer = competing(gate);
                layer.process(images().view(), &[learning]).unwrap();
                layer.output(0).unwrap()
            };
            assert_eq!(won("clamp"), won("competition"));
        }
    }

    #[test]
    fn a_gate_lets_the_teacher_choose_among_the_winners() {
        let mut network = competing("competition");
        // Unit 0 wins the first two images, unit 1 the last; unit 0 is told the first only, unit 1 none that it wins.
        learn(&mut network, &[0, 1, 0]).unwrap();
        assert_approx_eq(&weights(&network), &[1.0, 2.0, -1.0, 0.0]);
    }
}
