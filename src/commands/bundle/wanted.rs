//! The files that say what a project depends on, read with the files that they include. Never reads one of them twice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::{Bundle, Platform};
use crate::commands::World;
use crate::error::{Error, Result};
use crate::io::files;
use crate::model::dependencies::{self, Selection, System, Target, Want};
use crate::render::visible::visible;

/// What was read so far.
#[derive(Default)]
struct Read {
    seen: BTreeSet<(PathBuf, bool)>,
    wants: Vec<Want>,
    bounds: Vec<Want>,
    /// Of lock files, which may have several versions of a package.
    locked: Vec<Want>,
}

/// Everything that the files name. `Ok(Err(…))` is what cannot be understood, with its place.
///
/// # Errors
/// Usage: a file is not there.
pub fn read(world: &World, args: &Bundle) -> Result<Result<Vec<Want>, String>> {
    let system = match args.platform {
        Platform::Linux => System::Linux,
        Platform::Macos => System::Macos,
        Platform::Windows => System::Windows,
    };
    let target = Target::new(&args.python, system);
    let selection = Selection {
        extras: args.extra.clone(),
        groups: args.group.clone(),
        target: target.ok_or_else(|| Error::Usage(format!("{:?} is no version of Python", args.python)))?,
    };
    let mut read = Read::default();
    for file in &args.requirements {
        if let Err(why) = one(world, &world.dir.join(file), false, &selection, &mut read)? {
            return Ok(Err(why));
        }
    }
    let mut wants = dependencies::together(read.wants, &read.bounds);
    for want in read.locked {
        if !wants
            .iter()
            .any(|known| known.package == want.package && known.versions == want.versions)
        {
            wants.push(want);
        }
    }
    wants.sort_by_key(Want::written);
    Ok(Ok(wants))
}

fn one(
    world: &World,
    file: &Path,
    bounds: bool,
    selection: &Selection,
    read: &mut Read,
) -> Result<Result<(), String>> {
    if !read.seen.insert((file.to_owned(), bounds)) {
        return Ok(Ok(()));
    }
    let text = files::read_text(file)?;
    let shown = file
        .strip_prefix(&world.dir)
        .unwrap_or(file)
        .display()
        .to_string();
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_lock = name.ends_with(".lock");
    let listed = match name {
        _ if is_lock => dependencies::uv_lock(&text),
        _ if name.ends_with(".toml") => dependencies::pyproject(&text, selection),
        _ => dependencies::requirements(&text, selection),
    };
    let listed = match listed {
        Ok(listed) => listed,
        Err(wrong) => return Ok(Err(format!("{shown}:{}: {}", wrong.line, wrong.message))),
    };
    for one in &listed.passed_over {
        world.say(&format!(
            "{shown}:{}: {} is passed over: {}",
            one.line,
            visible(&one.text),
            one.why
        ))?;
    }
    match (is_lock, bounds) {
        (true, _) => read.locked.extend(listed.wants),
        (false, true) => read.bounds.extend(listed.wants),
        (false, false) => read.wants.extend(listed.wants),
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    for include in listed.includes {
        if include.path.contains("://") {
            return Ok(Err(format!(
                "{shown}:{}: {} is not on this machine",
                include.line,
                visible(&include.path)
            )));
        }
        let path = folder.join(&include.path);
        if let Err(why) = self::one(world, &path, bounds || include.bounds, selection, read)? {
            return Ok(Err(why));
        }
    }
    Ok(Ok(()))
}
