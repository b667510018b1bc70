//! What the engine is given for a case: the submission, and an answer to every question. Never touches git or a network.

use std::collections::{BTreeMap, BTreeSet};

use gistry::model::evidence::{Account, Answer, Ask, Evidence, Fact, Gist as GistFact, GistFile, ModuleId};
use gistry::model::file::{Content, File, Mode};
use gistry::model::ledger;
use gistry::model::name::{
    CommitId, GistId, Login, ModuleName, Name, Repository, Revision, Sha256, Timestamp,
};
use gistry::model::path::{Place, RESERVED, RepoPath};
use gistry::model::policy::Policy;
use gistry::model::review::{Review, ReviewState};
use gistry::model::submission::{Change, Origin, PullRequest, Submission};
use sha2::{Digest, Sha256 as Hasher};

use super::{Case, Entry, Gist, NOW, NUMBER, Pull, Tree};

/// Everything that [`gistry::rules::judge`] takes.
pub struct World {
    /// What is judged.
    pub submission: Submission,
    /// What is known.
    pub evidence: Evidence,
    /// The base's settings.
    pub policy: Policy,
    /// The moment.
    pub now: Timestamp,
}

/// When accounts were made of which a case does not say it.
const LONG_AGO: &str = "2020-02-02T00:00:00Z";
/// How many bytes of a gist's file GitHub shows.
const GIST_FILE_SHOWN: usize = 1 << 20;

