//! From paths and objects to the difference that is judged: what must be read, and what becomes of it. Never runs git.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Limits;
use super::parse::{Listed, Side};
use super::store::Sizes;
use crate::model::file::{Content, File, Mode};
use crate::model::name::ObjectId;
use crate::model::path::{Place, RESERVED, RepoPath};
use crate::model::submission::{Change, Difference};

/// A path that differs.
pub(super) struct Entry {
    /// The path's bytes.
    pub path: Vec<u8>,
    /// In the base.
    pub before: Option<Side>,
    /// In the result.
    pub after: Option<After>,
}

/// What a path has in the result.
pub(super) enum After {
    /// A git object.
    Stored(Side),
    /// A file of the working tree that was read already.
    Loaded {
        /// As git would record it.
        mode: Mode,
        /// The id that git would give it, where it is known.
        id: Option<ObjectId>,
        /// What was read.
        content: Content,
    },
}

/// What a difference is made of, before contents are read.
pub(super) struct Plan {
    entries: Vec<Entry>,
    related: Vec<Related>,
    folders: Vec<String>,
    limits: Limits,
}

/// An unchanged file of the base that belongs to the difference.
struct Related {
    listed: Listed,
    /// Whether its content is wanted.
    read: bool,
}

/// What was read for a plan.
#[derive(Default)]
pub(super) struct Found {
    /// Sizes of the objects that are here.
    pub sizes: Sizes,
    /// Contents of those that were to be read.
    pub contents: HashMap<ObjectId, Content>,
    /// Objects of the result that the fetch left out as too big.
    pub filtered: HashSet<ObjectId>,
    /// What to say of any other object that is not here.
    pub absent: Option<&'static str>,
}

/// Whether a file's content is wanted; DNA files only where they are brought or changed. A symbolic link is, whatever it is called, so that its target can be named.
fn is_wanted(place: &Place, mode: Mode, gone_or_unchanged: bool) -> bool {
    match mode {
        Mode::Submodule => false,
        Mode::Symlink => true,
        Mode::Regular | Mode::Executable | Mode::Other(_) if gone_or_unchanged => place.is_read(),
        Mode::Regular | Mode::Executable | Mode::Other(_) => place.is_read_in_a_change(),
    }
}

/// Whether the content of an unchanged file is wanted.
fn is_read(listed: &Listed) -> bool {
    let place = RepoPath::from_bytes(&listed.path).place();
    is_wanted(&place, listed.side.mode(), true)
}

impl Plan {
    /// The plan for these differences from a base with these folders in its root. Of its files only those in the touched
    /// folders, and the bindings of the touched publishers, need be among `base`.
    pub fn new(entries: Vec<Entry>, folders: Vec<String>, base: &[Listed], limits: Limits) -> Self {
        let mut plan = Self {
            entries,
            related: Vec::new(),
            folders,
            limits,
        };
        if !plan.is_too_much() {
            plan.related = plan.related(base);
        }
        plan
    }

    /// The bindings that belong to these differences.
    pub fn bindings(entries: &[Entry]) -> HashSet<Vec<u8>> {
        let paths = entries.iter().map(|entry| RepoPath::from_bytes(&entry.path));
        paths
            .filter_map(|path| path.place().publisher().map(binding))
            .collect()
    }

    /// Whether there are so many paths that their contents are left alone.
    fn is_too_much(&self) -> bool {
        self.entries.len() > self.limits.entries
    }

    fn related(&self, base: &[Listed]) -> Vec<Related> {
        let changed: HashSet<&[u8]> = self.entries.iter().map(|entry| entry.path.as_slice()).collect();
        let owners = Self::bindings(&self.entries);
        // Also where the path itself is no publisher's: `alice/Registry.json` takes the place of alice's file
        // where case is folded.
        let folders: HashSet<&[u8]> = self.entries.iter().map(|entry| first(&entry.path)).collect();
        base.iter()
            .filter(|listed| !changed.contains(listed.path.as_slice()))
            .filter_map(|listed| {
                let (folder, is_binding) = (first(&listed.path), owners.contains(&listed.path));
                // Of the layout's own folders the names are enough: a pull request that touches `owners/` must not
                // make us read every binding.
                let is_anyones = !RESERVED.iter().any(|name| name.as_bytes() == folder);
                let related = is_binding || folders.contains(folder);
                related.then(|| Related {
                    listed: listed.clone(),
                    read: is_binding || is_anyones && is_read(listed),
                })
            })
            .collect()
    }

