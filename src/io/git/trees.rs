//! The trees of a pull request's base and merge: which are needed, and where they are had from. Never fetches more of the base than the
//! pull request touches, unless somebody asks for everything.
//!
//! Of the base the commit and the root are here, of the merge what is new in it. What else is needed is named by its id: the
//! folders that differ, and with them what nearly every judgement asks for next, so that few calls are enough.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::objects::Objects;
use super::parse::{Differing, Listed, Side};
use super::remote::Below;
use super::tree::{FOLDER, Node, Tree, differing};
use crate::error::{Error, Result};
use crate::io::registry::sparse::leaves;
use crate::model::name::{CommitId, ObjectId};
use crate::model::path::{RESERVED, RepoPath};
use crate::model::sparse::ADVISORIES;

/// What is known of the repository of our own.
#[derive(Debug, Default)]
pub(super) struct Known {
    trees: HashMap<ObjectId, Tree>,
    roots: HashMap<CommitId, ObjectId>,
    /// What differs in the roots of two commits.
    changes: HashMap<(CommitId, CommitId), Arc<[Differing]>>,
    /// The trees that lead to what is asked next: `index/` and `stats/`.
    tops: Vec<Option<ObjectId>>,
    /// Trees with an entry for each publisher, which git reads faster than we do.
    large: HashSet<ObjectId>,
    /// Whether everything that came with the merge was looked at.
    whole: bool,
}

/// The base, as far as a difference touches it.
pub(super) struct View {
    /// Every name in its root that is a folder, sorted.
    pub folders: Vec<String>,
    /// The files of the touched folders, and the bindings that were asked for.
    pub listing: Vec<Listed>,
    /// The files in its root.
    pub root_files: Vec<Listed>,
}

/// Folders that the bot alone writes, and that grow with the registry: whoever touches them is refused whatever is beside.
const UNSEEN: &[&[u8]] = &[b"index", b"osv"];

impl Objects {
    /// The root of a commit.
    pub(super) async fn root(&self, commit: &CommitId) -> Result<Tree> {
        let id = self.root_id(commit).await?;
        let trees = self.some_trees(&BTreeSet::from([id.clone()])).await?;
        trees.get(&id).cloned().ok_or_else(|| unreadable(&id))
    }

    async fn root_id(&self, commit: &CommitId) -> Result<ObjectId> {
        if let Some(id) = self.known.lock().await.roots.get(commit) {
            return Ok(id.clone());
        }
        let id = self.store.head(commit).await?.0;
        let mut known = self.known.lock().await;
        known.roots.insert(commit.clone(), id.clone());
        Ok(id)
    }

    /// What differs in the roots of two commits.
    async fn changes(&self, base: &CommitId, result: &CommitId) -> Result<Arc<[Differing]>> {
        let pair = (base.clone(), result.clone());
        if let Some(changes) = self.known.lock().await.changes.get(&pair) {
            return Ok(changes.clone());
        }
        let (before, after) = (self.root_id(base).await?, self.root_id(result).await?);
        let changes: Arc<[Differing]> = self.store.differing(&before, &after).await?.into();
        let mut known = self.known.lock().await;
        known.changes.insert(pair, changes.clone());
        known.large.insert(after);
        Ok(changes)
    }

    /// These trees, fetched alone where they are not here.
    pub(super) async fn some_trees(&self, ids: &BTreeSet<ObjectId>) -> Result<HashMap<ObjectId, Tree>> {
        let unknown = self.unknown(ids).await;
        let mut read = self.store.trees(&unknown).await?;
        let missing: BTreeSet<ObjectId> = unknown.into_iter().filter(|id| !read.contains_key(id)).collect();
        if !missing.is_empty() {
            self.fetch(Below::Nothing, missing.clone()).await?;
            read.extend(self.store.trees(&missing).await?);
        }
        let mut known = self.known.lock().await;
        known.trees.extend(read);
        let found = ids
            .iter()
            .filter_map(|id| Some((id.clone(), known.trees.get(id)?.clone())));
        Ok(found.collect())
    }

    async fn unknown(&self, ids: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        let known = self.known.lock().await;
        ids.iter()
            .filter(|id| !known.trees.contains_key(*id))
            .cloned()
            .collect()
    }

    /// Fetches objects by their ids, and with them what a lookup in the index would ask for next.
    pub(super) async fn fetch(&self, below: Below, mut ids: BTreeSet<ObjectId>) -> Result<()> {
        let ahead: BTreeSet<ObjectId> = {
            let known = self.known.lock().await;
            let top = |at: usize| known.trees.get(known.tops.get(at)?.as_ref()?);
            leaves(top(0), top(1))
        };
        let ahead = self.unknown(&ahead).await;
        ids.extend(ahead.iter().cloned());
        self.remote.objects(&self.store.git, below, &ids).await?;
        let read = self.store.trees(&ahead).await?;
        self.known.lock().await.trees.extend(read);
        Ok(())
    }

