//! What only the whole registry can answer: which modules name a gist, which are used the most. Never asks anybody; the files are handed in.
//!
//! The answers are made in one of two ways, and are the same: from the sparse index, corrected by the folders that are not
//! what they were when it was made (`sparse`); or, where there is no index that can be read, from every publisher's file.
//! Whatever cannot be decoded adds nothing: the base's own faults are for its maintainers, and block nobody else.

mod shelf;
pub(crate) mod sparse;
mod stale;
pub(crate) mod statistics;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;
use serde::Deserialize;

use crate::model::advisory::Advisories;
use crate::model::evidence::{Answer, Ask, Fact, ModuleId, Unavailable};
use crate::model::file::File;
use crate::model::name::{AdvisoryId, GistId, Login, ModuleName, Name};
use crate::model::path::{Place, RESERVED, RepoPath};
use crate::model::publisher::Module;
use crate::model::sparse::{ADVISORIES, MOST_USED};

/// How many weeks of statistics say what is used: the newest that are there.
const WEEKS: usize = 8;
/// Largest file that is read for the answers, in bytes: a week's aggregates hold a line for each module and event.
pub const MAX_FILE: u64 = 64 << 20;
/// Most that is read for the answers, in bytes.
pub const MAX_TOTAL: u64 = 1 << 30;

/// A registry as far as rules ask about the whole of it.
#[derive(Debug, Default)]
pub struct Registry {
    modules: HashSet<ModuleId>,
    by_gist: HashMap<GistId, Vec<ModuleId>>,
    advisories: HashMap<AdvisoryId, Vec<RepoPath>>,
    well_used: Vec<(ModuleId, u64)>,
    /// Absent where nobody looked.
    statistics: Option<statistics::Statistics>,
    /// The questions that it can answer; all of them where there is none.
    scope: Option<BTreeSet<Ask>>,
}

/// Whether the answers are made from files of this place. Statistics are apart: [`newest_aggregates`].
pub fn is_source(place: &Place) -> bool {
    match place {
        // Nobody can publish in one of the layout's own folders.
        Place::PublisherModules { folder } | Place::PublisherAdvisories { folder } => {
            !RESERVED.contains(&folder.as_str())
        }
        Place::MaintainerAdvisory { .. } => true,
        Place::Release { .. } | Place::StatsBatch { .. } | Place::Settings | Place::Owner { .. } => false,
        Place::BotOwned | Place::PassedOver | Place::Unknown => false,
    }
}

/// The aggregates that say what is used now: `stats/{year}/W{nn}.jsonl` of the last weeks that are there.
pub fn newest_aggregates<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> BTreeSet<RepoPath> {
    let weeks: BTreeMap<(u16, u8), &RepoPath> = paths
        .filter_map(|path| Some((week(path.as_str())?, path)))
        .collect();
    weeks.into_values().rev().take(WEEKS).cloned().collect()
}

fn week(path: &str) -> Option<(u16, u8)> {
    let (year, file) = path.strip_prefix("stats/")?.split_once('/')?;
    let week = file.strip_prefix('W')?.strip_suffix(".jsonl")?;
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(year, 4) && digits(week, 2)).then_some((year.parse().ok()?, week.parse().ok()?))
}

/// What one file adds.
#[derive(Default)]
struct Part {
    /// A yanked module is there, and counts for no gist.
    modules: Vec<(ModuleId, Option<GistId>)>,
    advisories: Vec<(AdvisoryId, RepoPath)>,
    installs: Vec<(ModuleId, u64)>,
}

impl Part {
    fn of(path: &RepoPath, file: &File) -> Self {
        let mut part = Self::default();
        if let (Place::PublisherModules { folder }, Some(publisher)) = (file.place(), file.publisher())
            && let Ok(login) = Login::parse(folder)
        {
            let module = |module: &Module| {
                let name = module.name.value.clone();
                let publisher = login.clone();
                let gist = module.yanked.is_none().then(|| module.gist.value.clone());
                (ModuleId { publisher, name }, gist)
            };
            part.modules = publisher.modules.iter().map(module).collect();
        }
        if let Some(Advisories { advisories, .. }) = file.advisories() {
            part.advisories = advisories
                .iter()
                .map(|advisory| (advisory.id.value.clone(), path.clone()))
                .collect();
        }
        part
    }
}

