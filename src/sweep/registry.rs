//! Which gists a registry names, and for whom: its publishers' files and its bindings. Never reads a file; they are handed in.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::evidence::ModuleId;
use crate::model::file::File;
use crate::model::name::{GistId, Login, ModuleName, Name};
use crate::model::owner::AccountId;
use crate::model::path::{Place, RepoPath};

/// Whose a publisher's folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// This account's.
    Account(AccountId),
    /// Nobody has said so yet.
    None,
    /// There is a file that says it, and it cannot be read.
    Unclear,
}

/// What is to be looked at for a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The gist.
    pub gist: GistId,
    /// Whose folder it is.
    pub owner: Binding,
}

/// A registry as far as the nightly check sees it.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// The modules that are not yanked.
    pub targets: BTreeMap<ModuleId, Target>,
    /// The modules of each gist.
    pub gists: BTreeMap<GistId, Vec<ModuleId>>,
    /// The accounts to which folders are bound.
    pub bound: BTreeMap<Login, AccountId>,
    /// What was passed over, a line for each file.
    pub notes: Vec<String>,
    /// Publishers whose file cannot be read at all.
    broken: BTreeSet<Login>,
    /// Modules that are named and cannot be read.
    unclear: BTreeSet<ModuleId>,
}

impl Registry {
    /// What these files say; those of other places are passed over, and a broken one stops nobody.
    pub fn of<'a>(files: impl Iterator<Item = (&'a RepoPath, &'a File)>) -> Self {
        let mut registry = Self::default();
        let (mut owners, mut publishers) = (Vec::new(), Vec::new());
        for (path, file) in files {
            match file.place() {
                Place::Owner { login } => owners.push((path, file, login)),
                Place::PublisherModules { folder } => publishers.push((path, file, folder)),
                _ => {}
            }
        }
        let mut unreadable = BTreeSet::new();
        for (path, file, login) in owners {
            let Ok(login) = Login::parse(login) else { continue };
            let bound = file
                .owner()
                .and_then(|owner| Some((owner.login.as_ref()?, owner.id.as_ref()?)));
            match bound {
                Some((named, id)) if named.value == login => {
                    registry.bound.insert(login, id.value);
                }
                _ => {
                    registry.note(path, "whose folder it is cannot be read");
                    unreadable.insert(login);
                }
            }
        }
        for (path, file, folder) in publishers {
            let Ok(login) = Login::parse(folder) else {
                registry.note(path, "its folder is no login");
                continue;
            };
            let owner = match registry.bound.get(&login) {
                _ if unreadable.contains(&login) => Binding::Unclear,
                Some(id) => Binding::Account(*id),
                None => Binding::None,
            };
            registry.publisher(path, file, login, owner);
        }
        for (module, target) in &registry.targets {
            let modules = registry.gists.entry(target.gist.clone()).or_default();
            modules.push(module.clone());
        }
        registry
    }

    fn note(&mut self, path: &RepoPath, why: &str) {
        self.notes.push(format!("{path} was passed over: {why}"));
    }

    fn publisher(&mut self, path: &RepoPath, file: &File, login: Login, owner: Binding) {
        let Some(publisher) = file.publisher().filter(|_| !file.is_opaque()) else {
            self.note(path, "it cannot be read");
            self.broken.insert(login);
            return;
        };
        let id = |name: ModuleName| ModuleId {
            publisher: login.clone(),
            name,
        };
        // Of names that stand there twice the last one counts, as everywhere.
        let sound: BTreeMap<ModuleId, _> = publisher
            .modules
            .iter()
            .map(|module| (id(module.name.value.clone()), module))
            .collect();
        let mut lost = 0;
        for name in &publisher.names {
            match ModuleName::parse(&name.value).map(id) {
                Ok(module) if !sound.contains_key(&module) => {
                    self.unclear.insert(module);
                    lost += 1;
                }
                _ => {}
            }
        }
        if lost > 0 {
            self.notes.push(format!(
                "{path}: {lost} of its modules name no gist that could be read"
            ));
        }
        for (module, entry) in sound {
            if entry.yanked.is_none() {
                let gist = entry.gist.value.clone();
                self.targets.insert(module, Target { gist, owner });
            }
        }
    }

    /// Whether nothing can be said of a module now, not even that it is not there any more.
    pub fn unclear(&self, module: &ModuleId) -> bool {
        self.broken.contains(&module.publisher) || self.unclear.contains(module)
    }

    /// Whether there is anything that cannot be read.
    pub fn is_partial(&self) -> bool {
        !self.broken.is_empty() || !self.unclear.is_empty()
    }
}
