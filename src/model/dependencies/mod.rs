//! What a project depends on, as requirements.txt, pyproject.toml and uv.lock say it. Never resolves: what they do not name is not found out.

mod marker;
mod requirement;
mod requirements;
mod tables;

use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::{Operator, VersionSpecifiers};

use super::name::PackageName;
use super::version::{self, Version};

pub use marker::{System, Target};
use requirement::requirement;
pub use requirements::requirements;
pub use tables::{pyproject, uv_lock};

/// A package that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// The package.
    pub package: PackageName,
    /// Which versions will do; any, if there is nothing.
    pub versions: VersionSpecifiers,
    /// The line that says so, from 1.
    pub line: usize,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The packages, in the order of the file.
    pub wants: Vec<Want>,
    /// Other files that belong to it.
    pub includes: Vec<Include>,
    /// What was passed over.
    pub passed_over: Vec<PassedOver>,
}

/// Another requirements file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// From the folder of the file that names it.
    pub path: String,
    /// Whether it only binds versions (`-c`).
    pub bounds: bool,
    /// The line that says so.
    pub line: usize,
}

/// A line that names nothing that a package index has, or nothing for this target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The line.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// Why it is not taken.
    pub why: String,
}

/// A line that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The line.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// What of a project is wanted, and for which interpreter.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Extras of pyproject.toml.
    pub extras: Vec<String>,
    /// Dependency groups of pyproject.toml.
    pub groups: Vec<String>,
    /// Where markers are judged.
    pub target: Target,
}

impl Want {
    /// The one version that is wanted, where it is only one.
    pub fn pinned(&self) -> Option<String> {
        let exact = |operator: &Operator| matches!(operator, Operator::Equal | Operator::ExactEqual);
        let mut all = self.versions.iter().filter(|one| exact(one.operator()));
        all.next().map(|one| one.version().to_string())
    }

    /// Whether a version will do. What PEP 440 cannot read never does.
    pub fn takes(&self, version: &Version) -> bool {
        pep440_rs::Version::from_str(version.as_str()).is_ok_and(|version| self.versions.contains(&version))
    }

    /// Of these versions, each with whether it is yanked, the newest that will do. A prerelease only where the file names one, or there
    /// is nothing else; a yanked one only where it is pinned.
    pub fn newest<'v>(&self, offered: impl IntoIterator<Item = (&'v Version, bool)>) -> Option<&'v Version> {
        let fitting: Vec<(&Version, bool)> = offered
            .into_iter()
            .filter(|(version, _)| self.takes(version))
            .collect();
        if self.pinned().is_some() {
            return fitting.into_iter().map(|(version, _)| version).max();
        }
        let names_one = self.versions.iter().any(|one| one.version().any_prerelease());
        if names_one {
            return fitting
                .into_iter()
                .filter(|(_, yanked)| !yanked)
                .map(|(version, _)| version)
                .max();
        }
        version::latest(fitting)
    }

    /// As it would be written: `pandas==2.2.0`.
    pub fn written(&self) -> String {
        let versions: Vec<String> = self.versions.iter().map(ToString::to_string).collect();
        format!("{}{}", self.package, versions.join(","))
    }
}

/// Everything that is wanted of one package as one, with what binds it; in the order of the names.
pub fn together(wants: Vec<Want>, bounds: &[Want]) -> Vec<Want> {
    let mut all: BTreeMap<PackageName, Want> = BTreeMap::new();
    let both = |a: &VersionSpecifiers, b: &VersionSpecifiers| {
        let mut known: Vec<_> = a.iter().cloned().collect();
        known.extend(
            b.iter()
                .filter(|one| !a.iter().any(|known| known == *one))
                .cloned(),
        );
        known.into_iter().collect::<VersionSpecifiers>()
    };
    for want in wants {
        match all.get_mut(&want.package) {
            Some(known) => known.versions = both(&known.versions, &want.versions),
            None => {
                all.insert(want.package.clone(), want);
            }
        }
    }
    for bound in bounds {
        if let Some(want) = all.get_mut(&bound.package) {
            want.versions = both(&want.versions, &bound.versions);
        }
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests;
