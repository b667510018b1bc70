//! `gistry verify`: DNA files against what their artifacts give when they are parsed again. Never writes, never trusts a head.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::cli::{Verify, VerifyFormat};
use crate::dna::offered::{ORIGIN, sound};
use crate::dna::{Head, VERSION, difference, head, read};
use crate::error::{Error, Result};
use crate::io::pypi::PackageIndex;
use crate::io::{disk, files};
use crate::model::artifact::{self, DistFile};
use crate::model::blob::BlobId;
use crate::model::derivation::Derivation;
use crate::model::path::Place as Layout;
use crate::render::verify::{self as render, Place, State, Verified};

use super::World;
use super::package::{self, NoDna, again};

/// How long one artifact may take, to be had and to be parsed.
const TIME: Duration = Duration::from_secs(1_800);

/// Verifies what the command line names.
///
/// # Errors
/// Wrong usage: a file is not there; the package index's address cannot be used.
pub async fn run(world: &World, args: Verify) -> Result<u8> {
    let registry = world.dir.join(&args.registry);
    let targets = targets(world, &args, &registry)?;
    let progress = world.progress();
    let settings = package::settings(&registry)?;
    let index = package::index(world, &args.packages, &settings, progress.clone())?;
    index.ready()?;
    let jobs = args.packages.jobs.and_then(|jobs| usize::try_from(jobs).ok());
    let mut found = Vec::new();
    progress.start("verifying DNA files", Some(targets.len()));
    for (name, path) in targets {
        let verified = match files::read_if_there(&path)? {
            Some(bytes) => one(&index, &name, &path, &bytes, jobs).await,
            None => return Err(Error::Usage(format!("{name}: there is no such file"))),
        };
        progress.advance(1);
        found.push(verified);
    }
    match args.format {
        VerifyFormat::Human => world.tell(&render::human(&found))?,
        VerifyFormat::Json => {
            let text = render::json(&found).map_err(|error| Error::Unexpected(error.to_string()))?;
            world.print(&text)?;
        }
    }
    Ok(render::exit_code(&found))
}

/// The files, as they are named and where they are.
fn targets(world: &World, args: &Verify, registry: &Path) -> Result<Vec<(String, PathBuf)>> {
    if args.all {
        let paths = releases(registry)?;
        return Ok(paths
            .into_iter()
            .map(|path| (path.clone(), registry.join(path)))
            .collect());
    }
    let there = |name: &String| world.dir.join(name).is_file();
    if let ([package, version], true) = (&*args.what, !args.what.iter().any(there)) {
        let normal = artifact::normalise(package)
            .ok_or_else(|| Error::Usage(format!("{package:?} is no file, and no package's name")))?;
        let package = normal;
        let path = format!("{package}/{package}-{version}.msgpack");
        if !registry.join(&path).is_file() {
            return Err(Error::Usage(format!("{} has no {path}", registry.display())));
        }
        return Ok(vec![(path.clone(), registry.join(path))]);
    }
    Ok(args
        .what
        .iter()
        .map(|name| (name.clone(), world.dir.join(name)))
        .collect())
}

/// Every DNA file of a registry, sorted.
fn releases(registry: &Path) -> Result<Vec<String>> {
    let root = disk::Root::open(registry)?;
    let found = Mutex::new(Vec::new());
    let quiet = crate::model::progress::Silent;
    let note = |_: &mut (), seen: disk::Seen<'_>| {
        let path = seen.path();
        if matches!(path.place(), Layout::Release { .. })
            && let Ok(mut found) = found.lock()
        {
            found.push(path.as_str().to_owned());
        }
    };
    root.walk(&quiet, note, |()| ());
    let mut found = found.into_inner().unwrap_or_default();
    found.sort();
    Ok(found)
}

