//! `gistry stats merge`: folds the inbox of a folder, or of the registry's default branch, and writes that at once. Never decides what counts;
//! that is `stats`.

use super::accounts::Accounts;
use super::desk::Desk;
use super::fold::{Outcome, fold};
use super::shelf::Shelf;
use crate::cli::{StatsMerge, Told};
use crate::commands::World;
use crate::commands::connection::addresses;
use crate::commands::publish::{Target, message};
use crate::error::Result;
use crate::io::git::{Draft, Published, Snapshot};
use crate::io::journal::{self, Journal};
use crate::render::stats::{Merged, MergedWeek};

/// Folds, and writes.
pub(super) async fn run(world: &World, args: &StatsMerge) -> Result<u8> {
    let mut accounts = Accounts::new(world, args)?;
    let most = usize::try_from(args.most).unwrap_or(usize::MAX);
    let (outcome, commit) = match args.place.push {
        true => push(world, args, &mut accounts, most).await?,
        false => (folder(world, args, &mut accounts, most).await?, None),
    };
    tell(world, args, &outcome, commit)?;
    Ok(if outcome.unchecked.is_empty() { 0 } else { 3 })
}

async fn folder(world: &World, args: &StatsMerge, accounts: &mut Accounts, most: usize) -> Result<Outcome> {
    let dir = world.dir.join(&args.place.dir);
    let shelf = Shelf::Tree(dir.clone());
    if args.place.dry_run {
        let desk = || Ok(Desk::Memory(Vec::new()));
        return Ok(fold(&shelf, accounts, most, desk, &*world.progress()).await?.0);
    }
    let (held, finished) = journal::hold(&dir)?;
    if finished {
        world.say("a run that was stopped half-way was finished first")?;
    }
    let desk = || Ok(Desk::Folder(Journal::begin(held)?));
    let (outcome, desk) = fold(&shelf, accounts, most, desk, &*world.progress()).await?;
    if let Some(Desk::Folder(journal)) = desk {
        journal.carry_out()?;
    }
    Ok(outcome)
}

async fn push(
    world: &World,
    args: &StatsMerge,
    accounts: &mut Accounts,
    most: usize,
) -> Result<(Outcome, Option<String>)> {
    let dir = world.dir.join(&args.place.dir);
    let addresses = addresses(&args.place.connection, &world.env);
    let (repository, branch) = (args.place.repo.as_deref(), args.place.branch.as_deref());
    let target = Target::find(world, &addresses, repository, branch, &dir).await?;
    let mut last = Outcome::default();
    let progress = world.progress();
    let build = async |snapshot: &Snapshot| {
        let shelf = Shelf::of(snapshot).await?;
        let desk = || Ok(Desk::Memory(Vec::new()));
        let (outcome, desk) = fold(&shelf, accounts, most, desk, &*progress).await?;
        last = outcome;
        match desk {
            Some(Desk::Memory(edits)) if !args.place.dry_run && !edits.is_empty() => Ok(Some(Draft {
                message: message(&subject(&last)),
                edits,
            })),
            _ => Ok(None),
        }
    };
    let commit = match target.publish(world, build).await? {
        Published::Commit { id, .. } => Some(id.to_string()),
        Published::Nothing => None,
    };
    Ok((last, commit))
}

/// What the commit says.
fn subject(outcome: &Outcome) -> String {
    let (counted, aside) = (outcome.counted(), outcome.aside());
    let batches = if counted == 1 { "batch" } else { "batches" };
    let weeks: Vec<String> = outcome.weeks.keys().map(ToString::to_string).collect();
    let aside = match aside {
        0 => String::new(),
        _ => format!("; {aside} set aside"),
    };
    format!(
        "Fold {counted} {batches} of statistics{aside}\n\n{}",
        weeks.join(", ")
    )
}

fn tell(world: &World, args: &StatsMerge, outcome: &Outcome, commit: Option<String>) -> Result<()> {
    let week = |(week, folded): (&crate::model::week::Week, &super::fold::Folded)| MergedWeek {
        week: *week,
        counted: folded.counted,
        known: folded.known,
        aside: folded.aside.clone(),
        anew: folded.anew,
    };
    let told = Merged {
        dry_run: args.place.dry_run,
        commit,
        weeks: outcome.weeks.iter().map(week).collect(),
        unchecked: outcome.unchecked.clone(),
        strange: outcome.strange.clone(),
        postponed: outcome.postponed,
    };
    if told.is_news() {
        world.summarize(&told.summary())?;
    }
    match args.place.format {
        Told::Json => world.print(&told.json()?),
        Told::Human => world.tell(&told.human()),
    }
}
