//! Which files of a tree the index is made from, and what one of them means. Never looks at two of them together.

use serde::{Deserialize, Serialize};

use super::advice::Advice;
use super::packages::Package;
use super::publisher::{self, Made, Publisher, Reading};
use super::total::Claimed;
use super::used::{self, Installs};
use crate::finding::{Finding, Severity};
use crate::model::blob::BlobId;
use crate::model::file::MAX_JSON_BYTES;
use crate::model::listing::Item;
use crate::model::name::{Login, Name};
use crate::model::path::{Place, RESERVED, RepoPath};

/// Largest week of aggregates that is read, in bytes: it holds a line for each module and event.
const MAX_AGGREGATES: u64 = 64 << 20;

/// Folders of the root that hold what an index is made from, or the index itself, though no publisher may have their names.
const READ: [&str; 4] = ["advisories", "index", "osv", "stats"];

/// Folders of the root below which nothing is any source of an index, nor part of one: `owners/` has a file for each publisher.
pub fn passed_over() -> impl Iterator<Item = &'static str> {
    RESERVED.iter().copied().filter(|name| !READ.contains(name))
}

/// What kind of source a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{folder}/registry.json`
    Publisher,
    /// `{folder}/advisories.json`, `advisories/{id}.json`
    Advisories,
    /// `stats/{year}/W{nn}.jsonl`
    Aggregates,
    /// `{package}/{package}-{version}.msgpack`
    Release,
}

/// A file that the index is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What kind it is.
    pub kind: Kind,
    /// Its path.
    pub path: &'a str,
    /// What is listed of it.
    pub item: &'a Item,
    /// Where it is listed.
    pub at: usize,
}

impl Source<'_> {
    /// The folder of the root that it lies in.
    pub fn folder(&self) -> &str {
        self.path.split_once('/').map_or("", |(folder, _)| folder)
    }

    /// How large it may be, in bytes.
    pub fn most(&self) -> u64 {
        match self.kind {
            Kind::Publisher | Kind::Advisories => MAX_JSON_BYTES as u64,
            Kind::Aggregates => MAX_AGGREGATES,
            Kind::Release => u64::MAX,
        }
    }
}

