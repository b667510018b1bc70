//! `gistry parse --collect DIR…`: joins what shards wrote. Every file is verified before it enters the registry; never believes a report.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::place::{How, Made, Place};
use super::{land, shard, tell};
use crate::cli::Parse;
use crate::commands::{World, package};
use crate::dna::{self, Head, head};
use crate::error::{Error, Result};
use crate::io::derive::DNA_VERSION;
use crate::io::pypi::PackageIndex;
use crate::model::artifact::Project;
use crate::model::blob::BlobId;
use crate::model::name::PackageName;
use crate::model::path::{self, RepoPath};
use crate::parsing::plan::{Plan, Work};
use crate::parsing::report::{Done, Outcome, Report};

/// Largest DNA file that is taken, in bytes.
const MOST: u64 = 256 << 20;
/// Largest report that is read, in bytes.
const REPORT: u64 = 64 << 20;

/// A file that may enter the registry.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Where it belongs.
    pub path: String,
    /// Where it lies now.
    pub at: PathBuf,
    /// Its git object id.
    pub blob: BlobId,
    /// Its size in bytes.
    pub size: u64,
    /// Its head.
    pub head: Head,
}

/// What shards left behind.
#[derive(Default)]
struct Brought {
    /// Files by where they belong.
    files: BTreeMap<String, PathBuf>,
    /// What became of each release, in the reports' order.
    reports: Vec<Done>,
    /// What is neither, and files that are there twice.
    other: Vec<String>,
}

/// Joins, verifies, and puts into the registry or pushes.
pub async fn run(world: &World, args: &Parse) -> Result<u8> {
    let registry = world.dir.join(&args.registry);
    let settings = package::settings(&registry)?;
    package::may_derive(&settings)?;
    let plan = shard::plan(world, args)?;
    let mut brought = Brought::default();
    for dir in &args.collect {
        brought.take(&world.dir.join(dir))?;
    }
    let index = package::index(world, &args.packages, &settings, world.progress())?;
    index.ready()?;
    world.progress().start("verifying", Some(brought.files.len()));
    let mut report = report(args.dry_run, plan.as_ref(), &brought);
    let mut accepted = Vec::new();
    let mut pages: BTreeMap<PackageName, Result<Option<Project>, String>> = BTreeMap::new();
    for (path, at) in &brought.files {
        let verified = verify(path, at, plan.as_ref(), &index, &mut pages).await;
        let done = entry(&mut report, path);
        match verified {
            Ok(file) => {
                describe(done, &file);
                accepted.push(file);
            }
            Err(Refused(outcome, why)) => (done.outcome, done.why) = (outcome, Some(why)),
        }
    }
    report.unasked.append(&mut brought.other);
    let index_code = if args.push {
        land::push(world, args, &accepted, &mut report).await?
    } else {
        put(args, registry, &accepted, &mut report)?;
        0
    };
    tell::report(world, args.format, &report)?;
    Ok(match (report.exit_code(), index_code) {
        (0, code) | (3, code @ 1) => code,
        (code, _) => code,
    })
}

