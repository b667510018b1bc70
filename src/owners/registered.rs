//! Publishers' folders and the bindings that are there. Never reads a file; they are handed in.

use std::collections::BTreeMap;

use super::Left;
use crate::model::decode::{Problem, ProblemKind};
use crate::model::file::File;
use crate::model::json::{Oddity, OddityKind};
use crate::model::name::{GistId, Login, ModuleName, Name, Timestamp};
use crate::model::owner::AccountId;
use crate::model::path::{Place, RESERVED, RepoPath};

/// What a registry's tree says of its publishers and their owners.
#[derive(Debug, Default)]
pub struct Registered {
    /// Publishers without a file in `owners/`, by folder.
    pub unbound: Vec<Unbound>,
    /// Publishers without one whose folder cannot be bound as it is.
    pub left: Vec<Left>,
    /// How many publishers have one.
    pub already: usize,
    /// What the files in `owners/` say, by login in lower case; nothing where one cannot be read.
    pub bindings: BTreeMap<String, Option<Bound>>,
}

/// A publisher without a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbound {
    /// The folder.
    pub folder: Login,
    /// Its modules that are not yanked, with their gists.
    pub modules: Vec<(ModuleName, GistId)>,
}

/// A binding that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The login that it names.
    pub login: Option<Login>,
    /// The account.
    pub id: AccountId,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Registered {
    /// Whether the tree's answers are made from files of this place.
    pub fn is_source(place: &Place) -> bool {
        matches!(place, Place::PublisherModules { .. } | Place::Owner { .. })
    }

    /// Reads these files; those of other places are passed over.
    pub fn of<'a>(files: impl Iterator<Item = (&'a RepoPath, &'a File)>) -> Self {
        let mut registered = Self::default();
        let mut folders: BTreeMap<String, Vec<(&str, &File)>> = BTreeMap::new();
        for (_, file) in files {
            match file.place() {
                Place::PublisherModules { folder } => {
                    let spellings = folders.entry(folder.to_ascii_lowercase()).or_default();
                    spellings.push((folder, file));
                }
                Place::Owner { login } => {
                    let key = login.to_ascii_lowercase();
                    // A name in capitals is read by nobody, but nothing is written beside it either.
                    let bound = bound(file).filter(|_| key == *login);
                    registered.bindings.insert(key, bound);
                }
                _ => {}
            }
        }
        for (key, spellings) in folders {
            match registered.bindings.get(&key) {
                Some(Some(_)) => {
                    registered.already += spellings.len();
                    continue;
                }
                Some(None) => {
                    let why = format!("owners/{key}.json is there and cannot be read as a binding");
                    let help = "mend it, or delete it and run this again".to_owned();
                    let folder = spellings.iter().map(|(folder, _)| *folder).collect::<Vec<_>>();
                    registered.left.push(Left {
                        folder: folder.join(", "),
                        why,
                        help,
                    });
                    continue;
                }
                None => {}
            }
            match unbound(&spellings) {
                Ok(unbound) => registered.unbound.push(unbound),
                Err(left) => registered.left.push(left),
            }
        }
        registered
    }
}

fn bound(file: &File) -> Option<Bound> {
    let owner = file.owner()?;
    Some(Bound {
        login: owner.login.as_ref().map(|login| login.value.clone()),
        id: owner.id.as_ref()?.value,
        since: owner.since.as_ref().map(|since| since.value.clone()),
    })
}

fn unbound(spellings: &[(&str, &File)]) -> Result<Unbound, Left> {
    let names: Vec<&str> = spellings.iter().map(|(folder, _)| *folder).collect();
    let left = |why: &str, help: &str| Left {
        folder: names.join(", "),
        why: why.to_owned(),
        help: help.to_owned(),
    };
    let [(folder, file)] = spellings else {
        return Err(left(
            "these folders differ in upper and lower case alone, and a login is one account's",
            "keep one of them",
        ));
    };
    if RESERVED.contains(folder) {
        return Err(left("the name is reserved", "rename the folder"));
    }
    let Ok(login) = Login::parse(folder) else {
        return Err(left(
            "the folder's name is no login, so it can be nobody's",
            "rename the folder like its publisher's login",
        ));
    };
    if let Err(why) = sound(file) {
        return Err(left(
            &format!("{folder}/registry.json cannot be read: {why}"),
            "mend it (`gistry validate --all --local` says where), and run this again",
        ));
    }
    let modules = file.publisher().map_or(&[][..], |publisher| &publisher.modules);
    Ok(Unbound {
        folder: login,
        modules: modules
            .iter()
            .filter(|module| module.yanked.is_none())
            .map(|module| (module.name.value.clone(), module.gist.value.clone()))
            .collect(),
    })
}

/// Whether a publisher's file can be gone by: a module that could not be read might name another account's gist. What is
/// wrong elsewhere in the file does no harm here; old registries break today's rules in many ways.
fn sound(file: &File) -> Result<(), String> {
    let parsed = file.parsed();
    if parsed.syntax.is_some() {
        return Err("it is no JSON".to_owned());
    }
    if file.is_opaque() {
        return Err("it is no plain file, or too large".to_owned());
    }
    let twice = |oddity: &Oddity| matches!(oddity.kind, OddityKind::DuplicateKey { .. });
    if parsed.oddities.iter().any(twice) {
        return Err("a key is there twice".to_owned());
    }
    let modules = file.publisher().map_or(&[][..], |publisher| &publisher.modules);
    let is_read = |name: &str| modules.iter().any(|module| module.name.value.as_str() == name);
    let hides = |problem: &&Problem| match problem.pointer.strip_prefix("/modules") {
        Some("") => true,
        Some(rest) => {
            let name = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
            problem.kind != ProblemKind::NearMiss && !is_read(name)
        }
        None => false,
    };
    match parsed.problems.iter().find(hides) {
        Some(problem) => Err(format!("{}: {}", problem.pointer, problem.message)),
        None => Ok(()),
    }
}
