//! One run of the fold: reads the inbox week by week and a few batches at a time, and says what is to be written. Never writes, and never holds
//! all batches.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::accounts::{Accounts, Whose};
use super::shelf::{Found, Lying, Shelf};
use crate::error::{Error, Result};
use crate::io::git::{Edit, Stored};
use crate::model::file::Content;
use crate::model::ledger;
use crate::model::name::{ObjectId, Sha256};
use crate::model::policy::Stats as Settings;
use crate::model::progress::Progress;
use crate::model::week::Week;
use crate::stats::{self, Arrived, History, Judged, Placed, Table, aside, judge};

/// Batches that are held at once.
const AT_ONCE: usize = 128;

/// What became of the inbox.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is to be written.
    pub edits: Vec<Edit>,
    /// The weeks that were folded.
    pub weeks: BTreeMap<Week, Folded>,
    /// Batches that stay in the inbox, since nobody could say whose they are: path and why.
    pub unchecked: Vec<(String, String)>,
    /// What else lies in the inbox, and is left there.
    pub strange: Vec<String>,
    /// Batches that are left for the next run.
    pub postponed: usize,
}

/// What became of a week's batches.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Folded {
    /// Batches that count from now on.
    pub counted: usize,
    /// Batches that were known before.
    pub known: usize,
    /// Batches that were set aside: path and why.
    pub aside: Vec<(String, String)>,
    /// Whether it was summed anew.
    pub anew: bool,
}

impl Outcome {
    /// Batches that count from now on.
    pub fn counted(&self) -> usize {
        self.weeks.values().map(|week| week.counted).sum()
    }

    /// Batches that were set aside.
    pub fn aside(&self) -> usize {
        self.weeks.values().map(|week| week.aside.len()).sum()
    }
}

/// Folds the inbox, or as much of it as is allowed at once.
///
/// # Errors
/// What the bot wrote cannot be read.
pub async fn fold(
    shelf: &Shelf<'_>,
    accounts: &mut Accounts,
    most: usize,
    progress: &(dyn Progress + Send + Sync),
) -> Result<Outcome> {
    let (mut lying, strange) = shelf.inbox()?;
    let mut outcome = Outcome {
        strange,
        postponed: lying.len().saturating_sub(most),
        ..Outcome::default()
    };
    lying.truncate(most);
    if lying.is_empty() {
        return Ok(outcome);
    }
    let settings = shelf.settings().await?.stats;
    progress.start("folding batches", Some(lying.len()));
    let mut fold = Fold {
        shelf,
        settings: &settings,
        written: BTreeMap::new(),
    };
    for of_week in lying.chunk_by(|a, b| a.week == b.week) {
        fold.week(of_week, accounts, progress, &mut outcome).await?;
    }
    let written = fold.written.into_iter();
    outcome.edits.extend(written.map(|(path, text)| Edit {
        path,
        content: text.map(|text| Stored::File(text.into_bytes())),
    }));
    Ok(outcome)
}

struct Fold<'f> {
    shelf: &'f Shelf<'f>,
    settings: &'f Settings,
    /// What this run writes; nothing deletes.
    written: BTreeMap<String, Option<String>>,
}

