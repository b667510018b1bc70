//! The README as a reader takes it: every command is run or is one that CI runs, every output is what comes, every link leads
//! somewhere. Never judges the words.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "stage/offered.rs"]
mod offered;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gistry_standin::package_index::{File, PackageIndex, wheel};
use gistry_standin::{Edit, Repo, Standin};

/// Every command of gistry in the README, and the exit code that a reader gets in [`Clone`].
const GISTRY: &[(&str, i32)] = &[
    ("gistry validate --base origin/main --as alice --local", 1),
    ("gistry validate --base origin/main --as alice", 1),
    ("gistry validate --base origin/main --as alice --offline", 1),
    ("gistry validate --all --local", 1),
    ("gistry validate --pull 1 --repo acme/registry --dry-run", 0),
    ("gistry owners init --repo acme/registry --dry-run", 0),
    ("gistry owners repair --repo acme/registry --dry-run", 0),
    ("gistry sweep --repo acme/registry --dry-run", 0),
    ("gistry verify --all", 0),
    ("gistry merge --all --repo acme/registry --dry-run", 0),
    ("gistry stats merge --repo acme/registry --dry-run", 0),
    ("gistry stats top", 0),
    ("gistry stats show @alice/json-utils", 0),
    ("gistry stats verify", 0),
    ("gistry explain gist-owner", 0),
    ("gistry schema registry", 0),
    ("gistry show pandas 2.2.0 DataFrame.merge", 0),
    ("gistry query read_csv --public", 0),
    ("gistry export msgpack pandas 2.2.0", 0),
    ("gistry export jsonl pandas 2.2.0 --output -", 0),
    ("gistry bundle -r requirements.txt", 0),
    ("gistry index --check", 1),
    ("gistry index", 0),
    ("gistry parse requests", 0),
    ("gistry parse --plan requests==2.30.0", 0),
];

/// Commands of other programs, and what shows that they work.
const OTHERS: &[(&str, Shown)] = &[
    (
        "cargo run --release --example demo",
        Shown::ByCi("cargo run --release --locked --example demo"),
    ),
    ("cargo test", Shown::ByCi("test() { cargo test --locked; }")),
    // Needs GitHub.
    (
        "cargo install --locked --git https://github.com/gistry/gistry",
        Shown::Nowhere,
    ),
];

enum Shown {
    /// `.ci/run` has this line.
    ByCi(&'static str),
    /// It cannot be tried here.
    Nowhere,
}

/// A package, as far as the README asks for it.
const PANDAS: &[(&str, &str)] = &[(
    "pandas/__init__.py",
    "class DataFrame:\n    def merge(self, right): 'Joins.'\ndef read_csv(path): 'Reads.'\n",
)];

const GOOD: &str = "4f6a3c1be0d94c0fa6b1d83f5a7e2c19";
const OTHER: &str = "9b1de75a0c3f4b8e8f26a4d7c05e31fb";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fenced blocks: their language and their text.
fn blocks(markdown: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((
                language.to_owned(),
                text.iter().map(|line| format!("{line}\n")).collect(),
            ));
        }
    }
    found
}

fn commands(block: &str) -> Vec<&str> {
    let without_comment = |line: &'_ str| {
        line.split_once(" #")
            .map_or(line.len(), |(command, _)| command.len())
    };
    block
        .lines()
        .map(|line| line[..without_comment(line)].trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// A registry on a stand-in, and alice's clone of it with a change that she has not pushed.
struct Clone {
    gh: Standin,
    index: PackageIndex,
    _repo: Repo,
    folder: tempfile::TempDir,
}

impl Clone {
    fn new() -> Self {
        let module = |name: &str, gist: &str| {
            format!(
                "    \"{name}\": {{\n      \"gist\": \"{gist}\",\n      \"description\": \"Reads JSON\",\n      \"tags\": [\"json\"],\n      \"created\": \"2026-01-02T03:04:05Z\"\n    }}"
            )
        };
        let publisher = |updated: &str, modules: &[String]| {
            let modules = modules.join(",\n");
            format!(
                "{{\n  \"version\": \"1.0.0\",\n  \"updated\": \"{updated}\",\n  \"author\": \"alice\",\n  \"modules\": {{\n{modules}\n  }}\n}}\n"
            )
        };
        let index = PackageIndex::start();
        let pandas = offered::published(&index, "pandas", "2.2.0", PANDAS);
        let gh = Standin::start();
        gh.account_with("alice", |account| account.id = 1001);
        for gist in [GOOD, OTHER] {
            gh.gist("alice")
                .id(gist)
                .file("json-utils.mld", "/exe @parse = …\n")
                .create();
        }
        let binding = "{\"version\": \"1.0.0\", \"login\": \"alice\", \"id\": 1001, \"since\": \"2026-01-01T00:00:00Z\"}\n";
        let repo = gh
            .repo("acme/registry")
            .file("README.md", "# Modules\n")
            .file("owners/alice.json", binding)
            .file(pandas.path(), pandas.dna())
            .file("requirements.txt", "pandas==2.2.0\n")
            .file(
                "alice/registry.json",
                publisher("2026-01-02T03:04:05Z", &[module("json-utils", GOOD)]),
            )
            .create();
        let (first, second) = (module("json-utils", GOOD), module("json-query", OTHER));
        repo.pull("alice")
            .edits([Edit::write(
                "alice/registry.json",
                publisher("2026-02-03T04:05:06Z", &[first.clone(), second]),
            )])
            .open();
        let folder = tempfile::tempdir().unwrap();
        let git = |words: &[&str]| {
            let done = Command::new("git")
                .args(words)
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(
                done.status.success(),
                "git {words:?}: {}",
                String::from_utf8_lossy(&done.stderr)
            );
        };
        git(&["clone", "-q", &repo.clone_url(), "registry"]);
        // Somebody copied an entry and forgot to change its name.
        let change = publisher("2026-02-03T04:05:06Z", &[first, module("json-utils", OTHER)]);
        std::fs::write(folder.path().join("registry/alice/registry.json"), change).unwrap();
        for version in ["2.30.0", "2.31.0"] {
            let (name, bytes) = wheel("requests", version, &[("requests.py", "def get(url): ...\n")]);
            index.add(File::new("requests", &name, bytes));
        }
        Self {
            gh,
            index,
            _repo: repo,
            folder,
        }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("registry")
    }

    fn run(&self, command: &str) -> Output {
        let words = command.strip_prefix("gistry ").unwrap().split(' ');
        let mut gistry = Command::new(env!("CARGO_BIN_EXE_gistry"));
        gistry.args(words).current_dir(self.dir()).env_clear();
        for name in ["PATH", "SystemRoot", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                gistry.env(name, value);
            }
        }
        gistry
            .env("HOME", self.folder.path())
            .env("PIP_INDEX_URL", self.index.url())
            .env("GISTRY_API_URL", self.gh.url());
        gistry.output().unwrap()
    }
}

