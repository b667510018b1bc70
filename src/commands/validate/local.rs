//! A working tree or a whole registry on this machine: the same rules before anything is pushed. Never writes to GitHub.

use std::collections::BTreeSet;

use crate::cli::Validate;
use crate::commands::{World, connection};
use crate::error::{Error, Result};
use crate::io::disk;
use crate::io::evidence::{self, Rooms};
use crate::io::git::LocalClone;
use crate::io::registry::Registry;
use crate::model::evidence::{Answer, Ask, Evidence, Unavailable};
use crate::model::file::File;
use crate::model::name::{Login, Name, Repository};
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::progress::Progress;
use crate::model::submission::{Difference, Origin, Submission};
use crate::model::text;
use crate::rules::{self, Parts};

use super::dna;

/// `--all`
pub async fn tree(world: &World, args: &Validate) -> Result<u8> {
    let progress = world.progress();
    if args.local || args.offline {
        return alone(world, args, &*progress);
    }
    let difference = disk::tree(&args.dir, &*progress)?;
    let settings = difference
        .changes
        .iter()
        .find(|(path, _)| path.as_str() == "registry.toml");
    let policy = settings
        .and_then(|(_, change)| change.after.as_ref())
        .and_then(File::policy)
        .cloned()
        .unwrap_or_default();
    let submission = submission(Origin::Tree, difference);
    submission.parse();
    judge(world, args, &submission, &policy, None).await
}

/// `--all` where nobody is asked: each part of the registry is judged as soon as it is read.
fn alone(world: &World, args: &Validate, progress: &dyn Progress) -> Result<u8> {
    let root = disk::Root::open(&args.dir)?;
    let settings = disk::settings(&root);
    let policy = settings
        .as_ref()
        .and_then(File::policy)
        .cloned()
        .unwrap_or_default();
    let evidence = Evidence::default().closed(nobody(args));
    let parts = Parts::new(&evidence, &policy, &world.now);
    let judged = disk::parts(&root, progress, |files| parts.judge(files));
    super::tell(world, args, &parts.report(judged, root.folders()))
}

/// Why GitHub is not asked.
fn nobody(args: &Validate) -> Unavailable {
    if args.local {
        Unavailable::LocalOnly
    } else {
        Unavailable::Offline
    }
}

/// `--base REV`
pub async fn working_tree(world: &World, args: &Validate, base: &str, author: Option<Login>) -> Result<u8> {
    let clone = LocalClone::open(&args.dir).await?;
    let (commit, difference) = clone.difference(base).await?;
    let settings = clone.file(&commit, &RepoPath::new("registry.toml")).await?;
    let policy = settings
        .as_ref()
        .map(|file| settings_of(file, &format!("registry.toml of {base}")))
        .transpose()?;
    let submission = submission(Origin::WorkingTree { author }, difference);
    let policy = policy.unwrap_or_default();
    let asks = rules::asks(&submission, &policy);
    let registry = if needs_registry(&asks) {
        Some(clone.registry(&commit, &asks).await?)
    } else {
        None
    };
    judge(world, args, &submission, &policy, registry.as_ref()).await
}

/// The settings in a file of the base; broken ones are an error, since a registry that wanted more must not get less.
///
/// # Errors
/// Could not check: the first fault, with its place.
pub fn settings_of(file: &File, whose: &str) -> Result<Policy> {
    use crate::model::decode::ProblemKind;
    let fault = file
        .parsed()
        .problems
        .iter()
        .find(|problem| problem.kind == ProblemKind::Format);
    let policy = file.policy().cloned();
    match (fault, policy) {
        (None, Some(policy)) => Ok(policy),
        (Some(fault), _) => {
            let at = text::position(file.bytes().unwrap_or_default(), fault.span.start);
            let (line, column) = (at.line, at.column);
            let message = format!(
                "{whose}, line {line}, column {column}: {}; a maintainer must mend it",
                fault.message
            );
            Err(Error::CouldNotCheck(message))
        }
        (None, None) => Err(Error::CouldNotCheck(format!(
            "{whose} is no regular file; a maintainer must mend it"
        ))),
    }
}

/// Whether a question is for the base's tree.
pub fn needs_registry(asks: &BTreeSet<Ask>) -> bool {
    asks.iter().any(|ask| !ask.needs_network())
}

fn submission(origin: Origin, difference: Difference) -> Submission {
    let Difference {
        changes,
        related,
        folders,
    } = difference;
    Submission {
        origin,
        changes,
        related,
        folders,
    }
}

async fn judge(
    world: &World,
    args: &Validate,
    submission: &Submission,
    policy: &Policy,
    registry: Option<&Registry>,
) -> Result<u8> {
    let progress = world.progress();
    let asked = !args.local && !args.offline;
    let mut asks = if asked {
        rules::asks(submission, policy)
    } else {
        rules::local_asks(submission, policy)
    };
    let derivations = dna::taken(&mut asks);
    let packages = dna::packages(world, policy, &asks)?;
    let online = asked && asks.iter().any(Ask::needs_network);
    let addresses = connection::addresses(&args.connection, &world.env);
    let github = online.then(|| addresses.github(world));
    let github = github.transpose()?;
    let repository = args.repo.as_deref().or(world.env.first(&["GITHUB_REPOSITORY"]));
    let repository = repository.and_then(|text| Repository::parse(text).ok());
    let not_read = |_: &Ask| Answer::Unknown(Unavailable::Failed("the base was not read".into()));
    let from_registry = |ask: &Ask| registry.map_or_else(|| not_read(ask), |registry| registry.answer(ask));
    let rooms = Rooms {
        github: github.as_ref(),
        repository: repository.as_ref(),
        registry: &from_registry,
        packages: packages.as_ref(),
        offline: nobody(args),
    };
    let mut evidence = evidence::gather(rooms, asks, &*progress).await;
    let means = dna::Means::Here;
    dna::answer(world, &means, submission, policy, derivations, &mut evidence).await?;
    let mut report = rules::judge(submission, &evidence, policy, &[], &world.now);
    if let Some(github) = &github {
        report.requests = github.requests();
    }
    super::tell(world, args, &report)
}
