//! MessagePack to DNA, whole. Never trusts the bytes: what is wrong with them is a sentence, not a panic.

use serde::de::DeserializeOwned;

use super::record::Body;

/// A DNA file as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Dna<H> {
    /// The keys before `public`.
    pub head: H,
    /// The others.
    pub body: Body<'static>,
}

/// Reads a DNA file with the given type for its head. The error says what is wrong with the bytes.
pub fn read<H: DeserializeOwned>(bytes: &[u8]) -> Result<Dna<H>, String> {
    Ok(Dna {
        head: part(bytes)?,
        body: part(bytes)?,
    })
}

/// Those keys that a type knows; all the bytes must belong to the one value.
fn part<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
    reader.set_max_depth(256);
    let value = T::deserialize(&mut reader).map_err(|error| error.to_string())?;
    Ok(value)
}
