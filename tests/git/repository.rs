//! Real bare repositories and pull requests for the tests, made with git's plumbing. Never asserts anything.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gistry::error::Result;
use gistry::io::git::{Counter, Fetched, Limits, Objects, Source, fetch_merge};
use gistry::model::file::File;
use gistry::model::name::{CommitId, Name};
use gistry::model::path::RepoPath;
use gistry::model::submission::Difference;
use tempfile::TempDir;

pub const REGULAR: u32 = 0o100_644;
pub const EXECUTABLE: u32 = 0o100_755;
pub const SYMLINK: u32 = 0o120_000;
pub const SUBMODULE: u32 = 0o160_000;
/// A commit that is in no repository.
pub const NOWHERE: &str = "0123456789abcdef0123456789abcdef01234567";

/// A path, its mode, its content (of a submodule: the commit).
pub type Entry = (Vec<u8>, u32, Vec<u8>);

pub fn file(path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Entry {
    entry(path, REGULAR, content)
}

pub fn entry(path: impl AsRef<[u8]>, mode: u32, content: impl AsRef<[u8]>) -> Entry {
    (path.as_ref().to_vec(), mode, content.as_ref().to_vec())
}

/// Runs git apart from the machine's configuration, and panics when it fails.
pub fn git(dir: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "a")
            .env(format!("GIT_{role}_EMAIL"), "a@example.org")
            .env(format!("GIT_{role}_DATE"), "1700000000 +0000");
    }
    let mut child = command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_INDEX_FILE", dir.join("scratch-index"))
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    output.stdout
}

/// The same with the repository's own index.
pub fn git_in(dir: &Path, args: &[&str]) -> String {
    let index = dir.join(".git/index");
    let args: Vec<&str> = [&["-c", "user.name=a", "-c", "user.email=a@example.org"], args].concat();
    let output = Command::new("git")
        .args(&args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env("GIT_INDEX_FILE", index)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A bare repository that is served as `file://`.
pub struct Remote {
    pub dir: TempDir,
    indexes: Cell<u32>,
}

impl Remote {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        git(dir.path(), &["init", "-q", "--bare", "."], b"");
        git(dir.path(), &["config", "uploadpack.allowFilter", "true"], b"");
        Self {
            dir,
            indexes: Cell::new(0),
        }
    }

    pub fn git(&self, args: &[&str], input: &[u8]) -> String {
        let output = git(self.dir.path(), args, input);
        String::from_utf8(output).unwrap().trim().to_owned()
    }

    pub fn source(&self) -> Source {
        Source {
            url: format!("file://{}", self.dir.path().display()),
            token: None,
        }
    }

    pub fn blob(&self, content: &[u8]) -> String {
        self.git(&["hash-object", "-w", "--stdin"], content)
    }

    /// Commits a tree of these files and nothing else.
    pub fn commit(&self, files: &[Entry], parents: &[&CommitId]) -> CommitId {
        self.indexes.set(self.indexes.get() + 1);
        let _ = fs::remove_file(self.dir.path().join("scratch-index"));
        let mut known: std::collections::HashMap<&[u8], String> = std::collections::HashMap::new();
        let mut lines = Vec::new();
        for (path, mode, content) in files {
            let id = match *mode {
                SUBMODULE => String::from_utf8(content.clone()).unwrap(),
                _ => known.entry(content).or_insert_with(|| self.blob(content)).clone(),
            };
            lines.extend(format!("{mode:o} {id}\t").into_bytes());
            lines.extend(path);
            lines.push(0);
        }
        self.git(&["update-index", "-z", "--index-info"], &lines);
        let tree = self.git(&["write-tree"], b"");
        self.commit_tree(&tree, parents)
    }

    pub fn commit_tree(&self, tree: &str, parents: &[&CommitId]) -> CommitId {
        let mut args = vec!["commit-tree", tree, "-m", "x"];
        for parent in parents {
            args.extend(["-p", parent.as_str()]);
        }
        CommitId::parse(&self.git(&args, b"")).unwrap()
    }

    /// A tree with entries as they are given, sound or not.
    pub fn raw_tree(&self, entries: &[(&str, &[u8], &str)]) -> String {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend(format!("{mode} ").into_bytes());
            bytes.extend(*name);
            bytes.push(0);
            let byte = |at| u8::from_str_radix(&id[at..at + 2], 16).unwrap();
            bytes.extend((0..40).step_by(2).map(byte));
        }
        self.git(
            &["hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
            &bytes,
        )
    }

    pub fn point(&self, name: &str, commit: &CommitId) {
        self.git(&["update-ref", name, commit.as_str()], b"");
    }

    /// Pull request 1 of `main`, whose merge has the files of `result`.
    pub fn pull(&self, base: &[Entry], result: &[Entry]) -> Pull {
        let base = self.commit(base, &[]);
        let head = self.commit(result, &[&base]);
        self.pull_of(base, head, |remote, base, head| {
            remote.commit(result, &[base, head])
        })
    }

    pub fn pull_of(
        &self,
        base: CommitId,
        head: CommitId,
        merge: impl Fn(&Self, &CommitId, &CommitId) -> CommitId,
    ) -> Pull {
        let merge = merge(self, &base, &head);
        self.point("refs/heads/main", &base);
        self.point("refs/pull/1/head", &head);
        self.point("refs/pull/1/merge", &merge);
        Pull {
            source: self.source(),
            base,
            head,
            merge,
            counter: Counter::default(),
        }
    }
}

/// A pull request and how often the network was asked for it.
pub struct Pull {
    pub source: Source,
    pub base: CommitId,
    pub head: CommitId,
    pub merge: CommitId,
    pub counter: Counter,
}

/// Size filter of the tests, in bytes.
pub const BLOB_LIMIT: u64 = 10_000;

pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

impl Pull {
    pub async fn fetch(&self) -> Result<Fetched> {
        let (source, counter) = (&self.source, &self.counter);
        fetch_merge(source, 1, "main", &self.merge, BLOB_LIMIT, soon(), counter).await
    }

    pub async fn objects(&self) -> Box<Objects> {
        match self.fetch().await.unwrap() {
            Fetched::Objects(objects) => objects,
            other => panic!("{other:?}"),
        }
    }

    pub async fn difference(&self) -> Difference {
        self.difference_within(&Limits::default()).await
    }

    pub async fn difference_within(&self, limits: &Limits) -> Difference {
        let objects = self.objects().await;
        objects.difference(&self.base, &self.merge, limits).await.unwrap()
    }

    pub fn calls(&self) -> u64 {
        self.counter.load(Ordering::Relaxed)
    }
}

/// The paths that differ with `D`, `A` or `M`.
pub fn summary(difference: &Difference) -> Vec<String> {
    let line = |(path, change): (&RepoPath, &gistry::model::submission::Change)| {
        let letter = match (&change.before, &change.after) {
            (Some(_), Some(_)) => 'M',
            (Some(_), None) => 'D',
            (None, Some(_)) => 'A',
            (None, None) => '?',
        };
        format!("{letter} {path}")
    };
    difference.changes.iter().map(line).collect()
}

pub fn after<'d>(difference: &'d Difference, path: &str) -> &'d File {
    let change = difference
        .changes
        .iter()
        .find(|(found, _)| found.as_str() == path);
    change
        .and_then(|(_, change)| change.after.as_ref())
        .unwrap_or_else(|| panic!("{path} is not there"))
}

pub fn before<'d>(difference: &'d Difference, path: &str) -> &'d File {
    let change = &difference.changes[&RepoPath::new(path)];
    change.before.as_ref().unwrap()
}
