//! `gistry merge --defer`: which DNA files must be made again before pull requests can be merged. Reads only; never judges, and what it
//! says decides nothing but what is made.

use crate::cli::Merge;
use crate::commands::World;
use crate::commands::connection::addresses;
use crate::commands::validate::pull::Judge;
use crate::error::{Error, Result};
use crate::io::git::default_branch;
use crate::model::name::Repository;

use super::chosen::{self, Chosen};
use super::{ONE, landed};

/// Looks at those whose turn it will be, in that order, and says what they need.
///
/// # Errors
/// The open pull requests cannot be listed. One that cannot be asked about does not stop the others.
pub async fn run(world: &World, args: &Merge, repository: Repository, chosen: &Chosen) -> Result<u8> {
    let mut judge = Judge::at(world, &args.connection, args.wait, repository)?;
    judge.defer(true);
    judge.github = judge.github.with_allowance(args.requests);
    let source = addresses(&args.connection, &world.env).source(&judge.repository);
    let branch = default_branch(&source).await?;
    let open = chosen::open(&judge, &branch, chosen).await?;
    unfinished(world, &judge).await?;
    for number in open.turn {
        let spent = judge.requests().rest + ONE > args.requests;
        if spent || judge.is_full() {
            world.say("what else there is waits for the next run")?;
            break;
        }
        if open.unlikely.contains(&number) {
            continue;
        }
        match judge.note_needs(number).await {
            Ok(Some(settings)) if !settings.enabled || settings.paused => {
                world.say("registry.toml lets nothing be merged for now")?;
                return Ok(0);
            }
            Ok(_) => {}
            Err(error @ (Error::CouldNotCheck(_) | Error::Usage(_))) => {
                world.say(&format!("#{number}: {error}"))?;
            }
            Err(error) => return Err(error),
        }
    }
    judge.tell_needs()?;
    Ok(0)
}

/// What landed elsewhere than it was judged is judged again where it landed.
async fn unfinished(world: &World, judge: &Judge<'_>) -> Result<()> {
    let found = landed::unfinished(&judge.github, &judge.repository).await;
    for moved in found.unwrap_or_else(|error| vec![Err(error)]) {
        let noted = match moved {
            Ok(moved) => {
                let (pull, parent, commit) = (&moved.pull, &moved.parent, &moved.commit);
                judge.note_needs_of_landed(pull, parent, commit).await
            }
            Err(error) => Err(error),
        };
        match noted {
            Ok(()) => {}
            Err(error @ Error::CouldNotCheck(_)) => world.say(&format!("what landed lately: {error}"))?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
