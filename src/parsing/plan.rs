//! What is to be parsed, as a file that travels from the job that plans to those that parse. Never says who wants it beyond one word.

use serde::{Deserialize, Serialize};

#[cfg(test)]
use crate::model::name::Name;
use crate::model::name::PackageName;
use crate::model::path::{Place, RepoPath};

/// The version of the file's form.
const VERSION: u32 = 1;

/// The work of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this form.
    pub version: u32,
    /// The dna_version that was planned for.
    pub dna_version: u32,
    /// The address of the package index.
    pub index: String,
    /// Into how many parts it is split.
    pub shards: usize,
    /// What is to be parsed, the most wanted first.
    pub work: Vec<Work>,
    /// How much more there would have been.
    pub beyond: usize,
    /// Releases of the registry that the index does not list any more: `pandas 2.2.0`.
    pub deleted: Vec<String>,
    /// What was named and the index does not have, a line each.
    pub lacking: Vec<String>,
    /// What could not be asked or read, a line each.
    pub unasked: Vec<String>,
}

/// A release that is to be parsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The package.
    pub package: PackageName,
    /// The release, as the index writes it.
    pub release: String,
    /// The file that it is made from.
    pub artifact: String,
    /// Its size in bytes, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Whether the sdist is read beside the wheel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sdist: bool,
    /// Why it is wanted.
    pub why: Why,
}

/// Why a release is wanted, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Somebody asked for it by hand.
    Asked,
    /// It is in the registry, and was yanked or is no longer.
    Yanked,
    /// `registry.toml` lists it.
    Listed,
    /// Users asked for it and it was not there.
    Missed,
    /// A package of the registry has a new release.
    New,
    /// It is among the most used packages.
    Popular,
    /// It is in the registry with another dna_version.
    Outdated,
}

impl Why {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Asked => "asked for",
            Self::Yanked => "yanked or no longer",
            Self::Listed => "listed in registry.toml",
            Self::Missed => "missed by users",
            Self::New => "new release",
            Self::Popular => "popular",
            Self::Outdated => "another dna_version",
        }
    }
}

impl Work {
    /// Where its file lies in a registry.
    pub fn path(&self) -> String {
        path(&self.package, &self.release)
    }
}

/// Where a release's file lies in a registry.
pub fn path(package: &PackageName, release: &str) -> String {
    format!("{package}/{package}-{release}.msgpack")
}

/// Whether a release can have a file in a registry: its version must be one by its look.
pub fn has_place(package: &PackageName, release: &str) -> bool {
    let place = RepoPath::new(&path(package, release)).place();
    matches!(place, Place::Release { package: named, version } if named == *package && version == release)
}

impl Plan {
    /// A plan without work.
    pub fn new(index: String, dna_version: u32) -> Self {
        Self {
            version: VERSION,
            dna_version,
            index,
            shards: 0,
            work: Vec::new(),
            beyond: 0,
            deleted: Vec::new(),
            lacking: Vec::new(),
            unasked: Vec::new(),
        }
    }

    /// Reads a plan. It comes from another job: what it names is looked at before anything is done.
    ///
    /// # Errors
    /// In one line, what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let plan: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if plan.version != VERSION {
            return Err(format!(
                "it is a plan of version {}, and this gistry knows {VERSION}",
                plan.version
            ));
        }
        match plan
            .work
            .iter()
            .find(|work| !has_place(&work.package, &work.release))
        {
            Some(work) => Err(format!(
                "{} {:?} is no release of a registry",
                work.package, work.release
            )),
            None => Ok(plan),
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn write(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// What GitHub Actions makes jobs of: `{"include":[{"shard":"1/2","number":1},…]}`. The number is for names, which take no slash.
    pub fn matrix(&self) -> String {
        let of = self.shards;
        let shard = |number| format!(r#"{{"shard":"{number}/{of}","number":{number}}}"#);
        let shards: Vec<String> = (1..=of).map(shard).collect();
        format!(r#"{{"include":[{}]}}"#, shards.join(","))
    }
}

/// One part of several, as `--shard` names it: `2/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

/// The most jobs that GitHub starts of a matrix.
pub const MAX_SHARDS: usize = 256;

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('/')
            .and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) && of <= MAX_SHARDS => Ok(Self { number, of }),
            _ => Err(format!(
                "expected i/N such as 2/8, with i from 1 to N and N at most {MAX_SHARDS}"
            )),
        }
    }
}

/// A package's name, for tests.
#[cfg(test)]
pub(super) fn name(text: &str) -> Option<PackageName> {
    PackageName::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(release: &str) -> Work {
        Work {
            package: name("pandas").unwrap(),
            release: release.to_owned(),
            artifact: "pandas.whl".to_owned(),
            size: Some(7),
            sdist: false,
            why: Why::New,
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written_and_never_leads_elsewhere() {
        let mut plan = Plan::new("https://pypi.org/simple".into(), 1);
        plan.work = vec![work("2.2.0"), work("2.1.0")];
        plan.shards = 2;
        let text = plan.write().unwrap();
        assert_eq!(Plan::read(text.as_bytes()).unwrap(), plan);
        assert_eq!(
            plan.matrix(),
            r#"{"include":[{"shard":"1/2","number":1},{"shard":"2/2","number":2}]}"#
        );
        for bad in ["../../x", "latest", "", "2.2.0/../../x", "1 2"] {
            plan.work = vec![work(bad)];
            assert!(Plan::read(plan.write().unwrap().as_bytes()).is_err(), "{bad}");
        }
        assert!(Plan::read(b"{}").is_err());
    }

    #[test]
    fn the_largest_matrix_fits() {
        let mut plan = Plan::new(String::new(), 1);
        plan.shards = MAX_SHARDS;
        assert!(plan.matrix().len() < 1_000_000);
        assert!("257/257".parse::<Shard>().is_err() && "256/256".parse::<Shard>().is_ok());
        for bad in ["0/1", "2/1", "1", "a/b", "-1/2", ""] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
