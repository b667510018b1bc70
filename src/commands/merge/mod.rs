//! `gistry merge`: judges open pull requests again, one at a time, and merges those that may; then owners and index. Never believes a
//! verdict that it did not reach itself.

mod chosen;
mod defer;
mod landed;
mod one;

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::{Index, Merge, RegistryPlace, Telling, Told};
use crate::error::{Error, Result};
use crate::io::git::Snapshot;
use crate::io::github::GitHub;
use crate::merge::{Entry, Fate, Report};
use crate::model::file::File;
use crate::model::name::Repository;
use crate::model::owner::AccountId;
use crate::model::path::Place;
use crate::model::policy::{Automerge, Policy};
use crate::owners::Brought;
use crate::render;

use super::connection::{Addresses, addresses, repository};
use super::publish::Target;
use super::validate::pull::Judge;
use super::{World, index, owners, validate};
use chosen::Chosen;

/// Publishers without a binding that one run looks at; the night looks at others.
const MOST_UNBOUND: usize = 100;
/// Requests that a pull request may take; with fewer left none is begun.
const ONE: u64 = 60;

/// One run over the pull requests of a registry.
struct Run<'w> {
    world: &'w World,
    args: &'w Merge,
    repository: Repository,
    /// The default branch.
    branch: String,
    /// Judges within the allowance.
    judge: Judge<'w>,
    /// Looks at what has landed, whatever was spent: that must not be left undone.
    after: Judge<'w>,
    /// With the token that merges.
    merger: GitHub,
    /// How many of each account were merged.
    of_account: BTreeMap<AccountId, u64>,
    /// Why nothing more may be merged.
    stopped: Option<String>,
    report: Report,
}

/// Merges what may be merged.
///
/// # Errors
/// Wrong usage; a registry that cannot be read. What goes wrong with one pull request is told in the report.
pub async fn run(world: &World, args: Merge) -> Result<u8> {
    let chosen = chosen::resolve(world, &args)?;
    let repository = repository(args.repo.as_deref(), &world.env)?;
    if args.defer {
        return defer::run(world, &args, repository, &chosen).await;
    }
    let addresses = addresses(&args.connection, &world.env);
    let dir = world.dir.join(&args.dir);
    let name = repository.to_string();
    let target = match args.dry_run {
        true => Target::to_read(world, &addresses, Some(&name), None, &dir).await?,
        false => Target::find(world, &addresses, Some(&name), None, &dir).await?,
    };
    let settings = settings(world, &target).await?;
    let mut report = Report::new(repository.clone());
    (report.enabled, report.paused, report.dry_run) = (settings.enabled, settings.paused, args.dry_run);
    if !settings.enabled {
        tell(world, &args, &report)?;
        return Ok(0);
    }
    let mut judge = Judge::at(world, &args.connection, args.wait, repository.clone())?;
    let mut after = Judge::at(world, &args.connection, args.wait, repository.clone())?;
    after.github = judge.github.clone();
    judge.github = judge.github.with_allowance(args.requests);
    let mut run = Run {
        world,
        args: &args,
        merger: merger(world, &addresses, &after.github)?,
        repository,
        branch: target.branch.clone(),
        judge,
        after,
        of_account: BTreeMap::new(),
        stopped: None,
        report,
    };
    run.all(&chosen).await?;
    let named = match &chosen {
        Chosen::Numbers(numbers) => numbers.as_slice(),
        Chosen::All | Chosen::Head(_) => &[],
    };
    let mut code = run.report.exit_code(named);
    if !args.dry_run {
        code = worst(code, run.index().await);
    }
    run.report.pulls.sort_by_key(|entry| entry.number);
    run.report.requests = run.judge.requests().rest;
    tell(world, &args, &run.report)?;
    Ok(code)
}

/// What is wrong outweighs what is not known, and that everything else.
fn worst(one: u8, other: u8) -> u8 {
    let rank = |code: u8| match code {
        0 => 0,
        4 => 1,
        3 => 2,
        1 => 3,
        _ => 4,
    };
    if rank(other) > rank(one) { other } else { one }
}

/// The push token where there is one: a protected branch takes no merge of the job's own token.
fn merger(world: &World, addresses: &Addresses, job: &GitHub) -> Result<GitHub> {
    match &addresses.push_token {
        None => Ok(job.clone()),
        Some(_) => Addresses {
            github_token: addresses.push_token.clone(),
            ..addresses.clone()
        }
        .github(world),
    }
}

/// What the default branch says about merging.
async fn settings(world: &World, target: &Target) -> Result<Automerge> {
    let mut bytes = None;
    let look = async |snapshot: &Snapshot| {
        bytes = snapshot.file("registry.toml").await?;
        Ok(None)
    };
    target.publish(world, look).await?;
    let policy = match bytes {
        None => Policy::default(),
        Some(bytes) => {
            let file = File::regular(Place::Settings, bytes);
            validate::settings_of(&file, "registry.toml of the default branch")?
        }
    };
    Ok(policy.automerge)
}

