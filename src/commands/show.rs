//! `gistry show`: one DNA file for people and programs. Never changes a file, and never fetches one.

use std::path::{Path, PathBuf};

use super::World;
use crate::cli::Show;
use crate::dna::lookup::{self, Found};
use crate::dna::{self, Dna};
use crate::error::{Error, Result};
use crate::io::names;
use crate::model::artifact::normalise;
use crate::model::version::{self, Version};
use crate::render::dna::{self as shown, Depth, Paper};
use crate::render::schema;
use crate::render::visible::visible;

/// Columns, where nobody says how many there are.
const WIDTH: usize = 80;
/// The folders in which the files of packages are looked for.
pub(super) const SHELVES: [&str; 2] = [".", ".repolex"];

/// Shows a file, or one definition in it.
///
/// # Errors
/// Wrong usage: there is no such file, or it is not clear which is meant.
pub fn run(world: &World, args: &Show) -> Result<u8> {
    let file = match (&args.file, args.schema) {
        (None, _) | (Some(_), true) => {
            world.print(schema::schema("dna").unwrap_or_default())?;
            return Ok(0);
        }
        (Some(file), false) => file,
    };
    let (place, path) = choose(world, file, &args.path)?;
    let bytes = match &place {
        None => names::bounded(std::io::stdin().lock()),
        Some(place) => names::read(place),
    };
    let name = place.map_or("standard input".to_owned(), |place| place.display().to_string());
    let read = bytes.and_then(|bytes| {
        if args.json && path.is_none() {
            return shown::lines::whole(&bytes).map(Read::Whole);
        }
        dna::read(&bytes).map(|dna| Read::Decoded(Box::new(dna)))
    });
    match read {
        Ok(Read::Whole(text)) => world.print(&text).map(|()| 0),
        Ok(Read::Decoded(dna)) => tell(world, args, &dna, path),
        Err(why) => {
            super::complain_plainly(world, &format!("{}: {}", visible(&name), visible(&why)))?;
            Ok(1)
        }
    }
}

enum Read {
    Whole(String),
    Decoded(Box<Dna>),
}

fn tell(world: &World, args: &Show, dna: &Dna, path: Option<&str>) -> Result<u8> {
    let paper = paper(world);
    let depth = Depth { all: args.all };
    let Some(path) = path else {
        if args.jsonl {
            world.print(&shown::lines::lines(dna, None))?;
        } else {
            world.tell(&shown::overview(dna, depth, paper))?;
        }
        return Ok(0);
    };
    let found = lookup::find(dna, path);
    let data = args.json || args.jsonl;
    let text = match &found {
        Found::Elsewhere(to) => {
            super::complain_plainly(
                world,
                &format!(
                    "{} is {}, which is of another package",
                    visible(path),
                    visible(to)
                ),
            )?;
            return Ok(1);
        }
        Found::Nothing(nearest) => {
            let nearest: Vec<String> = nearest.iter().map(|path| visible(path)).collect();
            let hint = if nearest.is_empty() {
                String::new()
            } else {
                format!("; did you mean\n  {}", nearest.join("\n  "))
            };
            let title = format!("{} {}", dna.head.package, visible(&dna.head.release));
            super::complain_plainly(world, &format!("there is no {} in {title}{hint}", visible(path)))?;
            return Ok(1);
        }
        Found::Module(module) if data => {
            let text = shown::lines::lines(dna, Some(&module.name));
            if args.jsonl {
                text
            } else {
                shown::lines::module(dna, module)
            }
        }
        Found::Definition(definition) if args.jsonl => shown::lines::lines(dna, Some(&definition.path)),
        Found::Definition(definition) if args.json => shown::lines::definition(dna, definition),
        Found::Module(module) => shown::module(dna, module, depth, paper),
        Found::Definition(definition) => {
            shown::definition(dna, &lookup::spelled(dna, path), definition, depth, paper)
        }
    };
    if data {
        world.print(&text)
    } else {
        world.tell(&text)
    }?;
    Ok(0)
}

pub(super) fn paper(world: &World) -> Paper {
    Paper::new(columns(world).unwrap_or(WIDTH), world.color)
}

/// How wide the terminal is, or what `COLUMNS` says; nothing where the output is no terminal.
pub(super) fn columns(world: &World) -> Option<usize> {
    let said = world
        .env
        .first(&["COLUMNS"])
        .and_then(|columns| columns.parse().ok());
    let seen = || {
        let out = std::io::stdout();
        let (width, _) = terminal_size::terminal_size_of(out)?;
        Some(usize::from(width.0))
    };
    said.or_else(seen)
}

/// The file that is meant (none: standard input), and the path within it.
fn choose<'a>(world: &World, first: &str, rest: &'a [String]) -> Result<(Option<PathBuf>, Option<&'a str>)> {
    let file = world.dir.join(first);
    if first == "-" || file.exists() && !file.is_dir() {
        return match rest {
            [] => Ok((Some(file), None)),
            [path] => Ok((Some(file), Some(path.as_str()))),
            _ => Err(Error::Usage("one path at a time".to_owned())),
        }
        .map(|(file, path)| (file.filter(|_| first != "-"), path));
    }
    let releases = releases(&world.dir, first);
    let release = |wanted: &str| releases.iter().find(|(version, _)| version.as_str() == wanted);
    let newest = || {
        let latest = version::latest(releases.iter().map(|(version, _)| (version, false)))?;
        release(latest.as_str())
    };
    let (found, path) = match rest {
        [version, path] => (release(version), Some(path.as_str())),
        [version] if release(version).is_some() => (release(version), None),
        [path] => (newest(), Some(path.as_str())),
        _ => (newest(), None),
    };
    if let Some((_, file)) = found {
        return Ok((Some(file.clone()), path));
    }
    let versions: Vec<&str> = releases.iter().map(|(version, _)| version.as_str()).collect();
    Err(Error::Usage(if versions.is_empty() {
        format!(
            "there is no file {first:?}, and no package of this name in the registry here or in .repolex\n`gistry export msgpack {} VERSION` brings one",
            visible(first)
        )
    } else {
        format!("of {first} there is only {}", versions.join(", "))
    }))
}

/// The releases of a package that are here.
fn releases(dir: &Path, package: &str) -> Vec<(Version, PathBuf)> {
    let Some(package) = normalise(package) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for shelf in SHELVES {
        let folder = dir.join(shelf).join(package.as_str());
        for file in names::files(&folder).unwrap_or_default() {
            if let Some((name, version)) = names::release_of(&file)
                && name == package.as_str()
            {
                found.push((Version::new(&version), file));
            }
        }
    }
    found
}
