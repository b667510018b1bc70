//! DNA to MessagePack: one map, the head's keys first, maps by readable keys, in one order. Never compresses, never leaves a key to chance.

use rayon::prelude::*;
use serde::Serialize;

use super::head::{self, Head};
use super::record::Body;
use crate::error::{Error, Result};

/// Modules of a stretch, at the least.
const STRETCH: usize = 16;

/// A DNA file: the head's keys, then `public`, `unresolved` and `modules`.
pub fn file(head: &Head, body: &Body<'_>) -> Result<Vec<u8>> {
    // One text for the modules of a stretch: growing one for each costs as much as writing it.
    let more = |part: Result<Vec<u8>>, module| {
        let mut part = part?;
        write(module, &mut part)?;
        Ok(part)
    };
    let modules = body.modules.par_iter().with_min_len(STRETCH);
    let parts: Vec<Vec<u8>> = modules.fold(|| Ok(Vec::new()), more).collect::<Result<_>>()?;
    let mut file = Vec::with_capacity(parts.iter().map(Vec::len).sum::<usize>() + (1 << 16));
    head::write(head, 3, &mut file)?;
    write("public", &mut file)?;
    write(&body.public, &mut file)?;
    write("unresolved", &mut file)?;
    write(&body.unresolved, &mut file)?;
    write("modules", &mut file)?;
    let modules =
        u32::try_from(body.modules.len()).map_err(|_| Error::Unexpected("too many modules".to_owned()))?;
    rmp::encode::write_array_len(&mut file, modules).map_err(|error| Error::Unexpected(error.to_string()))?;
    for mut part in parts {
        file.append(&mut part);
    }
    Ok(file)
}

fn write<T: Serialize + ?Sized>(value: &T, to: &mut Vec<u8>) -> Result<()> {
    rmp_serde::encode::write_named(to, value).map_err(|error| Error::Unexpected(error.to_string()))
}
