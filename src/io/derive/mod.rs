//! An artifact's bytes to a DNA file's bytes: the one derivation that parse, verify, export and the rules share. Never asks an index.

mod folder;
mod layout;
mod metadata;
mod project;

use std::path::Path;

use rayon::ThreadPoolBuilder;
use sha2::{Digest, Sha256 as Hasher};

use self::metadata::Metadata;
use super::archive::{self, Contents, Entry, Limits, Take};
use crate::dna::record::Tag;
use crate::dna::{self, Head, Options, Package, Source, head, layout as modules};
use crate::error::{Error, Result};
use crate::model::artifact::ArtifactKind;
use crate::model::name::{CommitId, Name, PackageName, Sha256, Timestamp};

pub use crate::dna::VERSION as DNA_VERSION;

/// What made it. Without gistry's own version, which may change while the bytes must not.
const GENERATOR: &str = "gistry";
/// Bytes of stack of a thread that parses: a sum of a hundred thousand terms goes as deep.
const STACK: usize = 64 << 20;

/// An artifact and what its head says of it.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// The package.
    pub package: PackageName,
    /// The version, as the package index writes it.
    pub release: String,
    /// Where the bytes are from.
    pub source: Stated,
    /// What it is, which says how it is read.
    pub kind: ArtifactKind,
    /// Why nobody should use this release any more.
    pub yanked: Option<String>,
    /// The artifact.
    pub bytes: &'a [u8],
    /// The sdist that is read beside a wheel for docstrings that are compiled in (`--with-sdist`).
    pub beside: Option<(Stated, &'a [u8])>,
}

/// Where an artifact is from, as far as that is known without its bytes.
#[derive(Debug, Clone)]
pub struct Stated {
    /// Who gave it: `pypi`, `github`, `local`.
    pub origin: String,
    /// The file's name, or what stands for it.
    pub artifact: String,
    /// What its bytes were promised to be; any, if absent.
    pub sha256: Option<Sha256>,
    /// When it was uploaded.
    pub upload_time: Option<Timestamp>,
}

/// How it is done.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// What is taken in.
    pub options: Options,
    /// How many threads; the machine's, if absent. Never changes the bytes.
    pub jobs: Option<usize>,
    /// What an archive may hold.
    pub limits: Limits,
}

/// A DNA file that was made.
#[derive(Debug, Clone)]
pub struct Derived {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its head.
    pub head: Head,
    /// What was left out or could not be read, a line each, sorted.
    pub notes: Vec<String>,
    /// The commit that a tarball of a repository says to be made from.
    pub commit: Option<CommitId>,
}

/// Makes the DNA of an artifact. `Ok(Err(…))` says in one line why this artifact has none: it is no archive, or beyond a limit.
///
/// # Errors
/// The machine's own: threads, memory.
pub fn artifact(material: &Material<'_>, manner: &Manner) -> Result<std::result::Result<Derived, String>> {
    on_threads(manner.jobs, || {
        // While one thread hashes, the others inflate.
        let (source, opened) = rayon::join(
            || hashed(&material.source, material.kind, material.bytes),
            || {
                let beside = material.beside.as_ref();
                let beside = beside.map(|(stated, bytes)| {
                    let only = |path: &str| match path.ends_with(".py") {
                        true => Take::Bytes,
                        false => Take::Nothing,
                    };
                    let kind = ArtifactKind::Sdist;
                    let source = hashed(stated, kind, bytes)?;
                    let opened = archive::open_some(bytes, kind, &source.artifact, &manner.limits, &only)?;
                    Ok::<_, String>((source, opened))
                });
                let artifact = open(material, manner)?;
                Ok::<_, String>((artifact, beside.transpose()?))
            },
        );
        let (source, (artifact, beside)) = match source.and_then(|source| Ok((source, opened?))) {
            Ok(read) => read,
            Err(why) => return Ok(Err(why)),
        };
        let (beside_source, beside) = beside.unzip();
        make(
            Origin {
                package: material.package.clone(),
                release: material.release.clone(),
                source,
                yanked: material.yanked.clone(),
                beside: beside_source,
            },
            material.kind,
            artifact,
            beside,
            manner.options,
        )
    })
}

/// Makes the DNA of a folder of sources on this machine.
///
/// # Errors
/// As [`artifact`], and what cannot be read.
pub fn folder(
    folder: &Path,
    package: PackageName,
    release: String,
    manner: &Manner,
) -> Result<std::result::Result<Derived, String>> {
    let found = match folder::read(folder, &manner.limits, &|path| {
        take(path, ArtifactKind::Folder, manner.options)
    })? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let source = folder::source(folder, &found)?;
    on_threads(manner.jobs, || {
        make(
            Origin {
                package,
                release,
                source,
                yanked: None,
                beside: None,
            },
            ArtifactKind::Folder,
            found,
            None,
            manner.options,
        )
    })
}