    /// Reads every tree that is here and not known yet.
    async fn look_around(&self) -> Result<()> {
        let mut here = self.store.trees_here().await?;
        here.retain({
            let large = self.known.lock().await.large.clone();
            move |id| !large.contains(id)
        });
        let read = self.store.trees(&self.unknown(&here).await).await?;
        let mut known = self.known.lock().await;
        known.trees.extend(read);
        known.whole = true;
        Ok(())
    }

    /// Makes sure that everything is here that a comparison of these commits looks into, and what is beside it in the touched
    /// folders of the first.
    pub(super) async fn complete(&self, base: &CommitId, result: &CommitId) -> Result<()> {
        let root = self.root(base).await?;
        let changes = self.changes(base, result).await?;
        let first = !self.known.lock().await.whole;
        if first {
            if !changes.iter().any(|change| change.path == b"owners") {
                self.known.lock().await.large.extend(root.folder("owners"));
            }
            self.look_around().await?;
        }
        // The trees below those of the first round come all at once, and show which of the merge's are the base's elsewhere.
        for round in 0..4 {
            let mut missing = needed(&self.known.lock().await.trees, &changes);
            if round == 0 && first {
                missing.extend(self.beginning(&root, &changes).await);
            }
            if missing.is_empty() {
                return Ok(());
            }
            let below = if round == 0 { Below::Nothing } else { Below::Trees };
            self.fetch(below, missing).await?;
            self.look_around().await?;
        }
        Err(Error::CouldNotCheck(
            "the base's folders could not be fetched; try again".into(),
        ))
    }

    /// What nearly every judgement needs besides the differing folders: settings, bindings, and the way into the index.
    async fn beginning(&self, base: &Tree, changes: &[Differing]) -> BTreeSet<ObjectId> {
        let settings = base.get("registry.toml").filter(Node::is_file);
        let mut ids: BTreeSet<ObjectId> = settings.map(|node| node.object()).into_iter().collect();
        let asks = |change: &Differing| change.path == ADVISORIES.as_bytes() || !is_reserved(&change.path);
        if changes.iter().any(asks) {
            let [owners, index, stats] = ["owners", "index", "stats"].map(|name| base.folder(name));
            let mut known = self.known.lock().await;
            ids.extend([&owners, &index, &stats].into_iter().flatten().cloned());
            ids.retain(|id| !known.trees.contains_key(id));
            known.tops = vec![index, stats];
        }
        ids
    }

    /// The base as far as the difference to the result touches it. Both must be [complete](Self::complete).
    pub(super) async fn view(
        &self,
        base: &CommitId,
        result: &CommitId,
        bindings: &HashSet<Vec<u8>>,
    ) -> Result<View> {
        let before = self.root(base).await?;
        let changes = self.changes(base, result).await?;
        let (mut listing, mut has_owners) = (Vec::new(), false);
        {
            let known = self.known.lock().await;
            for (name, id) in touched(&changes) {
                has_owners |= name == b"owners";
                list(&known.trees, name, id, &mut listing);
            }
        }
        if let (false, false, Some(owners)) = (has_owners, bindings.is_empty(), before.folder("owners")) {
            let ids = BTreeSet::from([owners.clone()]);
            let mut sizes = self.store.sizes(&ids).await?;
            self.obtain(&ids, &mut sizes).await?;
            listing.extend(self.store.files_of(&owners, b"owners/", bindings).await?);
        }
        let (mut folders, mut root_files) = (Vec::new(), Vec::new());
        for node in before.nodes() {
            if node.is_folder() {
                folders.push(text(node.name));
            } else {
                root_files.push(listed(node.name, &node));
            }
        }
        // Git sorts a folder as if a slash followed its name.
        folders.sort_unstable();
        Ok(View {
            folders,
            listing,
            root_files,
        })
    }

    /// Every file of a commit.
    pub(super) async fn everything(&self, commit: &CommitId) -> Result<Vec<Listed>> {
        let root = self.root(commit).await?;
        let missing = loop {
            let unknown = below(&self.known.lock().await.trees, &root);
            let read = self.store.trees(&unknown).await?;
            if read.is_empty() {
                break unknown;
            }
            self.known.lock().await.trees.extend(read);
        };
        if !missing.is_empty() {
            self.fetch(Below::Trees, missing).await?;
        }
        self.store.listing(commit).await
    }

