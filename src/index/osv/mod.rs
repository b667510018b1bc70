//! Advisories -> the OSV export (schema 1.7). Never invents a score, a package ecosystem, or a version.
//!
//! An advisory is about gists, so its ranges are of type `GIT`, in the gist's own repository. Its id gets the prefix that
//! the OSV schema keeps for databases which osv.dev does not collect, `x_`, and the registry's name where it lacks it.

mod form;
mod record;
mod zip;

use std::collections::{BTreeMap, BTreeSet};

pub use record::{Named, Record, records};

use super::publisher::pretty;
use super::{Output, Written};
use crate::finding::{Finding, Severity};
use crate::model::name::GistId;
use crate::model::path::RepoPath;

/// The export and what could not be said in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Osv {
    /// `osv/{id}.json` and `osv/all.zip`, by path; nothing where there is no advisory.
    pub outputs: Vec<Output>,
    /// Advisories that are not exported, or whose modules have no gist that is known.
    pub findings: Vec<Finding>,
}

/// The export of all these records. `carried` are files of the export before whose advisories cannot be read now: they stay
/// where no record has their id. `registry` is the registry's name, where it has one; `gist_of` gives the gist of a
/// module by its publisher in lower case and its name.
pub fn build(
    records: &[Record],
    carried: Vec<Output>,
    registry: Option<&str>,
    gist_of: impl Fn(&str, &str) -> Option<String>,
) -> Osv {
    let mut osv = Osv::default();
    // Of two with one id the maintainers' counts, then that of the first path, then the first of its file.
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by_key(|record| (!record.is_maintainers(), record.path.as_str()));
    let mut taken: BTreeMap<String, &Record> = BTreeMap::new();
    for record in sorted {
        let id = osv_id(record.id.as_str(), registry);
        match taken.get(&id.to_ascii_lowercase()) {
            Some(first) => osv.findings.push(twice(record, first)),
            None => {
                taken.insert(id.to_ascii_lowercase(), record);
                osv.add(id, record, &gist_of);
            }
        }
    }
    let is_free = |output: &Output| {
        let id = output
            .path
            .strip_prefix("osv/")
            .and_then(|name| name.strip_suffix(".json"));
        id.is_some_and(|id| !taken.contains_key(&id.to_ascii_lowercase()))
    };
    osv.outputs.extend(carried.into_iter().filter(is_free));
    osv.outputs.sort_by(|a, b| a.path.cmp(&b.path));
    if !osv.outputs.is_empty() {
        let all = zip::stored(&osv.outputs);
        osv.outputs.push(Output {
            path: ALL.to_owned(),
            content: Written::File(all),
        });
        osv.outputs.sort_by(|a, b| a.path.cmp(&b.path));
    }
    osv.findings
        .sort_by(|a, b| (&a.path, &a.subject).cmp(&(&b.path, &b.subject)));
    osv
}

/// The whole export in one file.
const ALL: &str = "osv/all.zip";

impl Osv {
    fn add(&mut self, id: String, record: &Record, gist_of: &impl Fn(&str, &str) -> Option<String>) {
        let mut gists: BTreeMap<GistId, BTreeSet<String>> = BTreeMap::new();
        for gist in &record.gists {
            gists.entry(gist.clone()).or_default();
        }
        for named in &record.affects {
            match named.gist(gist_of) {
                Some(gist) => _ = gists.entry(gist).or_default().insert(named.to_string()),
                None => self.findings.push(unknown(record, named)),
            }
        }
        let Some(vulnerability) = form::Vulnerability::of(&id, record, &gists) else {
            self.findings.push(timeless(record));
            return;
        };
        let mut bytes = Vec::new();
        pretty(&vulnerability, &mut bytes);
        self.outputs.push(Output {
            path: format!("osv/{id}.json"),
            content: Written::File(bytes),
        });
    }
}

/// Where an advisory is exported to.
pub fn path(id: &str, registry: Option<&str>) -> String {
    format!("osv/{}.json", osv_id(id, registry))
}

/// The id under which OSV knows an advisory: `x_MLLD-2026-0001`. Ids that differ in case alone are the same id.
pub fn osv_id(id: &str, registry: Option<&str>) -> String {
    let prefix = registry.map_or_else(String::new, |name| format!("{}-", name.to_ascii_uppercase()));
    let own = id
        .split_at_checked(prefix.len())
        .filter(|(start, _)| start.eq_ignore_ascii_case(&prefix))
        .map_or(id, |(_, own)| own);
    format!("x_{prefix}{own}")
}

fn finding(record: &Record, rule: &'static str, severity: Severity, message: String, help: &str) -> Finding {
    let finding = Finding::new(rule, severity, record.id.as_str(), message);
    finding.path(&RepoPath::new(&record.path)).help(help)
}

fn twice(record: &Record, first: &Record) -> Finding {
    let message = format!("the id {} is taken: this advisory is not exported", record.id);
    let help = "give one of the two the next free id";
    finding(record, "advisory-id", Severity::Error, message, help).related(
        &RepoPath::new(&first.path),
        None,
        "used here",
    )
}

fn timeless(record: &Record) -> Finding {
    let message = format!("{} says no time that can be read: it is not exported", record.id);
    finding(
        record,
        "schema",
        Severity::Error,
        message,
        "write \"created\" as the schema says",
    )
}

fn unknown(record: &Record, named: &Named) -> Finding {
    let (message, help) = match &named.publisher {
        Some(_) => (
            format!(
                "{} affects {named}, whose gist is not known: it is exported by name alone",
                record.id
            ),
            "write the module exactly as it is in the registry, or add its gist to \"gists\"",
        ),
        None => (
            format!(
                "{} affects {named}, and does not say whose: it is exported by name alone",
                record.id
            ),
            "write \"user/name\"",
        ),
    };
    finding(record, "advisory-affects", Severity::Warning, message, help)
}
