//! Answers about the whole registry from the sparse index, corrected by what changed since it was made. Never gives an answer that every
//! publisher's file would not give: where the index does not do, it says so, and all files are read.
//!
//! `index/folder/` names the tree of every folder as the index saw it, in 256 shards whose bytes follow from the root's
//! tree. Shards that are as they should be are not read. In those that are not, the folders whose tree is another one are
//! *stale*: what the index says of them is passed over, and their own files are read instead. What the index says of a fresh folder
//! is believed as far as it names the file's present blob, since an unreadable file's entry is carried over from the night before.
//!
//! One thing is only as new as the index: how often a module is used. A module that was published since then is not well-used yet.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::git::{Node, Tree};
use super::shelf::{Found, Installs, Shelf, is_year};
use super::stale::Folders;
use super::{Part, Registry, is_source, is_source_name};
use crate::error::Result;
use crate::model::evidence::{Ask, ModuleId};
use crate::model::file::{Content, File, Mode};
use crate::model::name::{AdvisoryId, GistId, Login, ObjectId};
use crate::model::path::RepoPath;

/// With more stale folders than this, reading everything costs hardly more.
const MOST_STALE: usize = 2_000;

/// Reads objects of the base, many at a time. What cannot be had is left out.
pub(crate) trait Reader {
    /// Trees, without those below them.
    async fn trees(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Tree>>;
    /// Files.
    async fn blobs(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Content>>;
}

/// What is asked, sorted by what it takes.
#[derive(Default)]
pub(super) struct Wanted {
    pub gists: BTreeSet<GistId>,
    pub advisories: BTreeSet<AdvisoryId>,
    pub publishers: BTreeSet<Login>,
    pub well_used: bool,
}

impl Wanted {
    fn of(asks: &BTreeSet<Ask>) -> Self {
        let mut wanted = Self::default();
        for ask in asks {
            match ask {
                Ask::ModulesOf(gist) => drop(wanted.gists.insert(gist.clone())),
                Ask::AdvisoryFiles(id) => drop(wanted.advisories.insert(id.clone())),
                Ask::Module(publisher, _) => drop(wanted.publishers.insert(publisher.clone())),
                Ask::WellUsed => wanted.well_used = true,
                Ask::Gist(_) | Ask::GistAt(..) | Ask::Account(_) => {}
                Ask::AccountId(_) | Ask::OpenPullsOf(_) | Ask::PullsWithHead(_) | Ask::Reviews(_) => {}
                Ask::Release(..) | Ask::Derived(_) | Ask::DnaFilesOf(..) => {}
                Ask::Package(_) | Ask::Ledger(_) => {}
            }
        }
        wanted
    }

    /// Whether the index is needed; a publisher that is named is read directly.
    fn needs_index(&self) -> bool {
        self.well_used || !self.gists.is_empty() || !self.advisories.is_empty()
    }
}

/// The trees below `index/` and `stats/` that a lookup reads, as far as a reader may fetch them ahead: each is small.
pub(crate) fn leaves(index: Option<&Tree>, stats: Option<&Tree>) -> BTreeSet<ObjectId> {
    let parts = ["folder", "gist", "advisory"];
    let parts = parts.iter().filter_map(|name| index?.folder(name));
    let years = stats.into_iter().flat_map(Tree::nodes).filter(is_year);
    parts.chain(years.map(|node| node.object())).collect()
}

/// The answers to these questions at a commit with this root; nothing where the index is missing, or cannot be used.
///
/// # Errors
/// Those of the reader.
pub(crate) async fn answers(
    reader: &impl Reader,
    root: &Tree,
    asks: &BTreeSet<Ask>,
) -> Result<Option<Registry>> {
    let (wanted, folders) = (Wanted::of(asks), Folders::of(root));
    let lookup = Lookup {
        reader,
        wanted,
        folders,
    };
    let Some((parts, well_used)) = lookup.run(root).await? else {
        return Ok(None);
    };
    let registry = Registry {
        well_used,
        scope: Some(asks.clone()),
        ..Registry::of_parts(parts)
    };
    Ok(Some(registry))
}

/// One lookup. Whatever is needed at the same time is asked for at once.
struct Lookup<'t, R> {
    reader: &'t R,
    wanted: Wanted,
    folders: Folders<'t>,
}

impl<R: Reader> Lookup<'_, R> {
    async fn run(&self, root: &Tree) -> Result<Option<(Vec<Part>, Installs)>> {
        let needs_index = self.wanted.needs_index();
        let top = |name| root.folder(name).filter(|_| needs_index);
        let (index, stats) = (top("index"), top("stats"));
        if needs_index && index.is_none() {
            return Ok(None);
        }
        let ids = [&index, &stats].into_iter().flatten().cloned().collect();
        let tops = self.reader.trees(&ids).await?;
        if tops.len() < ids.len() {
            return Ok(None);
        }
        let of = |id: Option<ObjectId>| id.and_then(|id| tops.get(&id));
        let (index, stats) = (of(index), of(stats));
        let publishers = self.wanted.publishers.iter();
        let named: Vec<Node<'_>> = publishers
            .flat_map(|login| self.folders.like(login.as_str()))
            .collect();
        let mut ids = leaves(index, stats);
        ids.extend(named.iter().map(Node::object));
        let trees = self.reader.trees(&ids).await?;
        if trees.len() < ids.len() {
            return Ok(None);
        }
        let mut sources = Sources::default();
        sources.add(&named, &trees);
        let Some(index) = index else {
            return Ok(Some((sources.read(self.reader).await?, Vec::new())));
        };
        let shelf = Shelf { index, stats, trees };
        let Some(plan) = shelf.plan(&self.wanted, &self.folders) else {
            return Ok(None);
        };
        let contents = self.reader.blobs(&plan.ids()).await?;
        match plan.read(&self.folders, &contents) {
            Some(found) => self.corrected(found, sources).await,
            None => Ok(None),
        }
    }

