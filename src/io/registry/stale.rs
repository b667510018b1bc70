//! Which folders of a registry are not what they were when the sparse index was made. Never reads anything; shards and trees are handed in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha1::{Digest, Sha1};

use super::super::git::{Node, Tree};
use crate::model::name::ObjectId;
use crate::model::sparse::{self, folders_text, hash_shard, shard_file};

/// The folders of a root that the index is about, in their shards.
pub(super) struct Folders<'t> {
    shards: Vec<Vec<(&'t str, Node<'t>)>>,
    /// Folders whose names are no text, so that no index can name them.
    pub unnamed: Vec<Node<'t>>,
}

impl<'t> Folders<'t> {
    /// The folders of this root.
    pub fn of(root: &'t Tree) -> Self {
        let (mut shards, mut unnamed) = (vec![Vec::new(); 256], Vec::new());
        for node in root.nodes().filter(Node::is_folder) {
            match std::str::from_utf8(node.name) {
                Ok(name) if sparse::is_indexed(name) => {
                    shards[usize::from(hash_shard(name))].push((name, node));
                }
                Ok(_) => {}
                Err(_) => unnamed.push(node),
            }
        }
        // Git sorts a folder as if a slash followed its name.
        for shard in &mut shards {
            shard.sort_unstable_by_key(|(name, _)| *name);
        }
        Self { shards, unnamed }
    }

    /// The folder of just this name.
    pub fn get(&self, name: &str) -> Option<Node<'t>> {
        let shard = &self.shards[usize::from(hash_shard(name))];
        let found = shard.iter().find(|(known, _)| *known == name);
        found.map(|(_, node)| *node)
    }

    /// The folders of this name whatever its case.
    pub fn like(&self, name: &str) -> impl Iterator<Item = Node<'t>> {
        let shard = &self.shards[usize::from(hash_shard(name))];
        let same = |(known, _): &&(&'t str, Node<'t>)| known.eq_ignore_ascii_case(name);
        shard.iter().filter(same).map(|(_, node)| *node)
    }

    /// The shards that `index/folder/` should not have as it has them, with what it has, if anything.
    pub fn differing(&self, written: &Tree) -> Vec<(u8, Option<ObjectId>)> {
        let files: HashMap<&[u8], Node<'_>> = written.nodes().map(|node| (node.name, node)).collect();
        let differs = |shard: u8| {
            let folders = &self.shards[usize::from(shard)];
            let has = files.get(shard_file(shard).as_bytes());
            let is_so = match has {
                None => folders.is_empty(),
                Some(node) => {
                    let entries = folders.iter().map(|(name, node)| (*name, node.id));
                    !folders.is_empty()
                        && node.is_file()
                        && *node.id == blob_id(folders_text(entries).as_bytes())
                }
            };
            (!is_so).then(|| (shard, has.map(Node::object)))
        };
        (0..=255).filter_map(differs).collect()
    }

    /// The folders of a shard that are not as it says, the ones that are gone among them; nothing for a shard that cannot be read.
    pub fn stale(&self, shard: u8, written: Option<&[u8]>) -> Option<BTreeSet<String>> {
        let says = match written {
            None => sparse::Folders::default(),
            Some(bytes) => serde_json::from_slice(bytes).ok()?,
        };
        let is: BTreeMap<&str, Node<'_>> = self.shards[usize::from(shard)].iter().copied().collect();
        let says_so = |name: &str, node: &Node<'_>| {
            let says = says.folders.get(name);
            says.is_some_and(|id| **id == *node.object().as_str())
        };
        let changed = is.iter().filter(|(name, node)| !says_so(name, node));
        let gone = says.folders.keys().filter(|name| !is.contains_key(&***name));
        let changed = changed.map(|(name, _)| (*name).to_owned());
        Some(
            changed
                .chain(gone.map(|name| name.clone().into_owned()))
                .collect(),
        )
    }
}

/// The id that git gives a file of these bytes.
fn blob_id(bytes: &[u8]) -> [u8; 20] {
    let mut hash = Sha1::new_with_prefix(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hash.finalize().into()
}
