//! `gistry bundle`: the DNA of everything that a project depends on, as one archive. Never resolves what the files do not name.

mod wanted;

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::World;
use super::export::{put, shelves::Had, shelves::Shelves};
use super::package;
use crate::cli::Bundle;
use crate::error::{Error, Result};
use crate::model::dependencies::Want;
use crate::model::version::Version;
use crate::render::bundle::{Missing, Packed, archive};
use crate::render::visible::visible;

/// What became of one requirement.
enum Outcome {
    Had(Box<Had>),
    Lacks(String),
    Unanswered(Error),
}

/// Gets everything, and writes the archive.
///
/// # Errors
/// Usage, or an archive that cannot be written.
pub async fn run(world: &World, args: Bundle) -> Result<u8> {
    let wants = match wanted::read(world, &args)? {
        Ok(wants) => wants,
        Err(why) => {
            super::complain_plainly(world, &visible(&why))?;
            return Ok(1);
        }
    };
    if wants.is_empty() {
        super::complain_plainly(world, "the files name no package of a package index")?;
        return Ok(1);
    }
    let shelves = Shelves::open(world, &args.shelves)?;
    let progress = world.progress();
    progress.start("packages", Some(wants.len()));
    let mut packed = Vec::new();
    let mut missing = Vec::new();
    let mut parsed = 0;
    for (want, outcome) in all(&shelves, wants).await {
        let requirement = want.written();
        match outcome {
            Outcome::Had(had) => {
                tell(world, &want, &had)?;
                parsed += usize::from(had.from.ends_with("parsed here"));
                packed.push(Packed {
                    name: had.package.to_string(),
                    version: had.release().to_owned(),
                    dna_version: had.dna.head.dna_version,
                    sha256: had.sha256(),
                    bytes: had.bytes,
                });
            }
            Outcome::Lacks(why) => missing.push(Missing { requirement, why }),
            Outcome::Unanswered(error) => missing.push(Missing {
                requirement,
                why: error.to_string(),
            }),
        }
    }
    for one in &missing {
        super::complain_plainly(world, &format!("{}: {}", one.requirement, visible(&one.why)))?;
    }
    if !missing.is_empty() && !args.allow_missing {
        world.say("nothing is written; --allow-missing writes what there is")?;
        return Ok(3);
    }
    let bytes = archive(&packed, &missing)?;
    let place = put(world, &args.output, &bytes)?;
    let count = packed.len();
    let packages = if count == 1 { "package" } else { "packages" };
    world.say(&format!(
        "{count} {packages}: {place} ({parsed} parsed here, {} missing)",
        missing.len()
    ))?;
    Ok(if missing.is_empty() { 0 } else { 3 })
}

fn tell(world: &World, want: &Want, had: &Had) -> Result<()> {
    let (name, release) = (&had.package, had.release());
    if want.pinned().is_none() {
        world.say(&format!(
            "{}: {name} {release} is the newest that will do",
            want.written()
        ))?;
    }
    for note in &had.notes {
        world.say(&format!("{name} {release}: {}", visible(note)))?;
    }
    Ok(())
}

/// Every requirement with what became of it, in their order.
async fn all(shelves: &Shelves, wants: Vec<Want>) -> Vec<(Want, Outcome)> {
    let queue = Mutex::new(wants.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    // Each takes the next one when it is done with its own; while one parses, on all cores, the others wait.
    let worker = || async {
        loop {
            let next = lock(&queue).next();
            let Some((number, want)) = next else { break };
            let outcome = match one(shelves, &want).await {
                Ok(Ok(had)) => Outcome::Had(Box::new(had)),
                Ok(Err(why)) => Outcome::Lacks(why),
                Err(error) => Outcome::Unanswered(error),
            };
            lock(&done).push((number, want, outcome));
        }
    };
    tokio::join!(worker(), worker(), worker(), worker());
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _, _)| *number);
    done.into_iter()
        .map(|(_, want, outcome)| (want, outcome))
        .collect()
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn one(shelves: &Shelves, want: &Want) -> Result<Result<Had, String>> {
    let version = match want.pinned() {
        Some(version) if want.takes(&Version::new(&version)) => version,
        Some(_) => return Ok(Err("no version can be all of this".to_owned())),
        None => match newest(shelves, want).await? {
            Some(version) => version.to_string(),
            None => return Ok(Err("there is no release that will do".to_owned())),
        },
    };
    shelves.had(&want.package, Some(&version)).await
}

/// The newest release that will do: of the package index, or of what is here where nobody may be asked.
async fn newest(shelves: &Shelves, want: &Want) -> Result<Option<Version>> {
    let project = if shelves.is_online() {
        shelves.index().project(&want.package).await?
    } else {
        None
    };
    let Some(project) = project else {
        let here = shelves.here(&want.package);
        return Ok(want.newest(here.iter().map(|version| (version, false))).cloned());
    };
    let offered = package::offered(&project);
    Ok(want.newest(offered).cloned())
}
