//! One advisory as plain data, which a cache can keep. Never keeps where in a file it stood.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::advisory::{Advisories, Advisory, Severity};
use crate::model::name::{AdvisoryId, GistId, Name, Revision, Timestamp};
use crate::model::path::{Place, RepoPath};
use crate::model::text::Spanned;

/// An advisory of one file, as far as it is sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The file that it stands in.
    pub path: String,
    /// Its id in the registry.
    pub id: AdvisoryId,
    /// When it was first published.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn: Option<Timestamp>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Modules by name.
    pub affects: Vec<Named>,
    /// Modules by gist.
    pub gists: Vec<GistId>,
    /// The commit that mends it.
    pub fixed: Option<Revision>,
    /// The affected commits.
    pub revisions: Vec<Revision>,
    /// What kind of fault it is.
    pub kind: Option<String>,
    /// What is wrong.
    pub description: Option<String>,
    /// What to do.
    pub recommendation: Option<String>,
    /// Ids of the same advisory in other databases.
    pub aliases: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
}

/// A module by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// The publisher in lower case; none where nobody says whose it is.
    pub publisher: Option<String>,
    /// The module.
    pub module: String,
}

impl Named {
    pub(super) fn gist(&self, gist_of: &impl Fn(&str, &str) -> Option<String>) -> Option<GistId> {
        let gist = gist_of(self.publisher.as_deref()?, &self.module)?;
        GistId::parse(&gist).ok()
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.publisher {
            Some(publisher) => write!(f, "@{publisher}/{}", self.module),
            None => f.write_str(&self.module),
        }
    }
}

impl Record {
    /// Whether a maintainer wrote it.
    pub fn is_maintainers(&self) -> bool {
        matches!(
            RepoPath::new(&self.path).place(),
            Place::MaintainerAdvisory { .. }
        )
    }
}

/// The sound advisories of a file at this path.
pub fn records(path: &RepoPath, advisories: &Advisories) -> Vec<Record> {
    let folder = path.place().publisher().map(str::to_ascii_lowercase);
    let all = advisories.advisories.iter();
    all.map(|advisory| record(path, folder.as_deref(), advisory))
        .collect()
}

fn record(path: &RepoPath, folder: Option<&str>, advisory: &Advisory) -> Record {
    fn value<T: Clone>(found: Option<&Spanned<T>>) -> Option<T> {
        found.map(|found| found.value.clone())
    }
    fn values<T: Clone>(found: &[Spanned<T>]) -> Vec<T> {
        found.iter().map(|found| found.value.clone()).collect()
    }
    fn text(found: Option<&Spanned<Box<str>>>) -> Option<String> {
        found.map(|found| String::from(&*found.value))
    }
    fn texts(found: &[Spanned<Box<str>>]) -> Vec<String> {
        found.iter().map(|found| String::from(&*found.value)).collect()
    }
    let affects = advisory.affects.iter().map(|named| {
        let publisher = named.value.publisher.as_ref().map(|login| login.key());
        Named {
            publisher: publisher.or_else(|| folder.map(str::to_owned)),
            module: named.value.name.as_str().to_owned(),
        }
    });
    Record {
        path: path.as_str().to_owned(),
        id: advisory.id.value.clone(),
        created: value(advisory.created.as_ref()),
        modified: value(advisory.modified.as_ref()),
        withdrawn: value(advisory.withdrawn.as_ref()),
        severity: value(advisory.severity.as_ref()),
        affects: affects.collect(),
        gists: values(&advisory.gists),
        fixed: value(advisory.fixed.as_ref()),
        revisions: values(&advisory.revisions),
        kind: text(advisory.kind.as_ref()),
        description: text(advisory.description.as_ref()),
        recommendation: text(advisory.recommendation.as_ref()),
        aliases: texts(&advisory.aliases),
        references: texts(&advisory.references),
    }
}
