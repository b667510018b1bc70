//! `gistry stats top` and `show`: reads the newest weeks' aggregates and shows them. Never asks anybody.

use std::path::Path;

use crate::cli::{StatsShow, StatsTop, Weeks};
use crate::commands::World;
use crate::commands::validate::settings_of;
use crate::error::{Error, Result};
use crate::io::{disk, files};
use crate::model::batch::{Event, Subject};
use crate::model::name::Name;
use crate::model::week::Week;
use crate::render::usage;
use crate::stats::{Table, rank};

/// What is used the most.
pub(super) fn top(world: &World, args: &StatsTop) -> Result<u8> {
    let event = Event::of(&args.event).ok_or_else(|| {
        let known: Vec<&str> = Event::ALL.iter().map(|(word, _)| *word).collect();
        Error::Usage(format!(
            "there is no event {:?}; there are {}",
            args.event,
            known.join(", ")
        ))
    })?;
    let (weeks, k) = read(world, &args.weeks)?;
    let mut ranks = rank::top(&weeks, &[event], k);
    let all = ranks.shown.len();
    ranks.shown.truncate(usize::from(args.most));
    let told = usage::Top {
        event,
        weeks: weeks.iter().map(|(week, _)| *week).collect(),
        k,
        more: all - ranks.shown.len(),
        ranks,
    };
    world.print(&if args.weeks.json {
        told.json()?
    } else {
        told.human()
    })?;
    Ok(0)
}

/// One module or package.
pub(super) fn show(world: &World, args: &StatsShow) -> Result<u8> {
    let subject = Subject::parse(&args.module)
        .map_err(|invalid| Error::Usage(format!("{:?} is {invalid}", args.module)))?;
    let (weeks, k) = read(world, &args.weeks)?;
    let told = usage::Show {
        k,
        weeks: rank::history(&weeks, &subject, k),
        subject,
    };
    world.print(&if args.weeks.json {
        told.json()?
    } else {
        told.human()
    })?;
    Ok(0)
}

/// The newest weeks' aggregates, and how many contributors a number must have.
fn read(world: &World, args: &Weeks) -> Result<(Vec<(Week, Table)>, u64)> {
    let dir = world.dir.join(&args.dir);
    let root = disk::Root::open(&dir)?;
    let policy = match disk::settings(&root) {
        Some(file) => settings_of(&file, "registry.toml")?,
        None => Default::default(),
    };
    let paths = root.paths("stats");
    let mut weeks: Vec<Week> = paths
        .iter()
        .filter_map(|path| Week::of_aggregates(path.as_str()))
        .collect();
    weeks.sort();
    let newest = weeks.into_iter().rev().take(usize::from(args.weeks));
    let table = |week: Week| -> Result<(Week, Table)> { Ok((week, table(&dir, week)?)) };
    let tables: Result<Vec<(Week, Table)>> = newest.map(table).collect();
    Ok((tables?, policy.stats.k))
}

fn table(dir: &Path, week: Week) -> Result<Table> {
    let bytes = files::read_if_there(&dir.join(week.aggregates()))?;
    Ok(Table::read(&bytes.unwrap_or_default()))
}
