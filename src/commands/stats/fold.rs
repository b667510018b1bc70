//! One run of the fold: reads the inbox week by week and a few batches at a time, and puts what is to be written on a desk. Never holds all
//! batches, nor a whole ledger or the text of a file.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use super::accounts::{Accounts, Whose};
use super::anew::anew;
use super::desk::Desk;
use super::ledger::Lines;
use super::shelf::{Lying, Shelf};
use crate::error::{Error, Result};
use crate::model::ledger::Counted;
use crate::model::name::{ObjectId, Sha256};
use crate::model::policy::Stats as Settings;
use crate::model::progress::Progress;
use crate::model::week::Week;
use crate::stats::{self, Aside, History, Judged, Placed, Reason, Table, aside, judge};

/// Batches that are held at once.
const AT_ONCE: usize = 8;

/// What became of the inbox.
#[derive(Debug, Default)]
pub struct Outcome {
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
/// What the bot wrote cannot be read; what it writes now cannot be written.
pub async fn fold(
    shelf: &Shelf<'_>,
    accounts: &mut Accounts,
    most: usize,
    desk: impl FnOnce() -> Result<Desk>,
    progress: &(dyn Progress + Send + Sync),
) -> Result<(Outcome, Option<Desk>)> {
    let (mut lying, strange) = shelf.inbox()?;
    let mut outcome = Outcome {
        strange,
        postponed: lying.len().saturating_sub(most),
        ..Outcome::default()
    };
    lying.truncate(most);
    if lying.is_empty() {
        return Ok((outcome, None));
    }
    let settings = shelf.settings().await?.stats;
    progress.start("folding batches", Some(lying.len()));
    let mut fold = Fold {
        shelf,
        settings: &settings,
        desk: desk()?,
    };
    for of_week in lying.chunk_by(|a, b| a.week == b.week) {
        fold.week(of_week, accounts, progress, &mut outcome).await?;
    }
    Ok((outcome, Some(fold.desk)))
}

struct Fold<'f> {
    shelf: &'f Shelf<'f>,
    settings: &'f Settings,
    desk: Desk,
}

/// A batch as it was judged, with what tells it.
struct Arrived {
    aside: Aside,
    judged: Judged,
}

impl Fold<'_> {
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
        let mut batches = stats::Week::new(self.ledger(week).await?, self.quarantine(week).await?);
        let mut table = Table::default();
        self.sums(week, &mut table).await?;
        let mut before = Table::default();
        for week in History::weeks(week) {
            self.sums(week, &mut before).await?;
        }
        let history = History::of(before);
        let mut ledger = self.desk.text()?;
        let mut line = String::new();
        let mut counts = |counted: &Counted| {
            line.clear();
            counted.write(&mut line);
            ledger.add(&line)
        };
        let mut folded = Folded::default();
        for chunk in lying.chunks(AT_ONCE) {
            let whose = accounts.of(chunk).await;
            let judge = |batch: &Lying, blob, bytes: &[u8]| self.judged(batch, blob, bytes, &history);
            let judged = self.shelf.batches(chunk, judge).await?;
            for ((batch, whose), arrived) in chunk.iter().zip(whose).zip(judged) {
                let Some(Arrived { mut aside, judged }) = arrived else {
                    continue;
                };
                let judged = match (judged, whose) {
                    (_, Whose::Unchecked(why)) => {
                        outcome.unchecked.push((batch.path(), why));
                        continue;
                    }
                    (Judged::Sound(..), Whose::Nobody(why)) => Judged::Unsound(why),
                    (judged, Whose::Nobody(_)) => judged,
                    (judged, Whose::Account(account)) => {
                        aside.account = Some(account);
                        judged
                    }
                };
                self.desk.remove(batch.path())?;
                match (judged, aside.account) {
                    (Judged::Sound(batch_id, rows), Some(account)) => {
                        let Aside { sha256, blob, .. } = aside;
                        let counted = Counted {
                            batch: batch_id,
                            sha256,
                            account,
                            blob,
                        };
                        match batches.place(counted, &mut counts)? {
                            Placed::Counts => {
                                table.add(&rows);
                                folded.counted += 1;
                            }
                            Placed::Known => folded.known += 1,
                            Placed::Aside => {
                                let why = "another batch of its account or id counts".to_owned();
                                folded.aside.push((batch.path(), why));
                            }
                        }
                    }
                    (Judged::Sound(..), None) => {}
                    (Judged::Unsound(why), _) => {
                        aside.reason = Reason::Unsound(why.clone());
                        batches.set_aside(aside, &mut counts)?;
                        folded.aside.push((batch.path(), why));
                    }
                }
            }
            progress.advance(chunk.len());
        }
        let decided = batches.finish(&mut counts)?;
        folded.anew = decided.anew;
        self.desk.put(self.shelf, &week.ledger(), ledger).await?;
        if folded.anew {
            let path = week.ledger();
            let file = self.desk.open(self.shelf, &path).await?;
            table = anew(self.shelf, week, Lines::new(path, file), lying).await?;
        }
        let mut quarantine = self.desk.text()?;
        quarantine.add(&aside::write(&decided.aside))?;
        self.desk.put(self.shelf, &week.quarantine(), quarantine).await?;
        let mut sums = self.desk.text()?;
        table.lines().try_for_each(|lines| sums.add(&lines))?;
        self.desk.put(self.shelf, &week.aggregates(), sums).await?;
        outcome.weeks.insert(week, folded);
        Ok(())
    }

    /// The batches of a week that counted before.
    async fn ledger(&self, week: Week) -> Result<Lines<'static>> {
        let path = week.ledger();
        let file = self.shelf.file(&path).await?;
        Ok(Lines::new(
            path,
            file.unwrap_or_else(|| Box::new(std::io::empty())),
        ))
    }

    /// The batches of a week that were set aside before.
    async fn quarantine(&self, week: Week) -> Result<Vec<Aside>> {
        let path = week.quarantine();
        let mut bytes = Vec::new();
        if let Some(mut file) = self.shelf.file(&path).await? {
            file.read_to_end(&mut bytes)?;
        }
        match aside::read(&bytes) {
            (aside, None) => Ok(aside),
            (_, Some(line)) => Err(Error::CouldNotCheck(format!(
                "{path}, line {line}, cannot be read; a maintainer must mend it"
            ))),
        }
    }

    /// Adds the sums of a week, as this run has them.
    async fn sums(&self, week: Week, to: &mut Table) -> Result<()> {
        let mut file = self.desk.open(self.shelf, &week.aggregates()).await?;
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line)? > 0 {
            to.add_line(&line);
            line.clear();
        }
        Ok(())
    }

    /// What a file means.
    fn judged(&self, batch: &Lying, blob: ObjectId, bytes: &[u8], history: &History) -> Arrived {
        let name = batch.name.to_string();
        let judged = judge::judge(&name, batch.week, bytes, self.settings, history);
        let aside = Aside {
            batch: name,
            sha256: Sha256::of(bytes),
            account: None,
            blob,
            reason: Reason::Unsound(String::new()),
        };
        Arrived { aside, judged }
    }
}
