//! DNA of what no registry takes: a wheel, an sdist or a folder of this machine, and a repository of GitHub at a tag.

use std::path::Path;
use std::time::Instant;

use tokio::sync::Mutex;

use super::bars::Bars;
use super::one::{Shop, Stop};
use super::place::How;
use super::words::Target;
use crate::cli::Parse;
use crate::commands::connection::addresses;
use crate::commands::{World, package};
use crate::error::{Error, Result};
use crate::io::archive::{self, Limits, Take};
use crate::io::derive::{self, Derived, Manner, Material, Stated};
use crate::io::files;
use crate::model::artifact::{ArtifactKind, normalise};
use crate::model::name::{PackageName, Repository};
use crate::model::packages::{Packages, Pick};
use crate::parsing::report::{Done, Outcome, Report};

/// A file or folder of this machine.
pub async fn source(
    world: &World,
    args: &Parse,
    settings: &Packages,
    source: &Path,
    targets: &[Target],
) -> Result<Report> {
    let typed = match targets {
        [] => None,
        [Target::Package(pick)] => Some(pick.clone()),
        _ => {
            return Err(Error::Usage(
                "--source is one package: give its name and one version, or neither".into(),
            ));
        }
    };
    let bars = Bars::new(world, 1);
    let place = super::place(world, args, true)?;
    let below = if args.output.is_none() { "local/" } else { "" };
    let shop = super::shop(world, args, settings, &bars, place, below)?;
    let at = world.dir.join(source);
    let start = Instant::now();
    let bar = bars.bar(&source.display().to_string());
    bar.says("parsing");
    let mut done = Done {
        package: typed
            .as_ref()
            .map_or_else(|| source.display().to_string(), ToString::to_string),
        artifact: at.file_name().map(|name| name.to_string_lossy().into_owned()),
        ..Done::default()
    };
    let derived = if at.is_dir() {
        folder(&at, typed, &shop.manner)
    } else {
        let most = args.packages.max_artifact * 1_000_000;
        file(&at, typed, &shop.manner, most)
    }?;
    put(&shop, derived, &mut done);
    done.seconds = start.elapsed().as_secs_f64();
    bar.end();
    bars.end();
    let mut report = Report::new(args.dry_run);
    report.releases.push(done);
    Ok(report)
}

/// A repository at a tag.
pub async fn repository(
    world: &World,
    args: &Parse,
    shop: &Shop,
    bars: &Bars,
    repository: &Repository,
    tag: &str,
) -> Result<Done> {
    let start = Instant::now();
    let artifact = format!("{repository}@{tag}");
    let bar = bars.bar(&artifact);
    let mut done = Done {
        package: repository.to_string(),
        release: Some(tag.to_owned()),
        artifact: Some(artifact.clone()),
        ..Done::default()
    };
    let (owner, name) = repository.as_str().split_once('/').unwrap_or_default();
    let own = Shop {
        index: shop.index.clone(),
        manner: shop.manner,
        place: super::place(world, args, true)?,
        how: How { ..shop.how },
        below: if args.output.is_none() {
            format!("github/{}/", owner.to_lowercase())
        } else {
            String::new()
        },
        gate: Mutex::new(()),
    };
    let steps = async {
        let package = normalise(name)
            .ok_or_else(|| Stop(Outcome::Failed, format!("{name:?} can be no package's name")))?;
        let addresses = addresses(&args.connection, &world.env);
        bar.says("downloading");
        let token = addresses.github_token.as_deref();
        let tarball = shop.index.tarball(&addresses.api, repository, tag, token).await?;
        let tarball = tarball.ok_or_else(|| {
            let why = "GitHub knows no such repository, no such tag, or the token may not read it";
            Stop(Outcome::Failed, why.to_owned())
        })?;
        bar.says("parsing");
        let material = Material {
            package,
            release: tag.to_owned(),
            source: stated("github", artifact.clone()),
            kind: ArtifactKind::Tarball,
            yanked: None,
            bytes: &tarball.bytes,
            beside: None,
        };
        package::derive(&material, &own.manner)?.map_err(|why| Stop(Outcome::Failed, why))
    };
    match steps.await {
        Ok(derived) => put(&own, Ok(derived), &mut done),
        Err(Stop(outcome, why)) => (done.outcome, done.why) = (outcome, Some(why)),
    }
    done.seconds = start.elapsed().as_secs_f64();
    bar.end();
    Ok(done)
}

fn put(shop: &Shop, derived: Result<Derived, String>, done: &mut Done) {
    let put = derived
        .map_err(|why| Stop(Outcome::Failed, why))
        .and_then(|derived| {
            done.package = derived.head.package.to_string();
            done.release = Some(derived.head.release.clone());
            shop.put(&derived, None, done)
        });
    if let Err(Stop(outcome, why)) = put {
        (done.outcome, done.why) = (outcome, Some(why));
    }
}