impl Run<'_> {
    async fn all(&mut self, chosen: &Chosen) -> Result<()> {
        let nobody = BTreeMap::new();
        self.bind(nobody).await;
        if self.stopped.is_none() && !self.args.dry_run {
            self.finish_landed().await;
        }
        let open = match chosen::open(&self.after, &self.branch, chosen).await {
            Ok(open) => open,
            Err(error) => {
                self.report
                    .failed(format!("the open pull requests could not be listed: {error}"));
                return Ok(());
            }
        };
        self.report.pulls.extend(open.passed_over);
        let mut stale = BTreeSet::new();
        for number in open.turn {
            if !self.can_afford_one() {
                let why = "so many requests were sent; the next run goes on";
                self.report.pulls.push(Entry::new(number, Fate::Postponed, why));
                continue;
            }
            let entry = self.one(number).await?;
            match entry.fate {
                Fate::Merged => stale.extend(self.judged_before()),
                _ => _ = stale.remove(&number),
            }
            self.report.pulls.push(entry);
        }
        if self.report.count(Fate::Merged) > 0 {
            stale.extend(open.others);
        }
        self.refresh(stale).await
    }

    /// Those that were judged and are still open: their verdicts are of an older base once something was merged.
    fn judged_before(&self) -> Vec<u64> {
        let still_open = |entry: &&Entry| entry.verdict.is_some() && entry.fate != Fate::Merged;
        let entries = self.report.pulls.iter().filter(still_open);
        entries.map(|entry| entry.number).collect()
    }

    fn can_afford_one(&self) -> bool {
        self.judge.requests().rest + ONE <= self.args.requests
    }

    /// Binds owners that are missing; whoever could not be asked about, or not be written, keeps everything from being merged.
    async fn bind(&mut self, brought: BTreeMap<String, Brought>) -> bool {
        let place = RegistryPlace {
            repo: Some(self.repository.to_string()),
            dir: self.args.dir.clone(),
            push: true,
            branch: None,
            dry_run: self.args.dry_run,
            format: Told::Human,
            connection: self.args.connection.clone(),
        };
        let why = match owners::bind(self.world, &place, MOST_UNBOUND, brought).await {
            Ok(outcome) => {
                let bound = outcome.bound.iter().map(|binding| binding.folder.to_string());
                self.report.bound.extend(bound);
                match outcome.unchecked.first() {
                    None => return true,
                    Some(left) => format!("{} could not be bound: {}", left.folder, left.why),
                }
            }
            Err(error) => format!("missing owners could not be bound: {error}"),
        };
        self.report
            .failed(format!("{why}; nothing is merged before that is done"));
        self.stopped = Some(why);
        false
    }

    /// Judges again what was judged before something else was merged, so that each is told how it stands now.
    async fn refresh(&mut self, numbers: BTreeSet<u64>) -> Result<()> {
        for number in numbers {
            if !self.can_afford_one() {
                let why = "not all others were judged again after the merges: the next run goes on";
                self.report.notes.push(why.into());
                break;
            }
            let (entry, _) = self.judged(number).await?;
            if let Some(entry) = entry {
                let old = self.report.pulls.iter_mut().find(|old| old.number == number);
                match old {
                    Some(old) if entry.fate == Fate::Verdict => *old = entry,
                    Some(_) => {}
                    None => self.report.pulls.push(entry),
                }
            }
        }
        Ok(())
    }

    /// Makes the index; gives the exit code.
    async fn index(&mut self) -> u8 {
        // What it prints is for people here.
        let aside = World {
            stdout: self.world.stderr.clone(),
            ..self.world.clone()
        };
        let args = Index {
            check: false,
            allow_shrink: false,
            dir: self.args.dir.clone(),
            format: Telling::Human,
            cache: None,
            push: true,
            repo: Some(self.repository.to_string()),
            branch: None,
            connection: self.args.connection.clone(),
        };
        match index::run(&aside, args).await {
            Ok(code) => code,
            Err(error) => {
                self.report
                    .failed(format!("the index could not be made: {error}"));
                if matches!(error, Error::Unexpected(_)) {
                    70
                } else {
                    3
                }
            }
        }
    }
}

fn tell(world: &World, args: &Merge, report: &Report) -> Result<()> {
    if world.env.is_actions() {
        world.summarize(&render::merge::summary(report))?;
    }
    let json = || {
        render::merge::json(report)
            .map_err(|error| Error::Unexpected(format!("the report cannot be written: {error}")))
    };
    match args.format {
        Telling::Json => world.print(&json()?),
        // Findings hold foreign words, and the runner reads commands in what is printed.
        Telling::Human if world.env.is_actions() => {
            let text = render::merge::human(report);
            world.print(&render::github::guarded(&text, &validate::secret_word()))
        }
        Telling::Human => world.print(&render::merge::human(report)),
    }
}
