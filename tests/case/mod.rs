//! The fixture cases under fixtures/rules, as plain data, and what the engine is given for one. Never judges.
//!
//! A case is read here once and used twice: by the pure test of the rules, and by the end-to-end test that builds real
//! repositories from it. `case.toml` is described by the fields of [`Case`].

// Each test that takes this module uses its own part of it.
#![allow(dead_code)]
// clippy takes only functions marked #[test] for tests; a fixture that is wrong must stop the test.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

mod dna;
mod shift;
mod tree;
mod world;

pub use tree::{Entry, Special, Tree};

/// The moment at which every case is judged.
pub const NOW: &str = "2026-11-21T07:00:00Z";
/// The number of the pull request that is judged in the pure test.
pub const NUMBER: u64 = 7;

/// `fixtures/rules/{rule}/{name}/case.toml` with the folders beside it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `{rule}/{name}`
    #[serde(skip)]
    pub id: String,
    /// Where it lies.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The moment at which it is judged, where that is not [`NOW`].
    #[serde(skip)]
    pub now: Option<String>,
    /// `base/` with `[[special]]` and `[policy]`: the default branch where the pull request branches off.
    #[serde(skip)]
    pub base: Tree,
    /// `change/` with `[[pull.special]]`: what the pull request writes.
    #[serde(skip)]
    pub change: Tree,
    /// `moved/`: what the default branch gets after that.
    #[serde(skip)]
    pub moved: Tree,
    /// What it shows, in a sentence.
    pub title: String,
    /// `pass`, `fail`, `review` or `undecided`.
    pub verdict: String,
    /// `<severity> <rule>[ <path>[:<line>:<column>]]`, every finding, sorted as the report sorts them.
    #[serde(default)]
    pub findings: Vec<String>,
    /// The rules that do not run and make the verdict undecided.
    #[serde(default)]
    pub not_run: Vec<String>,
    /// Skipped in the other test; the title says why.
    pub only: Option<Only>,
    /// Absent: the whole tree of the base is judged.
    pub pull: Option<Pull>,
    /// Login to account id, of people.
    #[serde(default)]
    pub accounts: BTreeMap<String, u64>,
    /// Login to when the account was made; the others are old.
    #[serde(default)]
    pub account_created: BTreeMap<String, String>,
    /// Login to account id, of organisations.
    #[serde(default)]
    pub organisations: BTreeMap<String, u64>,
    /// The gists that exist.
    #[serde(default)]
    pub gists: Vec<Gist>,
    /// Entries of the base that cannot be plain files.
    #[serde(default)]
    special: Vec<Special>,
    /// registry.toml of the base, where that is no file of its own.
    policy: Option<toml::Table>,
    /// Login to how many other open pull requests it has.
    #[serde(default)]
    pub open_pulls: BTreeMap<String, u64>,
    /// Login to how many DNA files it brought within a day, in other pull requests.
    #[serde(default)]
    pub dna_files: BTreeMap<String, u64>,
    /// What the package index lists.
    #[serde(default)]
    pub artifacts: Vec<dna::Artifact>,
    /// What was said under the pull request.
    #[serde(default)]
    pub comments: Vec<Comment>,
}

/// Which test alone a case is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Only {
    /// It needs git or GitHub: a three-way merge, a fault.
    EndToEnd,
    /// git or GitHub would never let it come so far.
    Pure,
}

/// The pull request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// Who opened it; `ghost` is nobody.
    pub author: String,
    /// The branch that it is to be merged into; the default branch is always `main`.
    #[serde(default = "main_branch")]
    pub base: String,
    /// Files that it deletes.
    #[serde(default)]
    pub delete: Vec<String>,
    /// Whether it conflicts with the default branch; `moved/` and `change/` then write the same lines.
    #[serde(default)]
    pub conflict: bool,
    /// Accounts that opened another pull request with the same head.
    #[serde(default)]
    pub same_head: Vec<String>,
    /// Why git refused the objects.
    pub refused: Option<String>,
    /// Its reviews, oldest first.
    #[serde(default)]
    pub reviews: Vec<Review>,
    #[serde(default)]
    special: Vec<Special>,
}

/// A review of the pull request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Whose it is.
    pub by: String,
    /// `approved`, `changes-requested`, `commented` or `dismissed`.
    pub state: String,
    /// Whether it is of an older head.
    #[serde(default)]
    pub outdated: bool,
}

fn main_branch() -> String {
    "main".to_owned()
}

/// A gist.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gist {
    /// Its id.
    pub id: String,
    /// Its owner's login; absent where there is none.
    pub owner: Option<String>,
    /// Secret where false.
    #[serde(default = "yes")]
    pub public: bool,
    /// File name to content.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// File name to a size in bytes, for content that does not matter.
    #[serde(default)]
    sizes: BTreeMap<String, usize>,
    /// The newest revision.
    revision: Option<String>,
    /// Other revisions that exist, with the same files.
    #[serde(default)]
    pub older: Vec<String>,
}

fn yes() -> bool {
    true
}

impl Gist {
    /// Every file's name and content.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let written = self
            .files
            .iter()
            .map(|(name, text)| (name.clone(), text.clone().into_bytes()));
        let sized = self
            .sizes
            .iter()
            .map(|(name, size)| (name.clone(), vec![b'x'; *size]));
        written.chain(sized).collect()
    }

    /// The newest revision: the one that is written, or the id over and over.
    pub fn revision(&self) -> String {
        let derived = || self.id.chars().cycle().take(40).collect();
        self.revision.clone().unwrap_or_else(derived)
    }
}

/// A comment on the pull request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// Who wrote it.
    pub by: String,
    /// What the collaborator endpoint says of them: `admin`, `write`, `read`, `none`.
    #[serde(default = "no_permission")]
    pub permission: String,
    /// The text; `{head}` stands for the head's commit id.
    pub body: String,
}

fn no_permission() -> String {
    "none".to_owned()
}

/// Every case, sorted by id.
pub fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules");
    let mut folders: Vec<PathBuf> = subfolders(&root)
        .iter()
        .flat_map(|rule| subfolders(rule))
        .collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).collect()
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect()
}

/// The case in one folder.
pub fn read(folder: &Path) -> Case {
    let path = folder.join("case.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    case.id = format!("{}/{}", name(folder.parent().unwrap()), name(folder));
    case.folder = folder.to_owned();
    case.base = tree::read(&folder.join("base"));
    case.change = tree::read(&folder.join("change"));
    case.moved = tree::read(&folder.join("moved"));
    for special in &case.special {
        case.base.extend(special.entries());
    }
    for special in case.pull.iter().flat_map(|pull| &pull.special) {
        case.change.extend(special.entries());
    }
    if let Some(policy) = &case.policy {
        let text = toml::to_string(policy).unwrap();
        let settings = Entry::file(text.into_bytes());
        case.base.entry(b"registry.toml".to_vec()).or_insert(settings);
    }
    case
}

impl Case {
    /// The default branch's tip: the base, and what came after the pull request branched off.
    pub fn tip(&self) -> Tree {
        let mut tree = self.base.clone();
        tree.extend(self.moved.clone());
        tree
    }

    /// The pull request's head: the base with its changes.
    pub fn head(&self) -> Tree {
        let mut tree = self.base.clone();
        let Some(pull) = &self.pull else { return tree };
        for path in &pull.delete {
            let gone = tree.remove(path.as_bytes());
            assert!(gone.is_some(), "{}: there is no {path} to delete", self.id);
        }
        tree.extend(self.change.clone());
        tree
    }
}
