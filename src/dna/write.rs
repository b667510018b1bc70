//! DNA to MessagePack: one map, the head's keys first, maps by readable keys, in one order. Never compresses, never leaves a key to chance.

use rayon::prelude::*;
use serde::Serialize;

use super::head::{self, Head};
use super::record::{Body, Module};
use crate::error::{Error, Result};

/// Modules of a stretch, at the least.
const STRETCH: usize = 16;

/// A DNA file: the head's keys, then `public`, `unresolved` and `modules`.
pub fn file(head: &Head, body: &Body<'_>) -> Result<Vec<u8>> {
    whole(head, body, parts(&body.modules)?)
}

/// The same for a body that is needed no more: while one thread joins the parts, the others give back what so many small things took.
pub fn into_file(head: &Head, mut body: Body<'_>) -> Result<Vec<u8>> {
    let parts = parts(&body.modules)?;
    let modules = std::mem::take(&mut body.modules);
    let (file, ()) = rayon::join(
        || whole(head, &body, parts),
        || modules.into_par_iter().for_each(drop),
    );
    file
}

/// The modules of each stretch, and how many they are.
type Part = (u32, Vec<u8>);

fn parts(modules: &[Module<'_>]) -> Result<Vec<Part>> {
    // One text for a stretch: growing one for each module costs as much as writing it.
    let more = |part: Result<Part>, module| {
        let (count, mut part) = part?;
        write(module, &mut part)?;
        Ok((count + 1, part))
    };
    let modules = modules.par_iter().with_min_len(STRETCH);
    modules.fold(|| Ok((0, Vec::new())), more).collect()
}

fn whole(head: &Head, body: &Body<'_>, parts: Vec<Part>) -> Result<Vec<u8>> {
    let sizes = parts.iter().map(|(_, part)| part.len());
    let mut file = Vec::with_capacity(sizes.sum::<usize>() + (1 << 16));
    head::write(head, 3, &mut file)?;
    write("public", &mut file)?;
    write(&body.public, &mut file)?;
    write("unresolved", &mut file)?;
    write(&body.unresolved, &mut file)?;
    write("modules", &mut file)?;
    let modules = parts.iter().map(|(count, _)| count).sum();
    rmp::encode::write_array_len(&mut file, modules).map_err(|error| Error::Unexpected(error.to_string()))?;
    parts.into_iter().for_each(|(_, mut part)| file.append(&mut part));
    Ok(file)
}

fn write<T: Serialize + ?Sized>(value: &T, to: &mut Vec<u8>) -> Result<()> {
    rmp_serde::encode::write_named(to, value).map_err(|error| Error::Unexpected(error.to_string()))
}