impl Brought {
    /// Takes in what lies in a folder, however it was unpacked: `{package}/{file}` in it, or one folder deeper.
    fn take(&mut self, dir: &Path) -> Result<()> {
        if !dir.is_dir() {
            return Err(Error::Usage(format!("{} is no folder", dir.display())));
        }
        for (name, is_folder) in entries(dir)? {
            let at = dir.join(&name);
            if !is_folder {
                self.file(&name, at);
                continue;
            }
            for (below, is_folder) in entries(&at)? {
                let inner = at.join(&below);
                if !is_folder {
                    self.file(&format!("{name}/{below}"), inner);
                    continue;
                }
                for (file, is_folder) in entries(&inner)? {
                    if is_folder {
                        self.other
                            .push(format!("{} is no file", inner.join(&file).display()));
                    } else {
                        self.file(&format!("{below}/{file}"), inner.join(&file));
                    }
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &str, at: PathBuf) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_regular = fs::symlink_metadata(&at).is_ok_and(|data| data.is_file());
        if is_regular && name.starts_with("shard-") && name.ends_with(".json") {
            match read(&at, REPORT).and_then(|bytes| Report::read(&bytes)) {
                Ok(report) => self.reports.extend(report.releases),
                Err(why) => self.other.push(format!("{}: {why}", at.display())),
            }
        } else if is_regular && matches!(RepoPath::new(path).place(), path::Place::Release { .. }) {
            if let Some(first) = self.files.insert(path.to_owned(), at) {
                self.other.push(format!(
                    "{path} was brought twice; {} was not looked at",
                    first.display()
                ));
            }
        } else {
            self.other
                .push(format!("{} is no file of a registry", at.display()));
        }
    }
}

/// What lies in a folder, sorted, and whether it is a folder itself; links are none.
fn entries(dir: &Path) -> Result<Vec<(String, bool)>> {
    let failed = |error: std::io::Error| Error::Usage(format!("{} cannot be read: {error}", dir.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        found.push((entry.file_name().to_string_lossy().into_owned(), is_folder));
    }
    found.sort_unstable();
    Ok(found)
}

fn read(at: &Path, most: u64) -> Result<Vec<u8>, String> {
    let data = fs::symlink_metadata(at).map_err(|error| error.to_string())?;
    if !data.is_file() || data.len() > most {
        return Err(format!("it is no file, or larger than {} MiB", most >> 20));
    }
    fs::read(at).map_err(|error| error.to_string())
}

/// What the plan wanted, each with what its shard said of it; without a plan, what the shards said.
fn report(dry_run: bool, plan: Option<&Plan>, brought: &Brought) -> Report {
    let mut report = Report::new(dry_run);
    let Some(plan) = plan else {
        report.releases.clone_from(&brought.reports);
        return report;
    };
    let said = |work: &Work| {
        let same = |done: &&Done| {
            done.package == work.package.as_str() && done.release.as_deref() == Some(&work.release)
        };
        let silent = || Done {
            package: work.package.to_string(),
            release: Some(work.release.clone()),
            why: Some("no shard brought a word of it".to_owned()),
            artifact: Some(work.artifact.clone()),
            ..Done::default()
        };
        let mut done = brought.reports.iter().find(same).cloned().unwrap_or_else(silent);
        if done.outcome.is_written() && !brought.files.contains_key(&work.path()) {
            (done.outcome, done.why) = (
                Outcome::Unasked,
                Some("its shard says that it is written, and it was not brought".into()),
            );
        }
        done
    };
    report.releases = plan.work.iter().map(said).collect();
    report.deleted.clone_from(&plan.deleted);
    report.lacking.clone_from(&plan.lacking);
    report.unasked.clone_from(&plan.unasked);
    report
}

/// The report's entry of a file, which it gets where it has none.
fn entry<'r>(report: &'r mut Report, path: &str) -> &'r mut Done {
    let of = |done: &Done| {
        done.release
            .as_ref()
            .map(|release| format!("{0}/{0}-{release}.msgpack", done.package))
    };
    let at = match report
        .releases
        .iter()
        .position(|done| of(done).as_deref() == Some(path))
    {
        Some(at) => at,
        None => {
            report.releases.push(Done {
                package: path.to_owned(),
                ..Done::default()
            });
            report.releases.len() - 1
        }
    };
    &mut report.releases[at]
}

/// What the file says counts, not the report.
fn describe(done: &mut Done, file: &Accepted) {
    let Head {
        package,
        release,
        counts,
        source,
        ..
    } = &file.head;
    done.package = package.to_string();
    done.release = Some(release.clone());
    done.path = Some(file.path.clone());
    done.artifact = Some(source.artifact.clone());
    (done.modules, done.functions) = (counts.modules, counts.functions + counts.methods);
    (done.failed_files, done.bytes) = (counts.failed, file.size);
    done.why = None;
}

/// Why a file enters no registry.
struct Refused(Outcome, String);

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self(Outcome::Failed, why)
    }
}