    /// What the index says, without what is stale, and what the stale folders say themselves.
    async fn corrected(&self, found: Found, mut sources: Sources) -> Result<Option<(Vec<Part>, Installs)>> {
        let Found {
            mut stale,
            hits,
            mut installs,
        } = found;
        let mut doubted: Vec<Node<'_>> = stale.iter().filter_map(|name| self.folders.get(name)).collect();
        doubted.extend(&self.folders.unnamed);
        if doubted.len() > MOST_STALE {
            return Ok(None);
        }
        let mut holders = BTreeMap::new();
        for hit in hits.iter().filter(|hit| !stale.contains(&hit.folder)) {
            let Some(node) = self.folders.get(&hit.folder) else {
                return Ok(None);
            };
            holders.insert(hit.folder.as_str(), node);
        }
        let ids = doubted.iter().chain(holders.values()).map(Node::object).collect();
        let trees = self.reader.trees(&ids).await?;
        if trees.len() < ids.len() {
            return Ok(None);
        }
        for (folder, node) in holders {
            let tree = &trees[&node.object()];
            let mut of_folder = hits.iter().filter(|hit| hit.folder == folder);
            if !of_folder.all(|hit| hit.is_of(tree)) {
                stale.insert(folder.to_owned());
                doubted.push(node);
            }
        }
        sources.add(&doubted, &trees);
        let mut parts = sources.read(self.reader).await?;
        let published: HashSet<&ModuleId> = parts
            .iter()
            .flat_map(|part| &part.modules)
            .map(|(id, _)| id)
            .collect();
        let logins: HashSet<String> = stale.iter().map(|name| name.to_ascii_lowercase()).collect();
        installs.retain(|(id, _)| !logins.contains(&id.publisher.key()) || published.contains(id));
        let fresh = hits.into_iter().filter(|hit| !stale.contains(&hit.folder));
        parts.extend(fresh.map(|hit| hit.part));
        Ok(Some((parts, installs)))
    }
}

/// Files that answers are made from, with their blobs.
#[derive(Default)]
struct Sources(BTreeMap<RepoPath, (Mode, ObjectId)>);

impl Sources {
    fn add(&mut self, folders: &[Node<'_>], trees: &HashMap<ObjectId, Tree>) {
        for folder in folders {
            let tree = trees.get(&folder.object());
            for node in tree.into_iter().flat_map(Tree::nodes) {
                if !node.is_file() || !is_source_name(folder.name, node.name) {
                    continue;
                }
                let path = RepoPath::from_bytes(&[folder.name, b"/", node.name].concat());
                if is_source(&path.place()) {
                    self.0.insert(path, (Mode::from_octal(node.mode), node.object()));
                }
            }
        }
    }

    async fn read(self, reader: &impl Reader) -> Result<Vec<Part>> {
        let ids = self.0.values().map(|(_, id)| id.clone()).collect();
        let contents = reader.blobs(&ids).await?;
        let part = |(path, (mode, id)): (RepoPath, (Mode, ObjectId))| {
            // What cannot be had adds nothing, as with all files.
            let content = contents.get(&id).cloned().unwrap_or(Content::NotRead(None));
            let file = File::new(path.place(), mode, Some(id), content);
            Part::of(&path, &file)
        };
        Ok(self.0.into_iter().map(part).collect())
    }
}
