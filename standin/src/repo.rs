//! Repositories: the builder, and a handle to seed and inspect one. Never speaks HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::Standin;
use crate::account::AccountKind;
use crate::git::Git;
use crate::git::Signature;
use crate::git::commit::{Edit, NewCommit};
use crate::repo_row::{Permission, RepoRow};
use crate::state::{Shared, State};

/// A repository. Cheap to clone, and does not keep the stand-in alive: this is what a hook may hold.
#[derive(Clone, Debug)]
pub struct Repo {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: u64,
}

/// A repository in the making.
#[must_use = "call create()"]
pub struct RepoBuilder {
    standin: Standin,
    owner: String,
    name: String,
    branch: String,
    edits: Vec<Edit>,
}

impl RepoBuilder {
    /// The default branch; `main` unless told otherwise.
    pub fn branch(mut self, name: impl Into<String>) -> RepoBuilder {
        self.branch = name.into();
        self
    }

    /// Adds a file to the initial commit.
    pub fn file(self, path: impl Into<String>, content: impl Into<Vec<u8>>) -> RepoBuilder {
        self.edits([Edit::write(path, content)])
    }

    /// Adds many files to the initial commit.
    pub fn files<P: Into<String>, C: Into<Vec<u8>>>(
        self,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> RepoBuilder {
        self.edits(
            files
                .into_iter()
                .map(|(path, content)| Edit::write(path, content)),
        )
    }

    /// Adds all files below a folder on disk to the initial commit, with symbolic links and executable bits; `.git` is
    /// left out.
    pub fn directory(mut self, root: impl AsRef<Path>) -> std::io::Result<RepoBuilder> {
        let mut todo = vec![(root.as_ref().to_owned(), String::new())];
        while let Some((folder, prefix)) = todo.pop() {
            for entry in fs::read_dir(&folder)? {
                let (path, name) = {
                    let entry = entry?;
                    (entry.path(), entry.file_name())
                };
                let name = format!("{prefix}{}", name.to_string_lossy());
                let meta = fs::symlink_metadata(&path)?;
                match () {
                    () if name == ".git" => {}
                    () if meta.is_dir() => todo.push((path, name + "/")),
                    () if meta.is_symlink() => {
                        self.edits.push(Edit::symlink(
                            name,
                            fs::read_link(&path)?.into_os_string().into_encoded_bytes(),
                        ));
                    }
                    () if meta.permissions().mode() & 0o111 != 0 => {
                        self.edits.push(Edit::executable(name, fs::read(&path)?))
                    }
                    () => self.edits.push(Edit::write(name, fs::read(&path)?)),
                }
            }
        }
        Ok(self)
    }

    /// Adds anything to the initial commit.
    pub fn edits(mut self, edits: impl IntoIterator<Item = Edit>) -> RepoBuilder {
        self.edits.extend(edits);
        self
    }

    /// Makes it: a bare git repository with one commit.
    pub fn create(self) -> Repo {
        let mut state = self.standin.lock();
        let owner = state.ensure_account(&self.owner, AccountKind::Organization);
        let taken = state.repo_by_name(&self.owner, &self.name).is_some();
        assert!(
            !taken,
            "the repository {}/{} is there already",
            self.owner, self.name
        );
        let shared = self.standin.shared().clone();
        let id = state.add_repo(&shared, owner.id, &self.name, &self.branch, None);
        let git = state.repos[&id].git.clone();
        let author = Signature {
            name: owner.login.clone(),
            email: owner.email(),
            at: state.tick(),
        };
        let new = NewCommit {
            parent: None,
            author: &author,
            committer: &author,
            message: "Initial commit",
        };
        let sha = git.commit(&new, &self.edits);
        git.move_ref(&format!("refs/heads/{}", self.branch), &sha, None);
        Repo {
            shared: shared.clone(),
            id,
        }
    }
}

impl State {
    pub fn add_repo(
        &mut self,
        shared: &Shared,
        owner: u64,
        name: &str,
        branch: &str,
        fork_of: Option<u64>,
    ) -> u64 {
        let (id, at) = (self.next_object_id(), self.tick());
        let network = fork_of.map(|parent| self.repos[&parent].git.clone());
        let git = Git::create(shared.root.join(format!("{id}.git")), branch, network.as_ref());
        let repo = RepoRow {
            id,
            owner,
            name: name.to_owned(),
            git,
            default_branch: branch.to_owned(),
            fork_of,
            created_at: at,
            pushed_at: at,
            next_number: 0,
            issues: BTreeMap::new(),
            comments: BTreeMap::new(),
            reviews: BTreeMap::new(),
            events: Vec::new(),
            labels: BTreeMap::new(),
            check_runs: BTreeMap::new(),
            collaborators: BTreeMap::new(),
            protected: BTreeMap::new(),
        };
        self.repos.insert(id, repo);
        id
    }

    /// The fork that an account has of a repository, made if there is none. The owner of the parent has itself.
    pub fn ensure_fork(&mut self, shared: &Shared, parent: u64, owner: u64) -> u64 {
        let known = self
            .repos
            .values()
            .find(|repo| repo.fork_of == Some(parent) && repo.owner == owner);
        if let Some(fork) = known {
            return fork.id;
        }
        let (name, branch) = {
            let parent = &self.repos[&parent];
            (parent.name.clone(), parent.default_branch.clone())
        };
        let login = self.account_or_ghost(owner).login.clone();
        // GitHub numbers a fork whose name is taken.
        let numbered = (1..).map(|count| format!("{name}-{count}"));
        let name = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| self.repo_by_name(&login, name).is_none());
        let id = self.add_repo(
            shared,
            owner,
            &name.expect("numbers do not end"),
            &branch,
            Some(parent),
        );
        if let Some(tip) = self.repos[&parent].git.branch(&branch) {
            self.repos[&id]
                .git
                .move_ref(&format!("refs/heads/{branch}"), &tip, None);
        }
        id
    }

