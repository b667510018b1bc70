//! Heads of DNA files -> a package's file in the index, its `-latest` link, and its part of INDEX.json. Never reads a DNA file; never drops a release that is sound.

mod file;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use file::{Artifact, Entry, PackageFile};

use super::publisher::pretty;
use super::{Output, Written, shard};
use crate::dna::head::{Counts, Head, HeadFault};
use crate::finding::{Finding, Severity};
use crate::model::blob::BlobId;
use crate::model::name::{PackageName, Sha256};
use crate::model::path::RepoPath;
use crate::model::version::{Version, latest};

/// A DNA file of the registry: what it is as a file, and its head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The package, which is the folder's name.
    pub package: PackageName,
    /// The version, as the file's name has it.
    pub version: String,
    /// The file's name without its folder.
    pub file_name: String,
    /// Its git object id.
    pub blob: BlobId,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// Its head.
    pub head: Head,
    /// Whether all this is from the previous index, because the file cannot be read now.
    pub carried: bool,
}

/// What a file is, whatever is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its git object id.
    pub blob: BlobId,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// What of all packages goes into the index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PackageOutputs {
    /// `index/package/…` and the `-latest` links, by path.
    pub outputs: Vec<Output>,
    /// The map `packages` of INDEX.json.
    pub summary: BTreeMap<String, PackageSummary>,
    /// Lines of `index/search.jsonl`, by name.
    pub search: Vec<SearchLine>,
    /// What INDEX.json says of all packages together.
    pub totals: PackageTotals,
}

/// A package in INDEX.json.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageSummary {
    /// The version to use where none is named; none where all are yanked.
    pub latest: Option<String>,
    /// All versions, newest first.
    pub versions: Vec<String>,
    /// The size of the latest release's DNA file in bytes; 0 where there is no latest.
    pub size: u64,
    /// Functions and methods of the latest release; 0 where there is no latest.
    pub functions: u64,
    /// When the newest release was uploaded, of those that say so.
    pub last_updated: Option<String>,
}

/// A package in `index/search.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SearchLine {
    /// The package.
    pub name: String,
    /// `package`.
    pub kind: &'static str,
    /// The summary, in one line.
    pub description: String,
    /// The latest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
}

/// What INDEX.json says of all packages together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PackageTotals {
    /// How many packages there are.
    pub packages: u64,
    /// The size of all DNA files together, in bytes.
    pub bytes: u64,
    /// Functions and methods of all latest releases.
    pub functions: u64,
}

impl PackageTotals {
    /// Adds a package with all its releases.
    pub fn add(&mut self, releases: &[&Release], summary: &PackageSummary) {
        self.packages += 1;
        self.functions = self.functions.saturating_add(summary.functions);
        let sizes = releases.iter().map(|release| release.size);
        self.bytes = sizes.fold(self.bytes, u64::saturating_add);
    }

    /// The size in millions of bytes, rounded to two decimals.
    pub fn megabytes(&self) -> f64 {
        // In whole hundredths first, so that every machine rounds alike.
        (self.bytes.saturating_add(5_000) / 10_000) as f64 / 100.0
    }
}

/// A release's file, or what is wrong with it. `path` is the place of a release:
/// `{package}/{package}-{version}.msgpack`.
///
/// # Errors
/// A finding, for files that are no DNA or the DNA of something else. A file that could not be read at all is one, too.
pub fn release(
    package: &PackageName,
    version: &str,
    facts: FileFacts,
    head: Result<Head, HeadFault>,
) -> Result<Release, Box<Finding>> {
    let file_name = format!("{package}-{version}.msgpack");
    let path = RepoPath::new(&format!("{package}/{file_name}"));
    let finding = |rule, message: String, help: &str| {
        let subject = format!("{package} {version}");
        Box::new(
            Finding::new(rule, Severity::Error, subject, message)
                .path(&path)
                .help(help),
        )
    };
    let head = head.map_err(|fault| {
        let help = match fault {
            HeadFault::Unreadable(_) => {
                "run it again; if it stays so, look at the file's permissions and at the disk"
            }
            _ => "make the file anew with `gistry parse`, or remove it",
        };
        finding("dna-format", fault.to_string(), help)
    })?;
    if head.package != *package || head.release != version {
        let message = format!("the file is the DNA of {} {}", head.package, shown(&head.release));
        let help = "a DNA file is named {package}/{package}-{version}.msgpack, as its head says";
        return Err(finding("dna-name", message, help));
    }
    Ok(Release {
        package: package.clone(),
        version: version.to_owned(),
        file_name,
        blob: facts.blob,
        sha256: facts.sha256,
        size: facts.size,
        head,
        carried: false,
    })
}

