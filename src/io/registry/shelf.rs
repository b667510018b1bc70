//! What the sparse index says, as far as it is asked. Never reads by itself, and never says whether it is still so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::git::{Node, Tree};
use super::sparse::Wanted;
use super::stale::Folders;
use super::{Part, is_source, module_id, newest_aggregates};
use crate::model::evidence::ModuleId;
use crate::model::file::Content;
use crate::model::name::{AdvisoryId, GistId, Login, Name, ObjectId};
use crate::model::path::{Place, RepoPath};
use crate::model::sparse::{self, AdvisoryEntry, GistEntry, Used, gist_file, hash_shard, shard_file};

/// How often modules were installed.
pub(super) type Installs = Vec<(ModuleId, u64)>;

/// Whether it is a folder of `stats/` that holds a year's aggregates.
pub(super) fn is_year(node: &Node<'_>) -> bool {
    node.is_folder() && node.name.len() == 4 && node.name.iter().all(u8::is_ascii_digit)
}

/// The index as far as a lookup begins with it.
pub(super) struct Shelf<'s> {
    pub index: &'s Tree,
    pub stats: Option<&'s Tree>,
    pub trees: HashMap<ObjectId, Tree>,
}

/// What is to be read of the index.
pub(super) struct Plan {
    /// Shards of folders that are not as they should be.
    shards: Vec<(u8, Option<ObjectId>)>,
    gists: BTreeMap<ObjectId, Vec<GistId>>,
    advisories: BTreeMap<ObjectId, Vec<AdvisoryId>>,
    /// `index/used.json` and the aggregates that it must have been made from.
    used: Option<(ObjectId, BTreeMap<String, ObjectId>)>,
}

impl Shelf<'_> {
    /// Nothing where the index lacks what it must have.
    pub fn plan(&self, wanted: &Wanted, folders: &Folders<'_>) -> Option<Plan> {
        let shards = folders.differing(self.trees.get(&self.index.folder("folder")?)?);
        let gists = self.files("gist", &wanted.gists, |gist| gist_file(gist.as_str()))?;
        let of_id = |id: &AdvisoryId| shard_file(hash_shard(id.as_str()));
        let advisories = self.files("advisory", &wanted.advisories, of_id)?;
        let aggregates = if wanted.well_used {
            self.aggregates()?
        } else {
            BTreeMap::new()
        };
        let used = if aggregates.is_empty() {
            None
        } else {
            let file = self.index.get("used.json").filter(Node::is_file)?;
            Some((file.object(), aggregates))
        };
        Some(Plan {
            shards,
            gists,
            advisories,
            used,
        })
    }

    /// The files of a part of the index that these keys are in, where there are any.
    fn files<K: Clone>(
        &self,
        part: &str,
        keys: &BTreeSet<K>,
        file: impl Fn(&K) -> String,
    ) -> Option<BTreeMap<ObjectId, Vec<K>>> {
        let mut found: BTreeMap<ObjectId, Vec<K>> = BTreeMap::new();
        let Some(node) = self.index.get(part) else {
            return Some(found);
        };
        let tree = self.trees.get(&node.object())?;
        for key in keys {
            if let Some(node) = tree.get(&file(key)) {
                let id = node.is_file().then(|| node.object())?;
                found.entry(id).or_default().push(key.clone());
            }
        }
        Some(found)
    }

    /// The newest aggregates of the base.
    fn aggregates(&self) -> Option<BTreeMap<String, ObjectId>> {
        let mut files = BTreeMap::new();
        for year in self.stats.into_iter().flat_map(Tree::nodes).filter(is_year) {
            let tree = self.trees.get(&year.object())?;
            let year = String::from_utf8_lossy(year.name);
            for node in tree.nodes().filter(Node::is_file) {
                let name = String::from_utf8_lossy(node.name);
                files.insert(RepoPath::new(&format!("stats/{year}/{name}")), node.object());
            }
        }
        let newest = newest_aggregates(files.keys());
        let newest = files.into_iter().filter(|(path, _)| newest.contains(path));
        Some(newest.map(|(path, id)| (path.as_str().to_owned(), id)).collect())
    }
}

/// What was found in the index.
pub(super) struct Found {
    /// Folders that are not as the index knows them.
    pub stale: BTreeSet<String>,
    /// Entries that are asked for.
    pub hits: Vec<Hit>,
    /// The most used modules.
    pub installs: Installs,
}

