//! What the name of a wheel or an sdist says (PEP 427, PEP 503, PEP 625). Never opens the file.

use super::ArtifactKind;
use crate::model::name::{Name, PackageName};
use crate::model::version::Version;

/// How sdists end that gistry can read.
const SDISTS: [&str; 3] = [".tar.gz", ".tgz", ".zip"];
/// Most letters of a file's name.
const LONGEST: usize = 255;

/// What a wheel's name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wheel<'a> {
    /// The package, as written.
    pub distribution: &'a str,
    /// The release.
    pub version: Version,
    /// The number that it begins with, and the rest: `("", 0)` sorts first.
    pub build: (u64, &'a str),
    /// For which Python: `py3`, `py2.py3`, `cp311`.
    pub python: &'a str,
    /// `none` where nothing is compiled.
    pub abi: &'a str,
    /// `any` where it runs everywhere.
    pub platform: &'a str,
}

impl<'a> Wheel<'a> {
    /// Reads a wheel's name.
    pub fn parse(filename: &'a str) -> Option<Self> {
        let stem = ending(filename, ".whl")?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (distribution, version, build, [python, abi, platform]) = match parts.as_slice() {
            [name, version, python, abi, platform] => (*name, *version, "", [*python, *abi, *platform]),
            [name, version, build, python, abi, platform]
                if build.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                (*name, *version, *build, [*python, *abi, *platform])
            }
            _ => return None,
        };
        let digits = build.len() - build.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = build.split_at(digits);
        // Wheels of old wrote `_` where PEP 440 has `+` or `-`.
        let version = readable(version).or_else(|| readable(&version.replacen('_', "+", 1)))?;
        [python, abi, platform]
            .iter()
            .all(|tag| !tag.is_empty())
            .then_some(Self {
                distribution,
                version,
                build: (number.parse().unwrap_or(0), rest),
                python,
                abi,
                platform,
            })
    }

    /// Whether it runs everywhere: nothing in it is compiled.
    pub fn is_pure(&self) -> bool {
        let has = |tags: &str, tag| tags.split('.').any(|one| one == tag);
        has(self.abi, "none") && has(self.platform, "any")
    }
}

/// The package, the kind and the release that a file's name on a package's page says; `None` for what is neither wheel nor
/// readable sdist, belongs to another package, or has a version that PEP 440 does not know.
pub fn read(package: &PackageName, filename: &str) -> Option<(ArtifactKind, Version)> {
    let sound = filename.len() <= LONGEST
        && filename
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.+!".contains(&byte));
    if !sound {
        return None;
    }
    if let Some(wheel) = Wheel::parse(filename) {
        let same = normalise(wheel.distribution).as_ref() == Some(package);
        return same.then_some((ArtifactKind::Wheel, wheel.version));
    }
    let stem = SDISTS.iter().find_map(|end| ending(filename, end))?;
    // Names of old have hyphens of their own: the package's name says where the version begins.
    stem.match_indices('-')
        .find(|(at, _)| normalise(&stem[..*at]).as_ref() == Some(package))
        .and_then(|(at, _)| readable(&stem[at + 1..]))
        .map(|version| (ArtifactKind::Sdist, version))
}

/// A package's name in its normal form (PEP 503).
pub fn normalise(name: &str) -> Option<PackageName> {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            letter => normal.push(letter.to_ascii_lowercase()),
        }
    }
    PackageName::parse(&normal).ok()
}

fn ending<'a>(filename: &'a str, end: &str) -> Option<&'a str> {
    let at = filename.len().checked_sub(end.len())?;
    let (stem, found) = filename.split_at_checked(at)?;
    (found.eq_ignore_ascii_case(end) && !stem.is_empty()).then_some(stem)
}

fn readable(text: &str) -> Option<Version> {
    Version::new(text).normal()
}
