//! What is judged: the difference between a base and a result, with what belongs to it. Plain data; never reads git.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::batch::Batch;
use super::evidence::Account;
use super::file::File;
use super::name::{CommitId, Repository};
use super::owner::Owner;
use super::path::{Place, RepoPath};
use super::publisher::{Module, Publisher};

/// A submission to a registry.
#[derive(Debug)]
pub struct Submission {
    /// Where it comes from.
    pub origin: Origin,
    /// What it changes, by path.
    pub changes: BTreeMap<RepoPath, Change>,
    /// Unchanged files of the touched publishers' folders, and their files in `owners/`, by path.
    pub related: BTreeMap<RepoPath, File>,
    /// Every name in the base's root that is a folder, sorted.
    pub folders: Vec<String>,
}

/// Where a submission comes from.
#[derive(Debug)]
pub enum Origin {
    /// A pull request on GitHub.
    Pull(Box<PullRequest>),
    /// A working tree against a commit, before anything is pushed. Who will open the pull request is known where the user said so.
    WorkingTree {
        /// The account that will open the pull request.
        author: Option<super::name::Login>,
    },
    /// The whole registry as it stands; nothing is compared.
    Tree,
}

/// A pull request as GitHub names it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// The registry.
    pub repository: Repository,
    /// Its number.
    pub number: u64,
    /// Who opened it; nobody when the account is gone.
    pub author: Option<Account>,
    /// The branch that it is to be merged into.
    pub base_branch: String,
    /// The registry's default branch.
    pub default_branch: String,
    /// The tip of the base branch.
    pub base: CommitId,
    /// The pull request's head.
    pub head: CommitId,
    /// The merge of both that GitHub made; absent where there is a conflict.
    pub merge: Option<CommitId>,
    /// Why git refused the objects, where it did.
    pub refused: Option<String>,
}

/// What git or the disk knows of a submission; who submits it is asked elsewhere. The fields are those of [`Submission`].
#[derive(Debug, Default)]
pub struct Difference {
    /// What it changes, by path.
    pub changes: BTreeMap<RepoPath, Change>,
    /// Unchanged files of the touched publishers' folders, and their files in `owners/`, by path.
    pub related: BTreeMap<RepoPath, File>,
    /// Every name in the base's root that is a folder, sorted.
    pub folders: Vec<String>,
}

/// One path that differs.
#[derive(Debug)]
pub struct Change {
    /// What the layout makes of the path.
    pub place: Place,
    /// The file in the base.
    pub before: Option<File>,
    /// The file in the result.
    pub after: Option<File>,
}

/// A publisher's `registry.json` that is changed.
#[derive(Clone, Copy)]
pub struct PublisherChange<'s> {
    /// Its path.
    pub path: &'s RepoPath,
    /// The folder in which it lies.
    pub folder: &'s str,
    /// The file in the result.
    pub file: &'s File,
    /// What is sound of the result.
    pub publisher: &'s Publisher,
    /// What was sound of the base.
    pub before: Option<&'s Publisher>,
}

/// A module together with the publisher's file that holds it.
#[derive(Clone, Copy)]
pub struct ModuleChange<'s> {
    /// The file.
    pub of: PublisherChange<'s>,
    /// The module in the result.
    pub module: &'s Module,
    /// The module of that name in the base.
    pub before: Option<&'s Module>,
}

/// A batch of statistics that is in the result and was not in the base; of a whole tree each one.
#[derive(Clone, Copy)]
pub struct NewBatch<'s> {
    /// Its path.
    pub path: &'s RepoPath,
    /// The folder in which it lies.
    pub week: &'s str,
    /// The file's name without its extension.
    pub name: &'s str,
    /// The file.
    pub file: &'s File,
    /// What is sound of it; nothing where its JSON is broken.
    pub batch: Option<&'s Batch>,
}

impl Submission {
    /// The pull request, where there is one.
    pub fn pull(&self) -> Option<&PullRequest> {
        if let Origin::Pull(pull) = &self.origin {
            Some(pull)
        } else {
            None
        }
    }

    /// Whether the whole registry is judged and nothing is compared.
    pub fn is_tree(&self) -> bool {
        matches!(self.origin, Origin::Tree)
    }

    /// Reads what every changed file means, on all cores; it would be read at the first question otherwise.
    pub fn parse(&self) {
        self.changes
            .par_iter()
            .filter_map(|(_, change)| change.after.as_ref())
            .for_each(|file| {
                let _ = file.parsed();
            });
    }

