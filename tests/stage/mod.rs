//! A stage for end-to-end tests: the stand-in for GitHub, a registry on it, and the real binary as a subprocess.
//! Never judges by itself.

// Each test that takes this module uses its own part of it.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gistry_standin::{Edit, Repo, Standin};
use serde_json::Value;
use tempfile::TempDir;

pub mod offered;
pub mod registry;
pub mod release;

/// What a workflow holds.
pub const JOB_TOKEN: &str = "ghs_job";
/// Reads public gists.
pub const GIST_TOKEN: &str = "github_pat_gists";
/// The registry of most tests.
pub const REGISTRY: &str = "acme/registry";

/// The stand-in, with tokens, and a folder for the runner's files.
pub struct Stage {
    /// GitHub.
    pub gh: Standin,
    /// The runner's folder.
    pub temp: TempDir,
}

/// What the binary left behind.
pub struct Run {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// Its report, where it wrote one.
    pub report: Value,
    /// `GITHUB_OUTPUT`, where it is set.
    pub outputs: BTreeMap<String, String>,
    /// `GITHUB_STEP_SUMMARY`, where it is set.
    pub summary: String,
}

impl Stage {
    /// A stage with both tokens.
    pub fn new() -> Self {
        let gh = Standin::start();
        gh.token(JOB_TOKEN).installation();
        gh.account_with("gist-reader", |account| account.id = 900_001);
        gh.token(GIST_TOKEN)
            .fine_grained("gist-reader", std::iter::empty::<(&str, &str)>());
        Self {
            gh,
            temp: tempfile::tempdir().unwrap(),
        }
    }

    /// A registry with alice (json-utils) and bob (http), both bound, and a README.
    pub fn registry(&self) -> Repo {
        self.registry_with([])
    }

    /// The same, with more in its first commit.
    pub fn registry_with(&self, edits: impl IntoIterator<Item = Edit>) -> Repo {
        let mut repo = self.gh.repo(REGISTRY).file("README.md", "# Modules\n");
        for (login, module) in [("alice", "json-utils"), ("bob", "http")] {
            let id = self.gh.account(login).id;
            let gist = self.gist(login, module);
            repo = repo
                .file(
                    format!("{login}/registry.json"),
                    registry::publisher(login, &[(module, &gist)]),
                )
                .file(format!("owners/{login}.json"), registry::owner(login, id));
        }
        repo.edits(edits).create()
    }

    /// A public gist that holds a module.
    pub fn gist(&self, login: &str, module: &str) -> String {
        self.gh
            .gist(login)
            .file(format!("{module}.mld"), "/show hello\n")
            .create()
    }

    /// The edit that adds a good module to alice's file.
    pub fn good_update(&self, repo: &Repo) -> Edit {
        let gist = self.gist("alice", "yaml");
        registry::add_module(repo, "alice", "yaml", &gist)
    }

    /// Runs the binary with these arguments as a person would.
    pub fn gistry(&self, args: &[&str]) -> Run {
        self.run(self.command(args), None)
    }

    /// `gistry validate --pull N --repo …`
    pub fn validate(&self, number: u64) -> Run {
        self.gistry(&["validate", "--repo", REGISTRY, "--pull", &number.to_string()])
    }

    /// The command, ready to be changed.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
        let keep = ["PATH", "HOME", "LLVM_PROFILE_FILE"]
            .into_iter()
            .filter_map(|key| Some((key, std::env::var_os(key)?)));
        command
            .args(args)
            .env_clear()
            .envs(keep)
            .current_dir(self.temp.path());
        command
            .env("GISTRY_API_URL", self.gh.url())
            .env("GISTRY_GRAPHQL_URL", self.gh.graphql_url());
        command
            .env("GISTRY_GITHUB_TOKEN", JOB_TOKEN)
            .env("GISTRY_GIST_TOKEN", GIST_TOKEN);
        command
    }

    /// Runs the binary as a job of GitHub Actions for this event.
    pub fn actions(&self, name: &str, event: &Value) -> Run {
        self.actions_with(name, event, |command| command)
    }

    /// The same with a changed command.
    pub fn actions_with(
        &self,
        name: &str,
        event: &Value,
        change: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Run {
        let path = self.temp.path().join("event.json");
        std::fs::write(&path, event.to_string()).unwrap();
        let mut command = self.command(&["validate"]);
        for name in ["GISTRY_API_URL", "GISTRY_GRAPHQL_URL", "GISTRY_GITHUB_TOKEN"] {
            command.env_remove(name);
        }
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", path);
        command
            .env("GITHUB_API_URL", self.gh.url())
            .env("GITHUB_GRAPHQL_URL", self.gh.graphql_url());
        command
            .env("GITHUB_SERVER_URL", self.gh.url())
            .env("GITHUB_REPOSITORY", REGISTRY);
        command
            .env("GITHUB_TOKEN", JOB_TOKEN)
            .env("RUNNER_TEMP", self.temp.path());
        for (variable, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")] {
            let path = self.temp.path().join(file);
            std::fs::write(&path, "").unwrap();
            command.env(variable, path);
        }
        change(&mut command);
        self.run(command, None)
    }

    /// Runs a command of [`Stage::command`].
    pub fn run(&self, mut command: Command, report: Option<&Path>) -> Run {
        let asked = report.map_or_else(|| self.temp.path().join("report.json"), PathBuf::from);
        let validate = command.get_args().next().is_some_and(|arg| arg == "validate");
        if validate && report.is_none() {
            let _ = std::fs::remove_file(&asked);
            command.arg("--report").arg(&asked);
        }
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let read = |name: &str| std::fs::read_to_string(self.temp.path().join(name)).unwrap_or_default();
        let outputs = read("output");
        let outputs = outputs.lines().filter_map(|line| line.split_once('='));
        Run {
            code: status.code().expect("gistry ends by itself"),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
            report: std::fs::read(&asked)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default(),
            outputs: outputs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            summary: read("summary"),
        }
    }

    /// The writes so far, as `METHOD path`, and forgets them.
    pub fn writes(&self) -> Vec<String> {
        self.gh.take_writes().iter().map(|write| write.line()).collect()
    }
}

impl Run {
    /// The findings as fixtures write them, sorted as the report has them.
    pub fn findings(&self) -> Vec<String> {
        let Some(findings) = self.report["findings"].as_array() else {
            return Vec::new();
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let place = |finding: &Value| match (&finding["path"], &finding["place"]) {
            (Value::Null, _) => String::new(),
            (path, Value::Null) => format!(" {}", text(path)),
            (path, place) => format!(" {}:{}:{}", text(path), place["line"], place["column"]),
        };
        findings
            .iter()
            .filter(|finding| finding["severity"] != "note")
            .map(|finding| {
                format!(
                    "{} {}{}",
                    text(&finding["severity"]),
                    text(&finding["rule"]),
                    place(finding)
                )
            })
            .collect()
    }

    /// The rules that did not run and leave the verdict open.
    pub fn not_run(&self) -> Vec<String> {
        let Some(rules) = self.report["not_run"].as_array() else {
            return Vec::new();
        };
        let open = rules.iter().filter(|rule| rule["undecided"] == true);
        open.map(|rule| rule["rule"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The verdict of the report.
    pub fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap_or_default()
    }

    /// Everything, for a test that fails.
    pub fn all(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}
