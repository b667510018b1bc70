//! `gistry sweep`: asks about gists, remembers, marks, tells publishers, judges undecided pull requests again. Never decides what is dead;
//! that is the room `sweep`.

mod ask;
mod home;
mod issues;

use std::collections::BTreeSet;

use crate::cli::{Sweep, Telling};
use crate::error::{Error, Result};
use crate::io::github::GitHub;
use crate::model::name::Repository;
use crate::render;
use crate::sweep::{Answer, Learned, Person, Pulls, Report, State, fold, mark, plan, settle};

use super::connection::{addresses, repository};
use super::{World, validate};
use home::{Home, Seen};
use issues::Desk;

/// Most requests for judging undecided pull requests again.
const PULL_REQUESTS: u64 = 500;
/// The exit code when very many modules look dead: a maintainer must decide.
const REVIEW: u8 = 4;
/// The exit code when not everything could be asked or written.
const UNFINISHED: u8 = 3;

/// Runs one night's check, or the rest of it.
///
/// # Errors
/// Wrong usage; a registry that cannot be read. What goes wrong later is told in the report, and keeps nothing else from being done.
pub async fn run(world: &World, args: Sweep) -> Result<u8> {
    let addresses = addresses(&args.connection, &world.env);
    let speaks = args.issues || world.env.is_actions();
    let registry = match speaks || args.push {
        true => Some(repository(args.repo.as_deref(), &world.env)?),
        false => None,
    };
    let github = addresses.github(world)?;
    let home = Home::find(world, &args, &addresses).await?;
    let (mut memory, forgotten) = home.remember(world).await?;
    let seen = home.look(world).await?;
    let mut report = Report::new(&seen.registry);
    report.dry_run = args.dry_run;
    report.requests.budget = args.requests;
    forgotten.into_iter().for_each(|why| report.note(why));
    if !seen.broken.is_empty() {
        report.note(format!(
            "availability.jsonl: the lines {:?} cannot be read and count for nothing",
            seen.broken
        ));
    }
    let learned = learn(world, &args, &github, &seen, &mut memory.state, &mut report).await;
    if !args.dry_run
        && let Err(error) = home.keep(world, &memory).await
    {
        report.failed(error.to_string());
    }
    let state = &memory.state;
    let marked = |seen: &Seen| {
        mark(
            &seen.registry,
            &seen.lines,
            state,
            &learned,
            &world.now,
            args.allow_deaths,
        )
    };
    let (seen, lines, changes) = match args.dry_run {
        true => {
            let (lines, changes) = marked(&seen);
            (seen, lines, changes)
        }
        false => home.publish(world, seen, marked).await?,
    };
    report.outcome(&seen.registry, state, &lines, &changes, &world.now);
    if let Some(repository) = registry.as_ref().filter(|_| speaks) {
        let limited = github.clone().with_allowance(issues::REQUESTS);
        let before = github.requests().rest;
        let desk = Desk {
            github: &limited,
            repository,
            registry: &seen.registry,
            lines: &lines,
            changes: &changes,
            dry_run: args.dry_run,
        };
        desk.reconcile(&mut report).await;
        report.requests.issues = github.requests().rest - before;
        if !args.no_pulls && !args.dry_run {
            pulls(world, &args, repository, &mut report).await;
        }
    }
    tell(world, &args, &report)?;
    Ok(match (report.complete, &report.held_back) {
        (false, _) => UNFINISHED,
        (true, Some(_)) => REVIEW,
        (true, None) => 0,
    })
}

/// Asks what is planned, and takes the answers into the state.
async fn learn(
    world: &World,
    args: &Sweep,
    github: &GitHub,
    seen: &Seen,
    state: &mut State,
    report: &mut Report,
) -> Learned {
    let (registry, now, progress) = (&seen.registry, &world.now, world.progress());
    let planned = plan(registry, state, now, args.requests);
    let limited = github.clone().with_allowance(planned.left);
    let sent = || github.requests().rest;
    let heard = ask::gists(&limited, &planned.gists, state, &*progress).await;
    let learned = fold(registry, &seen.lines, state, &heard.answers, now);
    let answered: BTreeSet<_> = heard.answers.keys().cloned().collect();
    let count = |is: fn(&Answer) -> bool| heard.answers.values().filter(|answer| is(answer)).count();
    let asked = &mut report.asked;
    asked.planned = planned.gists.len();
    asked.gists = answered.len();
    asked.unchanged = count(|answer| *answer == Answer::Unchanged);
    asked.gone = count(|answer| *answer == Answer::Gone);
    asked.unanswered = heard.unanswered.len();
    if let Some(why) = heard.stopped.as_ref().or(heard.unanswered.values().next()) {
        report.failed(format!(
            "{} of {} gists were answered for, and nothing is concluded of the others: {why}",
            answered.len(),
            planned.gists.len()
        ));
    }
    // What gists told about their owners need not be asked again.
    let left = usize::try_from(planned.left.saturating_sub(sent())).unwrap_or(usize::MAX);
    if heard.stopped.is_none() && left > 0 {
        let mut ids = plan(registry, state, now, args.requests).accounts;
        ids.truncate(left);
        let heard = ask::accounts(&limited, &ids, &*progress).await;
        report.asked.accounts = heard.answers.len();
        if let Some(why) = heard.stopped {
            report.failed(format!("accounts could not be asked for: {why}"));
        }
        for (id, login) in heard.answers {
            state.accounts.insert(
                id,
                Person {
                    asked: now.clone(),
                    login,
                },
            );
        }
    }
    report.requests.sweep = sent();
    settle(state, &planned, &answered, sent(), now);
    learned
}

/// Judges undecided pull requests again. What it prints is for people here.
async fn pulls(world: &World, args: &Sweep, repository: &Repository, report: &mut Report) {
    let aside = World {
        stdout: world.stderr.clone(),
        ..world.clone()
    };
    match validate::again(&aside, &args.connection, repository.clone(), PULL_REQUESTS).await {
        Ok((judged, undecided)) => report.pulls = Some(Pulls { judged, undecided }),
        Err(error) => report.failed(format!(
            "undecided pull requests could not be judged again: {error}"
        )),
    }
}

fn tell(world: &World, args: &Sweep, report: &Report) -> Result<()> {
    if world.env.is_actions() {
        world.summarize(&render::sweep::summary(report))?;
    }
    let json = || {
        render::sweep::json(report)
            .map_err(|error| Error::Unexpected(format!("the report cannot be written: {error}")))
    };
    match args.format {
        Telling::Json => world.print(&json()?),
        // A folder's name is anybody's text, and must not become a workflow command.
        Telling::Human if world.env.is_actions() => {
            let text = render::sweep::human(report);
            world.print(&render::github::guarded(&text, &validate::secret_word()))
        }
        Telling::Human => world.print(&render::sweep::human(report)),
    }
}
