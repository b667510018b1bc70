//! What `registry.toml` says about packages: which index, which packages, which dna_version. Never asks that index.

use std::fmt;
use std::ops::Range;

use toml_edit::TableLike;

use super::artifact::normalise;
use super::name::{Invalid, Name, PackageName};
use super::settings::whole_number;
use super::version::Version;

/// The section `[packages]` of `registry.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packages {
    /// The address of the Simple API, where the registry has one of its own.
    pub index: Option<String>,
    /// What is always parsed.
    pub list: Vec<Pick>,
    /// What is never parsed by a plan.
    pub skip: Vec<Pick>,
    /// Where the most used packages are listed: a file of the registry, or an https address.
    pub popular: Option<String>,
    /// How many of them are parsed.
    pub popular_count: u64,
    /// How many of a package's newest releases are parsed.
    pub versions: u64,
    /// The only dna_version whose files the registry takes, where it is pinned.
    pub dna_version: Option<u64>,
}

impl Default for Packages {
    fn default() -> Self {
        Self {
            index: None,
            list: Vec::new(),
            skip: Vec::new(),
            popular: None,
            popular_count: 100,
            versions: 1,
            dna_version: None,
        }
    }
}

/// A package, or one release of it: `pandas`, `pandas==2.2.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pick {
    /// The package.
    pub package: PackageName,
    /// The release, where only one is meant.
    pub version: Option<String>,
}

impl Pick {
    /// Whether a release of a package is meant; versions that are equal by PEP 440 are the same release.
    pub fn means(&self, package: &PackageName, version: &Version) -> bool {
        let same = |text: &String| Version::new(text).is_same_release(version);
        self.package == *package && self.version.as_ref().is_none_or(same)
    }
}

impl Name for Pick {
    fn parse(text: &str) -> Result<Self, Invalid> {
        const INVALID: Invalid = Invalid {
            what: "a package",
            form: "a name such as pandas, or one release of it such as pandas==2.2.0",
        };
        let (name, version) = match text.split_once("==") {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let plain = |version: &str| {
            !version.is_empty()
                && version
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'/')
        };
        if name.len() > 128 || version.is_some_and(|version| !plain(version)) {
            return Err(INVALID);
        }
        Ok(Self {
            package: normalise(name).ok_or(INVALID)?,
            version: version.map(str::to_owned),
        })
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            None => write!(f, "{}", self.package),
            Some(version) => write!(f, "{}=={version}", self.package),
        }
    }
}

/// What is wrong with a setting: where, its key, and in words.
pub(super) type Wrong = (Option<Range<usize>>, String, String);

/// The keys that are no whole numbers with a default.
pub(super) const KEYS: &[&str] = &["index", "list", "skip", "popular", "dna_version"];

/// No dna_version is ever higher; beyond some number, TOML and JSON do not mean the same any more.
const LATEST: u64 = 1_000_000;

/// Reads these keys.
pub(super) fn read(table: &dyn TableLike, packages: &mut Packages) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut say = |item: Option<Range<usize>>, key: &str, message: &str| {
        wrong.push((item, format!("packages.{key}"), message.to_owned()));
    };
    if let Some(item) = table.get("index") {
        match item
            .as_str()
            .filter(|text| is_address(text, &["https://", "http://"]))
        {
            Some(text) => packages.index = Some(text.trim_end_matches('/').to_owned()),
            None => say(
                item.span(),
                "index",
                "expected an address such as \"https://pypi.org/simple\"",
            ),
        }
    }
    if let Some(item) = table.get("popular") {
        match item
            .as_str()
            .filter(|text| is_path(text) || is_address(text, &["https://"]))
        {
            Some(text) => packages.popular = Some(text.to_owned()),
            None => say(
                item.span(),
                "popular",
                "expected a file of the registry, or an https address",
            ),
        }
    }
    if let Some(item) = table.get("dna_version") {
        match whole_number(item).filter(|number| (1..=LATEST).contains(number)) {
            Some(number) => packages.dna_version = Some(number),
            None => say(
                item.span(),
                "dna_version",
                "expected a whole number from 1 to 1000000",
            ),
        }
    }
    for (key, slot) in [("list", &mut packages.list), ("skip", &mut packages.skip)] {
        match table.get(key).map(|item| (item, item.as_array())) {
            None => {}
            Some((item, None)) => say(
                item.span(),
                key,
                "expected a list such as [\"requests\", \"pandas==2.2.0\"]",
            ),
            Some((_, Some(array))) => {
                for value in array {
                    match value.as_str().map(Pick::parse) {
                        Some(Ok(pick)) => slot.push(pick),
                        Some(Err(invalid)) => say(value.span(), key, &invalid.to_string()),
                        None => say(value.span(), key, "expected the name of a package"),
                    }
                }
            }
        }
    }
    wrong
}

/// A file below the registry's root, whose folders and name begin with a letter or digit.
fn is_path(text: &str) -> bool {
    text.split('/').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    })
}

fn is_address(text: &str, schemes: &[&str]) -> bool {
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::policy::Policy;

    #[test]
    fn a_pick_is_a_package_or_a_release() {
        let pick = Pick::parse("Zope.Interface==6.0").unwrap();
        assert_eq!(pick.to_string(), "zope-interface==6.0");
        assert!(pick.means(&pick.package, &Version::new("6.0.0")));
        assert!(!pick.means(&pick.package, &Version::new("6.1")));
        for bad in ["", "a==", "-a", "a b", "a==1/2", "a==1 2", "ä"] {
            assert!(Pick::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_key_is_read_and_every_fault_has_its_place() {
        let text = "[packages]\nindex = \"https://pypi.example/simple/\"\nlist = [\"Requests\", \"pandas==2.2.0\"]\n\
                    popular = \"top.json\"\npopular_count = 7\nversions = 3\ndna_version = 1\n";
        let (policy, problems) = Policy::decode(text.as_bytes());
        assert_eq!(problems, []);
        let packages = policy.packages;
        assert_eq!(packages.index.as_deref(), Some("https://pypi.example/simple"));
        let list: Vec<String> = packages.list.iter().map(ToString::to_string).collect();
        assert_eq!(list, ["requests", "pandas==2.2.0"]);
        assert_eq!(
            (packages.popular_count, packages.versions, packages.dna_version),
            (7, 3, Some(1))
        );
        let text = "[packages]\nindex = \"ftp://x\"\nlist = [\"a\", \"a b\", 1]\npopular = \"../x\"\n\
                    versions = 0\ndna_version = 0\nskips = []\n";
        let (policy, problems) = Policy::decode(text.as_bytes());
        let found: Vec<_> = problems
            .iter()
            .map(|problem| {
                (
                    problem.pointer.as_str(),
                    &text[problem.span.start..problem.span.end],
                )
            })
            .collect();
        let wanted = [
            ("packages.index", "\"ftp://x\""),
            ("packages.list", "\"a b\""),
            ("packages.list", "1"),
            ("packages.popular", "\"../x\""),
            ("packages.versions", "0"),
            ("packages.dna_version", "0"),
            ("packages.skips", "skips"),
        ];
        assert_eq!(found, wanted);
        assert_eq!(policy.packages.list.len(), 1);
    }
}
