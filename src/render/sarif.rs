//! The report as SARIF 2.1.0 (OASIS), for code scanning and editors. Never invents a place.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::finding::{Finding, NotRun, Place, Report, Severity};
use crate::model::path::RepoPath;
use crate::rules;

use super::markdown::url_path;
use super::words;

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<Outcome<'r>>,
    properties: BTreeMap<&'static str, &'r str>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message<'static>,
    full_description: Message<'static>,
    help: Message<'static>,
    help_uri: String,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message<'r> {
    text: &'r str,
}

/// A message in which nothing is a link: SARIF reads `[text](target)` in messages (§3.11.6).
#[derive(Serialize)]
struct Literal {
    text: String,
}

impl Literal {
    fn of(text: &str) -> Self {
        let text = text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        Self { text }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    associated_rule: RuleReference,
    message: Literal,
}

#[derive(Serialize)]
struct RuleReference {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Literal,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix<'r>>,
    properties: BTreeMap<&'static str, &'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Literal>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

#[derive(Serialize)]
struct Suppression<'r> {
    kind: &'static str,
    status: &'static str,
    justification: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Message<'r>>,
    artifact_changes: [Change<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'r> {
    artifact_location: Artifact,
    replacements: [Replacement<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'r> {
    deleted_region: Region,
    inserted_content: Message<'r>,
}

/// A SARIF log with a final newline.
///
/// # Errors
/// None that is known: a report holds nothing that JSON cannot hold.
pub fn sarif(report: &Report) -> serde_json::Result<String> {
    let mut seen = BTreeMap::new();
    let mut properties = BTreeMap::from([("verdict", report.verdict.word())]);
    let commits = [("base", &report.subject.base), ("head", &report.subject.head)];
    properties.extend(
        commits
            .into_iter()
            .filter_map(|(name, commit)| Some((name, commit.as_ref()?.as_str()))),
    );
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: driver() },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: !report.not_run.iter().any(|rule| rule.undecided),
                tool_execution_notifications: report.not_run.iter().map(notification).collect(),
            }],
            results: report
                .findings
                .iter()
                .map(|finding| outcome(finding, report, &mut seen))
                .collect(),
            properties,
        }],
    };
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

fn driver() -> Driver {
    let rules = rules::ALL.iter().map(|rule| rule.meta());
    Driver {
        name: "gistry",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: rules
            .map(|meta| Descriptor {
                id: meta.id,
                short_description: Message { text: meta.summary },
                full_description: Message { text: meta.why },
                help: Message { text: meta.mend },
                help_uri: format!("{}#{}", words::DOCS, meta.id),
                default_configuration: Configuration {
                    level: level(meta.severity),
                },
            })
            .collect(),
    }
}

/// SARIF has no word for "a maintainer must decide": it is a warning there, and `properties.severity` tells them apart.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Review | Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn notification(rule: &NotRun) -> Notification {
    Notification {
        level: if rule.undecided { "error" } else { "note" },
        associated_rule: RuleReference { id: rule.rule },
        message: Literal::of(&rule.reason),
    }
}

fn outcome<'r>(finding: &'r Finding, report: &'r Report, seen: &mut BTreeMap<String, usize>) -> Outcome<'r> {
    let mut properties = BTreeMap::from([("severity", words::severity(finding.severity))]);
    properties.extend(finding.help.as_deref().map(|help| ("help", help)));
    properties.extend(finding.softened.as_deref().map(|why| ("softened", why)));
    let allowed = report
        .overrides
        .iter()
        .any(|word| word.rule == finding.rule && word.refused.is_none());
    let suppressions = finding
        .softened
        .as_deref()
        .filter(|_| allowed && finding.severity == Severity::Note);
    Outcome {
        rule_id: finding.rule,
        rule_index: rules::ALL.iter().position(|rule| rule.meta().id == finding.rule),
        level: level(finding.severity),
        message: Literal::of(&finding.message),
        locations: finding
            .path
            .iter()
            .map(|path| Location {
                physical_location: physical(path, finding.place.as_ref().map(region)),
                message: None,
            })
            .collect(),
        related_locations: finding
            .related
            .iter()
            .map(|related| Location {
                physical_location: physical(&related.path, related.line.map(line)),
                message: Some(Literal::of(&related.message)),
            })
            .collect(),
        partial_fingerprints: BTreeMap::from([("gistryIdentity/v1", fingerprint(finding, seen))]),
        suppressions: suppressions
            .into_iter()
            .map(|justification| Suppression {
                kind: "external",
                status: "accepted",
                justification,
            })
            .collect(),
        fixes: fix(finding).into_iter().collect(),
        properties,
    }
}

fn physical(path: &RepoPath, region: Option<Region>) -> Physical {
    Physical {
        artifact_location: Artifact {
            uri: url_path(path.as_str()),
        },
        region,
    }
}

fn region(place: &Place) -> Region {
    Region {
        start_line: place.line,
        start_column: Some(place.column),
        end_line: Some(place.end_line),
        end_column: Some(place.end_column),
    }
}

fn line(line: usize) -> Region {
    Region {
        start_line: line,
        start_column: None,
        end_line: None,
        end_column: None,
    }
}

fn fix(finding: &Finding) -> Option<Fix<'_>> {
    let (path, place, text) = (
        finding.path.as_ref()?,
        finding.place.as_ref()?,
        finding.replacement.as_ref()?,
    );
    Some(Fix {
        description: finding.help.as_deref().map(|text| Message { text }),
        artifact_changes: [Change {
            artifact_location: Artifact {
                uri: url_path(path.as_str()),
            },
            replacements: [Replacement {
                deleted_region: region(place),
                inserted_content: Message { text },
            }],
        }],
    })
}

/// The digest of what makes a finding the same one while lines move, and which of several equal ones it is.
fn fingerprint(finding: &Finding, seen: &mut BTreeMap<String, usize>) -> String {
    let (rule, path, subject, message) = finding.identity();
    let mut digest = Sha256::new();
    for part in [rule, path.map_or("", |path| path.as_str()), subject, message] {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let hex: String = digest
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let count = seen.entry(hex.clone()).or_default();
    *count += 1;
    format!("{hex}:{count}")
}
