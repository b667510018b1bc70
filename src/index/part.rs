//! What each folder of a registry's root is by itself: which of its files are sources, what its package is kept by, its tree id. Never looks
//! at two folders together, so that only those in which something changed are looked at anew.

use rayon::prelude::*;

use super::build::{goes, is_generated};
use super::source::{self, Kind, Source};
use super::{folder, packages, shard};
use crate::finding::Finding;
use crate::model::blob::BlobId;
use crate::model::listing::{Item, Listing};
use crate::model::path;

/// A folder of the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name with a slash, as its items' paths begin.
    start: Box<[u8]>,
    /// Where its items are listed, and how many they are.
    at: usize,
    count: usize,
    /// Its sources but for releases, by where they stand among its items.
    sources: Vec<(Kind, usize)>,
    /// What stands where a source would and can be none.
    faults: Vec<Finding>,
    /// How many releases are in it.
    releases: usize,
    /// What these are kept by.
    key: Option<BlobId>,
    /// Where those of its items stand that a run writes or takes away, whatever is there.
    goes: Vec<usize>,
    /// Its shard in `index/folder/`, where it has one.
    shard: Option<u8>,
    /// Its tree id as it is listed.
    tree: Option<BlobId>,
}

/// All folders of the root, in the order of their items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    parts: Vec<Part>,
    /// Files in the root itself that a run takes away.
    root: Vec<usize>,
}

impl Parts {
    /// The folders of a tree.
    pub fn of(listing: &Listing) -> Self {
        Self::default().renewed(listing, &[])
    }

    /// The folders of a tree that is the one before but for what is at these paths, which are sorted.
    #[must_use]
    pub fn renewed(self, listing: &Listing, changed: &[Vec<u8>]) -> Self {
        let is_changed = |start: &[u8]| {
            let at = changed.partition_point(|path| path.as_slice() < start);
            changed.get(at).is_some_and(|path| path.starts_with(start))
        };
        let items = listing.items();
        let (mut found, mut root, mut at) = (Vec::with_capacity(self.parts.len()), Vec::new(), 0);
        let mut before = self.parts.into_iter().peekable();
        while let Some(item) = items.get(at) {
            let Some(slash) = memchr::memchr(b'/', &item.path) else {
                root.extend(item.text().is_some_and(goes).then_some(at));
                at += 1;
                continue;
            };
            let start = &item.path[..=slash];
            while before.next_if(|part| *part.start < *start).is_some() {}
            let same = before.next_if(|part| *part.start == *start);
            let same = same.filter(|_| !is_changed(start));
            let count = same
                .as_ref()
                .map_or_else(|| below(&items[at..], start), |part| part.count);
            found.push((at, count, same));
            at += count;
        }
        let part = |(at, count, same): (usize, usize, Option<Part>)| match same {
            Some(part) => Part { at, ..part },
            None => Part::of(&items[at..at + count], at),
        };
        let parts = found.into_par_iter().with_min_len(64).map(part).collect();
        Self { parts, root }
    }

    /// The sources but for releases, in the order of their paths, and what stands where a source would and can be none.
    pub fn sources<'l>(&self, listing: &'l Listing) -> (Vec<Source<'l>>, Vec<Finding>) {
        let faults = self.parts.iter().flat_map(|part| &part.faults).cloned();
        let of_part = |part: &Part| {
            let place = |&(kind, place): &(Kind, usize)| source(listing, kind, part.at + place);
            part.sources.iter().filter_map(place).collect::<Vec<_>>()
        };
        (self.parts.iter().flat_map(of_part).collect(), faults.collect())
    }

    /// The folders that have releases.
    pub fn packages(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.releases > 0)
    }

    /// The folders of which `index/folder/` has the tree ids.
    pub fn listed(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.shard.is_some())
    }

    /// What is listed of files that a run may have written, in the order of their paths.
    pub fn generated<'l>(&self, listing: &'l Listing) -> Vec<&'l str> {
        let items = listing.items();
        let mut root = self.root.iter().peekable();
        let mut found = Vec::new();
        for part in &self.parts {
            while let Some(&at) = root.next_if(|&&at| at < part.at) {
                found.extend(items[at].text());
            }
            if part.is_own() {
                let own = items[part.at..part.at + part.count].iter();
                found.extend(own.filter_map(Item::text).filter(|path| is_generated(path)));
            } else {
                let goes = part.goes.iter();
                found.extend(goes.filter_map(|place| items[part.at + place].text()));
            }
        }
        found.extend(root.filter_map(|&at| items[at].text()));
        found
    }
}