/// A text of a file, short enough to be shown.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Everything that the index says about packages.
pub fn build(releases: &[Release]) -> PackageOutputs {
    let mut packages: BTreeMap<&PackageName, Vec<&Release>> = BTreeMap::new();
    for release in releases {
        packages.entry(&release.package).or_default().push(release);
    }
    let mut all = PackageOutputs::default();
    for (name, releases) in packages {
        let (outputs, summary, search) = package(name, &releases);
        all.totals.add(&releases, &summary);
        all.outputs.extend(outputs);
        all.summary.insert(name.as_str().to_owned(), summary);
        all.search.push(search);
    }
    all.outputs.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// What the index says about one package, of which these are the releases, each version once.
pub fn package(name: &PackageName, releases: &[&Release]) -> (Vec<Output>, PackageSummary, SearchLine) {
    let mut sorted: Vec<(Version, &Release)> = releases
        .iter()
        .map(|release| (Version::new(&release.version), *release))
        .collect();
    sorted.sort_by(|(a, _), (b, _)| b.cmp(a));
    let offered = sorted
        .iter()
        .map(|(version, release)| (version, release.head.yanked.is_some()));
    let newest = latest(offered).map(|version| version.as_str().to_owned());
    let used = sorted
        .iter()
        .find(|(version, _)| Some(version.as_str()) == newest.as_deref())
        .map(|(_, release)| *release);
    let file = PackageFile::new(name, newest.clone(), releases);
    let mut bytes = Vec::new();
    pretty(&file, &mut bytes);
    let mut outputs = vec![Output {
        path: package_path(name),
        content: Written::File(bytes),
    }];
    if let Some(used) = used {
        outputs.push(Output {
            path: format!("{name}/{name}-latest.msgpack"),
            content: Written::Link(used.file_name.clone()),
        });
    }
    let uploaded = sorted
        .iter()
        .find_map(|(_, release)| release.head.source.upload_time.as_ref());
    let summary = PackageSummary {
        latest: newest.clone(),
        versions: sorted
            .iter()
            .map(|(version, _)| version.as_str().to_owned())
            .collect(),
        size: used.map_or(0, |release| release.size),
        functions: used.map_or(0, |release| functions(&release.head.counts)),
        last_updated: uploaded.map(|time| time.as_str().to_owned()),
    };
    let described = used.or(sorted.first().map(|(_, release)| *release));
    let search = SearchLine {
        name: name.as_str().to_owned(),
        kind: "package",
        description: described.map_or_else(String::new, |release| one_line(release.head.summary.as_deref())),
        latest: newest,
    };
    (outputs, summary, search)
}

/// `index/package/{shard}/{name}.json`
pub fn package_path(name: &PackageName) -> String {
    format!("index/package/{}.json", shard::named(name.as_str()))
}

fn functions(counts: &Counts) -> u64 {
    counts.functions.saturating_add(counts.methods)
}

/// The longest description of a package in the search file, in characters; what PyPI allows a summary.
const MAX_DESCRIPTION: usize = 512;

fn one_line(summary: Option<&str>) -> String {
    let words = summary.unwrap_or_default().split_whitespace();
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_DESCRIPTION).collect()
}

#[cfg(test)]
mod tests;
