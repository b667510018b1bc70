//! What an index run changes, for people, and whether it loses too much. Never decides to go on all the same.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::advisory;
use super::build::Planned;
use super::difference::Difference;
use super::gather::Registry;
use super::package::PackageFile;
use super::packages::Package;
use super::publisher::{Publisher, PublisherFile};
use super::total::{Claimed, Totals};

/// An index that lost more than this share of its entries is not published, in percent ...
const PERCENT: usize = 5;
/// ... where that is at least so many.
const FEWEST: usize = 10;

/// What is new, by name, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Modules that were not there: `@alice/json-utils`.
    pub added: Vec<String>,
    /// Modules, and releases, that were not yanked.
    pub yanked: Vec<String>,
    /// Releases that were not there: `pandas 2.2.0`.
    pub versions: Vec<String>,
    /// Advisories that were not there.
    pub advisories: Vec<String>,
    /// Whatever was there and is not any more.
    pub removed: Vec<String>,
}

impl Change {
    /// Whether nothing of that kind changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An index that would lose too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrink {
    /// What is lost: "modules".
    pub what: &'static str,
    /// How many there were.
    pub before: usize,
    /// How many there would be.
    pub after: usize,
    /// The names of those that would be lost, as far as the index before tells them, sorted.
    pub names: Vec<String>,
}

/// The paths of the previous index that [`Changed::of`] reads: the files that differ and say what there was.
pub fn asks(difference: &Difference) -> Vec<&str> {
    let write = difference.write.iter().map(|file| file.path.as_str());
    let deleted = difference.delete.iter().map(String::as_str);
    let is_asked = |path: &&str| {
        let folders = ["index/publisher/", "index/package/", "index/advisory/"];
        *path == "INDEX.json" || folders.iter().any(|start| path.starts_with(start))
    };
    write.chain(deleted).filter(is_asked).collect()
}

/// What changed, and what is lost.
#[derive(Debug, Default)]
pub struct Changed {
    /// By name.
    pub change: Change,
    lost_modules: Vec<String>,
    lost_advisories: Vec<String>,
    lost_releases: Vec<String>,
    claimed: Claimed,
}

impl Changed {
    /// What differs between the files of the index before, by path, and a registry. `claimed` is what its `INDEX.json` says, where that is known
    /// already.
    pub fn of(
        previous: &BTreeMap<String, Vec<u8>>,
        claimed: Option<Claimed>,
        registry: &Registry<'_>,
        difference: &Difference,
    ) -> Self {
        let (publishers, others): (Vec<&str>, Vec<&str>) = asks(difference)
            .into_iter()
            .partition(|path| login(path).is_some());
        let part = |paths: &[&str]| {
            let mut changed = Self::default();
            for path in paths {
                let login = login(path).unwrap_or_default();
                let found = registry
                    .publishers
                    .binary_search_by(|standing| standing.publisher.login.as_str().cmp(login));
                let now = found.ok().map(|at| &*registry.publishers[at].publisher);
                let before = previous.get(*path).and_then(|bytes| PublisherFile::parse(bytes));
                changed.publisher(login, before.as_ref(), now);
            }
            changed
        };
        let parts: Vec<Self> = publishers.par_chunks(256).map(part).collect();
        let mut changed = Self::default();
        for part in parts {
            changed.change.added.extend(part.change.added);
            changed.change.yanked.extend(part.change.yanked);
            changed.lost_modules.extend(part.lost_modules);
        }
        let (mut old_ids, mut new_ids) = (BTreeSet::new(), BTreeSet::new());
        for path in others {
            let before = previous.get(path).map(Vec::as_slice);
            if path.starts_with("index/package/") {
                let name = named(path);
                let found = registry
                    .packages
                    .binary_search_by(|packed| packed.package.name.as_str().cmp(name));
                let now = found.ok().map(|at| &*registry.packages[at].package);
                let now = now.filter(|package| package.path() == path);
                changed.package(before.and_then(PackageFile::parse).as_ref(), now);
            } else if path == "INDEX.json" {
                changed.claimed = claimed.or(before.map(Claimed::read)).unwrap_or_default();
            } else {
                old_ids.extend(
                    before
                        .and_then(advisory::parse)
                        .into_iter()
                        .flatten()
                        .map(|(id, _)| id),
                );
                let file = difference.written(path);
                if let Some(super::Written::File(bytes)) = file.and_then(Planned::written) {
                    new_ids.extend(advisory::parse(bytes).into_iter().flatten().map(|(id, _)| id));
                }
            }
        }
        changed.change.advisories = new_ids.difference(&old_ids).cloned().collect();
        changed.lost_advisories = old_ids.difference(&new_ids).cloned().collect();
        let Self {
            change,
            lost_modules,
            lost_releases,
            ..
        } = &mut changed;
        for names in [
            &mut change.added,
            &mut change.yanked,
            &mut change.versions,
            lost_modules,
            lost_releases,
        ] {
            // They come nearly sorted, which this way makes use of.
            names.sort();
        }
        let lost = changed.lost_modules.iter().chain(&changed.lost_releases);
        let lost = lost.chain(&changed.lost_advisories);
        changed.change.removed = lost.cloned().collect();
        changed
    }

