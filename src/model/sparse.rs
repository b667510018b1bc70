//! The parts of the sparse index that a lookup reads: how they are cut into shards, and how they are written. Never says whether they are current.
//!
//! Whoever reads an index knows what `index/folder/` must hold from the tree alone, so that equal bytes mean that nothing
//! changed. That is why the bytes are said here, in one place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::path::RESERVED;

/// How many modules `index/used.json` names at most: nobody's name is held against a longer list.
pub const MOST_USED: usize = 1_000;
/// Where the maintainers' advisories lie: of the layout's own folders the only one that holds what the index is made from.
pub const ADVISORIES: &str = "advisories";

/// The version of these formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Version;

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            other => Err(serde::de::Error::custom(format!("version {other}"))),
        }
    }
}

/// `index/gist/{xx}.json`
#[derive(Debug, Default, Deserialize)]
pub struct Gists<'t> {
    /// 1.
    pub version: Version,
    /// Modules that are not yanked, by the gist that they name.
    #[serde(borrow)]
    pub gists: BTreeMap<Cow<'t, str>, Vec<GistEntry<'t>>>,
}

/// A module that names a gist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct GistEntry<'t> {
    /// `@alice/json-utils`
    #[serde(borrow)]
    pub module: Cow<'t, str>,
    /// The file that says so.
    #[serde(borrow)]
    pub path: Cow<'t, str>,
    /// What that file was.
    #[serde(borrow)]
    pub blob: Cow<'t, str>,
}

/// `index/advisory/{xx}.json`
#[derive(Debug, Default, Deserialize)]
pub struct Advisories<'t> {
    /// 1.
    pub version: Version,
    /// Files by the advisory that they hold.
    #[serde(borrow)]
    pub advisories: BTreeMap<Cow<'t, str>, Vec<AdvisoryEntry<'t>>>,
}

/// A file that holds an advisory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct AdvisoryEntry<'t> {
    /// The file.
    #[serde(borrow)]
    pub path: Cow<'t, str>,
    /// What that file was.
    #[serde(borrow)]
    pub blob: Cow<'t, str>,
}

/// `index/folder/{xx}.json`
#[derive(Debug, Default, Deserialize)]
pub struct Folders<'t> {
    /// 1.
    pub version: Version,
    /// The git trees of the root's folders, by name.
    #[serde(borrow)]
    pub folders: BTreeMap<Cow<'t, str>, Cow<'t, str>>,
}

/// `index/used.json`
#[derive(Debug, Default, Deserialize)]
pub struct Used<'t> {
    /// 1.
    pub version: Version,
    /// The aggregates that were summed, and what they were.
    #[serde(borrow)]
    pub sources: BTreeMap<Cow<'t, str>, Cow<'t, str>>,
    /// The most installed modules with their installs, most first.
    #[serde(borrow)]
    pub modules: Vec<(Cow<'t, str>, u64)>,
}

/// Whether a folder of the root is in `index/folder/`.
pub fn is_indexed(folder: &str) -> bool {
    !folder.starts_with(['_', '.']) && (folder == ADVISORIES || !RESERVED.contains(&folder))
}

/// The shard of a folder or of an advisory's id, whatever their case: one of 256.
pub fn hash_shard(key: &str) -> u8 {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    let digest = if !key.bytes().all(is_lower) {
        Sha256::digest(key.to_lowercase())
    } else {
        Sha256::digest(key)
    };
    digest[0]
}

/// The file of a hash shard: `ab.json`.
pub fn shard_file(shard: u8) -> String {
    format!("{shard:02x}.json")
}

/// The file of a gist: `ab.json` by the first two digits of its id.
pub fn gist_file(id: &str) -> String {
    format!("{}.json", id.get(..2).unwrap_or(id))
}

/// `index/folder/{xx}.json` for these folders and the ids of their trees, sorted by name.
pub fn folders_text<'t>(folders: impl Iterator<Item = (&'t str, &'t [u8; 20])>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(8 << 10);
    text.push_str("{\"version\":1,\"folders\":{");
    for (count, (name, id)) in folders.enumerate() {
        text.push_str(if count == 0 { "\n" } else { ",\n" });
        push_key(&mut text, name);
        let mut digits = [0; 40];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(id) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        text.push('"');
        text.push_str(std::str::from_utf8(&digits).unwrap_or_default());
        text.push('"');
    }
    text.push_str("\n}}\n");
    text
}

/// Files of one line an entry: what stands before, and the entries sorted by key.
pub fn lines_text<'t, V: Serialize + 't>(
    name: &str,
    entries: impl Iterator<Item = (&'t str, &'t V)>,
) -> serde_json::Result<String> {
    let mut text = format!("{{\"version\":1,\"{name}\":{{");
    for (count, (key, value)) in entries.enumerate() {
        text.push_str(if count == 0 { "\n" } else { ",\n" });
        push_key(&mut text, key);
        text.push_str(&serde_json::to_string(value)?);
    }
    text.push_str("\n}}\n");
    Ok(text)
}

fn push_key(text: &mut String, key: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'@');
    if key.bytes().all(plain) {
        text.push('"');
        text.push_str(key);
        text.push_str("\":");
    } else {
        let _ = write!(text, "{}:", serde_json::Value::from(key));
    }
}
