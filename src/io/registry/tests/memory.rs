//! A registry in memory, as git would store it, and the sparse index that would be made of it. Never reads a disk.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha1::{Digest, Sha1};

use super::super::super::git::Tree;
use super::super::sparse::Reader;
use crate::error::Result;
use crate::io::registry::{Registry, is_source, newest_aggregates};
use crate::model::evidence::{Answer, Ask, Fact};
use crate::model::file::{Content, File};
use crate::model::name::{Login, Name, ObjectId};
use crate::model::path::{Place, RepoPath};
use crate::model::sparse::{
    AdvisoryEntry, GistEntry, folders_text, gist_file, hash_shard, is_indexed, lines_text, shard_file,
};

/// Files by path.
pub type Files = BTreeMap<String, String>;

pub fn id(kind: &str, bytes: &[u8]) -> [u8; 20] {
    let mut hash = Sha1::new_with_prefix(format!("{kind} {}\0", bytes.len()));
    hash.update(bytes);
    hash.finalize().into()
}

pub fn blob(text: &str) -> String {
    ObjectId::from_bytes(&id("blob", text.as_bytes()))
        .as_str()
        .to_owned()
}

/// Objects by id, and what was read of them.
#[derive(Default)]
pub struct Memory {
    trees: HashMap<ObjectId, Tree>,
    blobs: HashMap<ObjectId, String>,
    pub calls: Cell<usize>,
    pub read: RefCell<BTreeSet<ObjectId>>,
}

impl Memory {
    /// Stores files; gives the tree.
    pub fn store(&mut self, files: &Files) -> (Tree, [u8; 20]) {
        let mut folders: BTreeMap<&str, Files> = BTreeMap::new();
        let mut entries: Vec<(String, String, [u8; 20])> = Vec::new();
        for (path, text) in files {
            if let Some((folder, rest)) = path.split_once('/') {
                folders
                    .entry(folder)
                    .or_default()
                    .insert(rest.to_owned(), text.clone());
            } else {
                let id = id("blob", text.as_bytes());
                self.blobs.insert(ObjectId::from_bytes(&id), text.clone());
                entries.push((path.clone(), format!("100644 {path}"), id));
            }
        }
        for (name, files) in folders {
            let (_, id) = self.store(&files);
            entries.push((format!("{name}/"), format!("40000 {name}"), id));
        }
        entries.sort();
        let record = |(_, head, id): &(String, String, [u8; 20])| [head.as_bytes(), b"\0", id].concat();
        let bytes: Vec<u8> = entries.iter().flat_map(record).collect();
        let (tree, id) = (Tree::parse(&bytes).unwrap(), id("tree", &bytes));
        self.trees.insert(ObjectId::from_bytes(&id), tree.clone());
        (tree, id)
    }
}