    fn publisher(&mut self, login: &str, before: Option<&PublisherFile<'_>>, now: Option<&Publisher<'_>>) {
        let full = |name: &str| format!("@{login}/{name}");
        if before.is_none() {
            let new = now.iter().flat_map(|publisher| &publisher.modules);
            self.change
                .added
                .extend(new.map(|(name, ..)| full(name.as_str())));
            return;
        }
        let old: BTreeMap<&str, bool> = before
            .iter()
            .flat_map(|file| file.modules.iter())
            .map(|(name, row)| (name, row.yanked.is_none()))
            .collect();
        let new = now.iter().flat_map(|publisher| &publisher.modules);
        let new: BTreeMap<&str, bool> = new.map(|(name, _, live)| (name.as_str(), *live)).collect();
        for (name, live) in &new {
            match old.get(name) {
                None => self.change.added.push(full(name)),
                Some(true) if !live => self.change.yanked.push(full(name)),
                Some(_) => {}
            }
        }
        self.lost_modules.extend(
            old.keys()
                .filter(|name| !new.contains_key(*name))
                .map(|name| full(name)),
        );
    }

    fn package(&mut self, before: Option<&PackageFile>, now: Option<&Package>) {
        let old: BTreeMap<&str, bool> = before
            .iter()
            .flat_map(|file| &file.releases)
            .map(|(version, entry)| (version.as_str(), entry.yanked.is_none()))
            .collect();
        let Some(name) = now.map(|package| &package.name).or(before.map(|file| &file.name)) else {
            return;
        };
        let full = |version: &str| format!("{name} {version}");
        let versions: BTreeSet<&str> = now
            .iter()
            .flat_map(|package| package.summary.versions())
            .collect();
        for version in &versions {
            let is_yanked = now.is_some_and(|package| package.yanked.iter().any(|yanked| yanked == version));
            match old.get(version) {
                None => self.change.versions.push(full(version)),
                Some(true) if is_yanked => self.change.yanked.push(full(version)),
                Some(_) => {}
            }
        }
        self.lost_releases.extend(
            old.keys()
                .filter(|version| !versions.contains(*version))
                .map(|version| full(version)),
        );
    }

    /// The first kind of entry of which too much would be lost.
    pub fn shrink(&self, totals: Totals) -> Option<Shrink> {
        let claimed = &self.claimed;
        let shrink = |what, lost: &[String], added: &[String], now: usize, claimed: usize| {
            let before = (now + lost.len()).saturating_sub(added.len()).max(claimed);
            let gone = lost.len().max(before.saturating_sub(now));
            (gone >= FEWEST && gone * 100 > before * PERCENT).then(|| Shrink {
                what,
                before,
                after: now,
                names: lost.to_vec(),
            })
        };
        let Change {
            added,
            versions,
            advisories,
            ..
        } = &self.change;
        let (modules, all) = (&self.lost_modules, &self.lost_advisories);
        shrink("modules", modules, added, totals.modules, claimed.modules)
            .or_else(|| shrink("releases", &self.lost_releases, versions, totals.releases, 0))
            .or_else(|| {
                shrink(
                    "advisories",
                    all,
                    advisories,
                    totals.advisories,
                    claimed.advisories,
                )
            })
    }
}

fn login(path: &str) -> Option<&str> {
    path.strip_prefix("index/publisher/").map(named)
}

/// What a file of the sparse index is about, by its name.
fn named(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".json").unwrap_or(name)
}