/// Runs something on threads of its own, whose stacks are large.
fn on_threads<T: Send>(jobs: Option<usize>, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .stack_size(STACK)
        .build()
        .map_err(|error| Error::Unexpected(format!("no threads to parse on: {error}")))?;
    pool.install(work)
}

/// What a head says of the bytes, if they are those that were promised.
fn hashed(stated: &Stated, kind: ArtifactKind, bytes: &[u8]) -> std::result::Result<head::Source, String> {
    let sha256 = Sha256::of(bytes);
    if let Some(promised) = stated.sha256.as_ref().filter(|promised| **promised != sha256) {
        return Err(format!(
            "{} has the sha256 {sha256}, and {promised} was promised",
            stated.artifact
        ));
    }
    Ok(head::Source {
        origin: stated.origin.clone(),
        artifact: stated.artifact.clone(),
        kind: kind.as_str().to_owned(),
        size: bytes.len() as u64,
        sha256,
        upload_time: stated.upload_time.clone(),
    })
}

fn open(material: &Material<'_>, manner: &Manner) -> std::result::Result<Contents, String> {
    archive::open_some(
        material.bytes,
        material.kind,
        &material.source.artifact,
        &manner.limits,
        &|path| take(path, material.kind, manner.options),
    )
}

/// What is left out by default need not be inflated: three quarters of pandas are tests.
fn take(path: &str, kind: ArtifactKind, options: Options) -> Take {
    let usual = Take::usual(path);
    if usual != Take::Bytes || options.include_tests {
        return usual;
    }
    let left_out = modules::place(path)
        .and_then(|place| place.tag)
        .is_some_and(|tag| {
            // In what is no wheel the path may begin with folders that are not installed; a test is one wherever it lies.
            kind == ArtifactKind::Wheel || tag == Tag::Test
        });
    if left_out { Take::Name } else { usual }
}

/// What a head says of where a DNA is from.
struct Origin {
    package: PackageName,
    release: String,
    source: head::Source,
    yanked: Option<String>,
    beside: Option<head::Source>,
}

fn make(
    origin: Origin,
    kind: ArtifactKind,
    mut artifact: Contents,
    beside: Option<Contents>,
    options: Options,
) -> Result<std::result::Result<Derived, String>> {
    let metadata = Metadata::find(&artifact.files, &origin.package, kind);
    if kind != ArtifactKind::Wheel {
        layout::as_installed(&mut artifact.files, &origin.package, kind);
    }
    let sources = sources(&artifact.files);
    if !sources.iter().any(|source| modules::place(source.path).is_some()) {
        return Ok(Err(format!("{} holds no Python module", origin.source.artifact)));
    }
    let mut package = Package::new(&sources, options);
    let beside_files = beside.as_ref().map(|beside| self::sources(&beside.files));
    if let Some(files) = &beside_files {
        package = package.beside(files);
    }
    let (body, mut counts) = package.body();
    counts.failed += artifact.left_out_count;
    let mut notes = artifact.left_out;
    for module in &body.modules {
        let problem =
            |problem: &dna::record::Problem| format!("{}:{}: {}", module.path, problem.line, problem.message);
        notes.extend(module.problems.iter().map(problem));
    }
    notes.sort();
    let mut profile = if options.include_tests {
        "with-tests"
    } else {
        "default"
    }
    .to_owned();
    if origin.beside.is_some() {
        profile.push_str("+sdist");
    }
    let head = Head {
        dna_version: DNA_VERSION,
        package: origin.package,
        release: origin.release,
        generator: GENERATOR.to_owned(),
        source: origin.source,
        beside: origin.beside,
        requires_python: metadata.requires_python,
        summary: metadata.summary,
        counts,
        profile,
        yanked: origin.yanked,
    };
    let bytes = dna::into_file(&head, body)?;
    Ok(Ok(Derived {
        bytes,
        head,
        notes,
        commit: artifact.commit,
    }))
}

fn sources(files: &[Entry]) -> Vec<Source<'_>> {
    files
        .iter()
        .map(|file| Source {
            path: &file.path,
            bytes: &file.bytes,
        })
        .collect()
}

/// A digest as a head has it.
fn digest(hasher: Hasher) -> Result<Sha256> {
    Sha256::parse(&format!("{:x}", hasher.finalize()))
        .map_err(|invalid| Error::Unexpected(invalid.to_string()))
}