    /// Commits onto a branch, which is made from the default branch where it is missing.
    pub fn commit_on(
        &mut self,
        repo: u64,
        branch: &str,
        author: u64,
        message: &str,
        edits: &[Edit],
    ) -> String {
        let at = self.tick();
        let (login, email) = {
            let account = self.account_or_ghost(author);
            (account.login.clone(), account.email())
        };
        let author = Signature {
            name: login,
            email,
            at,
        };
        let row = self.repos.get_mut(&repo).expect("a repository of this stand-in");
        row.pushed_at = at;
        let git = row.git.clone();
        let parent = git.branch(branch).or_else(|| git.branch(&row.default_branch));
        let new = NewCommit {
            parent: parent.as_deref(),
            author: &author,
            committer: &author,
            message,
        };
        let sha = git.commit(&new, edits);
        git.move_ref(&format!("refs/heads/{branch}"), &sha, None);
        self.heads_moved();
        sha
    }
}

impl Repo {
    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.lock()
    }

    pub(crate) fn row<T>(&self, read: impl FnOnce(&RepoRow) -> T) -> T {
        read(
            self.lock()
                .repos
                .get(&self.id)
                .expect("the repository was deleted"),
        )
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut RepoRow) -> T) -> T {
        change(
            self.lock()
                .repos
                .get_mut(&self.id)
                .expect("the repository was deleted"),
        )
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        let state = self.lock();
        state.full_name(&state.repos[&self.id])
    }

    /// Where git fetches it over HTTP.
    pub fn clone_url(&self) -> String {
        format!("{}/{}.git", self.shared.url(), self.full_name())
    }

    /// The bare repository on disk, to inspect with git.
    pub fn git_dir(&self) -> std::path::PathBuf {
        self.row(|repo| repo.git.dir.clone())
    }

    /// The tip of a branch; `None` where there is none.
    pub fn tip(&self, branch: &str) -> Option<String> {
        self.row(|repo| repo.git.branch(branch))
    }

    /// The commit that a full ref name (`refs/pull/1/merge`) points at.
    pub fn ref_sha(&self, name: &str) -> Option<String> {
        self.row(|repo| repo.git.read_ref(name))
    }

    /// Runs git in the bare repository, hermetically, gives its output without the final newline. Panics where it
    /// fails.
    pub fn git(&self, args: &[&str]) -> String {
        self.row(|repo| repo.git.clone()).text(args)
    }

    /// The content of a file at a revision.
    pub fn read(&self, revision: &str, path: &str) -> Option<Vec<u8>> {
        self.row(|repo| repo.git.clone())
            .run(&["cat-file", "blob", &format!("{revision}:{path}")], b"")
            .ok()
    }

    /// Commits onto a branch as its owner would push it, protection or not; gives the new tip. A missing branch
    /// starts at the default branch's tip.
    pub fn commit_on(&self, branch: &str, edits: impl IntoIterator<Item = Edit>) -> String {
        let edits: Vec<Edit> = edits.into_iter().collect();
        let mut state = self.lock();
        let owner = state.repos[&self.id].owner;
        state.commit_on(self.id, branch, owner, "Change", &edits)
    }

    /// Points a branch at an existing commit (a force push).
    pub fn reset(&self, branch: &str, sha: &str) {
        let mut state = self.lock();
        state.repos[&self.id]
            .git
            .move_ref(&format!("refs/heads/{branch}"), sha, None);
        state.heads_moved();
    }

    /// Gives a collaborator a role. The account is made if there is none.
    pub fn set_permission(&self, login: &str, permission: Permission) {
        let id = self.lock().ensure_account(login, AccountKind::User).id;
        self.change(|repo| repo.collaborators.insert(id, permission));
    }

    /// Protects a branch: every push over HTTP is refused with GH006.
    pub fn protect(&self, branch: &str) {
        self.protect_with_bypass(branch, []);
    }

    /// Protects a branch, except against these tokens.
    pub fn protect_with_bypass<'a>(&self, branch: &str, tokens: impl IntoIterator<Item = &'a str>) {
        let tokens: BTreeSet<String> = tokens.into_iter().map(str::to_owned).collect();
        self.change(|repo| repo.protected.insert(branch.to_owned(), tokens));
    }

    /// Lifts the protection.
    pub fn unprotect(&self, branch: &str) {
        self.change(|repo| repo.protected.remove(branch));
    }
}

impl Standin {
    /// A repository `owner/name`; an owner that nobody knows becomes an organisation.
    pub fn repo(&self, full_name: &str) -> RepoBuilder {
        let (owner, name) = full_name.split_once('/').expect("a name of the form owner/name");
        RepoBuilder {
            standin: self.clone(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            branch: "main".to_owned(),
            edits: Vec::new(),
        }
    }

    /// The repository that is there already.
    pub fn find_repo(&self, full_name: &str) -> Option<Repo> {
        let (owner, name) = full_name.split_once('/')?;
        let id = self.lock().repo_by_name(owner, name)?;
        Some(Repo {
            shared: self.shared().clone(),
            id,
        })
    }
}