async fn one(index: &PackageIndex, name: &str, path: &Path, bytes: &[u8], jobs: Option<usize>) -> Verified {
    let nothing = |state, message: String| Verified {
        path: name.to_owned(),
        package: None,
        release: None,
        artifact: None,
        state,
        message: Some(message),
        difference: None,
        notes: Vec::new(),
    };
    let head = match head::read(bytes, head::MAX_HEAD) {
        Ok(head) => head,
        Err(fault) => return nothing(State::Damaged, fault.to_string()),
    };
    let verified = |state, message: Option<String>| Verified {
        package: Some(head.package.clone()),
        release: Some(head.release.clone()),
        artifact: Some(head.source.artifact.clone()),
        message,
        ..nothing(state, String::new())
    };
    if let Some(why) = misnamed(path, &head) {
        return verified(State::Misnamed, Some(why));
    }
    if head.dna_version != VERSION {
        let made = head.dna_version;
        let why = format!(
            "it is of dna_version {made}, and this gistry makes {VERSION}: use the gistry that makes {made}"
        );
        return verified(State::Unchecked, Some(why));
    }
    if let Err(why) = sound(bytes) {
        return verified(State::Damaged, Some(why));
    }
    if head.source.origin != ORIGIN {
        let why = format!(
            "it was made from {:?}, where nobody else can ask for it",
            head.source.origin
        );
        return verified(State::Unchecked, Some(why));
    }
    let made = match again(index, &derivation(&head, bytes), jobs, TIME).await {
        Ok(Ok(made)) => made,
        Ok(Err(NoDna::Gone(why))) => return verified(State::Gone, Some(why)),
        Ok(Err(NoDna::Empty(why))) => {
            return verified(State::Differs, Some(format!("its artifact gives no DNA: {why}")));
        }
        Err(error) => return verified(State::Unchecked, Some(error.to_string())),
    };
    let notes = mark(&head, &made.listed);
    if made.derived.bytes == bytes {
        return Verified {
            notes,
            ..verified(State::Same, None)
        };
    }
    let common = made
        .derived
        .bytes
        .iter()
        .zip(bytes)
        .take_while(|(a, b)| a == b)
        .count();
    Verified {
        difference: said(bytes, &made.derived.bytes),
        notes,
        ..verified(
            State::Differs,
            Some(format!("from byte {common} on its artifact gives something else")),
        )
    }
}

fn derivation(head: &Head, bytes: &[u8]) -> Derivation {
    Derivation {
        blob: BlobId::of(bytes),
        package: head.package.clone(),
        release: head.release.clone(),
        artifact: head.source.artifact.clone(),
        sha256: head.source.sha256.clone(),
        yanked: head.yanked.clone(),
        profile: head.profile.clone(),
        dna_version: head.dna_version,
    }
}

/// Whether a file that is named like a release's DNA is that of another one.
fn misnamed(path: &Path, head: &Head) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".msgpack")?;
    let like_a_release = stem
        .rsplit_once('-')
        .is_some_and(|(_, version)| version.starts_with(|first: char| first.is_ascii_digit()));
    let wanted = format!("{}-{}.msgpack", head.package, head.release);
    (like_a_release && name != wanted).then(|| {
        format!(
            "it is about {} {}, and such a file is called {wanted}",
            head.package, head.release
        )
    })
}

/// Whether the release is yanked, by the file and by the package index.
fn mark(head: &Head, listed: &DistFile) -> Vec<String> {
    let word = |why: &Option<String>| match why.as_deref() {
        None => "not yanked".to_owned(),
        Some("") => "yanked, without a reason".to_owned(),
        Some(why) => format!("yanked: {why}"),
    };
    match (&head.yanked, &listed.yanked) {
        (None, None) => Vec::new(),
        (file, index) if file == index => vec![format!("the release is {}", word(index))],
        (file, index) => vec![format!(
            "the file says that the release is {}; the package index says now that it is {}: `gistry parse` writes it down",
            word(file),
            word(index)
        )],
    }
}

fn said(file: &[u8], derived: &[u8]) -> Option<Place> {
    let difference = difference::first(&read(file).ok()?, &read(derived).ok()?)?;
    Some(Place {
        place: difference.place,
        file: difference.left,
        artifact: difference.right,
    })
}
