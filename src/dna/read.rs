//! MessagePack to DNA, whole. Never trusts the bytes: what is wrong with them is a sentence, not a panic.

use serde::Deserialize;

use super::head::{self, Head};
use super::record::Body;
use super::said;

/// How deeply values may be nested: classes in classes, four levels each.
const MAX_DEPTH: usize = 512;

/// The stack that a file of that depth takes without optimization, and more, in bytes.
pub(super) const STACK: usize = 64 << 20;

/// A DNA file as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Dna {
    /// The keys before `public`.
    pub head: Head,
    /// The others.
    pub body: Body<'static>,
}

/// Reads a whole DNA file. The error says what is wrong with the bytes.
pub fn read(bytes: &[u8]) -> Result<Dna, String> {
    let head = head::read(bytes, head::MAX_HEAD).map_err(|fault| fault.to_string())?;
    // Whoever reads may have a small stack, and the file is nested as its maker likes.
    let body = stacker::maybe_grow(STACK, STACK, || body(bytes))?;
    Ok(Dna { head, body })
}

fn body(bytes: &[u8]) -> Result<Body<'static>, String> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
    reader.set_max_depth(MAX_DEPTH);
    let mut body = Body::deserialize(&mut reader).map_err(|error| error.to_string())?;
    said::restore(&mut body.modules);
    Ok(body)
}