/// A wheel or an sdist.
fn file(at: &Path, typed: Option<Pick>, manner: &Manner, most: u64) -> Result<Result<Derived, String>> {
    let size = std::fs::metadata(at)
        .map_err(|error| Error::Usage(format!("{}: {error}", at.display())))?
        .len();
    if size > most {
        return Err(Error::Usage(format!(
            "{} is larger than --max-artifact",
            at.display()
        )));
    }
    let bytes = files::read(at)?;
    let name = at
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let kind = if name.to_ascii_lowercase().ends_with(".whl") {
        ArtifactKind::Wheel
    } else {
        ArtifactKind::Sdist
    };
    let metadata = |path: &str| {
        let is_metadata =
            path == "PKG-INFO" || path.ends_with(".dist-info/METADATA") && path.matches('/').count() == 1;
        if is_metadata { Take::Bytes } else { Take::Nothing }
    };
    let found = match archive::open_some(&bytes, kind, &name, &Limits::DEFAULT, &metadata) {
        Ok(contents) => contents
            .files
            .first()
            .and_then(|file| named(&String::from_utf8_lossy(&file.bytes))),
        Err(why) => return Ok(Err(why)),
    };
    let (package, release) = identity(typed, found, at)?;
    let material = Material {
        package,
        release,
        source: stated("local", name),
        kind,
        yanked: None,
        bytes: &bytes,
        beside: None,
    };
    package::derive(&material, manner)
}

/// A folder of sources.
fn folder(at: &Path, typed: Option<Pick>, manner: &Manner) -> Result<Result<Derived, String>> {
    let read = |name: &str| files::read_if_there(&at.join(name)).ok().flatten();
    let text = |name: &str| read(name).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let found = text("PKG-INFO").and_then(|text| named(&text));
    let found = found.or_else(|| text("pyproject.toml").and_then(|text| project(&text)));
    let (package, release) = identity(typed, found, at)?;
    package::aside(|| derive::folder(at, package, release, manner))
}

/// The name and the version: what was typed counts, then what was found.
fn identity(
    typed: Option<Pick>,
    found: Option<(String, String)>,
    at: &Path,
) -> Result<(PackageName, String)> {
    let (name, version) = found.map_or((None, None), |(name, version)| (normalise(&name), Some(version)));
    let typed_version = typed.as_ref().and_then(|pick| pick.version.clone());
    let name = typed.map(|pick| pick.package).or(name);
    match (name, typed_version.or(version)) {
        (Some(name), Some(version)) => Ok((name, version)),
        _ => Err(Error::Usage(format!(
            "{} says neither its name nor its version: add them, as in `gistry parse pandas 2.2.0 --source …`",
            at.display()
        ))),
    }
}

/// Name and version of METADATA or PKG-INFO.
fn named(text: &str) -> Option<(String, String)> {
    let headers = || {
        text.lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_once(':'))
    };
    let header = |wanted: &str| {
        let (_, value) = headers().find(|(key, _)| key.eq_ignore_ascii_case(wanted))?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    Some((header("name")?, header("version")?))
}

/// Name and version of pyproject.toml, where both stand there.
fn project(text: &str) -> Option<(String, String)> {
    let document = toml_edit::Document::parse(text).ok()?;
    let project = document.get("project")?;
    let value = |key: &str| Some(project.get(key)?.as_str()?.to_owned());
    Some((value("name")?, value("version")?))
}

fn stated(origin: &str, artifact: String) -> Stated {
    Stated {
        origin: origin.to_owned(),
        artifact,
        sha256: None,
        upload_time: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;

    #[test]
    fn names_and_versions_are_found_where_they_stand() {
        let metadata = "Metadata-Version: 2.1\nName: Zope.Interface\nversion: 6.0\n\nName: x\n";
        assert_eq!(named(metadata), Some(("Zope.Interface".into(), "6.0".into())));
        assert_eq!(named("Name: x\n\nVersion: 1\n"), None);
        let toml = "[project]\nname = \"x\"\nversion = \"1\"\n";
        assert_eq!(project(toml), Some(("x".into(), "1".into())));
        assert_eq!(
            project("[project]\nname = \"x\"\ndynamic = [\"version\"]\n"),
            None
        );
        let (name, version) = identity(
            Some(Pick::parse("Y==2").unwrap()),
            named(metadata),
            Path::new("."),
        )
        .unwrap();
        assert_eq!((name.as_str(), version.as_str()), ("y", "2"));
        assert!(identity(None, None, Path::new(".")).is_err());
    }
}
