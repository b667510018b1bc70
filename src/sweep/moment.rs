//! Moments in files that gistry writes: RFC 3339, whole seconds. Never decides anything by them.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serializer};

use crate::model::name::{Name, Timestamp};

/// Writes a moment as text.
pub fn serialize<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(moment.as_str())
}

/// Reads a moment, or says why it is none.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = <Cow<'de, str>>::deserialize(deserializer)?;
    Timestamp::parse(&text).map_err(serde::de::Error::custom)
}
