//! `gistry stats`: the order of batches does not matter, nothing is half done, and what strangers send is refused or set aside.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod killed;
mod order;
mod poison;
mod push;
mod shown;
#[path = "../stage/mod.rs"]
mod stage;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use gistry::model::batch::BatchId;
use gistry::model::name::{Name, Timestamp};
use gistry::model::week::Week;

/// When the runs in this process take place.
const NOW: &str = "2026-11-21T07:00:00Z";

fn week(text: &str) -> Week {
    Week::parse(text).unwrap()
}

/// A row as a batch has it.
fn row(module: &str, event: &str, ci: bool, count: impl std::fmt::Display) -> String {
    format!("{{\"module\":\"{module}\",\"event\":\"{event}\",\"ci\":{ci},\"count\":{count}}}")
}

/// The bytes of a batch.
fn batch(id: &str, week: &str, rows: &[String]) -> String {
    format!(
        "{{\n\"version\":\"1.0.0\",\n\"batch\":\"{id}\",\n\"week\":\"{week}\",\n\"client\":\"test/1\",\n\"counts\":[\n{}\n]}}\n",
        rows.join(",\n")
    )
}

/// The id under which an account shares a week.
fn own_id(account: u64, of: &str) -> String {
    BatchId::of(account, week(of)).to_string()
}

/// Every file below a folder, by path.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// Runs gistry in this process: exit code, standard output, standard error.
fn gistry(dir: &Path, words: &[&str]) -> (u8, String, String) {
    let (stdout, stderr) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let env = std::env::var("PATH").map(|path| ("PATH".to_owned(), path));
    let code = gistry::run(gistry::Outside {
        args: ["gistry"].iter().chain(words).map(Into::into).collect(),
        env: env.into_iter().collect(),
        dir: dir.to_path_buf(),
        now: Timestamp::parse(NOW).unwrap().moment(),
        stdout: stdout.clone(),
        stderr: stderr.clone(),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    });
    let text = |bytes: Arc<Mutex<Vec<u8>>>| String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
    (code, text(stdout), text(stderr))
}

/// Runs git in a folder.
fn git(dir: &Path, words: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(words)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A batch that somebody shared.
#[derive(Debug, Clone)]
struct Shared {
    week: String,
    id: String,
    account: u64,
    text: String,
}

impl Shared {
    fn path(&self) -> String {
        format!("stats/inbox/{}/{}.json", self.week, self.id)
    }

    fn line(&self) -> String {
        format!("{{\"batch\":\"{}\",\"account\":{}}}\n", self.id, self.account)
    }
}

fn write(dir: &Path, path: &str, text: &str) {
    let place = dir.join(path);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, text).unwrap();
}

/// Puts batches into the inbox and says whose they are.
fn put(dir: &Path, batches: &[Shared]) {
    for shared in batches {
        write(dir, &shared.path(), &shared.text);
    }
    let lines: String = batches.iter().map(Shared::line).collect();
    write(dir, "accounts.jsonl", &lines);
}

/// The arguments of a fold in a folder.
const FOLD: [&str; 6] = ["stats", "merge", "--dir", ".", "--accounts", "accounts.jsonl"];