    /// Objects whose content is wanted: of the base, then of the result.
    pub fn wanted(&self) -> (BTreeSet<ObjectId>, BTreeSet<ObjectId>) {
        let (mut base, result) = self.changed(is_wanted);
        if !self.is_too_much() {
            let read = self.related.iter().filter(|related| related.read);
            base.extend(read.map(|related| related.listed.side.id.clone()));
        }
        (base, result)
    }

    /// Objects whose size is wanted: those, and of every other file that differs. Of unchanged files the name is enough.
    pub fn sized(&self) -> (BTreeSet<ObjectId>, BTreeSet<ObjectId>) {
        let (mut base, result) = self.changed(|_, mode, _| mode != Mode::Submodule);
        base.extend(self.wanted().0);
        (base, result)
    }

    fn changed(
        &self,
        wanted: impl Fn(&Place, Mode, bool) -> bool,
    ) -> (BTreeSet<ObjectId>, BTreeSet<ObjectId>) {
        let (mut base, mut result) = (BTreeSet::new(), BTreeSet::new());
        if self.is_too_much() {
            return (base, result);
        }
        for entry in &self.entries {
            let place = RepoPath::from_bytes(&entry.path).place();
            let of = |side: &Side, deleted| wanted(&place, side.mode(), deleted).then(|| side.id.clone());
            let deleted = entry.after.is_none();
            base.extend(entry.before.as_ref().and_then(|side| of(side, deleted)));
            if let Some(After::Stored(side)) = &entry.after {
                result.extend(of(side, false));
            }
        }
        (base, result)
    }

    /// The difference, with what was found.
    pub fn build(self, found: &Found) -> Difference {
        let too_much = self.is_too_much();
        let limits = self.limits;
        let file = |path: &RepoPath, side: Side, wanted: bool| {
            let content = match side.mode() {
                Mode::Submodule => Content::None,
                _ if too_much => limits.beyond_entries(),
                _ => found.content(&side.id, wanted, &limits),
            };
            File::new(path.place(), side.mode(), Some(side.id), content)
        };
        let changed = |path: &RepoPath, side: Side| {
            let wanted = is_wanted(&path.place(), side.mode(), false);
            file(path, side, wanted)
        };
        let mut changes = BTreeMap::new();
        for Entry { path, before, after } in self.entries {
            let path = RepoPath::from_bytes(&path);
            let after = after.map(|after| match after {
                After::Stored(side) => changed(&path, side),
                After::Loaded { mode, id, content } => File::new(path.place(), mode, id, content),
            });
            let deleted = after.is_none();
            let change = Change {
                place: path.place(),
                before: before.map(|side| {
                    let wanted = is_wanted(&path.place(), side.mode(), deleted);
                    file(&path, side, wanted)
                }),
                after,
            };
            changes.insert(path, change);
        }
        let related = self.related.into_iter().map(|Related { listed, read }| {
            let path = RepoPath::from_bytes(&listed.path);
            let file = file(&path, listed.side, read);
            (path, file)
        });
        Difference {
            changes,
            related: related.collect(),
            folders: self.folders,
        }
    }
}

/// The folders in the root of these files, sorted.
pub(super) fn folders(base: &[Listed]) -> Vec<String> {
    let name = |listed: &'_ Listed| {
        let name = first(&listed.path);
        (name.len() < listed.path.len()).then(|| RepoPath::from_bytes(name).as_str().to_owned())
    };
    base.iter()
        .filter_map(name)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Where a folder's account is written down.
fn binding(folder: &str) -> Vec<u8> {
    format!("owners/{}.json", folder.to_ascii_lowercase()).into_bytes()
}

/// The first component of a path.
fn first(path: &[u8]) -> &[u8] {
    path.split(|&byte| byte == b'/').next().unwrap_or_default()
}

impl Found {
    fn content(&self, id: &ObjectId, wanted: bool, limits: &Limits) -> Content {
        if let Some(content) = self.contents.get(id).filter(|_| wanted) {
            return content.clone();
        }
        match (self.sizes.get(id), self.absent) {
            (Some(&size), _) if size > limits.file_bytes => Content::TooBig(Some(size)),
            (Some(&size), _) => Content::NotRead(Some(size)),
            (None, _) if self.filtered.contains(id) => Content::TooBig(None),
            (None, Some(why)) if wanted => Content::Unreadable(why.into()),
            (None, _) => Content::NotRead(None),
        }
    }
}
