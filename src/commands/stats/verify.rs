//! `gistry stats verify`: makes the aggregates again from the history, and compares. Never writes, and never asks GitHub.

use std::collections::{BTreeMap, BTreeSet};

use super::anew::rows;
use crate::cli::StatsVerify;
use crate::commands::World;
use crate::error::{Error, Result};
use crate::io::git::LocalClone;
use crate::model::file::Content;
use crate::model::ledger::{self, Counted};
use crate::model::name::{Name, ObjectId};
use crate::model::path::{Place, RepoPath};
use crate::model::week::Week;
use crate::render::stats::Verified;
use crate::stats::{self, Aside, Table, aside};

/// Batches that are held at once.
const AT_ONCE: usize = 128;

/// Checks every week.
pub(super) async fn run(world: &World, args: &StatsVerify) -> Result<u8> {
    let clone = LocalClone::open(&world.dir.join(&args.dir)).await?;
    let commit = clone.commit(&args.rev).await?;
    let files = clone.files_below(&commit, "stats").await?;
    let brought = clone.brought(&commit, "stats/inbox").await?;
    let mut check = Check {
        clone: &clone,
        files: &files,
        told: Verified::default(),
    };
    let came: BTreeSet<&ObjectId> = brought.iter().map(|(_, blob)| blob).collect();
    let mut known: BTreeSet<ObjectId> = BTreeSet::new();
    let weeks: BTreeSet<Week> = files
        .keys()
        .filter_map(|path| {
            Week::of_aggregates(path)
                .or(Week::of_ledger(path))
                .or(Week::of_quarantine(path))
        })
        .collect();
    let progress = world.progress();
    progress.start("summing weeks again", Some(weeks.len()));
    for week in weeks {
        let (counted, aside) = check.week(week).await?;
        let folded = counted.iter().map(|counted| &counted.blob);
        let blobs: Vec<ObjectId> = folded
            .chain(aside.iter().map(|aside| &aside.blob))
            .cloned()
            .collect();
        for blob in blobs {
            if !came.contains(&blob) {
                check.fault(week, format!("the batch of blob {blob} never came to the inbox"));
            }
            known.insert(blob);
        }
        progress.advance(1);
    }
    for (path, blob) in &brought {
        let Place::StatsBatch { week, batch } = RepoPath::new(path).place() else {
            continue;
        };
        let (Ok(week), false) = (Week::parse(&week), known.contains(blob)) else {
            continue;
        };
        match files.get(path) {
            Some(waiting) if waiting == blob => check.told.waiting += 1,
            _ => check.fault(
                week,
                format!("the batch {batch} left the inbox and was not folded"),
            ),
        }
    }
    let told = check.told;
    if args.json {
        world.print(&told.json()?)?;
    } else {
        world.tell(&told.human())?;
    }
    Ok(u8::from(!told.faults.is_empty()))
}

struct Check<'c> {
    clone: &'c LocalClone,
    files: &'c BTreeMap<String, ObjectId>,
    told: Verified,
}

impl Check<'_> {
    fn fault(&mut self, week: Week, what: String) {
        self.told.faults.push((week, what));
    }

    async fn file(&self, path: &str) -> Result<Vec<u8>> {
        let Some(id) = self.files.get(path) else {
            return Ok(Vec::new());
        };
        let mut contents = self.clone.contents(&BTreeSet::from([id.clone()])).await?;
        match contents.remove(id) {
            Some(Content::Bytes(bytes)) => Ok(bytes.to_vec()),
            _ => Err(Error::CouldNotCheck(format!("{path} is not in this clone"))),
        }
    }

    async fn week(&mut self, week: Week) -> Result<(Vec<Counted>, Vec<Aside>)> {
        let (counted, broken) = ledger::read(&self.file(&week.ledger()).await?);
        if let Some(line) = broken {
            self.fault(week, format!("{}, line {line}, cannot be read", week.ledger()));
        }
        let (aside, broken) = aside::read(&self.file(&week.quarantine()).await?);
        if let Some(line) = broken {
            self.fault(
                week,
                format!("{}, line {line}, cannot be read", week.quarantine()),
            );
        }
        let ordered = counted.is_sorted_by(|a, b| (a.batch, &a.sha256) < (b.batch, &b.sha256));
        let mut counting = Vec::new();
        let mut counts = |batch: &Counted| {
            counting.push(batch.clone());
            Ok::<_, Error>(())
        };
        let batches = stats::Week::new(counted.iter().cloned().map(Ok), aside.clone());
        let decided = batches.finish(&mut counts)?;
        if !ordered || counting != counted || decided.aside != aside {
            let what = "these are not the batches of the week that count: an account or an id stands there twice, or a line is \
                        out of order";
            self.fault(week, what.into());
        }
        let mut table = Table::default();
        for chunk in counted.chunks(AT_ONCE) {
            let ids = chunk.iter().map(|counted| counted.blob.clone()).collect();
            let contents = self.clone.contents(&ids).await?;
            for counted in chunk {
                let bytes = match contents.get(&counted.blob) {
                    Some(Content::Bytes(bytes)) => Some(&**bytes),
                    _ => None,
                };
                table.add(&rows(week, counted, bytes)?);
            }
        }
        let (path, text) = (week.aggregates(), table.lines().collect::<String>());
        if self.file(&path).await? != text.as_bytes() {
            self.fault(week, format!("{path} is not what its batches add up to"));
        }
        self.told.weeks += 1;
        self.told.batches += counted.len();
        Ok((counted, aside))
    }
}
