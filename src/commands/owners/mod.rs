//! `gistry owners`: binds publishers' folders to accounts. Never decides what proves an owner; that is `owners`.

mod ask;
mod land;
mod repair;
mod transfer;

use std::collections::BTreeMap;

use crate::cli::{Owners as Args, RegistryPlace, Told};
use crate::commands::{World, connection};
use crate::error::Result;
use crate::io::github::GitHub;
use crate::model::name::Repository;
use crate::model::owner::Binding;
use crate::owners::{Brought, Outcome, Registered};
use crate::render;

/// What is to be found out.
enum Task {
    Init,
    Repair { most: usize },
    Transfer { pull: u64 },
}

impl Task {
    fn name(&self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Repair { .. } => "repair",
            Self::Transfer { .. } => "transfer",
        }
    }

    /// What the commit says: its first line, and who is bound to what.
    fn message(&self, bound: &[Binding]) -> String {
        /// Publishers that are named; the files name all of them.
        const NAMED: usize = 50;
        let count = bound.len();
        let publishers = if count == 1 { "publisher" } else { "publishers" };
        let first = match self {
            Self::Init => format!("Bind {count} {publishers} by the accounts of their gists"),
            Self::Repair { .. } => {
                format!("Bind {count} {publishers} by the pull requests that brought them")
            }
            Self::Transfer { pull } => format!("Bind {count} {publishers} to a new owner (#{pull})"),
        };
        let named = bound.iter().take(NAMED).map(|binding| {
            let pull = binding.pull.map(|pull| format!(", #{pull}")).unwrap_or_default();
            format!(
                "{}: account {} ({}){pull}",
                binding.folder, binding.id, binding.login
            )
        });
        let named: Vec<String> = named.collect();
        format!("{first}\n\n{}", named.join("\n"))
    }

    fn exit_code(&self, outcome: &Outcome) -> u8 {
        match (outcome.unchecked.is_empty(), outcome.left.is_empty(), self) {
            (false, ..) => 3,
            (true, true, _) | (true, false, Self::Repair { .. }) => 0,
            (true, false, Self::Init) => 4,
            (true, false, Self::Transfer { .. }) => 1,
        }
    }
}

/// Finds out who owns what, in one registry.
struct Clerk<'w> {
    world: &'w World,
    task: Task,
    github: GitHub,
    /// Absent where nobody said so, and only gists are asked about.
    repository: Option<Repository>,
    /// What was answered before, for when the same is asked again on a newer tip.
    known: ask::Known,
    /// What is known to have brought folders, by their names in lower case. Where there is any, only these are looked at.
    brought: BTreeMap<String, Brought>,
}

/// Binds publishers whose binding is missing, on the registry's default branch: those of whom it is said what brought them,
/// or some of all. What was bound is there when this returns.
///
/// # Errors
/// As [`run`].
pub async fn bind(
    world: &World,
    place: &RegistryPlace,
    most: usize,
    brought: BTreeMap<String, Brought>,
) -> Result<Outcome> {
    let addresses = connection::addresses(&place.connection, &world.env);
    let mut clerk = Clerk {
        world,
        task: Task::Repair { most },
        github: addresses.github(world)?,
        repository: Some(connection::repository(place.repo.as_deref(), &world.env)?),
        known: ask::Known::default(),
        brought,
    };
    let (outcome, _) = land::push(&mut clerk, place, &addresses).await?;
    Ok(outcome)
}

/// Runs one of the three.
///
/// # Errors
/// Wrong usage; something that could not be asked; the unexpected.
pub async fn run(world: &World, args: Args) -> Result<u8> {
    let (task, place) = match args {
        Args::Init(args) => (Task::Init, args.place),
        Args::Repair(args) => {
            let most = usize::try_from(args.most).unwrap_or(usize::MAX);
            (Task::Repair { most }, args.place)
        }
        Args::Transfer(args) => (Task::Transfer { pull: args.pull }, args.place),
    };
    let needed = place.push || !matches!(task, Task::Init);
    let repository = match needed {
        true => Some(connection::repository(place.repo.as_deref(), &world.env)?),
        false => None,
    };
    let addresses = connection::addresses(&place.connection, &world.env);
    let mut clerk = Clerk {
        world,
        task,
        github: addresses.github(world)?,
        repository,
        known: ask::Known::default(),
        brought: BTreeMap::new(),
    };
    let (outcome, commit) = match place.push {
        true => land::push(&mut clerk, &place, &addresses).await?,
        false => (land::folder(&mut clerk, &place).await?, None),
    };
    tell(world, &clerk.task, &place, &outcome, commit.as_deref())?;
    Ok(clerk.task.exit_code(&outcome))
}

impl Clerk<'_> {
    async fn outcome(&mut self, registered: &Registered) -> Result<Outcome> {
        let outcome = match self.task {
            Task::Init => self.init(registered).await,
            Task::Repair { most } => self.repair(registered, most).await?,
            Task::Transfer { pull } => self.transfer(registered, pull).await?,
        };
        Ok(outcome.sorted())
    }
}

fn tell(
    world: &World,
    task: &Task,
    place: &RegistryPlace,
    outcome: &Outcome,
    commit: Option<&str>,
) -> Result<()> {
    let told = render::owners::Told {
        task: task.name(),
        dry_run: place.dry_run,
        commit,
        outcome,
    };
    if told.is_news() {
        world.summarize(&told.summary())?;
    }
    match place.format {
        Told::Json => world.print(&told.json()?),
        Told::Human => world.tell(&told.human()),
    }
}