#[test]
fn every_command_is_run_here_or_by_ci() {
    let clone = Clone::new();
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let blocks = blocks(&readme);
    let mut seen = Vec::new();
    for (_, block) in blocks.iter().filter(|(language, _)| language == "sh") {
        for command in commands(block) {
            seen.push(command.to_owned());
            if let Some((_, code)) = GISTRY.iter().find(|(known, _)| *known == command) {
                let output = clone.run(command);
                assert_eq!(output.status.code(), Some(*code), "{command}: {output:?}");
                let silent = output.stdout.is_empty() && output.stderr.is_empty();
                assert!(!silent, "{command} printed nothing");
                continue;
            }
            match OTHERS.iter().find(|(known, _)| *known == command) {
                Some((_, Shown::ByCi(line))) => assert!(ci.contains(line), ".ci/run does not run {line}"),
                Some((_, Shown::Nowhere)) => {}
                None => panic!("tests/readme.rs does not know the command {command:?}"),
            }
        }
    }
    for known in GISTRY
        .iter()
        .map(|row| row.0)
        .chain(OTHERS.iter().map(|row| row.0))
    {
        assert!(
            seen.iter().any(|command| command == known),
            "not in the README any more: {known}"
        );
    }
    assert_eq!(clone.gh.take_writes().len(), 0);
}

#[test]
fn outputs_are_what_a_reader_gets() {
    let clone = Clone::new();
    let blocks = blocks(&read("README.md"));
    let mut shown = 0;
    for pair in blocks.windows(2) {
        let [(first, command), (second, wanted)] = pair else {
            unreachable!()
        };
        if first == "sh" && second == "text" {
            let output = clone.run(command.trim());
            assert!(!wanted.is_empty(), "nothing is shown for {command}");
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                printed.trim_end(),
                wanted.trim_end(),
                "the output of {command}, as it is:\n{printed}"
            );
            shown += 1;
        }
    }
    assert!(shown > 0, "the README shows no output");
}

#[test]
fn the_workflow_is_the_one_that_ci_runs() {
    let blocks = blocks(&read("README.md"));
    let shown: Vec<_> = blocks.iter().filter(|(language, _)| language == "yaml").collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].1, read("tests/workflows/registry.yml"));
}

#[test]
fn links_lead_somewhere() {
    for page in ["README.md", "CONTRIBUTING.md", "docs/registry-setup.md"] {
        let folder = root().join(page).parent().unwrap().to_owned();
        for (_, rest) in read(page)
            .match_indices("](")
            .map(|(at, _)| (at, read(page)[at + 2..].to_owned()))
        {
            let link = rest.split(')').next().unwrap();
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = if file.is_empty() {
                root().join(page)
            } else {
                folder.join(file)
            };
            let text =
                std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{page}: {link} leads nowhere"));
            let found = heading.is_empty()
                || text
                    .lines()
                    .any(|line| line.starts_with('#') && anchor(line) == heading);
            assert!(found, "{page}: {link} names no heading");
        }
    }
}

/// As GitHub makes it from a heading.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn the_workflows_in_the_docs_are_those_that_are_checked_and_run() {
    let docs = read("docs/registry-setup.md");
    let shown: Vec<String> = blocks(&docs)
        .into_iter()
        .filter(|(language, _)| language == "yaml")
        .map(|(_, text)| text)
        .collect();
    let tried = ["nightly", "index", "stats", "parse", "merge"]
        .map(|name| read(&format!("tests/workflows/{name}.yml")));
    assert_eq!(shown, tried);
}