    /// Changed files that exist in the result, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &File)> {
        self.changes
            .iter()
            .filter_map(|(path, change)| change.after.as_ref().map(|file| (path, file)))
    }

    /// A file of the result, changed or related.
    pub fn result(&self, path: &str) -> Option<&File> {
        let path = RepoPath::new(path);
        match self.changes.get(&path) {
            Some(change) => change.after.as_ref(),
            None => self.related.get(&path),
        }
    }

    /// A file of the base, changed or related.
    pub fn base(&self, path: &str) -> Option<&File> {
        let path = RepoPath::new(path);
        match self.changes.get(&path) {
            Some(change) => change.before.as_ref(),
            None => self.related.get(&path),
        }
    }

    /// The binding of a folder to an account, as the base has it: a pull request cannot bring its own.
    pub fn binding(&self, folder: &str) -> Option<&Owner> {
        let path = format!("owners/{}.json", folder.to_ascii_lowercase());
        if self.is_tree() {
            self.result(&path)?.owner()
        } else {
            self.base(&path)?.owner()
        }
    }

    /// The publishers whose files are changed, each with the first changed path that is theirs, by folder.
    pub fn touched_publishers(&self) -> BTreeMap<&str, &RepoPath> {
        let mut folders = BTreeMap::new();
        for (path, change) in &self.changes {
            if let Some(folder) = change.place.publisher() {
                folders.entry(folder).or_insert(path);
            }
        }
        folders
    }

    /// Whether the base has a publisher of this folder: a file of theirs, or a binding. False for a whole tree, in
    /// which nothing is compared.
    pub fn base_has_publisher(&self, folder: &str) -> bool {
        let binding = format!("owners/{}.json", folder.to_ascii_lowercase());
        let paths = [
            format!("{folder}/registry.json"),
            format!("{folder}/advisories.json"),
            binding,
        ];
        !self.is_tree() && paths.iter().any(|path| self.base(path).is_some())
    }

    /// The publishers that this submission brings, each with the first of their files; none in a whole tree.
    pub fn new_publishers(&self) -> Vec<(&str, &RepoPath)> {
        if self.is_tree() {
            return Vec::new();
        }
        let comes = |path: &RepoPath| {
            self.changes
                .get(path)
                .is_some_and(|change| change.after.is_some())
        };
        self.touched_publishers()
            .into_iter()
            .filter(|(folder, path)| comes(path) && !self.base_has_publisher(folder))
            .collect()
    }

    /// Changed publishers' files that exist in the result and whose JSON can be read.
    pub fn publishers(&self) -> impl Iterator<Item = PublisherChange<'_>> {
        self.changes.iter().filter_map(|(path, change)| {
            let Place::PublisherModules { folder } = &change.place else {
                return None;
            };
            let file = change.after.as_ref()?;
            let before = change.before.as_ref().and_then(File::publisher);
            Some(PublisherChange {
                path,
                folder,
                file,
                publisher: file.publisher()?,
                before,
            })
        })
    }

    /// Batches of statistics that were not in the base, by path.
    pub fn new_batches(&self) -> impl Iterator<Item = NewBatch<'_>> {
        self.changes.iter().filter_map(|(path, change)| {
            let Place::StatsBatch { week, batch: name } = &change.place else {
                return None;
            };
            let file = change.after.as_ref().filter(|_| change.before.is_none())?;
            let batch = file.batch();
            Some(NewBatch {
                path,
                week,
                name,
                file,
                batch,
            })
        })
    }

    /// Every module of the changed publishers' files.
    pub fn modules(&self) -> impl Iterator<Item = ModuleChange<'_>> {
        self.publishers().flat_map(|of| {
            // From the last to the first, so that of equal names the first counts.
            let before: Option<HashMap<&str, &Module>> = of.before.map(|before| {
                let named = before.modules.iter().rev();
                named.map(|module| (module.name.value.as_str(), module)).collect()
            });
            of.publisher.modules.iter().map(move |module| {
                let before = before
                    .as_ref()
                    .and_then(|before| before.get(module.name.value.as_str()));
                ModuleChange {
                    of,
                    module,
                    before: before.copied(),
                }
            })
        })
    }

    /// The modules whose gist is to be looked at: new, pointing elsewhere than before, or no longer yanked. A yanked
    /// module is passed over, so that one whose gist is gone can be yanked.
    pub fn modules_to_ask(&self) -> impl Iterator<Item = ModuleChange<'_>> {
        self.modules().filter(|change| {
            let points = |module: &Module| {
                let Module {
                    gist,
                    file,
                    revision,
                    sha256,
                    yanked,
                    ..
                } = module;
                let file = file.as_ref().map(|file| file.value.clone());
                let revision = revision.as_ref().map(|revision| revision.value.clone());
                let sha256 = sha256.as_ref().map(|sha256| sha256.value.clone());
                (gist.value.clone(), file, revision, sha256, yanked.is_some())
            };
            change.module.yanked.is_none()
                && change
                    .before
                    .is_none_or(|before| points(before) != points(change.module))
        })
    }

    /// The same paths as the base has them, to tell old findings from new ones.
    pub fn base_view(&self, copy: impl Fn(&File) -> File) -> Submission {
        let before = |change: &Change| Change {
            place: change.place.clone(),
            before: None,
            after: change.before.as_ref().map(&copy),
        };
        Submission {
            origin: Origin::Tree,
            changes: self
                .changes
                .iter()
                .map(|(path, change)| (path.clone(), before(change)))
                .collect(),
            related: self
                .related
                .iter()
                .map(|(path, file)| (path.clone(), copy(file)))
                .collect(),
            folders: self.folders.clone(),
        }
    }
}
