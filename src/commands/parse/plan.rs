//! `gistry parse --plan`: asks the package index about everything that somebody wants, and says what is to be parsed. Never parses.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

use super::words::{self, Target};
use super::{known, tell};
use crate::cli::Parse;
use crate::commands::{World, package};
use crate::error::{Error, Result};
use crate::io::derive::DNA_VERSION;
use crate::io::files;
use crate::io::pypi::PackageIndex;
use crate::model::artifact::Project;
use crate::model::name::PackageName;
use crate::model::packages::{Packages, Pick};
use crate::model::version::Version;
use crate::parsing::order::{Manner, Sorter, Wishes, newest};
use crate::parsing::plan::{MAX_SHARDS, Plan, Why};
use crate::parsing::{missed, popular};

/// How many packages are asked about at a time.
const TOGETHER: usize = 8;
/// How many releases make one more shard, where nobody says how many there are.
const EACH: usize = 25;
/// How many jobs GitHub runs at a time on its free plan.
const USUAL_SHARDS: usize = 20;

/// Makes a plan.
pub async fn run(world: &World, args: &Parse) -> Result<u8> {
    let registry = world.dir.join(&args.registry);
    let settings = package::settings(&registry)?;
    package::may_derive(&settings)?;
    let known::Releases {
        packages: known,
        broken,
    } = known::releases(&registry)?;
    let index = package::index(world, &args.packages, &settings, world.progress())?;
    index.ready()?;
    let mut plan = Plan::new(index.address().to_owned(), DNA_VERSION);
    plan.unasked = broken;
    let mut wishes = Wishes::default();
    let asked = asked(args)?;
    if asked.is_empty() {
        listed(&mut wishes, &settings);
        let weeks = known::weeks(&registry)?;
        for package in missed::read(weeks.iter().map(Vec::as_slice)) {
            wishes.add(
                Why::Missed,
                Pick {
                    package,
                    version: None,
                },
            );
        }
        for package in known.keys().cloned() {
            wishes.add(
                Why::New,
                Pick {
                    package,
                    version: None,
                },
            );
        }
        match popular(args, &settings, &registry, &index).await {
            Ok(packages) => {
                for package in packages {
                    wishes.add(
                        Why::Popular,
                        Pick {
                            package,
                            version: None,
                        },
                    );
                }
            }
            Err(error @ Error::CouldNotCheck(_)) => plan.unasked.push(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    for pick in asked {
        wishes.add(Why::Asked, pick);
    }
    let names: BTreeSet<PackageName> = wishes.packages().cloned().collect();
    world
        .progress()
        .start("asking the package index", Some(names.len()));
    let manner = Manner {
        versions: settings.versions,
        skip: &settings.skip,
        with_sdist: args.with_sdist,
        regenerate: args.regenerate,
        dna_version: DNA_VERSION,
    };
    let mut sorter = Sorter::default();
    let mut answered = 0;
    let wanted = names
        .into_iter()
        .map(|name| (wishes.versions(&name), name))
        .collect();
    let answers = LocalSet::new()
        .run_until(ask(&index, wanted, settings.versions))
        .await;
    for (package, answer) in answers {
        match answer {
            Ok(project) => {
                answered += 1;
                let known = known.get(&package).map_or(&[][..], Vec::as_slice);
                sorter.look(&package, project.as_ref(), known, &wishes, &manner);
            }
            Err(error) => plan.unasked.push(format!("{package}: {error}")),
        }
    }
    (plan.work, plan.beyond) = sorter.sorted(usize::try_from(args.limit).unwrap_or(usize::MAX));
    (plan.deleted, plan.lacking) = (sorter.deleted, sorter.lacking);
    plan.shards = shards(args.shards, plan.work.len());
    let text = plan
        .write()
        .map_err(|error| Error::Unexpected(error.to_string()))?;
    if let Some(path) = &args.plan_file {
        files::write_atomically(&world.dir.join(path), text.as_bytes())?;
    }
    tell::plan(world, &plan, &text)?;
    // Some that do not answer are told in the end and stop nobody; where none did, there is no plan.
    Ok(if answered == 0 && !plan.unasked.is_empty() {
        3
    } else {
        0
    })
}

/// What was asked for by hand.
fn asked(args: &Parse) -> Result<Vec<Pick>> {
    let pick = |target| match target {
        Target::Package(pick) => Ok(pick),
        Target::Repository(repository, tag) => Err(Error::Usage(format!(
            "{repository}@{tag}: only what the package index has enters a registry"
        ))),
    };
    words::read(&args.words)?.into_iter().map(pick).collect()
}

fn listed(wishes: &mut Wishes, settings: &Packages) {
    for pick in &settings.list {
        wishes.add(Why::Listed, pick.clone());
    }
}

/// The most used packages, where somebody says where they are listed.
async fn popular(
    args: &Parse,
    settings: &Packages,
    registry: &std::path::Path,
    index: &PackageIndex,
) -> Result<Vec<PackageName>> {
    let Some(place) = args.popular.as_ref().or(settings.popular.as_ref()) else {
        return Ok(Vec::new());
    };
    let text = if place.contains("://") {
        index.text(place).await?
    } else {
        files::read_text(&registry.join(place))?
    };
    let packages = popular::read(&text).map_err(|why| {
        let text = format!("{place} is no list of packages: {why}");
        if place.contains("://") {
            Error::CouldNotCheck(text)
        } else {
            Error::Usage(text)
        }
    })?;
    let count = usize::try_from(settings.popular_count).unwrap_or(usize::MAX);
    Ok(packages.into_iter().take(count).collect())
}

/// What the index says of a package.
type Said = (PackageName, Result<Option<Project>>);

/// What the index lists of each, sorted by name; where it does not say how large the candidates of these versions are, their server does.
async fn ask(index: &PackageIndex, wanted: Vec<(Vec<String>, PackageName)>, newest: u64) -> Vec<Said> {
    let room = Arc::new(Semaphore::new(TOGETHER));
    let mut tasks = JoinSet::new();
    for (versions, name) in wanted {
        let (index, room) = (index.clone(), room.clone());
        tasks.spawn_local(async move {
            let _place = room.acquire_owned().await;
            let answer = one(&index, &name, &versions, newest).await;
            (name, answer)
        });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by(|(a, _), (b, _)| a.cmp(b));
    answers
}

async fn one(
    index: &PackageIndex,
    name: &PackageName,
    versions: &[String],
    count: u64,
) -> Result<Option<Project>> {
    let Some(mut project) = index.project(name).await? else {
        return Ok(None);
    };
    let mut wanted: Vec<Version> = versions.iter().map(|text| Version::new(text)).collect();
    wanted.extend(newest(&project, count));
    for version in wanted {
        index.choose(&mut project, &version).await?;
    }
    Ok(Some(project))
}

/// Into how many parts so much work is split.
fn shards(wanted: Option<u64>, work: usize) -> usize {
    let most = match wanted {
        Some(wanted) => usize::try_from(wanted).unwrap_or(MAX_SHARDS).min(MAX_SHARDS),
        None => work.div_ceil(EACH).min(USUAL_SHARDS),
    };
    most.min(work)
}

#[cfg(test)]
mod tests {
    use super::shards;

    #[test]
    fn there_are_no_more_parts_than_work() {
        assert_eq!(
            [
                shards(None, 0),
                shards(None, 1),
                shards(None, 26),
                shards(None, 9_000)
            ],
            [0, 1, 2, 20]
        );
        assert_eq!(
            [
                shards(Some(8), 3),
                shards(Some(256), 9_000),
                shards(Some(999), 9_000)
            ],
            [3, 256, 256]
        );
    }
}