    /// What a commit has at a path.
    pub(super) async fn entry(&self, commit: &CommitId, path: &RepoPath) -> Result<Option<Side>> {
        self.complete(commit, &self.merge).await?;
        let mut tree = self.root(commit).await?;
        let mut names = path.as_str().split('/').peekable();
        while let Some(name) = names.next() {
            let Some(node) = tree.get(name) else {
                return Ok(None);
            };
            if names.peek().is_none() {
                return Ok((!node.is_folder()).then(|| side(&node)));
            }
            let Some(folder) = tree.folder(name) else {
                return Ok(None);
            };
            let trees = self.some_trees(&BTreeSet::from([folder.clone()])).await?;
            tree = trees.get(&folder).cloned().ok_or_else(|| unreadable(&folder))?;
        }
        Ok(None)
    }
}

fn unreadable(tree: &ObjectId) -> Error {
    Error::CouldNotCheck(format!("the tree {tree} could not be read; try again"))
}

fn is_reserved(name: &[u8]) -> bool {
    RESERVED.iter().any(|known| known.as_bytes() == name)
}

/// The folders in the root of the base that differ and whose files belong to the difference.
fn touched(changes: &[Differing]) -> impl Iterator<Item = (&[u8], &ObjectId)> {
    let seen = changes.iter().filter(|change| !UNSEEN.contains(&&*change.path));
    seen.filter_map(|change| Some((&*change.path, folder(change.before.as_ref())?)))
}

/// The tree that is there.
fn folder(side: Option<&Side>) -> Option<&ObjectId> {
    side.filter(|side| side.mode == FOLDER).map(|side| &side.id)
}

/// The trees that a comparison needs and that are not known, as far as that can be said already.
fn needed(trees: &HashMap<ObjectId, Tree>, changes: &[Differing]) -> BTreeSet<ObjectId> {
    let mut missing = BTreeSet::new();
    let mut seen = HashSet::new();
    let pair = |change: &Differing| {
        let (old, new) = (folder(change.before.as_ref()), folder(change.after.as_ref()));
        (old.cloned(), new.cloned())
    };
    let mut pairs: Vec<(Option<ObjectId>, Option<ObjectId>)> = changes.iter().map(pair).collect();
    while let Some((old, new)) = pairs.pop() {
        if (old.is_none() && new.is_none()) || !seen.insert((old.clone(), new.clone())) {
            continue;
        }
        let tree = |id: &Option<ObjectId>| id.as_ref().map(|id| trees.get(id).ok_or(id.clone()));
        match (tree(&old).transpose(), tree(&new).transpose()) {
            (Ok(old), Ok(new)) => {
                let folder = |node: Option<Node<'_>>| node.filter(Node::is_folder).map(|node| node.object());
                let below = differing(old, new).into_iter();
                pairs.extend(below.map(|(old, new)| (folder(old), folder(new))));
            }
            (old, new) => missing.extend([old.err(), new.err()].into_iter().flatten()),
        }
    }
    let mut below: Vec<ObjectId> = touched(changes).map(|(_, id)| id.clone()).collect();
    let mut seen: HashSet<ObjectId> = HashSet::new();
    while let Some(id) = below.pop() {
        match trees.get(&id) {
            _ if !seen.insert(id.clone()) => {}
            Some(tree) => below.extend(tree.nodes().filter(Node::is_folder).map(|node| node.object())),
            None => drop(missing.insert(id)),
        }
    }
    missing
}

/// The trees below a tree that are not known. One that is known may have been fetched alone.
fn below(trees: &HashMap<ObjectId, Tree>, root: &Tree) -> BTreeSet<ObjectId> {
    let (mut unknown, mut seen, mut todo) = (BTreeSet::new(), HashSet::new(), vec![root]);
    while let Some(tree) = todo.pop() {
        for id in tree.nodes().filter(Node::is_folder).map(|node| node.object()) {
            match trees.get(&id) {
                Some(_) if !seen.insert(id.clone()) => {}
                Some(tree) => todo.push(tree),
                None => drop(unknown.insert(id)),
            }
        }
    }
    unknown
}

/// The files below a folder.
fn list(trees: &HashMap<ObjectId, Tree>, path: &[u8], folder: &ObjectId, into: &mut Vec<Listed>) {
    let mut todo = BTreeMap::from([(path.to_vec(), folder.clone())]);
    while let Some((path, id)) = todo.pop_first() {
        for node in trees.get(&id).into_iter().flat_map(Tree::nodes) {
            let path = [&path, &b"/"[..], node.name].concat();
            if node.is_folder() {
                todo.insert(path, node.object());
            } else {
                into.push(listed(&path, &node));
            }
        }
    }
}

fn side(node: &Node<'_>) -> Side {
    let (mode, id) = (node.mode, node.object());
    Side { mode, id }
}

fn listed(path: &[u8], node: &Node<'_>) -> Listed {
    let (path, side) = (path.to_vec(), side(node));
    Listed { path, side }
}

fn text(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => RepoPath::from_bytes(name).as_str().to_owned(),
    }
}
