//! A registry in a folder of its own, and `gistry` run in it within this process. Never asserts anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use gistry::Outside;
use gistry::dna::head::{self, Counts, Head, Source};
use gistry::model::name::{Name, PackageName, Sha256, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a registry.
pub struct Place {
    folder: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    pub code: u8,
    pub stdout: String,
    pub stderr: String,
}

/// A file or a link, by path.
pub type Tree = BTreeMap<String, String>;

impl Place {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Two publishers, an advisory, a week of statistics, a package with two releases, and files that are nothing to the index.
    pub fn filled() -> Self {
        let place = Self::new();
        place.write(
            "Alice/registry.json",
            &publisher("Alice", &[("json-utils", "aa11"), ("yaml", "ab12")]),
        );
        place.write("bob/registry.json", &publisher("bob", &[("http", "cc33")]));
        place.write(
            "bob/advisories.json",
            &advisories("bob", "MLLD-2026-0001", "http"),
        );
        place.write(
            "stats/2026/W01.jsonl",
            "{\"module\":\"@bob/http\",\"event\":\"install\",\"ci\":false,\"count\":7}\n",
        );
        place.bytes("pandas/pandas-2.2.0.msgpack", &dna("pandas", "2.2.0"));
        place.bytes("pandas/pandas-10.0.0rc1.msgpack", &dna("pandas", "10.0.0rc1"));
        place.write("registry.toml", "[registry]\nname = \"mlld\"\n");
        place.write("README.md", "# Modules\n");
        place.write("_notes/registry.json", "not looked at");
        place
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        self.bytes(path, text.as_bytes());
    }

    pub fn bytes(&self, path: &str, bytes: &[u8]) {
        let at = self.at(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        self.remove(path);
        fs::write(at, bytes).unwrap();
    }

    pub fn link(&self, path: &str, target: &str) {
        let at = self.at(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        self.remove(path);
        std::os::unix::fs::symlink(target, at).unwrap();
    }

    pub fn remove(&self, path: &str) {
        let at = self.at(path);
        match fs::symlink_metadata(&at) {
            Ok(data) if data.is_dir() => fs::remove_dir_all(at).unwrap(),
            Ok(_) => fs::remove_file(at).unwrap(),
            Err(_) => {}
        }
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    /// Everything but what git keeps.
    pub fn tree(&self) -> Tree {
        let (mut tree, mut left) = (Tree::new(), vec![self.path().to_owned()]);
        while let Some(folder) = left.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let (at, kind) = entry
                    .map(|entry| (entry.path(), entry.file_type().unwrap()))
                    .unwrap();
                let path = at.strip_prefix(self.path()).unwrap().to_str().unwrap().to_owned();
                if path == ".git" {
                    continue;
                }
                if kind.is_dir() {
                    left.push(at);
                } else if kind.is_symlink() {
                    tree.insert(path, format!("-> {}", fs::read_link(at).unwrap().display()));
                } else if kind.is_file() {
                    tree.insert(path, String::from_utf8_lossy(&fs::read(at).unwrap()).into_owned());
                }
            }
        }
        tree
    }

    /// Runs `gistry index` here.
    pub fn index(&self, args: &[&str]) -> Run {
        self.gistry(&[&["index"], args].concat(), &[])
    }

    /// What `gistry index --format json` says.
    pub fn told(&self, args: &[&str]) -> Value {
        let run = self.index(&[&["--format", "json"], args].concat());
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"))
    }

    pub fn gistry(&self, args: &[&str], env: &[(&str, &str)]) -> Run {
        let (stdout, stderr) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let outside = Outside {
            args: ["gistry"]
                .iter()
                .chain(args)
                .map(std::ffi::OsString::from)
                .collect(),
            env: env
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            dir: self.path().to_owned(),
            now: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            stdout: stdout.clone(),
            stderr: stderr.clone(),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
        };
        let code = gistry::run(outside);
        let text = |bytes: &Mutex<Vec<u8>>| String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
        Run {
            code,
            stdout: text(&stdout),
            stderr: text(&stderr),
        }
    }

    /// Runs git here, apart from the machine's configuration.
    pub fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "a")
                .env(format!("GIT_{role}_EMAIL"), "a@example.org");
        }
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.args(args).current_dir(self.path()).output().unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    }
}

/// A publisher's file.
pub fn publisher(author: &str, modules: &[(&str, &str)]) -> String {
    let module = |(name, gist): &(&str, &str)| {
        let module = json!({"gist": gist, "description": format!("Does {name}"), "tags": ["test"], "created": "2026-01-02T03:04:05Z"});
        ((*name).to_owned(), module)
    };
    let modules: serde_json::Map<String, Value> = modules.iter().map(module).collect();
    let file =
        json!({"version": "1.0.0", "updated": "2026-01-02T03:04:05Z", "author": author, "modules": modules});
    serde_json::to_string_pretty(&file).unwrap() + "\n"
}

/// A file with one advisory.
pub fn advisories(author: &str, id: &str, affects: &str) -> String {
    let advisory = json!({
        "id": id, "created": "2026-01-02T03:04:05Z", "severity": "high", "affects": [affects], "gists": [],
        "type": "injection", "description": "It runs what it reads", "recommendation": "Update",
    });
    json!({"version": "1.0.0", "author": author, "advisories": [advisory]}).to_string()
}

/// A DNA file with a head and no definitions.
pub fn dna(package: &str, release: &str) -> Vec<u8> {
    let head = Head {
        dna_version: 1,
        package: PackageName::parse(package).unwrap(),
        release: release.into(),
        generator: "gistry 0.1.0".into(),
        source: Source {
            origin: "pypi".into(),
            artifact: format!("{package}-{release}-py3-none-any.whl"),
            kind: "wheel".into(),
            size: 1000,
            sha256: Sha256::parse(&"ab".repeat(32)).unwrap(),
            upload_time: Timestamp::parse("2026-01-02T03:04:05Z").ok(),
        },
        beside: None,
        requires_python: Some(">=3.9".into()),
        summary: Some(format!("All about {package}")),
        counts: Counts {
            functions: 3,
            methods: 4,
            ..Counts::default()
        },
        profile: "default".into(),
        yanked: None,
    };
    let mut bytes = Vec::new();
    head::write(&head, 2, &mut bytes).unwrap();
    bytes.extend_from_slice(b"\xa6public\x80\xa7modules\x90");
    bytes
}