/// How many of these items are in a folder: the first is, and they are sorted.
fn below(items: &[Item], start: &[u8]) -> usize {
    let is_below = |item: &Item| item.path.starts_with(start);
    // Most folders hold a file or two; the large ones are few.
    match items.iter().take(8).take_while(|item| is_below(item)).count() {
        8 => items.partition_point(is_below),
        near => near,
    }
}

fn source(listing: &Listing, kind: Kind, at: usize) -> Option<Source<'_>> {
    let item = listing.items().get(at)?;
    let path = item.text()?;
    Some(Source { kind, path, item, at })
}

impl Part {
    /// A folder with these items, the first of which stands there in the listing.
    fn of(items: &[Item], at: usize) -> Self {
        let path = items.first().map_or(&b""[..], |item| &item.path);
        let slash = memchr::memchr(b'/', path).unwrap_or_default();
        let mut part = Self {
            start: path[..=slash].into(),
            at,
            count: items.len(),
            sources: Vec::new(),
            faults: Vec::new(),
            releases: 0,
            key: None,
            goes: Vec::new(),
            shard: None,
            tree: None,
        };
        if part.is_own() {
            return part;
        }
        let folder = std::str::from_utf8(&path[..slash]).ok();
        let package = folder.filter(|folder| path::may_be_package(folder));
        let mut releases = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let Some(path) = item.text() else { continue };
            if package.is_some_and(|package| path::release(package, &path[slash + 1..]).is_some()) {
                releases.push(item);
            } else if goes(path) {
                part.goes.push(place);
            } else {
                match source::look(path) {
                    Some(Ok(kind)) => part.sources.push((kind, place)),
                    Some(Err(fault)) => part.faults.push(*fault),
                    None => {}
                }
            }
        }
        part.releases = releases.len();
        part.key = packages::key(&part.start, &releases);
        if let Some(folder) = folder.filter(|folder| folder::is_listed(folder)) {
            part.shard = Some(shard::hashed_byte(folder));
            part.tree = folder::id(items, slash + 1, None, |_| false);
        }
        part
    }

    /// Whether it is the index, or the advisories' export.
    fn is_own(&self) -> bool {
        matches!(&*self.start, b"index/" | b"osv/")
    }

    /// Its name; nothing where that is no text.
    pub fn name(&self) -> &str {
        let name = self.start.strip_suffix(b"/").unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }

    /// What its releases are kept by: nothing where one of them is no file.
    pub fn key(&self) -> Option<BlobId> {
        self.key
    }

    /// Its releases, in the order of their paths.
    pub fn releases<'l>(&self, listing: &'l Listing) -> Vec<Source<'l>> {
        let is_release = |source: &Source<'_>| {
            let file = &source.path[self.start.len()..];
            path::release(self.name(), file).is_some()
        };
        let all = (self.at..self.at + self.count).filter_map(|at| source(listing, Kind::Release, at));
        all.filter(is_release).collect()
    }

    /// What is listed in the place of its `-latest` link.
    pub fn link<'l>(&self, listing: &'l Listing) -> Option<&'l Item> {
        let items = self.goes.iter().map(|place| &listing.items()[self.at + place]);
        let mut links = items.filter(|item| item.path.ends_with(b"-latest.msgpack"));
        links.next()
    }

    /// Its shard in `index/folder/`, and its tree id when the run is over: with a link of this id, and with nothing else that goes.
    pub fn tree(&self, listing: &Listing, link: Option<BlobId>) -> Option<(u8, BlobId)> {
        let is_listed = |id| {
            self.link(listing)
                .is_some_and(|item| folder::is_link(item, self.name(), id))
        };
        let id = match (link, self.goes.len()) {
            (None, 0) => self.tree,
            (Some(id), 1) if is_listed(id) => self.tree,
            _ => {
                let items = &listing.items()[self.at..self.at + self.count];
                let link = link.map(|id| (format!("{}-latest.msgpack", self.name()), id));
                folder::id(items, self.start.len(), link, goes)
            }
        };
        Some((self.shard?, id?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::path::{Place, RepoPath};

    #[test]
    fn sources_are_known_by_their_paths() {
        let paths = [
            "Alice/registry.json",
            "a b/registry.json",
            "schemas/registry.json",
            "_x/registry.json",
            "alice/advisories.json",
            "advisories/X-1.json",
            "stats/2026/W01.jsonl",
            "stats/ledger/2026/W01.jsonl",
            "pandas/pandas-1.0.msgpack",
            "pandas/pandas-latest.msgpack",
            "owners/alice.json",
            "INDEX.json",
            "index/publisher/al/ic/alice.json",
        ];
        let item = |path: &str| Item {
            path: path.as_bytes().into(),
            mode: 0o100_644,
            id: Ok(BlobId::of(b"")),
        };
        let listing = Listing::new(paths.map(item).to_vec());
        let parts = Parts::of(&listing);
        let (mut sources, faults) = parts.sources(&listing);
        sources.extend(parts.packages().flat_map(|part| part.releases(&listing)));
        sources.sort_by_key(|source| source.at);
        let found: Vec<_> = sources.iter().map(|source| (source.path, source.kind)).collect();
        let expected = [
            ("Alice/registry.json", Kind::Publisher),
            ("advisories/X-1.json", Kind::Advisories),
            ("alice/advisories.json", Kind::Advisories),
            ("pandas/pandas-1.0.msgpack", Kind::Release),
            ("stats/2026/W01.jsonl", Kind::Aggregates),
        ];
        assert_eq!(found, expected);
        assert_eq!(
            faults
                .iter()
                .map(|fault| fault.subject.as_str())
                .collect::<Vec<_>>(),
            ["a b/registry.json"]
        );
    }

    /// Paths of a few folders, so that they meet: sources, releases, links, what was left behind, and what is none of these.
    fn path() -> impl Strategy<Value = Vec<u8>> {
        let folder = prop::sample::select(vec![
            "a",
            "a-b",
            "a.b",
            "aa",
            "B",
            "pandas",
            "x y",
            "_x",
            ".x",
            "index",
            "osv",
            "stats",
            "advisories",
            "schemas",
            "owners",
        ]);
        let file = prop::sample::select(vec![
            "registry.json",
            "advisories.json",
            "x.json",
            "{}-1.0.msgpack",
            "{}-2.msgpack",
            "{}-latest.msgpack",
            "a-1.0.msgpack",
            "{}-x.msgpack",
            "{}-.msgpack",
            "{}-1.0.msgpack/x",
            ".gistry-1-1.tmp",
            "x/.gistry-1-1.tmp",
            "2026/W01.jsonl",
            "publisher/a/x.json",
            "\u{e9}",
            "",
        ]);
        let below = (folder, file)
            .prop_map(|(folder, file)| format!("{folder}/{}", file.replace("{}", folder)).into_bytes());
        let root = prop::sample::select(vec![
            "a",
            "INDEX.json",
            ".gistry-1-1.tmp",
            "a-latest.msgpack",
            "registry.toml",
        ]);
        prop_oneof![
            8 => below,
            1 => root.prop_map(Vec::from),
            1 => Just(b"a/\xff.json".to_vec()),
            1 => Just(b"\xff/registry.json".to_vec()),
        ]
    }

    fn item() -> impl Strategy<Value = Item> {
        let mode = prop::sample::select(vec![0o100_644, 0o100_755, 0o120_000, 0o160_000, 0]);
        let id =
            prop_oneof![4 => (0..3_u8).prop_map(|byte| Ok(BlobId::of(&[byte]))), 1 => Just(Err("no".into()))];
        (path(), mode, id).prop_map(|(path, mode, id)| Item {
            path: path.into(),
            mode,
            id,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_looked_at_anew_is_as_if_all_were(
            items in prop::collection::vec(item(), 0..40),
            changes in prop::collection::vec((item(), any::<bool>()), 0..6),
        ) {
            let before = Listing::new(items);
            let changes: std::collections::BTreeMap<Vec<u8>, Option<Item>> =
                changes.into_iter().map(|(item, stays)| (item.path.to_vec(), stays.then_some(item))).collect();
            let mut after = before.clone();
            after.replace(changes.iter().map(|(path, item)| (path.as_slice(), item.clone())));
            let changed: Vec<Vec<u8>> = changes.into_keys().collect();
            prop_assert_eq!(Parts::of(&before).renewed(&after, &changed), Parts::of(&after));
        }

        #[test]
        fn each_file_is_what_its_path_is(items in prop::collection::vec(item(), 0..40)) {
            let listing = Listing::new(items);
            let parts = Parts::of(&listing);
            let releases: Vec<&str> =
                parts.packages().flat_map(|part| part.releases(&listing)).map(|source| source.path).collect();
            let texts = || listing.items().iter().filter_map(Item::text);
            let is_release = |path: &&str| matches!(RepoPath::new(path).place(), Place::Release { .. });
            prop_assert_eq!(releases, texts().filter(is_release).collect::<Vec<_>>());
            prop_assert_eq!(parts.generated(&listing), texts().filter(|path| is_generated(path)).collect::<Vec<_>>());
            let others = texts().filter_map(|path| Some((source::look(path)?.ok()?, path)));
            let others: Vec<_> = others.filter(|(kind, _)| *kind != Kind::Release).collect();
            let found: Vec<_> = parts.sources(&listing).0.iter().map(|source| (source.kind, source.path)).collect();
            prop_assert_eq!(found, others);
        }
    }
}