/// Whether a file is what its name says, whole, as gistry writes it, and of the artifact that the index lists.
async fn verify(
    path: &str,
    at: &Path,
    plan: Option<&Plan>,
    index: &PackageIndex,
    pages: &mut BTreeMap<PackageName, Result<Option<Project>, String>>,
) -> Result<Accepted, Refused> {
    let bytes = read(at, MOST)?;
    let dna = dna::read(&bytes).map_err(|why| format!("it is no DNA file: {why}"))?;
    let again = dna::file(&dna.head, &dna.body).map_err(|error| error.to_string())?;
    if again != bytes {
        return Err("it is not written as gistry writes a DNA file".to_owned().into());
    }
    let head = dna.head;
    let named = format!("{0}/{0}-{1}.msgpack", head.package, head.release);
    let profile = head.profile.as_str();
    let wrong = if named != path {
        Some(format!("it is the DNA of {} {}", head.package, head.release))
    } else if head.dna_version != DNA_VERSION {
        Some(format!(
            "it has dna_version {}, and this gistry makes {DNA_VERSION}",
            head.dna_version
        ))
    } else if head.source.origin != "pypi" || !matches!(profile, "default" | "default+sdist") {
        Some(format!(
            "origin {:?} and profile {profile:?} enter no registry",
            head.source.origin
        ))
    } else {
        plan.and_then(|plan| unplanned(plan, &head, path))
    };
    if let Some(why) = wrong {
        return Err(why.into());
    }
    if !pages.contains_key(&head.package) {
        let answer = index
            .project(&head.package)
            .await
            .map_err(|error| error.to_string());
        pages.insert(head.package.clone(), answer);
    }
    match pages.get(&head.package) {
        Some(Ok(Some(project))) => listed(project, &head)?,
        Some(Err(why)) => return Err(Refused(Outcome::Unasked, why.clone())),
        Some(Ok(None)) | None => return Err("the package index knows no such package".to_owned().into()),
    }
    Ok(Accepted {
        path: path.to_owned(),
        at: at.to_owned(),
        blob: BlobId::of(&bytes),
        size: bytes.len() as u64,
        head,
    })
}

fn unplanned(plan: &Plan, head: &Head, path: &str) -> Option<String> {
    match plan.work.iter().find(|work| work.path() == path) {
        None => Some("the plan does not name it".to_owned()),
        Some(work) if work.artifact != head.source.artifact => Some(format!(
            "the plan wants it made from {}, and it was made from {}",
            work.artifact, head.source.artifact
        )),
        Some(_) => None,
    }
}

/// Whether the index lists the artifact with what the head says of it.
fn listed(project: &Project, head: &Head) -> Result<(), String> {
    same(project, &head.source)?;
    if let Some(beside) = &head.beside {
        same(project, beside)?;
    }
    let file = project.file(&head.source.artifact);
    match file.filter(|file| file.yanked != head.yanked) {
        None => Ok(()),
        Some(_) => Err("whether it is yanked changed meanwhile; it comes the next time".to_owned()),
    }
}

fn same(project: &Project, source: &head::Source) -> Result<(), String> {
    let name = &source.artifact;
    let file = project
        .file(name)
        .ok_or_else(|| format!("the package index does not list {name}"))?;
    let facts = [
        ("sha256", file.sha256.as_ref() == Some(&source.sha256)),
        ("size", file.size.is_none_or(|size| size == source.size)),
        ("upload time", file.upload_time == source.upload_time),
        ("kind", file.kind.as_str() == source.kind),
    ];
    match facts.iter().find(|(_, same)| !same) {
        None => Ok(()),
        Some((fact, _)) => Err(format!(
            "the package index says another {fact} of {name} than the file"
        )),
    }
}

/// Puts files into the registry's folder.
fn put(args: &Parse, registry: PathBuf, accepted: &[Accepted], report: &mut Report) -> Result<()> {
    let place = Place::Registry(registry);
    let how = How {
        regenerate: args.regenerate,
        dry_run: args.dry_run,
    };
    for file in accepted {
        let put = || -> Result<(Outcome, Option<String>), String> {
            let version = crate::model::version::Version::new(&file.head.release);
            let there = place.there(&file.head.package, &version)?;
            let bytes = land::bytes(file)?;
            let made = Made {
                path: file.path.clone(),
                bytes: &bytes,
                head: &file.head,
            };
            let put = place
                .put(&made, there.as_ref(), &how)
                .map_err(|error| error.to_string())?;
            Ok((put.outcome, put.why))
        };
        let done = entry(report, &file.path);
        (done.outcome, done.why) = put().unwrap_or_else(|why| (Outcome::Differs, Some(why)));
    }
    Ok(())
}

/// What pushing decided about a file.
pub fn decided(report: &mut Report, path: &str, outcome: Outcome, why: Option<String>) {
    let done = entry(report, path);
    (done.outcome, done.why) = (outcome, why);
}
