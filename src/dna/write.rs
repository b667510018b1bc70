//! DNA to MessagePack: one map, the head's keys first, maps by readable keys, in one order. Never compresses, never leaves a key to chance.

use rayon::prelude::*;
use serde::Serialize;

use super::head::{self, Head};
use super::record::Body;
use crate::error::{Error, Result};

/// A DNA file: the head's keys, then `public`, `unresolved` and `modules`.
pub fn file(head: &Head, body: &Body<'_>) -> Result<Vec<u8>> {
    let parts: Vec<Vec<u8>> = body.modules.par_iter().map(bytes).collect::<Result<_>>()?;
    let mut file = Vec::with_capacity(parts.iter().map(Vec::len).sum::<usize>() + (1 << 16));
    head::write(head, 3, &mut file)?;
    file.append(&mut bytes("public")?);
    file.append(&mut bytes(&body.public)?);
    file.append(&mut bytes("unresolved")?);
    file.append(&mut bytes(&body.unresolved)?);
    file.append(&mut bytes("modules")?);
    let modules = u32::try_from(parts.len()).map_err(|_| Error::Unexpected("too many modules".to_owned()))?;
    rmp::encode::write_array_len(&mut file, modules).map_err(|error| Error::Unexpected(error.to_string()))?;
    for mut part in parts {
        file.append(&mut part);
    }
    Ok(file)
}

fn bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    rmp_serde::to_vec_named(value).map_err(|error| Error::Unexpected(error.to_string()))
}