fn name<T: Name>(text: &str) -> T {
    T::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

impl Case {
    /// What the engine is given.
    pub fn world(&self) -> World {
        let settings = self.base.get(b"registry.toml".as_slice());
        let policy = settings.map_or_else(Policy::default, |entry| Policy::decode(&entry.content).0);
        let submission = self.submission(&policy);
        let asks = gistry::rules::asks(&submission, &policy);
        let evidence = Evidence::from(
            asks.into_iter()
                .map(|ask| (ask.clone(), self.answer(&ask)))
                .collect::<BTreeMap<_, _>>(),
        );
        World {
            submission,
            evidence,
            policy,
            now: name(self.now.as_deref().unwrap_or(NOW)),
        }
    }

    fn submission(&self, policy: &Policy) -> Submission {
        let filter = policy.limits.file_bytes;
        let folder = |path: &Vec<u8>| RepoPath::from_bytes(path).folder().map(str::to_owned);
        let folders: BTreeSet<String> = self.base.keys().filter_map(folder).collect();
        let folders = folders.into_iter().collect();
        let Some(pull) = &self.pull else {
            let changes = self
                .base
                .iter()
                .map(|(path, entry)| change(path, None, Some(entry), filter, Place::is_read));
            return Submission {
                origin: Origin::Tree,
                changes: changes.collect(),
                related: BTreeMap::new(),
                folders,
            };
        };
        let unseen = pull.conflict || pull.refused.is_some();
        let head = if unseen { self.base.clone() } else { self.head() };
        let paths: BTreeSet<&Vec<u8>> = self.base.keys().chain(head.keys()).collect();
        let changes: BTreeMap<RepoPath, Change> = paths
            .into_iter()
            .filter(|path| self.base.get(*path) != head.get(*path))
            .map(|path| {
                let (before, after) = (self.base.get(path), head.get(path));
                change(path, before, after, filter, Place::is_read_in_a_change)
            })
            .collect();
        Submission {
            origin: Origin::Pull(Box::new(self.pull_request(pull))),
            related: related(&self.base, &changes, filter),
            changes,
            folders,
        }
    }

    fn pull_request(&self, pull: &Pull) -> PullRequest {
        PullRequest {
            repository: name::<Repository>("acme/registry"),
            number: NUMBER,
            author: (pull.author != "ghost")
                .then(|| self.account(&pull.author).expect("the author is in accounts")),
            base_branch: pull.base.clone(),
            default_branch: "main".to_owned(),
            base: commit("ba5e"),
            head: commit("4ead"),
            merge: (!pull.conflict && pull.refused.is_none()).then(|| commit("3e26e")),
            refused: pull.refused.clone(),
        }
    }

    fn account(&self, login: &str) -> Option<Account> {
        let people = self.accounts.iter().map(|(login, id)| (login, id, true));
        let organisations = self.organisations.iter().map(|(login, id)| (login, id, false));
        let found = people
            .chain(organisations)
            .find(|(known, ..)| known.eq_ignore_ascii_case(login));
        found.map(|(login, id, person)| Account {
            login: name(login),
            id: *id,
            person,
            created: Some(name(self.created(login))),
        })
    }

    /// When an account was made.
    fn created(&self, login: &str) -> &str {
        let created = self.account_created.get(login);
        created.map_or(LONG_AGO, String::as_str)
    }

    fn answer(&self, ask: &Ask) -> Answer {
        let known = |fact: Option<Fact>| fact.map_or(Answer::Absent, Answer::Known);
        match ask {
            Ask::Gist(id) => known(self.gist(id).map(|gist| self.gist_fact(gist, gist.revision()))),
            Ask::GistAt(id, revision) => known(self.gist_at(id, revision)),
            Ask::Account(login) => known(self.account(login.as_str()).map(Fact::Account)),
            Ask::AccountId(id) => {
                let everybody = self.accounts.iter().chain(&self.organisations);
                let login = everybody
                    .filter(|(_, known)| *known == id)
                    .map(|(login, _)| login)
                    .next();
                known(login.and_then(|login| self.account(login)).map(Fact::Account))
            }
            Ask::ModulesOf(gist) => {
                let modules = self.modules().into_iter();
                let names = modules.filter(|(_, (of, yanked))| of == gist && !yanked);
                Answer::Known(Fact::Modules(names.map(|(id, _)| id).collect()))
            }
            Ask::Module(publisher, module) => {
                let mut modules = self.modules().into_keys();
                let found = modules.find(|id| id.publisher == *publisher && id.name == *module);
                known(found.map(|id| Fact::Modules(vec![id])))
            }
            Ask::WellUsed => Answer::Known(Fact::WellUsed(self.well_used())),
            Ask::AdvisoryFiles(id) => {
                let holds = |file: &File| {
                    let advisories = file.advisories();
                    advisories
                        .is_some_and(|all| all.advisories.iter().any(|advisory| advisory.id.value == *id))
                };
                let paths = self.base_files().into_iter().filter(|(_, file)| holds(file));
                Answer::Known(Fact::Paths(paths.map(|(path, _)| path).collect()))
            }
            Ask::OpenPullsOf(login) => {
                let of = |(known, count): (&String, &u64)| {
                    known.eq_ignore_ascii_case(login.as_str()).then_some(*count)
                };
                let others = self.open_pulls.iter().find_map(of).unwrap_or_default();
                Answer::Known(Fact::Pulls((NUMBER..=NUMBER + others).collect()))
            }
            Ask::Release(name, _) => known(super::dna::project(&self.artifacts, name).map(Fact::Package)),
            Ask::Derived(wanted) => {
                Answer::Known(Fact::Derived(super::dna::derived(&self.artifacts, wanted)))
            }
            Ask::DnaFilesOf(login, _) => {
                let of = |(known, _): &(&String, &u64)| known.eq_ignore_ascii_case(login.as_str());
                let count = self.dna_files.iter().find(of).map_or(0, |(_, count)| *count);
                Answer::Known(Fact::DnaFiles(count))
            }
            Ask::Reviews(_) => {
                let given = self.pull.iter().flat_map(|pull| &pull.reviews);
                Answer::Known(Fact::Reviews(given.map(|review| self.review(review)).collect()))
            }
            Ask::Package(package) => {
                let release = self.base_files().into_iter().map(|(path, _)| path).find(
                    |path| matches!(path.place(), Place::Release { package: of, .. } if of == *package),
                );
                known(release.map(|path| Fact::Paths(vec![path])))
            }
            Ask::Ledger(week) => {
                let entry = self.base.get(week.ledger().as_bytes());
                let (mut counted, broken) = ledger::read(entry.map_or(b"", |entry| &entry.content));
                assert_eq!(broken, None, "{}: the ledger of {week}", self.id);
                counted.sort();
                Answer::Known(Fact::Ledger(counted))
            }
            Ask::PullsWithHead(_) => {
                let others = self.pull.as_ref().map_or(0, |pull| pull.same_head.len() as u64);
                Answer::Known(Fact::Pulls((NUMBER..=NUMBER + others).collect()))
            }
        }
    }

    fn review(&self, given: &super::Review) -> Review {
        Review {
            by: self.account(&given.by).expect("a reviewer is in accounts").id,
            state: match given.state.as_str() {
                "approved" => ReviewState::Approved,
                "changes-requested" => ReviewState::ChangesRequested,
                "dismissed" => ReviewState::Dismissed,
                _ => ReviewState::Other,
            },
            commit: Some(commit(if given.outdated { "01d" } else { "4ead" })),
            at: None,
        }
    }

    fn gist(&self, id: &GistId) -> Option<&Gist> {
        self.gists.iter().find(|gist| gist.id == id.as_str())
    }

    fn gist_at(&self, id: &GistId, revision: &Revision) -> Option<Fact> {
        let gist = self.gist(id)?;
        let mut revisions = gist.older.iter().cloned().chain([gist.revision()]);
        let found = revisions.find(|known| known == revision.as_str())?;
        Some(self.gist_fact(gist, found))
    }

    fn gist_fact(&self, gist: &Gist, revision: String) -> Fact {
        let file = |(name, content): (String, Vec<u8>)| GistFile {
            name,
            size: content.len() as u64,
            sha256: (content.len() <= GIST_FILE_SHOWN).then(|| digest(&content)),
        };
        Fact::Gist(GistFact {
            id: name(&gist.id),
            public: gist.public,
            owner: gist
                .owner
                .as_ref()
                .map(|owner| self.account(owner).expect("a gist's owner is in accounts")),
            files: gist.files().into_iter().map(file).collect(),
            more_files: false,
            revision: Some(name(&revision)),
        })
    }

    fn base_files(&self) -> Vec<(RepoPath, File)> {
        let read = |(path, entry): (&Vec<u8>, &Entry)| {
            let path = RepoPath::from_bytes(path);
            let file = file(&path, entry, u64::MAX, Place::is_read);
            (path, file)
        };
        self.base.iter().map(read).collect()
    }

    /// The base's modules with their gists and whether they are yanked, sorted.
    fn modules(&self) -> BTreeMap<ModuleId, (GistId, bool)> {
        let mut modules = BTreeMap::new();
        for (path, file) in self.base_files() {
            let Place::PublisherModules { folder } = path.place() else {
                continue;
            };
            let (Ok(publisher), Some(content)) = (Login::parse(&folder), file.publisher()) else {
                continue;
            };
            for module in &content.modules {
                let id = ModuleId {
                    publisher: publisher.clone(),
                    name: module.name.value.clone(),
                };
                modules.insert(id, (module.gist.value.clone(), module.yanked.is_some()));
            }
        }
        modules
    }

    /// Installs by module from the base's `stats/{year}/W{nn}.jsonl`, most first.
    fn well_used(&self) -> Vec<(ModuleId, u64)> {
        let mut installs: BTreeMap<ModuleId, u64> = BTreeMap::new();
        let aggregates = self.base.iter().filter(|(path, _)| {
            path.starts_with(b"stats/") && path.ends_with(b".jsonl") && !path.starts_with(b"stats/ledger/")
        });
        for (_, entry) in aggregates {
            for line in String::from_utf8_lossy(&entry.content).lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                let module = line["module"].as_str().unwrap().trim_start_matches('@');
                let (publisher, module) = module.split_once('/').unwrap();
                let id = ModuleId {
                    publisher: name(publisher),
                    name: name::<ModuleName>(module),
                };
                if line["event"] == "install" {
                    *installs.entry(id).or_default() += line["count"].as_u64().unwrap();
                }
            }
        }
        let mut installs: Vec<_> = installs.into_iter().collect();
        installs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        installs
    }
}

