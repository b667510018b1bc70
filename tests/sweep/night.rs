//! A registry on the stand-in, a clone of it, and nights in which `gistry sweep` runs. Never judges by itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use gistry_standin::{Edit, Repo};
use serde_json::Value;

use crate::stage::{GIST_TOKEN, JOB_TOKEN, REGISTRY, Stage, registry};

/// A registry, and somebody who lets nights pass.
pub struct Nights {
    pub stage: Stage,
    pub repo: Repo,
    pub clone: PathBuf,
    /// The gists of `(publisher, module)`.
    pub gists: BTreeMap<(String, String), String>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: u8,
    pub report: Value,
    pub stderr: String,
}

impl Nights {
    /// So many publishers with so many modules each, all bound; the first is `p00`, its modules `m00`, `m01`, …
    pub fn new(publishers: usize, modules: usize) -> Self {
        let stage = Stage::new();
        stage.gh.limit(GIST_TOKEN, 1_000_000, 3_600);
        stage.gh.limit(JOB_TOKEN, 1_000_000, 3_600);
        let (mut files, mut gists) = (Vec::new(), BTreeMap::new());
        for publisher in 0..publishers {
            let login = format!("p{publisher:02}");
            let id = stage.gh.account(&login).id;
            let names: Vec<String> = (0..modules).map(|module| format!("m{module:02}")).collect();
            let own: Vec<(String, String)> = names
                .into_iter()
                .map(|name| (name.clone(), stage.gist(&login, &name)))
                .collect();
            let list: Vec<(&str, &str)> = own
                .iter()
                .map(|(name, gist)| (name.as_str(), gist.as_str()))
                .collect();
            files.push((
                format!("{login}/registry.json"),
                registry::publisher(&login, &list),
            ));
            files.push((format!("owners/{login}.json"), registry::owner(&login, id)));
            gists.extend(own.into_iter().map(|(name, gist)| ((login.clone(), name), gist)));
        }
        let repo = stage
            .gh
            .repo(REGISTRY)
            .file("README.md", "# Modules\n")
            .files(files)
            .create();
        let clone = stage.temp.path().join("clone");
        let cloned = Command::new("git")
            .args(["clone", "-q", &repo.clone_url()])
            .arg(&clone)
            .status()
            .unwrap();
        assert!(cloned.success());
        Self {
            stage,
            repo,
            clone,
            gists,
        }
    }

    pub fn gist(&self, publisher: &str, module: &str) -> &str {
        &self.gists[&(publisher.to_owned(), module.to_owned())]
    }

    pub fn environment(&self) -> BTreeMap<String, String> {
        let env = [
            ("GISTRY_API_URL", self.stage.gh.url()),
            ("GISTRY_GRAPHQL_URL", self.stage.gh.graphql_url()),
            ("GISTRY_SERVER_URL", self.stage.gh.url()),
            ("GISTRY_GITHUB_TOKEN", JOB_TOKEN.to_owned()),
            ("GISTRY_GIST_TOKEN", GIST_TOKEN.to_owned()),
            ("GITHUB_REPOSITORY", REGISTRY.to_owned()),
        ];
        env.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// Runs `gistry sweep --format json` with these arguments, so many hours after the first night.
    pub fn run(&self, hours: i64, args: &[&str]) -> Ran {
        self.run_with(hours, args, &self.environment())
    }

    /// The same with another environment.
    pub fn run_with(&self, hours: i64, args: &[&str], env: &BTreeMap<String, String>) -> Ran {
        let dir = self.clone.to_str().unwrap();
        let mut line = vec!["gistry", "sweep", "--dir", dir, "--format", "json"];
        if !args.contains(&"--budget") {
            line.extend(["--budget", "5"]);
        }
        line.extend(args);
        let (stdout, stderr) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let code = gistry::run(gistry::Outside {
            args: line.into_iter().map(Into::into).collect(),
            env: env.clone(),
            dir: self.stage.temp.path().to_path_buf(),
            now: first_night() + TimeDelta::hours(hours),
            stdout: stdout.clone(),
            stderr: stderr.clone(),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
        });
        let text = |bytes: Arc<Mutex<Vec<u8>>>| String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
        Ran {
            code,
            report: serde_json::from_str(&text(stdout)).unwrap_or_default(),
            stderr: text(stderr),
        }
    }

    /// The REST requests since the last call.
    pub fn sent(&self) -> usize {
        let rest = self
            .stage
            .gh
            .requests()
            .iter()
            .filter(|one| one.surface == gistry_standin::Surface::Rest)
            .count();
        self.stage.gh.clear_requests();
        rest
    }

    /// `availability.jsonl` in the clone, a value for each line.
    pub fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.clone.join("availability.jsonl")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Every file of the clone's working tree and of what is remembered, to see that nothing changed.
    pub fn disk(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for path in ["availability.jsonl", ".git/gistry/sweep.json"] {
            let path = self.clone.join(path);
            files.extend(std::fs::read(&path).ok().map(|bytes| (path, bytes)));
        }
        files
    }

    /// Changes the registry on GitHub and in the clone.
    pub fn commit(&self, edits: impl IntoIterator<Item = Edit>) {
        self.repo.commit_on("main", edits);
        let pulled = Command::new("git")
            .arg("-C")
            .arg(&self.clone)
            .args(["pull", "-q", "--ff-only"])
            .status();
        assert!(pulled.unwrap().success());
    }

    /// The issues that are open: their titles.
    pub fn open_issues(&self) -> Vec<String> {
        let issues = self
            .repo
            .issues()
            .into_iter()
            .filter(|issue| issue.open && !issue.pull);
        issues.map(|issue| issue.title).collect()
    }
}

impl Ran {
    /// The names in a list of the report.
    pub fn names(&self, list: &str) -> Vec<&str> {
        let items = self.report[list].as_array().unwrap_or_else(|| panic!("{self:?}"));
        items
            .iter()
            .map(|item| item.as_str().or(item["module"].as_str()).unwrap())
            .collect()
    }

    /// A number of the report, by pointer.
    pub fn number(&self, pointer: &str) -> u64 {
        self.report
            .pointer(pointer)
            .and_then(Value::as_u64)
            .unwrap_or_else(|| panic!("{pointer}: {self:?}"))
    }
}

pub fn first_night() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}