impl Fold<'_> {
    /// A file of the bot, as this run has it.
    async fn file(&self, path: &str) -> Result<Vec<u8>> {
        match self.written.get(path) {
            Some(text) => Ok(text.clone().unwrap_or_default().into_bytes()),
            None => Ok(self.shelf.file(path).await?.unwrap_or_default()),
        }
    }

    async fn week(
        &mut self,
        lying: &[Lying],
        accounts: &mut Accounts,
        progress: &(dyn Progress + Send + Sync),
        outcome: &mut Outcome,
    ) -> Result<()> {
        let Some(week) = lying.first().map(|batch| batch.week) else {
            return Ok(());
        };
        let mut batches = self.batches(week).await?;
        let mut table = Table::read(&self.file(&week.aggregates()).await?);
        let mut tables = Vec::new();
        for before in History::weeks(week) {
            tables.push(Table::read(&self.file(&before.aggregates()).await?));
        }
        let history = History::of(tables.into_iter());
        let mut folded = Folded::default();
        for chunk in lying.chunks(AT_ONCE) {
            let chunk: Vec<&Lying> = chunk.iter().collect();
            let whose = accounts.of(&chunk).await;
            let contents = self.shelf.batches(&chunk).await?;
            let judged = self.judged(week, &chunk, contents, &history);
            for ((batch, whose), judged) in chunk.iter().zip(whose).zip(judged) {
                let Some((arrived, judged)) = judged else { continue };
                let (judged, account) = match (judged, whose) {
                    (_, Whose::Unchecked(why)) => {
                        outcome.unchecked.push((batch.path(), why));
                        continue;
                    }
                    (Judged::Sound(..), Whose::Nobody(why)) => (Judged::Unsound(why), None),
                    (judged, Whose::Nobody(_)) => (judged, None),
                    (judged, Whose::Account(account)) => (judged, Some(account)),
                };
                self.written.insert(batch.path(), None);
                match (judged, account) {
                    (Judged::Sound(id, rows), Some(account)) => {
                        match batches.place(id, arrived, account) {
                            Placed::Counts => table.add(&rows),
                            Placed::Displaces => folded.anew = true,
                            Placed::Known => {
                                folded.known += 1;
                                continue;
                            }
                            Placed::Aside => {
                                let why = "another batch of its account or id counts".to_owned();
                                folded.aside.push((batch.path(), why));
                                continue;
                            }
                        }
                        folded.counted += 1;
                    }
                    (Judged::Sound(..), None) => {}
                    (Judged::Unsound(why), account) => {
                        batches.set_aside(arrived, account, why.clone());
                        folded.aside.push((batch.path(), why));
                    }
                }
            }
            progress.advance(chunk.len());
        }
        if folded.anew {
            table = self.anew(week, &batches, lying).await?;
        }
        self.write(week, &batches, &table).await?;
        outcome.weeks.insert(week, folded);
        Ok(())
    }

    /// The batches of a week that were folded before.
    async fn batches(&self, week: Week) -> Result<stats::Week> {
        let broken = |path: String, line: Option<usize>| match line {
            None => Ok(()),
            Some(line) => Err(Error::CouldNotCheck(format!(
                "{path}, line {line}, cannot be read; a maintainer must mend it"
            ))),
        };
        let (counted, line) = ledger::read(&self.file(&week.ledger()).await?);
        broken(week.ledger(), line)?;
        let (aside, line) = aside::read(&self.file(&week.quarantine()).await?);
        broken(week.quarantine(), line)?;
        Ok(stats::Week::of(counted, aside))
    }

    /// Reads what the files mean, on all cores; nothing for what is no file any more.
    fn judged(
        &self,
        week: Week,
        chunk: &[&Lying],
        contents: Vec<Option<Found>>,
        history: &History,
    ) -> Vec<Option<(Arrived, Judged)>> {
        let one = |(batch, content): (&&Lying, Option<Found>)| {
            let (blob, bytes) = content?;
            let arrived = Arrived {
                name: batch.name.to_string(),
                sha256: Sha256::of(&bytes),
                blob,
            };
            let judged = judge::judge(&batch.name, week, &bytes, self.settings, history);
            Some((arrived, judged))
        };
        chunk.par_iter().zip(contents).map(one).collect()
    }

    /// The sums of all batches of a week that count.
    async fn anew(&self, week: Week, batches: &stats::Week, lying: &[Lying]) -> Result<Table> {
        let mut table = Table::default();
        let here: Vec<&Lying> = lying.iter().collect();
        let mut own = BTreeMap::new();
        for chunk in here.chunks(AT_ONCE) {
            for (batch, content) in chunk.iter().zip(self.shelf.batches(chunk).await?) {
                own.extend(content.map(|(blob, _)| (blob, *batch)));
            }
        }
        let counted: Vec<ledger::Counted> = batches.counted().collect();
        for chunk in counted.chunks(AT_ONCE) {
            let (near, far): (Vec<_>, Vec<_>) =
                chunk.iter().partition(|counted| own.contains_key(&counted.blob));
            let near_batches: Vec<&Lying> = near
                .iter()
                .filter_map(|counted| own.get(&counted.blob).copied())
                .collect();
            let near_bytes = self.shelf.batches(&near_batches).await?;
            for (counted, content) in near.iter().zip(near_bytes) {
                table.add(&rows(week, counted, content.as_ref().map(|(_, bytes)| &**bytes))?);
            }
            let ids: BTreeSet<ObjectId> = far.iter().map(|counted| counted.blob.clone()).collect();
            let contents = if ids.is_empty() {
                Default::default()
            } else {
                self.shelf.folded(&ids).await?
            };
            for counted in far {
                let bytes = match contents.get(&counted.blob) {
                    Some(Content::Bytes(bytes)) => Some(&**bytes),
                    _ => None,
                };
                table.add(&rows(week, counted, bytes)?);
            }
        }
        Ok(table)
    }

    async fn write(&mut self, week: Week, batches: &stats::Week, table: &Table) -> Result<()> {
        let mut text = String::new();
        batches.counted().for_each(|counted| counted.write(&mut text));
        let texts = [
            (week.ledger(), text),
            (week.quarantine(), aside::write(&batches.aside())),
            (week.aggregates(), table.write()),
        ];
        for (path, text) in texts {
            let before = self.file(&path).await?;
            if before != text.as_bytes() {
                self.written
                    .insert(path, Some(text).filter(|text| !text.is_empty()));
            }
        }
        Ok(())
    }
}

/// The rows of a batch that counts, as it lies in the history.
///
/// # Errors
/// Could not check where it is not there, or another one is.
pub fn rows(
    week: Week,
    counted: &ledger::Counted,
    bytes: Option<&[u8]>,
) -> Result<Vec<crate::model::batch::Row>> {
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
