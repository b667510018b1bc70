//! `INDEX.json` and `index/search.jsonl`: packages, totals, and the lines that a search reads. Never counts by itself; it is told.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::build::{Desk, Planned};
use super::packages::{Package, Summary};
use super::publisher::{Publisher, line, pretty};
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

/// What an `INDEX.json` says of how much there was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// How many modules.
    #[serde(default, rename = "total_modules")]
    pub modules: usize,
    /// How many advisories.
    #[serde(default, rename = "total_advisories")]
    pub advisories: usize,
}

impl Claimed {
    /// What an `INDEX.json` with these totals says.
    pub(super) fn of(totals: Totals) -> Self {
        Self {
            modules: totals.modules,
            advisories: totals.advisories,
        }
    }

    /// By the file's bytes. What is no `INDEX.json` says nothing.
    pub(super) fn read(bytes: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        struct Said {
            #[serde(default)]
            stats: Claimed,
        }
        let said: Said = serde_json::from_slice(bytes).unwrap_or_default();
        said.stats
    }
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

impl Stats {
    fn of(totals: Totals) -> Self {
        Self {
            total_packages: totals.packages,
            total_size_mb: megabytes(totals.bytes),
            total_functions: totals.functions,
            total_modules: totals.modules,
            total_publishers: totals.publishers,
            total_advisories: totals.advisories,
            total_installs: totals.installs,
        }
    }
}

/// Millions of bytes to two places, written as JavaScript would: `0`, `1.5`.
fn megabytes(bytes: u64) -> serde_json::Number {
    let hundredths = bytes.saturating_add(5_000) / 10_000;
    if hundredths.is_multiple_of(100) {
        return (hundredths / 100).into();
    }
    serde_json::Number::from_f64(hundredths as f64 / 100.0).unwrap_or_else(|| 0.into())
}

/// `INDEX.json`, of packages by name.
pub fn index(packages: &[&Package], totals: Totals) -> Output {
    let rows = |packages: &[&Package]| {
        let mut rows = Vec::with_capacity(packages.len() * 512);
        for package in packages {
            row(package.name.as_str(), &package.summary, &mut rows);
        }
        rows
    };
    let rows: Vec<Vec<u8>> = packages.par_chunks(512).map(rows).collect();
    let mut bytes = Vec::with_capacity(rows.iter().map(Vec::len).sum::<usize>() + 512);
    bytes.extend_from_slice(b"{\n  \"version\": 1,\n  \"packages\": {");
    rows.iter().for_each(|rows| bytes.extend_from_slice(rows));
    if !packages.is_empty() {
        // After the last one no comma stands.
        bytes.pop();
        bytes.extend_from_slice(b"\n  ");
    }
    bytes.extend_from_slice(b"},\n  \"stats\": ");
    let mut last = Vec::new();
    pretty(&Stats::of(totals), &mut last);
    bytes.extend_from_slice(
        String::from_utf8_lossy(last.trim_ascii_end())
            .replace('\n', "\n  ")
            .as_bytes(),
    );
    bytes.extend_from_slice(b"\n}\n");
    Output {
        path: "INDEX.json".into(),
        content: Written::File(bytes),
    }
}

/// A package's part of `INDEX.json`, as serde would write it with two spaces a level, and a comma: a quarter of the time.
fn row(name: &str, summary: &Summary, into: &mut Vec<u8>) {
    let mut versions = summary.versions().peekable();
    let is_empty = versions.peek().is_none();
    into.extend_from_slice(b"\n    ");
    text(name, into);
    into.extend_from_slice(b": {\n      \"latest\": ");
    optional(summary.latest.as_deref(), into);
    into.extend_from_slice(b",\n      \"versions\": [");
    for (at, version) in versions.enumerate() {
        into.extend_from_slice(if at == 0 { b"\n        " } else { b",\n        " });
        text(version, into);
    }
    into.extend_from_slice(if is_empty { b"]" } else { b"\n      ]" });
    into.extend_from_slice(b",\n      \"size\": ");
    line(&summary.size, into);
    into.extend_from_slice(b",\n      \"functions\": ");
    line(&summary.functions, into);
    into.extend_from_slice(b",\n      \"last_updated\": ");
    optional(summary.last_updated.as_deref(), into);
    into.extend_from_slice(b"\n    },");
}

/// Appends a text as JSON. Nearly none has anything to escape.
fn text(text: &str, into: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if !text.bytes().all(is_plain) {
        return line(&text, into);
    }
    into.push(b'"');
    into.extend_from_slice(text.as_bytes());
    into.push(b'"');
}

fn optional(found: Option<&str>, into: &mut Vec<u8>) {
    match found {
        Some(found) => text(found, into),
        None => into.extend_from_slice(b"null"),
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
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::package::PackageSummary;
    use super::*;
    use crate::model::name::{Name, PackageName};

    /// The file as its format says it.
    #[derive(Serialize)]
    struct Index<'a> {
        version: u8,
        packages: BTreeMap<&'a str, &'a PackageSummary>,
        stats: Stats,
    }

    fn summary() -> impl Strategy<Value = PackageSummary> {
        let texts = (any::<Option<String>>(), any::<Option<String>>());
        let versions = prop::collection::vec("[^\\n]{0,9}", 0..4);
        (texts, versions, any::<(u64, u64)>()).prop_map(
            |((latest, last_updated), versions, (size, functions))| PackageSummary {
                latest,
                versions,
                size,
                functions,
                last_updated,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_file_is_as_serde_writes_it(summaries in prop::collection::btree_map("[a-z]{1,6}", summary(), 0..6)) {
            let package = |(name, summary): (&String, &PackageSummary)| Package {
                name: PackageName::parse(name).unwrap(),
                written: BlobId::of(b""),
                link: None,
                summary: summary.clone().into(),
                search: String::new(),
                bytes: 0,
                yanked: Vec::new(),
            };
            let packages: Vec<Package> = summaries.iter().map(package).collect();
            let totals = Totals { bytes: 12_345_678, modules: 7, advisories: 9, ..Totals::default() };
            let Written::File(bytes) = index(&packages.iter().collect::<Vec<_>>(), totals).content else {
                panic!()
            };
            let expected = Index {
                version: 1,
                packages: summaries.iter().map(|(name, summary)| (name.as_str(), summary)).collect(),
                stats: Stats::of(totals),
            };
            let mut text = Vec::new();
            pretty(&expected, &mut text);
            prop_assert_eq!(Claimed::read(&bytes), Claimed { modules: 7, advisories: 9 });
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), String::from_utf8(text).unwrap());
        }
    }

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
