//! `gistry merge` as GitHub Actions runs it: the real binary, real git, real HTTP, on the stand-in for GitHub.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clash;
mod died;
mod dna;
mod good;
mod held;
mod many;
mod moving;
mod refused;
#[path = "../stage/mod.rs"]
mod stage;
mod waiting;

use std::path::PathBuf;
use std::process::Command;

use gistry_standin::{Edit, Issue, Repo};
use serde_json::Value;

use stage::{REGISTRY, Run, Stage, registry};

/// A registry that merges, and what is needed to do so.
struct Scene {
    stage: Stage,
    repo: Repo,
    clone: PathBuf,
}

/// What a run told.
struct Told {
    run: Run,
    report: Value,
}

impl Scene {
    /// With alice and bob, both bound, and merging switched on.
    fn new() -> Self {
        Self::with("")
    }

    /// The same with more settings below `[automerge]`.
    fn with(settings: &str) -> Self {
        Self::of(&format!("[automerge]\nenabled = true\n{settings}"))
    }

    /// With these settings.
    fn of(settings: &str) -> Self {
        let stage = Stage::new();
        stage.gh.limit(stage::JOB_TOKEN, 100_000, 3_600);
        let repo = stage.registry_with([Edit::write("registry.toml", settings)]);
        let clone = stage.temp.path().join("registry");
        let done = Command::new("git")
            .args(["clone", "--quiet", "--depth", "1", &repo.clone_url()])
            .arg(&clone)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status();
        assert!(done.unwrap().success());
        Self { stage, repo, clone }
    }

    /// The command, ready to be changed.
    fn command(&self, args: &[&str]) -> Command {
        let dir = self.clone.to_str().unwrap();
        let fixed = ["merge", "--repo", REGISTRY, "--dir", dir, "--format", "json"];
        // Long enough for a machine with much to do, unless a test waits for the end.
        let rest = ["--wait", "30", "--budget", "60"];
        let rest = if args.contains(&"--budget") {
            &rest[..2]
        } else {
            &rest[..]
        };
        self.stage.command(&[&fixed, args, rest].concat())
    }

    fn run(&self, command: Command) -> Told {
        let run = self.stage.run(command, None);
        let report = serde_json::from_str(&run.stdout).unwrap_or_default();
        Told { run, report }
    }

    /// `gistry merge …`
    fn merge(&self, args: &[&str]) -> Told {
        self.run(self.command(args))
    }

    /// `gistry merge --all`
    fn all(&self) -> Told {
        self.merge(&["--all"])
    }

    /// A pull request that adds a good module of this publisher, who is there.
    fn update(&self, login: &str, module: &str) -> u64 {
        let gist = self.stage.gist(login, module);
        let edit = registry::add_module(&self.repo, login, module, &gist);
        self.repo.pull(login).edits([edit]).open()
    }

    /// A pull request of a publisher who is new.
    fn newcomer(&self, login: &str) -> u64 {
        let gist = self.stage.gist(login, "tool");
        let text = registry::publisher(login, &[("tool", &gist)]);
        let edit = Edit::write(format!("{login}/registry.json"), text);
        self.repo.pull(login).edits([edit]).open()
    }

    /// A file of the default branch.
    fn read(&self, path: &str) -> Option<String> {
        let bytes = self.repo.read("main", path)?;
        Some(String::from_utf8(bytes).unwrap())
    }

    /// The first lines of the default branch's commits, newest first.
    fn log(&self) -> Vec<String> {
        let log = self.repo.git(&["log", "--first-parent", "--format=%s", "main"]);
        log.lines().map(str::to_owned).collect()
    }

    /// Whether a squash commit of this pull request is in the default branch exactly once.
    fn merged_once(&self, number: u64) -> bool {
        let mark = format!("(#{number})");
        self.log().iter().filter(|line| line.ends_with(&mark)).count() == 1
    }

    /// The issues that are no pull requests.
    fn issues(&self) -> Vec<Issue> {
        let issues = self.repo.issues().into_iter();
        issues.filter(|issue| !issue.pull).collect()
    }

    /// What was written since this was asked last.
    fn writes(&self) -> Vec<String> {
        self.stage.writes()
    }
}

impl Told {
    fn code(&self) -> i32 {
        self.run.code
    }

    /// What became of a pull request.
    fn entry(&self, number: u64) -> &Value {
        let pulls = self.report["pulls"].as_array();
        let mut pulls = pulls.into_iter().flatten();
        pulls
            .find(|entry| entry["number"] == number)
            .unwrap_or_else(|| panic!("nothing about #{number}: {}", self.run.all()))
    }

    fn fate(&self, number: u64) -> &str {
        self.entry(number)["fate"].as_str().unwrap()
    }

    fn why(&self, number: u64) -> &str {
        self.entry(number)["why"].as_str().unwrap()
    }

    #[track_caller]
    fn expect(self, code: i32, fates: &[(u64, &str)]) -> Self {
        let told: Vec<(u64, &str)> = fates
            .iter()
            .map(|(number, _)| (*number, self.fate(*number)))
            .collect();
        assert_eq!(
            (self.code(), told.as_slice()),
            (code, fates),
            "{}",
            self.run.all()
        );
        self
    }
}
