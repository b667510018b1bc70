//! A registry on the stand-in, clones of it, and writers whose file depends on all others. Never asserts anything about a push.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use gistry::error::Result;
use gistry::io::git::{
    Bot, Draft, Edit, Limits, LocalClone, Published, Snapshot, Source, Stored, TreeEntry, publish,
};
use gistry::model::file::Content;
use gistry::model::name::{Name, Timestamp};
use gistry::model::progress::Progress;
use gistry_standin::{Repo, Standin};
use tempfile::TempDir;

/// What a job holds.
pub const JOB: &str = "ghs_job_secret";
/// What stands on the bypass list.
pub const APP: &str = "ghs_app_secret";
/// The file that every writer derives from all others.
pub const DERIVED: &str = "index/all.txt";

/// A registry, and who may push to it.
pub struct Registry {
    pub gh: Standin,
    pub repo: Repo,
    pub temp: TempDir,
}

impl Registry {
    pub fn new() -> Self {
        let gh = Standin::start();
        gh.token(JOB).installation();
        gh.token(APP).installation();
        gh.allow_writes();
        let files = (0..40).map(|n| (format!("p{n}/registry.json"), format!("{{\"n\":{n}}}\n")));
        let repo = gh
            .repo("acme/registry")
            .file("README.md", "# Modules\n")
            .files(files)
            .create();
        Self {
            gh,
            repo,
            temp: tempfile::tempdir().unwrap(),
        }
    }

    pub fn source(&self, token: &str) -> Source {
        Source {
            url: self.repo.clone_url(),
            token: Some(token.into()),
        }
    }

    /// A clone made with these options.
    pub fn clone(&self, name: &str, options: &[&str]) -> PathBuf {
        let at = self.temp.path().join(name);
        let url = self.repo.clone_url();
        let args = [&["clone", "-q"], options, &[&url, at.to_str().unwrap()]].concat();
        git(self.temp.path(), &args);
        at
    }

    /// How many pushes were answered, refused ones included.
    pub fn pushes(&self) -> usize {
        self.gh
            .requests_to("POST", "/acme/registry.git/git-receive-pack")
            .len()
    }

    /// The files of the default branch.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let names = self.repo.git(&["ls-tree", "-r", "--name-only", "main"]);
        let read = |name: &str| (name.to_owned(), self.repo.read("main", name).unwrap());
        names.lines().map(read).collect()
    }

    /// What the derived file must be, made anew from the tree.
    pub fn derived(&self) -> String {
        let listing = self.repo.git(&["ls-tree", "-r", "main"]);
        let line = |line: &str| {
            let (head, path) = line.split_once('\t')?;
            let id = head.split(' ').nth(2)?;
            (path != DERIVED).then(|| format!("{path} {id}\n"))
        };
        listing.lines().filter_map(line).collect()
    }

    /// How many files the default branch has.
    pub fn files_count(&self) -> usize {
        self.repo
            .git(&["ls-tree", "-r", "--name-only", "main"])
            .lines()
            .count()
    }

    /// How many commits the default branch has.
    pub fn commits(&self) -> usize {
        self.repo.git(&["rev-list", "--count", "main"]).parse().unwrap()
    }
}

/// Runs git apart from the machine's configuration, and panics when it fails.
pub fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("GIT_TRACE_CURL")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Everything in a folder, git's own included, with its bytes.
pub fn everything(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() {
                todo.push(path);
            } else if kind.is_symlink() {
                let target = fs::read_link(&path).unwrap();
                found.insert(path, target.to_str().unwrap().into());
            } else {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Keeps what was said.
#[derive(Default)]
pub struct Notes(pub Mutex<Vec<String>>);

impl Progress for Notes {
    fn start(&self, _what: &str, _parts: Option<usize>) {}
    fn advance(&self, _parts: usize) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

impl Notes {
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

pub fn bot() -> &'static Bot {
    static BOT: OnceLock<Bot> = OnceLock::new();
    BOT.get_or_init(|| Bot::new(Timestamp::parse("2026-11-21T03:00:00Z").unwrap()))
}

pub fn write(path: &str, text: &str) -> Edit {
    Edit {
        path: path.into(),
        content: Some(Stored::File(text.into())),
    }
}

pub fn draft(edits: Vec<Edit>) -> Draft {
    Draft {
        message: "Files of the test\n\n[skip ci]\n".into(),
        edits,
    }
}

/// Adds a file and derives the index from the whole tree, reading some of it, too.
pub async fn add(snapshot: &Snapshot, path: &str, text: &str) -> Result<Option<Draft>> {
    let entries = snapshot.entries().await?;
    let read: BTreeSet<_> = entries.iter().take(20).map(|entry| entry.id.clone()).collect();
    let contents = snapshot.contents(&read, &Limits::default()).await?;
    assert!(read.iter().all(|id| matches!(contents[id], Content::Bytes(_))));
    let id = gistry_blob(text);
    let mut lines: BTreeMap<String, String> = entries
        .iter()
        .map(|entry: &TreeEntry| {
            let path = String::from_utf8(entry.path.clone()).unwrap();
            (path, entry.id.to_string())
        })
        .collect();
    lines.insert(path.into(), id);
    lines.remove(DERIVED);
    let derived: String = lines.iter().map(|(path, id)| format!("{path} {id}\n")).collect();
    Ok(Some(draft(vec![write(path, text), write(DERIVED, &derived)])))
}

fn gistry_blob(text: &str) -> String {
    use std::io::Write;
    let mut child = Command::new("git")
        .args(["hash-object", "--stdin"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().into()
}

/// Publishes from a clone what [`add`] makes.
pub async fn publish_file(
    clone: &Path,
    source: &Source,
    path: &str,
    text: &str,
    notes: &Notes,
) -> Result<Published> {
    let clone = LocalClone::open(clone).await?;
    publish(&clone, source, "main", bot(), notes, async |snapshot| {
        add(snapshot, path, text).await
    })
    .await
}
