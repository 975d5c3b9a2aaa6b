//! Layer specifications and their file format.

use crate::backprop::OpConfig;
use crate::layer::LayerConfig;

/// The specification of a layer: Hebbian, or operations trained by backpropagation.
///
/// In an experiment file the table holds the keys of a Hebbian layer, or `backprop = [{ op = "conv", … }, …]`.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerSpec {
    /// A Hebbian layer.
    Hebb(Box<LayerConfig>),
    /// A sequence of operations, trained by the gradient of a loss at the network's output.
    Backprop(Vec<OpConfig>),
}

impl LayerSpec {
    /// The configuration of a Hebbian layer.
    pub fn hebb(&self) -> Option<&LayerConfig> {
        match self {
            Self::Hebb(config) => Some(config),
            Self::Backprop(_) => None,
        }
    }

    /// Returns true if the layer is trained by backpropagation.
    pub fn is_backprop(&self) -> bool {
        matches!(self, Self::Backprop(_))
    }
}

impl From<LayerConfig> for LayerSpec {
    fn from(config: LayerConfig) -> Self {
        Self::Hebb(Box::new(config))
    }
}

impl From<Vec<OpConfig>> for LayerSpec {
    fn from(ops: Vec<OpConfig>) -> Self {
        Self::Backprop(ops)
    }
}

#[cfg(feature = "serde")]
mod format {
    use super::{LayerConfig, LayerSpec, OpConfig};
    use serde::de::value::{MapAccessDeserializer, StringDeserializer};
    use serde::de::{
        Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
    };
    use serde::ser::{Serialize, Serializer};
    use std::fmt;

    const BACKPROP: &str = "backprop";

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        backprop: Vec<OpConfig>,
    }

    impl Serialize for LayerSpec {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Hebb(config) => config.serialize(serializer),
                Self::Backprop(ops) => {
                    let backprop = ops.clone();
                    Table { backprop }.serialize(serializer)
                }
            }
        }
    }

    impl<'de> Deserialize<'de> for LayerSpec {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Layer;
            impl<'de> Visitor<'de> for Layer {
                type Value = LayerSpec;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(
                        f,
                        "a layer: `units` and other keys of a Hebbian layer, or `{BACKPROP}` with operations"
                    )
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LayerSpec, A::Error> {
                    let first = map.next_key::<String>()?;
                    let backprop = first.as_deref() == Some(BACKPROP);
                    let whole = MapAccessDeserializer::new(Replayed { first, map });
                    if backprop {
                        let Table { backprop } = Table::deserialize(whole)?;
                        if backprop.is_empty() {
                            return Err(A::Error::custom("a backprop layer needs at least one operation"));
                        }
                        return Ok(LayerSpec::Backprop(backprop));
                    }
                    Ok(LayerConfig::deserialize(whole)?.into())
                }
            }
            deserializer.deserialize_map(Layer)
        }
    }

    /// A map whose first key has been read.
    struct Replayed<A> {
        first: Option<String>,
        map: A,
    }

    impl<'de, A: MapAccess<'de>> MapAccess<'de> for Replayed<A> {
        type Error = A::Error;

        fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
            match self.first.take() {
                Some(first) => {
                    let first: StringDeserializer<A::Error> = first.into_deserializer();
                    seed.deserialize(first).map(Some)
                }
                None => self.map.next_key_seed(seed),
            }
        }

        fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
            self.map.next_value_seed(seed)
        }
    }
}
