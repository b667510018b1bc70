//! What must be done to a tree so that it has the index that was made. Never decides whether it is done.

use rayon::prelude::*;

use super::build::Planned;
use super::part::Parts;
use super::{Content, Written};
use crate::model::file::Mode;
use crate::model::listing::Listing;

/// What must be done to a tree so that it has an index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files that are not there, or are otherwise: `INDEX.json` last, the others by path.
    pub write: Vec<Planned>,
    /// Files that an index had and this one has not, by path.
    pub delete: Vec<String>,
    /// How many files are there already.
    pub same: usize,
}

impl Difference {
    /// What differs between a tree and the index that it should have.
    pub fn of(listing: &Listing, parts: &Parts, files: Vec<Planned>) -> Self {
        let mut difference = Self::default();
        let stale = |paths: &[&str]| {
            let mut stale: Vec<String> = Vec::new();
            let first = paths.first().copied().unwrap_or_default();
            let mut rest = &files[files.partition_point(|file| file.path.as_str() < first)..];
            for &path in paths {
                let before = rest.iter().take_while(|file| file.path.as_str() < path).count();
                rest = &rest[before..];
                if rest.first().is_none_or(|file| file.path != path) {
                    stale.push(path.to_owned());
                }
            }
            stale
        };
        let generated = parts.generated(listing);
        difference.delete = generated.par_chunks(2048).flat_map_iter(stale).collect();
        let is_there = |file: &Planned| {
            let mode = match &file.content {
                Content::There => return true,
                Content::Laid => return false,
                Content::Here(Written::File(_)) => Mode::Regular,
                Content::Here(Written::Link(_)) => Mode::Symlink,
            };
            let item = listing.get(&file.path);
            item.is_some_and(|item| item.mode() == mode && item.id == Ok(file.id))
        };
        let (same, mut write): (Vec<Planned>, Vec<Planned>) = files.into_iter().partition(is_there);
        difference.same = same.len();
        write.sort_by_key(|file| file.path == "INDEX.json");
        difference.write = write;
        difference
    }

    /// A file below a folder that must be written.
    pub fn written(&self, path: &str) -> Option<&Planned> {
        let is_last = |file: &Planned| file.path == "INDEX.json";
        let sorted = self.write.len() - usize::from(self.write.last().is_some_and(is_last));
        let sorted = &self.write[..sorted];
        let at = sorted
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()?;
        sorted.get(at)
    }

    /// Whether the tree has the index.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.delete.is_empty()
    }
}
