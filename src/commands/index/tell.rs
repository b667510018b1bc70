//! What an index run tells: on standard output, as annotations, in the job summary. Never decides the exit code.

use crate::cli::{Index, Telling};
use crate::commands::World;
use crate::error::{Error, Result};
use crate::index::Written;
use crate::index::build::Planned;
use crate::index::change::Shrink;
use crate::render::index::{self as render, Outcome};
use crate::render::{github, human};

use super::make::Made;
use super::tree::{OnDisk, Tree};

/// Columns of what is shown.
const WIDTH: usize = 140;
/// Largest file that is compared line by line, in bytes.
const MAX_SHOWN: u64 = 64 << 20;

fn outcome<'m>(made: &'m Made) -> Outcome<'m> {
    Outcome {
        change: &made.changed.change,
        totals: made.totals,
        written: made.difference.write.len(),
        deleted: made.difference.delete.len(),
        same: made.difference.same,
        carried: &made.carried,
        faults: &made.faults,
        refused: None,
        stale: None,
    }
}

/// What was done.
pub fn done(world: &World, args: &Index, made: &Made) -> Result<()> {
    tell(world, args, &outcome(made))
}

/// That nothing was done, since too much would be lost.
pub fn refused(world: &World, args: &Index, made: &Made, shrink: &Shrink) -> Result<()> {
    let mut outcome = outcome(made);
    outcome.refused = Some(shrink);
    (outcome.written, outcome.deleted) = (0, 0);
    tell(world, args, &outcome)
}

/// Whether the index is current, and where it is not.
pub fn check(world: &World, args: &Index, tree: &OnDisk, made: &Made) -> Result<()> {
    let mut outcome = outcome(made);
    let difference = &made.difference;
    let written = difference.write.iter().map(|file| file.path.as_str());
    let first = written.chain(difference.delete.iter().map(String::as_str)).min();
    let stale = first.map(|path| {
        let planned = difference.write.iter().find(|file| file.path == path);
        stale(tree, path, planned)
    });
    outcome.stale = stale;
    tell(world, args, &outcome)
}

fn stale(tree: &OnDisk, path: &str, planned: Option<&Planned>) -> render::Stale {
    let item = tree.listing().get(path);
    let now = item
        .and_then(|item| tree.read(item, MAX_SHOWN).ok())
        .map(|(bytes, _)| bytes);
    let wanted = planned.and_then(|file| match file.written()? {
        Written::File(bytes) => Some(bytes.as_slice()),
        Written::Link(_) => None,
    });
    render::Stale::of(
        path,
        item.is_some(),
        planned.is_some(),
        now.as_deref().zip(wanted),
    )
}

fn tell(world: &World, args: &Index, outcome: &Outcome<'_>) -> Result<()> {
    if world.env.is_actions() {
        world.print(&github::annotations(outcome.faults))?;
        if let Some(text) = outcome.failure() {
            world.print(&github::failure(&text))?;
        }
        world.summarize(&render::summary(outcome))?;
    }
    match args.format {
        Telling::Json => {
            let text = render::json(outcome).map_err(|error| Error::Unexpected(error.to_string()))?;
            world.print(&text)
        }
        Telling::Human => {
            let style = human::Style {
                color: world.color,
                width: WIDTH,
            };
            world.tell(&render::human(outcome, style))
        }
    }
}