/// What a source means: what is kept of it from one run to the next, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry<'a> {
    /// A publisher's modules.
    Publisher(#[serde(borrow)] Publisher<'a>),
    /// Advisories.
    Advisories(Advice),
    /// A week's installs.
    Aggregates(#[serde(borrow)] Installs<'a>),
    /// A package: all its releases together.
    Package(Box<Package>),
    /// A file of the index that is made of many sources: its id.
    File(BlobId),
    /// An `INDEX.json`: what it says of how much there was.
    Index(Claimed),
}

/// What was read of a source.
#[derive(Debug)]
pub enum Read {
    /// What it means, and the bytes of its own file in the index where it has one.
    Sound(Entry<'static>, Option<Vec<u8>>),
    /// It cannot be read, or not all of it.
    Broken(Broken),
}

/// A source that cannot be read, or not all of it.
#[derive(Debug)]
pub struct Broken {
    /// What is wrong, with places.
    pub faults: Vec<Finding>,
    /// The modules that cannot be read; nothing when none can.
    pub lost: Option<Vec<String>>,
    /// What can be read, as in [`Read::Sound`].
    pub rest: Option<Box<(Entry<'static>, Option<Vec<u8>>)>>,
}

/// What kind of source a path is; a fault where it stands in a folder that can be nobody's.
pub(super) fn look(path: &str) -> Option<Result<Kind, Box<Finding>>> {
    // Most files are none, and that is seen at once: half of them are the index itself.
    let ends = [".json", ".jsonl", ".msgpack"];
    let is_own = path.starts_with("index/") || path.starts_with("osv/");
    if is_own || !ends.iter().any(|end| path.ends_with(end)) {
        return None;
    }
    kind(path)
}

/// The folder of a publisher, where a path is that of its modules.
pub fn publisher(path: &str) -> Option<&str> {
    match kind(path) {
        Some(Ok(Kind::Publisher)) => path.split_once('/').map(|(folder, _)| folder),
        _ => None,
    }
}

fn kind(path: &str) -> Option<Result<Kind, Box<Finding>>> {
    if used::week(path).is_some() {
        return Some(Ok(Kind::Aggregates));
    }
    match RepoPath::new(path).place() {
        // A file of that name in a folder of the layout is nobody's.
        Place::PublisherModules { folder } if RESERVED.contains(&folder.as_str()) => None,
        Place::PublisherModules { folder } => Some(match Login::parse(&folder) {
            Ok(_) => Ok(Kind::Publisher),
            Err(invalid) => {
                let message = format!("the folder's name is {invalid}");
                let finding = Finding::new("author-is-owner", Severity::Error, path, message);
                let help = "name the folder after the publisher's account";
                Err(Box::new(finding.path(&RepoPath::new(path)).help(help)))
            }
        }),
        Place::PublisherAdvisories { .. } | Place::MaintainerAdvisory { .. } => Some(Ok(Kind::Advisories)),
        Place::Release { .. } => Some(Ok(Kind::Release)),
        Place::StatsBatch { .. } | Place::Settings | Place::Owner { .. } => None,
        Place::BotOwned | Place::PassedOver | Place::Unknown => None,
    }
}

/// What these bytes mean as a source; `blob` is their id.
pub fn read(source: &Source<'_>, blob: BlobId, bytes: &[u8]) -> Read {
    let own = |(publisher, bytes): Made| (Entry::Publisher(publisher), Some(bytes));
    match source.kind {
        Kind::Publisher => match publisher::read(source.folder(), blob, bytes) {
            Reading::Sound((publisher, bytes)) => Read::Sound(Entry::Publisher(publisher), Some(bytes)),
            Reading::Broken { faults, lost, rest } => Read::Broken(Broken {
                faults,
                lost,
                rest: rest.map(|made| Box::new(own(*made))),
            }),
        },
        Kind::Advisories => {
            let (advice, faults) = Advice::read(source.path, bytes);
            advised(advice, faults)
        }
        Kind::Aggregates => {
            let installs = Installs::read(bytes);
            let Some(line) = installs.broken else {
                return Read::Sound(Entry::Aggregates(installs), None);
            };
            let message = format!("line {line} is no JSON");
            let finding = Finding::new("json-syntax", Severity::Error, source.path, message);
            let help = "restore the file from before the line was broken; until then the line does not count";
            Read::Broken(Broken {
                faults: vec![finding.path(&RepoPath::new(source.path)).help(help)],
                lost: Some(Vec::new()),
                rest: Some(Box::new((Entry::Aggregates(installs), None))),
            })
        }
        // A release is read piece by piece, and never comes here.
        Kind::Release => unreadable(source, "it is no DNA file"),
    }
}

fn advised(advice: Option<Advice>, faults: Vec<Finding>) -> Read {
    match advice {
        Some(advice) if faults.is_empty() => Read::Sound(Entry::Advisories(advice), None),
        advice => Read::Broken(Broken {
            faults,
            lost: None,
            rest: advice.map(|advice| Box::new((Entry::Advisories(advice), None))),
        }),
    }
}

/// A source whose bytes cannot be had: why.
pub fn unreadable(source: &Source<'_>, why: &str) -> Read {
    Read::Broken(Broken {
        faults: vec![fault(source, why)],
        ..nothing()
    })
}

/// Nothing is known of a source, and nothing is said.
pub fn nothing() -> Broken {
    Broken {
        faults: Vec::new(),
        lost: None,
        rest: None,
    }
}

/// Why a source cannot be read.
pub fn fault(source: &Source<'_>, why: &str) -> Finding {
    let rule = if source.item.is_file() {
        "unreadable"
    } else {
        "file-mode"
    };
    let finding = Finding::new(rule, Severity::Error, source.path, why);
    let help = "put a regular file that can be read in its place";
    finding.path(&RepoPath::new(source.path)).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_without_sources_are_passed_over() {
        let passed_over: Vec<&str> = passed_over().collect();
        for folder in ["owners", "docs", "target"] {
            assert!(passed_over.contains(&folder), "{folder}");
        }
        for folder in ["advisories", "index", "osv", "stats"] {
            assert!(!passed_over.contains(&folder), "{folder}");
        }
    }
}
