//! The sums of a week from the batches that its ledger names: what lies in the inbox, and what git still has. Never decides which these are.

use std::collections::{BTreeSet, HashMap};

use super::ledger::Lines;
use super::shelf::{BatchName, Lying, Shelf};
use crate::error::{Error, Result};
use crate::model::batch::Row;
use crate::model::file::Content;
use crate::model::ledger::Counted;
use crate::model::name::{ObjectId, Sha256};
use crate::model::policy::Stats as Settings;
use crate::model::week::Week;
use crate::stats::{History, Judged, Table, judge};

/// Batches that are held at once.
const AT_ONCE: usize = 128;

/// The sums of all batches of a week that count; what lies in the inbox is in order.
///
/// # Errors
/// Could not check where a batch is not there any more, or another one is.
pub async fn anew(shelf: &Shelf<'_>, week: Week, mut ledger: Lines<'_>, lying: &[Lying]) -> Result<Table> {
    let mut table = Table::default();
    loop {
        let chunk: Vec<Counted> = ledger.by_ref().take(AT_ONCE).collect::<Result<_>>()?;
        if chunk.is_empty() {
            return Ok(table);
        }
        let here = chunk.iter().filter_map(|counted| {
            let name = BatchName::Id(counted.batch);
            let at = lying.binary_search_by(|lying| lying.name.cmp(&name)).ok()?;
            lying.get(at).cloned()
        });
        let here: Vec<Lying> = here.collect();
        let near = shelf
            .batches(&here, |_, blob, bytes| (blob, bytes.to_vec()))
            .await?;
        let near: HashMap<ObjectId, Vec<u8>> = near.into_iter().flatten().collect();
        let blobs = chunk.iter().map(|counted| &counted.blob);
        let ids: BTreeSet<ObjectId> = blobs.filter(|blob| !near.contains_key(blob)).cloned().collect();
        let far = match ids.is_empty() {
            true => HashMap::default(),
            false => shelf.folded(&ids).await?,
        };
        for counted in &chunk {
            let bytes = match (near.get(&counted.blob), far.get(&counted.blob)) {
                (Some(bytes), _) => Some(bytes.as_slice()),
                (None, Some(Content::Bytes(bytes))) => Some(&**bytes),
                _ => None,
            };
            table.add(&rows(week, counted, bytes)?);
        }
    }
}

/// The rows of a batch that counts, as it lies in the history.
///
/// # Errors
/// Could not check where it is not there, or another one is.
pub fn rows(week: Week, counted: &Counted, bytes: Option<&[u8]>) -> Result<Vec<Row>> {
    let fault = |what: &str| {
        Error::CouldNotCheck(format!(
            "the batch {} of {week} (blob {}) {what}",
            counted.batch, counted.blob
        ))
    };
    let bytes = bytes.ok_or_else(|| fault("is not in the history that is here; fetch all of it"))?;
    if Sha256::of(bytes) != counted.sha256 {
        return Err(fault("has another digest than the ledger says"));
    }
    // The caps of today are not those of its day.
    let settings = Settings {
        max_count: u64::MAX,
        max_total: u64::MAX,
        ..crate::model::policy::Policy::default().stats
    };
    match judge::judge(
        &counted.batch.to_string(),
        week,
        bytes,
        &settings,
        &History::default(),
    ) {
        Judged::Sound(_, rows) => Ok(rows),
        Judged::Unsound(why) => Err(fault(&format!("is no batch: {why}"))),
    }
}
