//! What the base says to whoever shares statistics: which packages it has, and which batches it counted already. Never reads a batch.

use std::collections::{BTreeMap, BTreeSet};

use super::super::git::{Node, Tree};
use super::sparse::Reader;
use crate::error::Result;
use crate::model::evidence::{Answer, Ask, Fact, Unavailable};
use crate::model::file::Content;
use crate::model::ledger::{self, Counted};
use crate::model::name::{ObjectId, PackageName};
use crate::model::path::{Place, RepoPath};
use crate::model::week::Week;

/// The answers that are known.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// With one of its releases.
    packages: BTreeMap<PackageName, RepoPath>,
    /// Nothing where the file is no ledger.
    ledgers: BTreeMap<Week, Option<Vec<Counted>>>,
}

impl Statistics {
    pub fn package(&self, name: &PackageName) -> Answer {
        match self.packages.get(name) {
            Some(path) => Answer::Known(Fact::Paths(vec![path.clone()])),
            None => Answer::Absent,
        }
    }

    pub fn ledger(&self, week: Week) -> Answer {
        match self.ledgers.get(&week) {
            None => Answer::Known(Fact::Ledger(Vec::new())),
            Some(Some(counted)) => Answer::Known(Fact::Ledger(counted.clone())),
            Some(None) => {
                let why = format!("{} cannot be read; a maintainer must mend it", week.ledger());
                Answer::Unknown(Unavailable::Failed(why))
            }
        }
    }
}

/// The answers at a commit with this root; nothing where what they rest on cannot be had.
///
/// # Errors
/// Those of the reader.
pub(crate) async fn answers(
    reader: &impl Reader,
    root: &Tree,
    asks: &BTreeSet<Ask>,
) -> Result<Option<Statistics>> {
    let mut statistics = Statistics::default();
    let named = asks.iter().filter_map(|ask| match ask {
        Ask::Package(name) => Some((name, root.folder(name.as_str())?)),
        _ => None,
    });
    let named: BTreeMap<&PackageName, ObjectId> = named.collect();
    let folders = named.values().cloned().collect();
    let trees = reader.trees(&folders).await?;
    for (name, id) in named {
        let Some(tree) = trees.get(&id) else {
            return Ok(None);
        };
        let release = tree.nodes().filter(Node::is_file).find_map(|node| {
            let path = RepoPath::from_bytes(&[name.as_str().as_bytes(), b"/", node.name].concat());
            matches!(path.place(), Place::Release { .. }).then_some(path)
        });
        statistics
            .packages
            .extend(release.map(|path| (name.clone(), path)));
    }
    let weeks = asks.iter().filter_map(|ask| match ask {
        Ask::Ledger(week) => Some(*week),
        _ => None,
    });
    for week in weeks {
        match ledger_of(reader, root, week).await? {
            Ledger::None => {}
            Ledger::Missing => return Ok(None),
            Ledger::Read(bytes) => {
                let (mut counted, broken) = ledger::read(&bytes);
                counted.sort();
                let sound = broken.is_none().then_some(counted);
                statistics.ledgers.insert(week, sound);
            }
        }
    }
    Ok(Some(statistics))
}

/// A week's ledger.
enum Ledger {
    /// There is none.
    None,
    /// It is there and cannot be had.
    Missing,
    Read(std::sync::Arc<[u8]>),
}

async fn ledger_of(reader: &impl Reader, root: &Tree, week: Week) -> Result<Ledger> {
    let path = week.ledger();
    let mut names: Vec<&str> = path.split('/').collect();
    let file = names.pop().unwrap_or_default();
    let mut tree = root.clone();
    for name in names {
        let Some(folder) = tree.folder(name) else {
            return Ok(Ledger::None);
        };
        let mut read = reader.trees(&BTreeSet::from([folder.clone()])).await?;
        match read.remove(&folder) {
            Some(below) => tree = below,
            None => return Ok(Ledger::Missing),
        }
    }
    let Some(id) = tree.get(file).filter(Node::is_file).map(|node| node.object()) else {
        return Ok(Ledger::None);
    };
    let mut contents = reader.blobs(&BTreeSet::from([id.clone()])).await?;
    Ok(match contents.remove(&id) {
        Some(Content::Bytes(bytes)) => Ledger::Read(bytes),
        _ => Ledger::Missing,
    })
}
