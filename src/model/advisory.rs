//! Security advisories: `{username}/advisories.json` and `advisories/{id}.json`, one format. Never knows which modules exist.

use super::decode::{At, Format, FormatVersion, Problems};
use super::json::{Document, Node};
use super::name::{AdvisoryId, GistId, Invalid, Login, ModuleName, Name, Revision, Timestamp};
use super::text::{Span, Spanned};

/// A file of advisories, as far as it is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisories {
    /// The format's version.
    pub version: Option<Spanned<FormatVersion>>,
    /// Who wrote it.
    pub author: Option<Spanned<Login>>,
    /// The advisories whose id is sound, in the order of the file.
    pub advisories: Vec<Advisory>,
}

/// One advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Its id.
    pub id: Spanned<AdvisoryId>,
    /// When it was first published.
    pub created: Option<Spanned<Timestamp>>,
    /// When it was last changed.
    pub modified: Option<Spanned<Timestamp>>,
    /// When it was taken back; an advisory is never deleted.
    pub withdrawn: Option<Spanned<Timestamp>>,
    /// How bad it is.
    pub severity: Option<Spanned<Severity>>,
    /// Modules by name.
    pub affects: Vec<Spanned<ModuleRef>>,
    /// Modules by gist.
    pub gists: Vec<Spanned<GistId>>,
    /// The gist's commit that mends it.
    pub fixed: Option<Spanned<Revision>>,
    /// The affected commits, where they are known.
    pub revisions: Vec<Spanned<Revision>>,
    /// What kind of fault it is.
    pub kind: Option<Spanned<Box<str>>>,
    /// What is wrong.
    pub description: Option<Spanned<Box<str>>>,
    /// What to do.
    pub recommendation: Option<Spanned<Box<str>>>,
    /// Ids of the same advisory in other databases.
    pub aliases: Vec<Spanned<Box<str>>>,
    /// Where to read more.
    pub references: Vec<Spanned<Box<str>>>,
    /// The whole entry.
    pub span: Span,
}

/// How bad an advisory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Little harm.
    Low,
    /// Some harm.
    Medium,
    /// Much harm.
    High,
    /// Stop using it now.
    Critical,
}

/// A module as advisories name it: `name` (of the same publisher) or `user/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleRef {
    /// The publisher, where it is written.
    pub publisher: Option<Login>,
    /// The module.
    pub name: ModuleName,
}

impl Name for ModuleRef {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = |_| Invalid {
            what: "a module",
            form: "`name` or `user/name`",
        };
        let (publisher, name) = match text.split_once('/') {
            Some((publisher, name)) => (Some(Login::parse(publisher).map_err(invalid)?), name),
            None => (None, text),
        };
        Ok(Self {
            publisher,
            name: ModuleName::parse(name).map_err(invalid)?,
        })
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
];
const KEYS: &[&str] = &["version", "author", "advisories"];
const ADVISORY_KEYS: &[&str] = &[
    "id",
    "created",
    "modified",
    "withdrawn",
    "severity",
    "affects",
    "gists",
    "type",
    "description",
    "recommendation",
    "aliases",
    "references",
    "fixed",
    "revisions",
];

/// Most advisories in one file.
pub const MAX_ADVISORIES: usize = 1_000;
/// Most items of a list in one advisory.
pub const MAX_ITEMS: usize = 1_000;

impl Format for Advisories {
    fn decode(document: &Document<'_>, problems: &mut Problems) -> Self {
        let at = At::ROOT;
        let fields = problems.object(&document.root, &at, KEYS);
        let mut required = |key| fields.required(key, &at, problems);
        let (version, author, list) = (required("version"), required("author"), required("advisories"));
        Advisories {
            version: version.and_then(|node| problems.name(node, &at.key("version"))),
            author: author.and_then(|node| problems.name(node, &at.key("author"))),
            advisories: list.map_or_else(Vec::new, |node| {
                problems.list(node, &at.key("advisories"), MAX_ADVISORIES, advisory)
            }),
        }
    }
}

fn advisory(problems: &mut Problems, node: &Node<'_>, at: &At<'_>) -> Option<Advisory> {
    let fields = problems.object(node, at, ADVISORY_KEYS);
    let mut required = |key| fields.required(key, at, problems);
    let (id, created, severity) = (required("id"), required("created"), required("severity"));
    let [kind, description, recommendation] =
        ["type", "description", "recommendation"].map(|key| required(key).map(|node| (key, node)));
    let id = id.and_then(|node| problems.name(node, &at.key("id")));
    let created = created.and_then(|node| problems.name(node, &at.key("created")));
    let severity = severity.and_then(|node| problems.word(node, &at.key("severity"), SEVERITIES));
    let [kind, description, recommendation] = [kind, description, recommendation]
        .map(|found| found.and_then(|(key, node)| problems.text(node, &at.key(key), 1..=10_000)));
    let mut time = |key| {
        fields
            .optional(key)
            .and_then(|node| problems.name(node, &at.key(key)))
    };
    let (modified, withdrawn) = (time("modified"), time("withdrawn"));
    let fixed = fields
        .optional("fixed")
        .and_then(|node| problems.name(node, &at.key("fixed")));
    let affects = names(problems, fields.optional("affects"), &at.key("affects"));
    let gists = names(problems, fields.optional("gists"), &at.key("gists"));
    let revisions = names(problems, fields.optional("revisions"), &at.key("revisions"));
    let [aliases, references] = ["aliases", "references"].map(|key| {
        fields.optional(key).map_or_else(Vec::new, |node| {
            problems.list(node, &at.key(key), MAX_ITEMS, |problems, item, at| {
                problems.text(item, at, 1..=2_000)
            })
        })
    });
    Some(Advisory {
        id: id?,
        created,
        modified,
        withdrawn,
        severity,
        affects,
        gists,
        fixed,
        revisions,
        kind,
        description,
        recommendation,
        aliases,
        references,
        span: node.span,
    })
}

fn names<T: Name>(problems: &mut Problems, node: Option<&Node>, at: &At<'_>) -> Vec<Spanned<T>> {
    node.map_or_else(Vec::new, |node| {
        problems.list(node, at, MAX_ITEMS, |problems, item, at| problems.name(item, at))
    })
}
