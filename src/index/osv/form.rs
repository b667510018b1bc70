//! An advisory in the form of OSV 1.7. Keys in the order of that specification; never one that the schema does not know.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::record::Record;
use crate::model::advisory::Severity;
use crate::model::name::{GistId, Timestamp};

/// The version of the OSV schema that the export keeps to.
const SCHEMA_VERSION: &str = "1.7.5";

/// A whole entry.
#[derive(Serialize)]
pub(super) struct Vulnerability<'a> {
    schema_version: &'static str,
    id: &'a str,
    modified: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    affected: Vec<Affected<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<Reference<'a>>,
    database_specific: Specific<'a>,
}

/// A gist. It is no package of any ecosystem, so `package` is left out.
#[derive(Serialize)]
struct Affected<'a> {
    ranges: [Range<'a>; 1],
    /// The commits that are known to be affected; the range alone cannot be asked without the repository.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<&'a str>,
    database_specific: Gist<'a>,
}

#[derive(Serialize)]
struct Range<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    repo: String,
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Event<'a> {
    Introduced(&'static str),
    Fixed(&'a str),
}

#[derive(Serialize)]
struct Gist<'a> {
    gist: &'a str,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    modules: &'a BTreeSet<String>,
}

#[derive(Serialize)]
struct Reference<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

/// What OSV has no key for.
#[derive(Serialize)]
struct Specific<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendation: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    modules: BTreeSet<String>,
    /// References that are no address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<&'a str>,
    source: &'a str,
}

impl<'a> Vulnerability<'a> {
    /// Nothing where no time is known, which OSV does not allow.
    pub(super) fn of(
        id: &'a str,
        record: &'a Record,
        gists: &'a BTreeMap<GistId, BTreeSet<String>>,
    ) -> Option<Self> {
        let times = [&record.created, &record.modified, &record.withdrawn];
        // Of entries with one id the one modified last counts, so a withdrawal must count as a modification, too.
        let modified = times.into_iter().flatten().max_by_key(|time| time.moment())?;
        let (addresses, others) = record
            .references
            .iter()
            .map(String::as_str)
            .partition(|text| is_address(text));
        let addresses: Vec<&str> = addresses;
        Some(Self {
            schema_version: SCHEMA_VERSION,
            id,
            modified: utc(modified),
            published: record.created.as_ref().map(utc),
            withdrawn: record.withdrawn.as_ref().map(utc),
            aliases: &record.aliases,
            details: record.description.as_deref(),
            affected: gists
                .iter()
                .map(|(gist, modules)| affected(record, gist, modules))
                .collect(),
            references: addresses
                .into_iter()
                .map(|url| Reference { kind: "WEB", url })
                .collect(),
            database_specific: Specific {
                id: record.id.as_str(),
                severity: record.severity,
                kind: record.kind.as_deref(),
                recommendation: record.recommendation.as_deref(),
                modules: record.affects.iter().map(ToString::to_string).collect(),
                references: others,
                source: &record.path,
            },
        })
    }
}

fn affected<'a>(record: &'a Record, gist: &'a GistId, modules: &'a BTreeSet<String>) -> Affected<'a> {
    let fixed = record.fixed.as_ref().map(|commit| Event::Fixed(commit.as_str()));
    let versions: BTreeSet<&str> = record.revisions.iter().map(|commit| commit.as_str()).collect();
    Affected {
        ranges: [Range {
            kind: "GIT",
            repo: format!("https://gist.github.com/{gist}.git"),
            events: std::iter::once(Event::Introduced("0")).chain(fixed).collect(),
        }],
        versions: versions.into_iter().collect(),
        database_specific: Gist {
            gist: gist.as_str(),
            modules,
        },
    }
}

/// OSV wants UTC, ending in `Z`.
fn utc(time: &Timestamp) -> String {
    Timestamp::new(time.moment()).as_str().to_owned()
}

/// Whether a text is an address of the web (RFC 3986) in which nothing must be escaped.
fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_like = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    !name.is_empty()
        && name.bytes().all(host_like)
        && port.len() <= 5
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && rest.matches('#').count() <= 1
        && is_uri_text(rest.as_bytes())
}

/// Letters, digits, and the marks that may stand in a path, a query and a fragment; `%` only before two hexadecimal digits.
fn is_uri_text(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes
            .get(at + 1..at + 3)
            .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?#".contains(byte),
    })
}