fn commit(start: &str) -> CommitId {
    name(&format!("{start:0<40}"))
}

fn digest(content: &[u8]) -> Sha256 {
    let hex: String = Hasher::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    name(&hex)
}

fn file(path: &RepoPath, entry: &Entry, filter: u64, read: fn(&Place) -> bool) -> File {
    let mode = Mode::from_octal(entry.mode);
    let content = match mode {
        Mode::Submodule => Content::None,
        // git's blob filter leaves larger ones behind and does not say how large they are.
        _ if entry.content.len() as u64 > filter => Content::TooBig(None),
        Mode::Regular | Mode::Executable if !read(&path.place()) => {
            Content::NotRead(Some(entry.content.len() as u64))
        }
        _ => Content::Bytes(entry.content.as_slice().into()),
    };
    File::new(path.place(), mode, None, content)
}

fn change(
    path: &[u8],
    before: Option<&Entry>,
    after: Option<&Entry>,
    filter: u64,
    read: fn(&Place) -> bool,
) -> (RepoPath, Change) {
    let path = RepoPath::from_bytes(path);
    let read = |entry: &Entry| file(&path, entry, filter, read);
    let change = Change {
        place: path.place(),
        before: before.map(read),
        after: after.map(read),
    };
    (path, change)
}

/// What lies unchanged in the folders that are touched, and the bindings of these folders.
fn related(base: &Tree, changes: &BTreeMap<RepoPath, Change>, filter: u64) -> BTreeMap<RepoPath, File> {
    let passed_over = |folder: &&str| !folder.starts_with(['_', '.']);
    let touched: BTreeSet<&str> = changes
        .keys()
        .filter_map(RepoPath::folder)
        .filter(passed_over)
        .collect();
    let bindings: BTreeSet<String> = touched
        .iter()
        .map(|folder| format!("owners/{}.json", folder.to_ascii_lowercase()))
        .collect();
    base.iter()
        .map(|(path, entry)| (RepoPath::from_bytes(path), entry))
        .filter(|(path, _)| !changes.contains_key(path))
        .filter(|(path, _)| {
            path.folder().is_some_and(|folder| touched.contains(folder)) || bindings.contains(path.as_str())
        })
        .map(|(path, entry)| {
            // Of the layout's own folders only the names are looked at.
            let is_own = path.folder().is_some_and(|folder| RESERVED.contains(&folder));
            let file = match is_own && !bindings.contains(path.as_str()) {
                true => File::new(
                    path.place(),
                    Mode::from_octal(entry.mode),
                    None,
                    Content::NotRead(None),
                ),
                false => file(&path, entry, filter, Place::is_read),
            };
            (path, file)
        })
        .collect()
}
