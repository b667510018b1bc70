//! `INDEX.json` and `index/search.jsonl`: packages, totals, and the lines that a search reads. Never counts by itself; it is told.

use std::collections::BTreeMap;

use serde::Serialize;

use super::build::{Desk, Planned};
use super::packages::Package;
use super::publisher::{Publisher, pretty};
use super::{Output, Written};
use crate::model::blob::{BlobId, Hasher};
use crate::model::listing::Listing;

/// The totals of a registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Packages that have a release.
    pub packages: usize,
    /// Their releases.
    pub releases: usize,
    /// All DNA files together, in bytes.
    pub bytes: u64,
    /// Functions and methods of the packages' latest releases.
    pub functions: u64,
    /// Modules, yanked ones included.
    pub modules: usize,
    /// Publishers.
    pub publishers: usize,
    /// Advisories, withdrawn ones included.
    pub advisories: usize,
    /// Installs of modules, over all weeks.
    pub installs: u64,
}

#[derive(Serialize)]
struct Index<'a, P> {
    version: u8,
    packages: &'a BTreeMap<&'a str, P>,
    stats: Stats,
}

#[derive(Serialize)]
struct Stats {
    total_packages: usize,
    total_size_mb: serde_json::Number,
    total_functions: u64,
    total_modules: usize,
    total_publishers: usize,
    total_advisories: usize,
    total_installs: u64,
}

/// Millions of bytes to two places, written as JavaScript would: `0`, `1.5`.
fn megabytes(bytes: u64) -> serde_json::Number {
    let hundredths = bytes.saturating_add(5_000) / 10_000;
    if hundredths.is_multiple_of(100) {
        return (hundredths / 100).into();
    }
    serde_json::Number::from_f64(hundredths as f64 / 100.0).unwrap_or_else(|| 0.into())
}

/// `INDEX.json`
pub fn index<P: Serialize>(packages: &BTreeMap<&str, P>, totals: Totals) -> Output {
    let index = Index {
        version: 1,
        packages,
        stats: Stats {
            total_packages: totals.packages,
            total_size_mb: megabytes(totals.bytes),
            total_functions: totals.functions,
            total_modules: totals.modules,
            total_publishers: totals.publishers,
            total_advisories: totals.advisories,
            total_installs: totals.installs,
        },
    };
    let mut bytes = Vec::new();
    pretty(&index, &mut bytes);
    Output {
        path: "INDEX.json".into(),
        content: Written::File(bytes),
    }
}

/// `index/search.jsonl`: the lines of publishers and packages, each sorted, in the order of what they begin with: `@alice/`, `pandas`. With
/// it comes the digest of what it is made of: the publishers' files in the index, by their ids, and the packages' lines.
pub fn search<'p>(
    listing: &Listing,
    publishers: &[&'p Publisher<'_>],
    packages: &[&'p Package],
    desk: Desk<'_>,
) -> (BlobId, Planned) {
    let path = String::from("index/search.jsonl");
    let mut ids: Vec<u8> = Vec::with_capacity(publishers.len() * 20);
    for publisher in publishers {
        ids.extend_from_slice(publisher.written.bytes());
    }
    ids.push(0);
    for package in packages {
        ids.extend_from_slice(package.search.as_bytes());
    }
    let key = Hasher::new("search", ids.len() as u64).with(&ids).finish();
    if let Some(there) = desk.there(listing, path.clone(), &key) {
        return (key, there);
    }
    let mut ours: Vec<(&str, &str)> = publishers
        .iter()
        .map(|publisher| (publisher.login.as_str(), publisher.search.as_str()))
        .collect();
    // Sorted by login, and by login with a slash, is nearly the same.
    ours.sort_by(|(a, _), (b, _)| a.bytes().chain([b'/']).cmp(b.bytes().chain([b'/'])));
    let before = packages.partition_point(|package| package.name.as_str() < "@");
    let (first, last) = packages.split_at(before);
    let of_package = |package: &&'p Package| package.search.as_str();
    let lines: Vec<&str> = first
        .iter()
        .map(of_package)
        .chain(ours.into_iter().map(|(_, lines)| lines))
        .chain(last.iter().map(of_package))
        .collect();
    let content = Written::File(lines.concat().into_bytes());
    (key, desk.planned(Output { path, content }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_javascript_would() {
        for (bytes, text) in [
            (0, "0"),
            (1_000_000, "1"),
            (1_504_999, "1.5"),
            (1_505_000, "1.51"),
            (4_999, "0"),
            (5_000, "0.01"),
        ] {
            assert_eq!(megabytes(bytes).to_string(), text, "{bytes}");
        }
    }
}