/// An entry of the index that is an answer, if its file is still what it was.
pub(super) struct Hit {
    /// The folder of the root that its file lies in.
    pub folder: String,
    file: String,
    blob: String,
    /// What the entry adds.
    pub part: Part,
}

impl Hit {
    /// Nothing for a path that no index names.
    fn new(path: &str, blob: &str, part: impl FnOnce(&RepoPath) -> Option<Part>) -> Option<Self> {
        let path = RepoPath::new(path);
        let (folder, file) = path
            .as_str()
            .split_once('/')
            .filter(|_| is_source(&path.place()))?;
        Some(Self {
            folder: folder.to_owned(),
            file: file.to_owned(),
            blob: blob.to_owned(),
            part: part(&path)?,
        })
    }

    /// Whether the folder has the file as the entry was made from it.
    pub fn is_of(&self, folder: &Tree) -> bool {
        let file = folder.get(&self.file).filter(Node::is_file);
        file.is_some_and(|node| node.object().as_str() == self.blob)
    }
}

impl Plan {
    pub fn ids(&self) -> BTreeSet<ObjectId> {
        let shards = self.shards.iter().filter_map(|(_, id)| id.as_ref());
        let files = self.gists.keys().chain(self.advisories.keys());
        let used = self.used.iter().map(|(id, _)| id);
        shards.chain(files).chain(used).cloned().collect()
    }

    /// Nothing where a file is not what it should be.
    pub fn read(self, folders: &Folders<'_>, contents: &HashMap<ObjectId, Content>) -> Option<Found> {
        let mut stale = BTreeSet::new();
        for (shard, id) in self.shards {
            let written = match id {
                None => None,
                Some(id) => Some(bytes(contents, &id)?),
            };
            stale.extend(folders.stale(shard, written)?);
        }
        let mut hits = Vec::new();
        for (id, gists) in self.gists {
            let file: sparse::Gists<'_> = serde_json::from_slice(bytes(contents, &id)?).ok()?;
            for gist in gists {
                for entry in file.gists.get(gist.as_str()).into_iter().flatten() {
                    hits.push(gist_hit(&gist, entry)?);
                }
            }
        }
        for (id, advisories) in self.advisories {
            let file: sparse::Advisories<'_> = serde_json::from_slice(bytes(contents, &id)?).ok()?;
            for advisory in advisories {
                for entry in file.advisories.get(advisory.as_str()).into_iter().flatten() {
                    hits.push(advisory_hit(&advisory, entry)?);
                }
            }
        }
        let installs = match self.used {
            None => Vec::new(),
            Some((id, aggregates)) => installs(bytes(contents, &id)?, &aggregates)?,
        };
        Some(Found {
            stale,
            hits,
            installs,
        })
    }
}

fn bytes<'c>(contents: &'c HashMap<ObjectId, Content>, id: &ObjectId) -> Option<&'c [u8]> {
    match contents.get(id)? {
        Content::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn gist_hit(gist: &GistId, entry: &GistEntry<'_>) -> Option<Hit> {
    Hit::new(&entry.path, &entry.blob, |path| {
        let Place::PublisherModules { folder } = path.place() else {
            return None;
        };
        let publisher = Login::parse(&folder).ok()?;
        let id = module_id(&entry.module).filter(|id| id.publisher == publisher)?;
        let name = id.name;
        Some(Part {
            modules: vec![(ModuleId { publisher, name }, Some(gist.clone()))],
            ..Part::default()
        })
    })
}

fn advisory_hit(id: &AdvisoryId, entry: &AdvisoryEntry<'_>) -> Option<Hit> {
    Hit::new(&entry.path, &entry.blob, |path| {
        Some(Part {
            advisories: vec![(id.clone(), path.clone())],
            ..Part::default()
        })
    })
}

/// What `index/used.json` says, if it was made from these aggregates.
fn installs(bytes: &[u8], aggregates: &BTreeMap<String, ObjectId>) -> Option<Installs> {
    let Used { sources, modules, .. } = serde_json::from_slice(bytes).ok()?;
    let sources = sources.iter().map(|(path, id)| (&**path, &**id));
    if !sources.eq(aggregates.iter().map(|(path, id)| (path.as_str(), id.as_str()))) {
        return None;
    }
    modules
        .iter()
        .map(|(module, count)| Some((module_id(module)?, *count)))
        .collect()
}
