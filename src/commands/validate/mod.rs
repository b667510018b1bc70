//! `gistry validate`: judges a pull request, a working tree, or a whole registry. Never decides what a rule decides.

mod actions;
mod allow;
mod dna;
mod job;
mod landing;
mod local;
mod needs;
mod newcomer;
mod origin;
pub(super) mod pull;
pub(super) mod speak;

use crate::cli::{Connection, Format, Validate};
use crate::error::{Error, Result};
use crate::finding::Report;
use crate::io::files;
use crate::model::name::Repository;
use crate::render;

use super::World;
pub(super) use dna::unmade;
use job::Job;
pub(super) use job::event_path;
pub(super) use local::settings_of;

/// Columns of the human report.
const WIDTH: usize = 140;
/// How long GitHub has for merging a pull request provisionally where nobody said, in seconds.
const WAIT: u64 = 60;

/// Judges what the command line or the event names.
///
/// # Errors
/// Wrong usage; something that could not be asked; the unexpected.
pub async fn run(world: &World, mut args: Validate) -> Result<u8> {
    args.dir = world.dir.join(&args.dir);
    let event = match job::event_path(&world.env).filter(|_| world.env.is_actions()) {
        Some(path) => Some(files::read_text(&path)?),
        None => None,
    };
    match job::resolve(&args, &world.env, event.as_deref())? {
        Job::Tree => local::tree(world, &args).await,
        Job::WorkingTree { base, author } => local::working_tree(world, &args, &base, author).await,
        Job::Pull {
            repository,
            number,
            speaks,
        } => {
            let mut judge = pull::Judge::new(world, &args, repository)?;
            judge.defer(args.defer);
            match judge.judge(number).await? {
                pull::Outcome::Judged(_) if judge.orders.is_waiting(number) => {
                    judge.orders.tell(world)?;
                    Ok(0)
                }
                pull::Outcome::Judged(mut judged) => {
                    if speaks {
                        speak::speak(&judge, &mut judged).await?;
                    } else {
                        let remark = "nothing was written to the pull request: this run is advisory";
                        judged.report.remarks.push(remark.into());
                    }
                    judged.report.requests = judge.requests();
                    tell(world, &args, &judged.report)
                }
                pull::Outcome::Closed(why) => nothing(world, &why),
            }
        }
        Job::Undecided { repository } => {
            let mut judge = pull::Judge::new(world, &args, repository)?;
            judge.defer(args.defer);
            undecided(world, &args, judge).await
        }
        Job::Nothing(why) => nothing(world, &why),
    }
}

fn nothing(world: &World, why: &str) -> Result<u8> {
    world.say(&format!("nothing to judge: {why}"))?;
    Ok(0)
}

/// Judges every open pull request that has no verdict yet, within so many requests. Gives how many, and how many of them have
/// none still.
///
/// # Errors
/// As [`run`].
pub async fn again(
    world: &World,
    connection: &Connection,
    repository: Repository,
    requests: u64,
) -> Result<(usize, usize)> {
    let args = Validate {
        pull: None,
        base: None,
        all: false,
        repo: None,
        offline: false,
        local: false,
        author: None,
        dir: world.dir.clone(),
        format: Format::Human,
        report: None,
        dry_run: false,
        defer: false,
        wait: WAIT,
        connection: connection.clone(),
    };
    let mut judge = pull::Judge::new(world, &args, repository)?;
    judge.github = judge.github.with_allowance(requests);
    each_undecided(world, &args, judge).await
}

/// Judges every open pull request that has no verdict yet. Exits 0 when each of them has one now, whatever it is.
async fn undecided(world: &World, args: &Validate, judge: pull::Judge<'_>) -> Result<u8> {
    let (_, open) = each_undecided(world, args, judge).await?;
    Ok(if open > 0 {
        crate::finding::Verdict::Undecided.exit_code()
    } else {
        0
    })
}

async fn each_undecided(world: &World, args: &Validate, judge: pull::Judge<'_>) -> Result<(usize, usize)> {
    let mut open = 0;
    let numbers = judge.undecided().await?;
    let count = numbers.len();
    world.say(&format!("{count} pull requests have no verdict yet"))?;
    for number in numbers {
        let outcome = match judge.judge(number).await {
            Ok(outcome) => outcome,
            // One pull request that cannot be asked about never stops the others.
            Err(error @ Error::CouldNotCheck(_)) => {
                world.say(&format!("#{number}: {error}"))?;
                open += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        let pull::Outcome::Judged(mut judged) = outcome else {
            continue;
        };
        if judge.orders.is_waiting(number) {
            continue;
        }
        if !args.dry_run {
            speak::speak(&judge, &mut judged).await?;
        }
        judged.report.requests = judge.requests();
        let code = tell(world, args, &judged.report)?;
        open += usize::from(code == crate::finding::Verdict::Undecided.exit_code());
    }
    judge.orders.tell(world)?;
    Ok((count, open))
}

/// Prints the report in the form asked for, leaves it where programs find it, and gives its exit code.
fn tell(world: &World, args: &Validate, report: &Report) -> Result<u8> {
    if let Some(path) = &args.report {
        files::write_atomically(&world.dir.join(path), json(report)?.as_bytes())?;
    }
    if world.env.is_actions() {
        actions::tell(world, args, report)?;
    }
    match args.format {
        Format::Human if world.env.is_actions() => {
            world.print(&render::github::guarded(&human(world, report), &secret_word()))?
        }
        Format::Human => world.print(&human(world, report))?,
        Format::Json => world.print(&json(report)?)?,
        Format::Sarif => world.print(&render::sarif::sarif(report).map_err(unexpected)?)?,
        Format::Github if world.env.is_actions() => {}
        Format::Github => world.print(&render::github::commands(report))?,
    }
    Ok(report.verdict.exit_code())
}

fn human(world: &World, report: &Report) -> String {
    render::human::report(
        report,
        render::human::Style {
            color: world.color,
            width: WIDTH,
        },
    )
}

/// The report as JSON.
fn json(report: &Report) -> Result<String> {
    render::json::json(report).map_err(unexpected)
}

fn unexpected(error: serde_json::Error) -> Error {
    Error::Unexpected(format!("the report cannot be written: {error}"))
}

/// A word that nobody who wrote a pull request can guess, between which the log holds no workflow commands.
pub(super) fn secret_word() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let random = || RandomState::new().build_hasher().finish();
    format!("gistry-{:016x}{:016x}", random(), random())
}
