//! `gistry export`: a package's DNA, from wherever it is had. Never writes what was not checked.

mod kept;
mod push;
mod remote;
mod repository;
pub mod shelves;

use std::path::Path;

use super::World;
use crate::cli::{Export, ExportFormat};
use crate::error::{Error, Result};
use crate::io::files;
use crate::model::artifact::normalise;
use crate::render::dna::lines;
use crate::render::visible::visible;
use push::Offer;
use remote::Remote;
use shelves::{Had, Shelves};

/// Gets the DNA and writes it.
///
/// # Errors
/// Usage, or somebody could not be asked.
pub async fn run(world: &World, args: Export) -> Result<u8> {
    let mut registry = None;
    let had = if args.package.contains('/') {
        if args.push {
            return Err(Error::Usage(
                "DNA of a repository stays on the machine that made it: --push is for packages".to_owned(),
            ));
        }
        repository::had(world, &args).await?
    } else {
        let package = normalise(&args.package)
            .ok_or_else(|| Error::Usage(format!("{:?} is no name of a package", args.package)))?;
        let shelves = Shelves::open(world, &args.shelves)?;
        registry = Some(shelves.remote(args.push)?);
        shelves.had(&package, args.release.as_deref()).await?
    };
    let had = match had {
        Ok(had) => had,
        Err(why) => {
            let lines: Vec<String> = why.lines().map(visible).collect();
            super::complain_plainly(world, &lines.join("\n"))?;
            return Ok(1);
        }
    };
    for note in &had.notes {
        world.say(&format!("note: {}", visible(note)))?;
    }
    let place = write(world, &args, &had)?;
    world.say(&format!(
        "{} {}: {place} (from {})",
        had.package,
        had.release(),
        had.from
    ))?;
    match registry.flatten() {
        Some(registry) => push(world, &registry, &had).await,
        None => Ok(0),
    }
}

async fn push(world: &World, registry: &Remote, had: &Had) -> Result<u8> {
    match push::offer(registry, had).await? {
        Offer::Opened(address) => world.say(&format!("offered to {}: {address}", registry.repository))?,
        Offer::Needless(why) => world.say(&format!("nothing to offer: {why}"))?,
        Offer::Refused(why) => {
            super::complain_plainly(world, &visible(&why))?;
            return Ok(1);
        }
    }
    Ok(0)
}

fn write(world: &World, args: &Export, had: &Had) -> Result<String> {
    let (ending, bytes) = match args.format {
        ExportFormat::Msgpack => ("msgpack", had.bytes.clone()),
        ExportFormat::Jsonl => ("jsonl", lines::lines(&had.dna, None).into_bytes()),
    };
    // A tag may have slashes.
    let name = format!("{}-{}.{ending}", had.package, had.release().replace('/', "-"));
    let place = args.output.as_deref().unwrap_or(Path::new(&name));
    put(world, place, &bytes)
}

/// Writes bytes to a file, or to standard output for `-`; gives the place in words.
pub(super) fn put(world: &World, place: &Path, bytes: &[u8]) -> Result<String> {
    if place != Path::new("-") {
        files::write_atomically(&world.dir.join(place), bytes)?;
        return Ok(visible(&place.display().to_string()));
    }
    let mut stdout = world
        .stdout
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok("standard output".to_owned()),
    }
}
