//! The phases of training, as one table or several in an experiment file.

use hebb_core::train::TrainConfig;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The phases of training, in order; an experiment file writes a single one as a table, `[training]`, and several as
/// `[[training]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Phases(Vec<TrainConfig>);

impl Phases {
    /// These phases; there must be at least one.
    pub fn new(phases: Vec<TrainConfig>) -> Self {
        Self(phases)
    }

    /// Iterates over the phases.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &TrainConfig> {
        self.0.iter()
    }

    /// Batch size of the last phase, which evaluation uses too.
    pub fn batch(&self) -> usize {
        self.0
            .last()
            .map_or(TrainConfig::default().batch, |phase| phase.batch)
    }

    /// Largest burn-in of any phase, in batches: only thresholds adapt during it.
    pub fn burn_in(&self) -> u64 {
        self.iter().map(|phase| phase.burn_in).max().unwrap_or(0)
    }
}

impl Default for Phases {
    fn default() -> Self {
        Self(vec![TrainConfig::default()])
    }
}

impl Serialize for Phases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [phase] => phase.serialize(serializer),
            phases => phases.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Phases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Phases;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a table [training], or a table [[training]] for each phase")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Phases, A::Error> {
                let phase = TrainConfig::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Phases(vec![phase]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, phases: A) -> Result<Phases, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(phases)).map(Phases)
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}
