//! Which file of a package index a release is made from, and its bytes. Never parses what it downloads.

use std::fmt;

use crate::error::Result;
use crate::io::derive::{Material, Stated};
use crate::io::pypi::PackageIndex;
use crate::model::artifact::{ArtifactKind, DistFile, Project};
use crate::model::name::PackageName;
use crate::model::version::Version;

/// What is wanted of a package index.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The package.
    pub package: &'a PackageName,
    /// The release; the newest, if absent.
    pub version: Option<&'a str>,
    /// The file's name, where it is settled already: an existing DNA file's artifact is used again.
    pub artifact: Option<String>,
    /// The sdist beside a wheel, too.
    pub with_sdist: bool,
}

/// The files that a release is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The artifact.
    pub file: DistFile,
    /// The sdist beside it.
    pub beside: Option<DistFile>,
}

/// Why there is nothing to be had. A fact about the package, where the index did answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// The index knows no such package.
    Package(PackageName),
    /// No release but yanked ones, or none at all.
    AnyRelease(PackageName),
    /// No such release; the nearest ones are named.
    Release {
        /// The package.
        package: PackageName,
        /// What was wanted.
        version: String,
        /// The newest that there are.
        newest: Vec<String>,
    },
    /// The release has no file that can be read.
    Artifact(PackageName, String),
    /// The file is not listed any more.
    File(PackageName, String),
    /// The release has no sdist.
    Sdist(PackageName, String),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(package) => write!(f, "the package index knows no package {package}"),
            Self::AnyRelease(package) => {
                write!(
                    f,
                    "the package index offers no release of {package} that is not yanked; name one"
                )
            }
            Self::Release {
                package,
                version,
                newest,
            } => {
                write!(f, "the package index has no release {version} of {package}")?;
                if newest.is_empty() {
                    Ok(())
                } else {
                    write!(f, "; the newest are {}", newest.join(", "))
                }
            }
            Self::Artifact(package, version) => {
                write!(
                    f,
                    "{package} {version} has neither a wheel nor an sdist with a digest that can be read"
                )
            }
            Self::File(package, file) => write!(
                f,
                "the package index lists {file} of {package} no more: it was deleted, and the artifact of a release never changes"
            ),
            Self::Sdist(package, version) => write!(f, "{package} {version} has no sdist"),
        }
    }
}

/// A release's artifact, as it was had.
#[derive(Debug, Clone)]
pub struct Obtained {
    /// The package.
    pub package: PackageName,
    /// The files.
    pub choice: Choice,
    /// The artifact.
    pub bytes: Vec<u8>,
    /// The sdist beside it.
    pub beside: Option<Vec<u8>>,
}

impl Obtained {
    /// The version, as the package index writes it.
    pub fn release(&self) -> &str {
        self.choice.file.version.as_str()
    }

    /// What is derived from.
    pub fn material(&self) -> Material<'_> {
        let beside = self.choice.beside.as_ref().zip(self.beside.as_deref());
        Material {
            package: self.package.clone(),
            release: self.release().to_owned(),
            source: stated(&self.choice.file),
            kind: self.choice.file.kind,
            yanked: self.choice.file.yanked.clone(),
            bytes: &self.bytes,
            beside: beside.map(|(file, bytes)| (stated(file), bytes)),
        }
    }
}

/// What a package index says of a file.
pub fn stated(file: &DistFile) -> Stated {
    Stated {
        origin: "pypi".to_owned(),
        artifact: file.filename.clone(),
        sha256: file.sha256.clone(),
        upload_time: file.upload_time.clone(),
    }
}

/// The release that somebody means who writes this version: the same by PEP 440.
pub fn release<'p>(project: &'p Project, version: &str) -> Option<&'p Version> {
    let wanted = Version::new(version);
    let versions = project.versions();
    let exact = versions.iter().find(|known| known.as_str() == version);
    exact
        .or_else(|| versions.iter().find(|known| known.is_same_release(&wanted)))
        .copied()
}

/// The releases that have a file that can be read, each with whether it is yanked.
pub fn offered(project: &Project) -> impl Iterator<Item = (&Version, bool)> {
    project.versions().into_iter().filter_map(|version| {
        let file = project.choose(version)?;
        Some((version, file.yanked.is_some()))
    })
}

/// The files to take of what an index lists; `Ok(Err(…))` says why there are none. Where the index does not say how large the
/// candidates are, their server is asked.
///
/// # Errors
/// Could not be checked: no answer about a size.
pub async fn choose(
    index: &PackageIndex,
    project: &mut Project,
    wanted: &Wanted<'_>,
) -> Result<Result<Choice, Lack>> {
    const NAMED: usize = 5;
    let package = wanted.package;
    let version = match wanted.version {
        None => project.latest().ok_or_else(|| Lack::AnyRelease(package.clone())),
        Some(text) => release(project, text).ok_or_else(|| Lack::Release {
            package: package.clone(),
            version: text.to_owned(),
            newest: project
                .versions()
                .iter()
                .take(NAMED)
                .map(ToString::to_string)
                .collect(),
        }),
    };
    let version = match version {
        Ok(version) => version.clone(),
        Err(lack) => return Ok(Err(lack)),
    };
    let file = match &wanted.artifact {
        Some(name) => project
            .file(name)
            .cloned()
            .ok_or_else(|| Lack::File(package.clone(), name.clone())),
        None => {
            let lack = || Lack::Artifact(package.clone(), version.to_string());
            index.choose(project, &version).await?.ok_or_else(lack)
        }
    };
    let chosen = file.and_then(|file| {
        let lack = || Lack::Sdist(package.clone(), version.to_string());
        let is_wanted = wanted.with_sdist && file.kind == ArtifactKind::Wheel;
        let beside = is_wanted
            .then(|| project.sdist(&version).cloned().ok_or_else(lack))
            .transpose()?;
        Ok(Choice { file, beside })
    });
    Ok(chosen)
}

/// A release's artifact. `Ok(Err(…))` says why there is none.
///
/// # Errors
/// Could not be checked: the index did not answer, or gave other bytes than it promised.
pub async fn obtain(index: &PackageIndex, wanted: &Wanted<'_>) -> Result<Result<Obtained, Lack>> {
    let Some(mut project) = index.project(wanted.package).await? else {
        return Ok(Err(Lack::Package(wanted.package.clone())));
    };
    let choice = match choose(index, &mut project, wanted).await? {
        Ok(choice) => choice,
        Err(lack) => return Ok(Err(lack)),
    };
    fetch(index, wanted.package, choice).await.map(Ok)
}

/// The bytes of files that were chosen.
///
/// # Errors
/// Could not be checked: the index did not answer, or gave other bytes than it promised.
pub async fn fetch(index: &PackageIndex, package: &PackageName, choice: Choice) -> Result<Obtained> {
    let bytes = index.artifact(&choice.file).await?;
    let beside = match &choice.beside {
        Some(file) => Some(index.artifact(file).await?),
        None => None,
    };
    Ok(Obtained {
        package: package.clone(),
        choice,
        bytes,
        beside,
    })
}