impl Registry {
    /// The answers that these files give. Files of other places are passed over.
    pub fn of<'a>(files: impl Iterator<Item = (&'a RepoPath, &'a File)>) -> Self {
        let files: Vec<(&RepoPath, &File)> = files.collect();
        let aggregates = newest_aggregates(files.iter().map(|(path, _)| *path));
        let parts: Vec<Part> = files
            .par_iter()
            .map(|(path, file)| {
                if is_source(file.place()) {
                    return Part::of(path, file);
                }
                let bytes = file
                    .bytes()
                    .filter(|_| aggregates.contains(path))
                    .unwrap_or_default();
                Part {
                    installs: installs(bytes),
                    ..Part::default()
                }
            })
            .collect();
        Self::of_parts(parts)
    }

    fn of_parts(parts: Vec<Part>) -> Self {
        let mut registry = Self::default();
        let mut used: HashMap<ModuleId, u64> = HashMap::new();
        for part in parts {
            for (module, gist) in part.modules {
                registry.modules.insert(module.clone());
                if let Some(gist) = gist {
                    registry.by_gist.entry(gist).or_default().push(module);
                }
            }
            for (id, path) in part.advisories {
                registry.advisories.entry(id).or_default().push(path);
            }
            for (module, count) in part.installs {
                let sum = used.entry(module).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        for modules in registry.by_gist.values_mut() {
            modules.sort();
            modules.dedup();
        }
        for paths in registry.advisories.values_mut() {
            paths.sort();
            paths.dedup();
        }
        // Statistics are what strangers sent: a module that nobody published is not used.
        registry.well_used = used
            .into_iter()
            .filter(|(module, _)| registry.modules.contains(module))
            .collect();
        registry
            .well_used
            .sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        registry.well_used.truncate(MOST_USED);
        registry
    }

    /// The same with what was looked up for whoever shares statistics.
    #[must_use]
    pub(crate) fn with(self, statistics: Option<statistics::Statistics>) -> Self {
        Self { statistics, ..self }
    }

    /// The answer, where the base's tree has it; what GitHub must be asked is not known here.
    pub fn answer(&self, ask: &Ask) -> Answer {
        if self.scope.as_ref().is_some_and(|scope| !scope.contains(ask)) {
            return Answer::Unknown(Unavailable::Failed("it was not looked up".into()));
        }
        let fact = match ask {
            Ask::ModulesOf(gist) => Fact::Modules(self.by_gist.get(gist).cloned().unwrap_or_default()),
            Ask::Module(publisher, name) => {
                let module = ModuleId {
                    publisher: publisher.clone(),
                    name: name.clone(),
                };
                match self.modules.get(&module) {
                    Some(module) => Fact::Modules(vec![module.clone()]),
                    None => return Answer::Absent,
                }
            }
            Ask::Package(_) | Ask::Ledger(_) => {
                let not_read = || Answer::Unknown(Unavailable::Failed("the base was not read".into()));
                return match (&self.statistics, ask) {
                    (Some(statistics), Ask::Package(name)) => statistics.package(name),
                    (Some(statistics), Ask::Ledger(week)) => statistics.ledger(*week),
                    _ => not_read(),
                };
            }
            Ask::WellUsed => Fact::WellUsed(self.well_used.clone()),
            Ask::AdvisoryFiles(id) => Fact::Paths(self.advisories.get(id).cloned().unwrap_or_default()),
            Ask::Gist(_)
            | Ask::GistAt(..)
            | Ask::Account(_)
            | Ask::AccountId(_)
            | Ask::OpenPullsOf(_)
            | Ask::PullsWithHead(_)
            | Ask::Reviews(_)
            | Ask::Release(..)
            | Ask::Derived(_)
            | Ask::DnaFilesOf(..) => {
                let why = "the registry's files do not say it".into();
                return Answer::Unknown(Unavailable::Failed(why));
            }
        };
        Answer::Known(fact)
    }
}

/// A line of a week's aggregates, as far as it is needed.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    module: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    count: u64,
}

/// How often modules were installed, by the lines that can be read.
fn installs(bytes: &[u8]) -> Vec<(ModuleId, u64)> {
    let line = |line: &[u8]| {
        let Line { module, event, count } = serde_json::from_slice(line).ok()?;
        let module = module_id(&module)?;
        (event == "install").then_some((module, count))
    };
    bytes.split(|&byte| byte == b'\n').filter_map(line).collect()
}

/// `@alice/json-utils`
fn module_id(text: &str) -> Option<ModuleId> {
    let (publisher, name) = text.strip_prefix('@')?.split_once('/')?;
    Some(ModuleId {
        publisher: Login::parse(publisher).ok()?,
        name: ModuleName::parse(name).ok()?,
    })
}

/// The names of a root's folder that answers may be made from; of the maintainers' folder all.
fn is_source_name(folder: &[u8], name: &[u8]) -> bool {
    folder == ADVISORIES.as_bytes() || matches!(name, b"registry.json" | b"advisories.json")
}

#[cfg(test)]
mod tests;