impl Reader for Memory {
    async fn trees(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Tree>> {
        self.calls.set(self.calls.get() + usize::from(!ids.is_empty()));
        let tree = |id: &ObjectId| Some((id.clone(), self.trees.get(id)?.clone()));
        Ok(ids.iter().filter_map(tree).collect())
    }

    async fn blobs(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Content>> {
        self.calls.set(self.calls.get() + usize::from(!ids.is_empty()));
        self.read.borrow_mut().extend(ids.iter().cloned());
        let content = |id: &ObjectId| {
            let bytes = self.blobs.get(id)?.as_bytes();
            Some((id.clone(), Content::Bytes(bytes.into())))
        };
        Ok(ids.iter().filter_map(content).collect())
    }
}

fn file(path: &str, text: &str) -> (RepoPath, File) {
    let path = RepoPath::new(path);
    let file = File::regular(path.place(), text.as_bytes());
    (path, file)
}

/// What all files say.
pub fn all(files: &Files) -> Registry {
    let files: Vec<_> = files.iter().map(|(path, text)| file(path, text)).collect();
    let aggregates = newest_aggregates(files.iter().map(|(path, _)| path));
    let wanted = |(path, file): &&(RepoPath, File)| is_source(file.place()) || aggregates.contains(path);
    Registry::of(files.iter().filter(wanted).map(|(path, file)| (path, file)))
}

/// The files of the sparse index of a registry. A source that cannot be read has what it had in the registry before.
pub fn index(files: &Files, before: &Files) -> Files {
    let mut index = Files::new();
    let mut gists: BTreeMap<String, BTreeMap<String, Vec<GistEntry<'_>>>> = BTreeMap::new();
    let mut advisories: BTreeMap<String, BTreeMap<String, Vec<AdvisoryEntry<'_>>>> = BTreeMap::new();
    for (path, text) in files {
        let mut text = text;
        let (place, mut read) = (RepoPath::new(path).place(), file(path, text).1);
        if let (true, Some(old)) = (read.is_opaque(), before.get(path)) {
            (text, read) = (old, file(path, old).1);
        }
        if !is_source(&place) {
            continue;
        }
        if let (Place::PublisherModules { folder }, Some(publisher)) = (&place, read.publisher()) {
            let sound = publisher
                .modules
                .iter()
                .filter(|module| module.yanked.is_none() && Login::parse(folder).is_ok());
            for module in sound {
                let gist = module.gist.value.as_str();
                let entry = GistEntry {
                    module: format!("@{folder}/{}", module.name.value).into(),
                    path: path.into(),
                    blob: blob(text).into(),
                };
                let entries = gists.entry(gist_file(gist)).or_default();
                entries.entry(gist.to_owned()).or_default().push(entry);
            }
        }
        for advisory in read.advisories().into_iter().flat_map(|known| &known.advisories) {
            let id = advisory.id.value.as_str();
            let entry = AdvisoryEntry {
                path: path.into(),
                blob: blob(text).into(),
            };
            let entries = advisories.entry(shard_file(hash_shard(id))).or_default();
            entries.entry(id.to_owned()).or_default().push(entry);
        }
    }
    for (name, entries) in &gists {
        let entries = entries.iter().map(|(key, value)| (key.as_str(), value));
        index.insert(
            format!("index/gist/{name}"),
            lines_text("gists", entries).unwrap(),
        );
    }
    for (name, entries) in &advisories {
        let entries = entries.iter().map(|(key, value)| (key.as_str(), value));
        index.insert(
            format!("index/advisory/{name}"),
            lines_text("advisories", entries).unwrap(),
        );
    }
    let root = Memory::default().store(files).0;
    let mut shards: BTreeMap<u8, BTreeMap<&str, &[u8; 20]>> = BTreeMap::new();
    for node in root.nodes().filter(|node| node.is_folder()) {
        let name = std::str::from_utf8(node.name).unwrap();
        if is_indexed(name) {
            shards.entry(hash_shard(name)).or_default().insert(name, node.id);
        }
    }
    for (shard, folders) in shards {
        index.insert(
            format!("index/folder/{}", shard_file(shard)),
            folders_text(folders.into_iter()),
        );
    }
    index.insert("index/used.json".into(), used(files));
    index
}

fn used(files: &Files) -> String {
    let paths: Vec<RepoPath> = files.keys().map(|path| RepoPath::new(path)).collect();
    let sources: BTreeMap<String, String> = newest_aggregates(paths.iter())
        .iter()
        .map(|path| (path.to_string(), blob(&files[path.as_str()])))
        .collect();
    let Answer::Known(Fact::WellUsed(used)) = all(files).answer(&Ask::WellUsed) else {
        panic!("the aggregates say it")
    };
    let name = |(id, count): &(crate::model::evidence::ModuleId, u64)| {
        (format!("@{}/{}", id.publisher, id.name), *count)
    };
    let modules: Vec<(String, u64)> = used.iter().map(name).collect();
    serde_json::json!({"version": 1, "sources": sources, "modules": modules}).to_string() + "\n"
}
