//! What these tests share: a package index with small packages, a registry's folder, and the binary. Never asserts what a test is about.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gistry::dna::Head;
use gistry_standin::package_index::{File, PackageIndex, wheel};
use serde_json::Value;
use tempfile::TempDir;

/// A package index, and a folder for everything else.
pub struct Scene {
    pub index: PackageIndex,
    pub temp: TempDir,
}

/// What the binary left behind.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Everything, for a test that fails.
    pub fn all(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }

    /// The report that was printed with `--format json`.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.all()))
    }

    /// `pandas 2.2.0 written`, a line each.
    pub fn outcomes(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let releases = self.report()["releases"].as_array().unwrap().clone();
        releases
            .iter()
            .map(|done| {
                format!(
                    "{} {} {}",
                    text(&done["package"]),
                    text(&done["release"]),
                    text(&done["outcome"])
                )
            })
            .collect()
    }

    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        assert!(!self.stderr.contains("should not happen"), "{}", self.all());
        self
    }
}

/// A module's source that differs with its argument.
pub fn source(word: &str) -> String {
    format!(
        "\"\"\"The module.\"\"\"\n\ndef {word}(x: int = 1) -> int:\n    \"\"\"Says {word}.\"\"\"\n    return x\n"
    )
}

impl Scene {
    pub fn new() -> Self {
        let scene = Self {
            index: PackageIndex::start(),
            temp: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(scene.registry()).unwrap();
        scene
    }

    pub fn registry(&self) -> PathBuf {
        self.temp.path().join("registry")
    }

    /// Offers a pure wheel of a package; gives its name.
    pub fn offer(&self, package: &str, version: &str) -> String {
        let module = package.replace('-', "_");
        let (name, bytes) = wheel(package, version, &[(&format!("{module}.py"), &source("hello"))]);
        self.index.add(File::new(package, &name, bytes));
        name
    }

    /// The command with an empty home, in the registry's folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
        let keep = ["PATH", "LLVM_PROFILE_FILE"];
        let keep = keep
            .into_iter()
            .filter_map(|key| Some((key, std::env::var_os(key)?)));
        command
            .args(args)
            .env_clear()
            .envs(keep)
            .env("HOME", self.temp.path())
            .env("PIP_INDEX_URL", self.index.url())
            .current_dir(self.registry());
        command
    }

    /// Runs `gistry parse` with these.
    pub fn parse(&self, args: &[&str]) -> Run {
        run(self.command(&[&["parse"], args].concat()))
    }

    /// The same, as JSON.
    pub fn json(&self, args: &[&str]) -> Run {
        self.parse(&[&["--format", "json"], args].concat())
    }

    pub fn settings(&self, text: &str) {
        fs::write(self.registry().join("registry.toml"), text).unwrap();
    }

    /// Every file below the registry's folder, without `.git`.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.registry())
    }

    pub fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    pub fn head(&self, path: &str) -> Head {
        head(&self.registry().join(path))
    }
}

pub fn run(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().expect("gistry ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn head(path: &Path) -> Head {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    gistry::dna::head::read(file, gistry::dna::head::MAX_HEAD).unwrap()
}

/// Every file below a folder, by path.
pub fn files(top: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(top: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(top.join(below)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name == ".git" {
                continue;
            }
            let path = if below.is_empty() {
                name
            } else {
                format!("{below}/{name}")
            };
            if entry.file_type().unwrap().is_dir() {
                walk(top, &path, found);
            } else {
                found.insert(path.clone(), fs::read(top.join(&path)).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(top, "", &mut found);
    found
}

/// A DNA file's bytes with another head.
pub fn with_head(bytes: &[u8], change: impl FnOnce(&mut Head)) -> Vec<u8> {
    let mut dna = gistry::dna::read(bytes).unwrap();
    change(&mut dna.head);
    gistry::dna::file(&dna.head, &dna.body).unwrap()
}
