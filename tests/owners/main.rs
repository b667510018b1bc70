//! `gistry owners` through the real binary on the stand-in for GitHub: who is bound, who is not, and why.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod init;
mod push;
mod repair;
#[path = "../stage/mod.rs"]
mod stage;
mod transfer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gistry_standin::Repo;
use serde_json::Value;

use stage::{REGISTRY, Run, Stage};

/// The default branch as a maintainer has it, in a folder of its own.
fn clone(stage: &Stage, repo: &Repo) -> PathBuf {
    let folder = stage.temp.path().join("registry");
    let _ = std::fs::remove_dir_all(&folder);
    let done = std::process::Command::new("git")
        .args(["clone", "--quiet", &repo.clone_url()])
        .arg(&folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .status();
    assert!(done.unwrap().success());
    folder
}

/// Runs one of the three in that folder, for programs.
fn owners(stage: &Stage, folder: &Path, words: &[&str]) -> (Run, Value) {
    let dir = folder.to_str().unwrap();
    let rest = [
        "--dir", dir, "--format", "json", "--repo", REGISTRY, "--budget", "2",
    ];
    let run = stage.gistry(&[&["owners"], words, &rest].concat());
    let told = serde_json::from_str(&run.stdout).unwrap_or_default();
    (run, told)
}

/// What lies in `owners/`.
fn bindings(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder.join("owners")) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

/// The texts of a list of objects under one key, sorted as they came.
fn texts(told: &Value, list: &str, key: &str) -> Vec<String> {
    let text = |item: &Value| match &item[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    told[list].as_array().into_iter().flatten().map(text).collect()
}
