//! What only the whole registry can answer: which modules name a gist, which are used the most. Never asks anybody; the files are handed in.
//!
//! Until there is a sparse index, the answers are made from every publisher's file. Whatever cannot be decoded adds nothing: the
//! base's own faults are for its maintainers, and block nobody else.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;
use serde::Deserialize;

use crate::model::advisory::Advisories;
use crate::model::evidence::{Answer, Ask, Fact, ModuleId, Unavailable};
use crate::model::file::File;
use crate::model::name::{AdvisoryId, GistId, Login, ModuleName, Name};
use crate::model::path::{Place, RepoPath};
use crate::model::publisher::Module;

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
}

/// Whether the answers are made from files of this place. Statistics are apart: [`newest_aggregates`].
pub fn is_source(place: &Place) -> bool {
    match place {
        Place::PublisherModules { .. }
        | Place::PublisherAdvisories { .. }
        | Place::MaintainerAdvisory { .. } => true,
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
        registry
    }

    /// The answer, where the base's tree has it; what GitHub must be asked is not known here.
    pub fn answer(&self, ask: &Ask) -> Answer {
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
            Ask::WellUsed => Fact::WellUsed(self.well_used.clone()),
            Ask::AdvisoryFiles(id) => Fact::Paths(self.advisories.get(id).cloned().unwrap_or_default()),
            Ask::Gist(_)
            | Ask::GistAt(..)
            | Ask::Account(_)
            | Ask::AccountId(_)
            | Ask::OpenPullsOf(_)
            | Ask::PullsWithHead(_)
            | Ask::Reviews(_) => {
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
        let (publisher, name) = module.strip_prefix('@')?.split_once('/')?;
        let module = ModuleId {
            publisher: Login::parse(publisher).ok()?,
            name: ModuleName::parse(name).ok()?,
        };
        (event == "install").then_some((module, count))
    };
    bytes.split(|&byte| byte == b'\n').filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn files(texts: &[(&str, &str)]) -> Vec<(RepoPath, File)> {
        let file = |(path, text): &(&str, &str)| {
            let path = RepoPath::new(path);
            let file = File::regular(path.place(), text.as_bytes());
            (path, file)
        };
        texts.iter().map(file).collect()
    }

    fn registry(texts: &[(&str, &str)]) -> Registry {
        let files = files(texts);
        Registry::of(files.iter().map(|(path, file)| (path, file)))
    }

    fn module(publisher: &str, name: &str) -> ModuleId {
        ModuleId {
            publisher: Login::parse(publisher).unwrap(),
            name: ModuleName::parse(name).unwrap(),
        }
    }

    fn gist(id: &str) -> Ask {
        Ask::ModulesOf(GistId::parse(id).unwrap())
    }

    #[test]
    fn modules_are_found_by_gist_and_by_name_whatever_else_is_broken() {
        let registry = registry(&[
            (
                "bob/registry.json",
                r#"{"modules": {"one": {"gist": "aa"}, "two": {"gist": 5}, "No": {"gist": "bb"}}}"#,
            ),
            (
                "Alice/registry.json",
                r#"{"modules": {"one": {"gist": "aa"}, "one": {"gist": "aa"}, "old": {"gist": "aa", "yanked": "x"}}}"#,
            ),
            ("broken/registry.json", "{"),
            (
                "not a login/registry.json",
                r#"{"modules": {"one": {"gist": "cc"}}}"#,
            ),
            ("_index/registry.json", r#"{"modules": {"one": {"gist": "cc"}}}"#),
        ]);
        let both = vec![module("alice", "one"), module("bob", "one")];
        assert_eq!(registry.answer(&gist("aa")), Answer::Known(Fact::Modules(both)));
        for none in ["bb", "cc"] {
            assert_eq!(
                registry.answer(&gist(none)),
                Answer::Known(Fact::Modules(vec![])),
                "{none}"
            );
        }
        let ask = |login: &str, name: &str| {
            registry.answer(&Ask::Module(
                Login::parse(login).unwrap(),
                ModuleName::parse(name).unwrap(),
            ))
        };
        assert_eq!(
            ask("ALICE", "one"),
            Answer::Known(Fact::Modules(vec![module("alice", "one")]))
        );
        assert_eq!(ask("bob", "two"), Answer::Absent);
        assert_ne!(ask("alice", "old"), Answer::Absent);
    }

    #[test]
    fn advisories_are_found_by_id_in_both_kinds_of_file() {
        let text = r#"{"advisories": [{"id": "MLLD-1"}, {"id": "MLLD-1"}, {"id": 7}]}"#;
        let registry = registry(&[("bob/advisories.json", text), ("advisories/MLLD-1.json", text)]);
        let ask = |id: &str| registry.answer(&Ask::AdvisoryFiles(AdvisoryId::parse(id).unwrap()));
        let paths = ["advisories/MLLD-1.json", "bob/advisories.json"]
            .map(RepoPath::new)
            .to_vec();
        assert_eq!(ask("MLLD-1"), Answer::Known(Fact::Paths(paths)));
        assert_eq!(ask("MLLD-2"), Answer::Known(Fact::Paths(vec![])));
    }

    #[test]
    fn installs_of_published_modules_are_summed_over_the_last_weeks() {
        let modules = r#"{"modules": {"one": {"gist": "aa"}, "two": {"gist": "bb"}}}"#;
        let line = |count: u64| {
            format!(
                "{{\"module\":\"@BOB/one\",\"event\":\"install\",\"ci\":true,\"count\":{count},\"x\":1}}\n"
            )
        };
        let mut texts = vec![("bob/registry.json".to_owned(), modules.to_owned())];
        // Nine weeks over the turn of a year: the oldest does not count.
        for (week, count) in [
            "2025/W45", "2025/W46", "2025/W47", "2025/W48", "2025/W49", "2025/W50", "2025/W51", "2025/W52",
            "2026/W01",
        ]
        .iter()
        .zip(1..)
        {
            texts.push((format!("stats/{week}.jsonl"), line(10_u64.pow(9 - count))));
        }
        let noise = [
            "not json",
            r#"{"module":"@bob/two","event":"cache-hit","count":999}"#,
            r#"{"module":"@bob/two","event":"install","count":-1}"#,
            r#"{"module":"@eve/none","event":"install","count":999}"#,
            r#"{"module":"bob/two","event":"install","count":999}"#,
            r#"{"module":"@bob/two","event":"install","count":18446744073709551615}"#,
            r#"{"module":"@bob/two","event":"install","count":1}"#,
        ];
        texts[9].1.push_str(&noise.join("\n"));
        texts.push(("stats/ledger/2026/W02.jsonl".into(), line(5)));
        texts.push(("stats/2026/W2.jsonl".into(), line(5)));
        let texts: Vec<(&str, &str)> = texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let expected = vec![
            (module("bob", "two"), u64::MAX),
            (module("bob", "one"), 11_111_111),
        ];
        assert_eq!(
            registry(&texts).answer(&Ask::WellUsed),
            Answer::Known(Fact::WellUsed(expected))
        );
    }

    #[test]
    fn what_the_tree_does_not_know_stays_unknown() {
        let ask = Ask::Account(Login::parse("bob").unwrap());
        assert!(matches!(Registry::default().answer(&ask), Answer::Unknown(_)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_line_panics(bytes in prop::collection::vec(any::<u8>(), 0..80), name in "\\PC{0,20}", count in any::<u64>()) {
            let line = serde_json::json!({"module": name, "event": "install", "count": count}).to_string();
            let _ = (installs(&bytes), installs(line.as_bytes()), week(&name), week(&format!("stats/{name}")));
        }
    }
}
