//! `index/advisory/{xx}.json`: which files hold an advisory. Never says what is in it; that is `osv`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::publisher::line;
use super::shard;
use super::{Output, Written};
use crate::model::blob::BlobId;

/// A file that holds an advisory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The file's id when it was read.
    pub blob: BlobId,
}

/// The files that hold each advisory, by its id.
pub type Places = BTreeMap<String, Vec<Place>>;

#[derive(Deserialize)]
struct File {
    version: u8,
    advisories: Places,
}

/// Reads a file of the index; nothing for what `gistry index` would not have written.
pub fn parse(bytes: &[u8]) -> Option<Places> {
    let file: File = serde_json::from_slice(bytes).ok()?;
    (file.version == 1).then_some(file.advisories)
}

/// The files, by path.
pub fn build(places: &Places) -> Vec<Output> {
    let mut shards: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (id, places) in places {
        let mut places = places.clone();
        places.sort();
        places.dedup();
        let text = shards
            .entry(shard::hashed(id))
            .or_insert_with(|| b"{\"version\":1,\"advisories\":{\n".to_vec());
        line(id, text);
        text.push(b':');
        line(&places, text);
        text.extend_from_slice(b",\n");
    }
    let output = |(shard, mut text): (String, Vec<u8>)| {
        text.truncate(text.len() - 2);
        text.extend_from_slice(b"\n}}\n");
        Output {
            path: format!("index/advisory/{shard}.json"),
            content: Written::File(text),
        }
    };
    shards.into_iter().map(output).collect()
}
