//! DNA to MessagePack: one map, the head's keys first, maps by readable keys, in one order. Never compresses, never leaves a key to chance.

use rayon::prelude::*;
use serde::Serialize;

use super::record::{Body, Text};
use crate::error::{Error, Result};

/// A DNA file. The head is anything that serialises as a map: its keys come first, then `public`, `unresolved` and `modules`.
pub fn file(head: &impl Serialize, body: &Body<'_>) -> Result<Vec<u8>> {
    let head = bytes(head)?;
    let (keys, rest) = map(&head)?;
    let mut file = Vec::with_capacity(1 << 20);
    let unexpected = |error: rmp::encode::ValueWriteError| Error::Unexpected(error.to_string());
    rmp::encode::write_map_len(&mut file, keys + 3).map_err(unexpected)?;
    file.extend_from_slice(rest);
    key(&mut file, "public")?;
    file.append(&mut bytes(&body.public)?);
    key(&mut file, "unresolved")?;
    file.append(&mut bytes(&body.unresolved)?);
    key(&mut file, "modules")?;
    let modules =
        u32::try_from(body.modules.len()).map_err(|_| Error::Unexpected("too many modules".to_owned()))?;
    rmp::encode::write_array_len(&mut file, modules).map_err(unexpected)?;
    let parts: Vec<Vec<u8>> = body.modules.par_iter().map(bytes).collect::<Result<_>>()?;
    file.reserve(parts.iter().map(Vec::len).sum());
    for mut part in parts {
        file.append(&mut part);
    }
    Ok(file)
}

fn key(file: &mut Vec<u8>, name: &'static str) -> Result<()> {
    file.append(&mut bytes(&Text::Borrowed(name))?);
    Ok(())
}

fn bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    rmp_serde::to_vec_named(value).map_err(|error| Error::Unexpected(error.to_string()))
}

/// How many keys a map has, and what follows their number.
fn map(mut bytes: &[u8]) -> Result<(u32, &[u8])> {
    let keys = rmp::decode::read_map_len(&mut bytes)
        .map_err(|error| Error::Unexpected(format!("a head is a map: {error}")))?;
    Ok((keys, bytes))
}
