//! `gistry export` and `gistry bundle` through the real binary: where DNA comes from, and what is refused on the way.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bundle;
#[path = "../stage/dna.rs"]
mod dna;
mod parsed;
mod push;
mod remote;
#[path = "../stage/mod.rs"]
mod stage;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What the binary printed and said.
struct Run {
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

fn run(dir: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
    command
        .args(args)
        .current_dir(dir)
        .env_clear()
        .stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    let output = command.output().unwrap();
    Run {
        code: output.status.code().expect("gistry ends by itself"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A registry with two releases of tables, and an empty folder to work in.
struct Here {
    folder: TempDir,
}

const TABLES: &[(&str, &str)] = &[("tables/__init__.py", "def read_csv(path): 'Reads a table.'\n")];

impl Here {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        let registry = folder.path().join("registry");
        dna::write(&registry, "tables", "1.9", &dna::sources(TABLES));
        dna::write(&registry, "tables", "1.10", &dna::sources(TABLES));
        dna::write(&registry, "tables", "2.0rc1", &dna::sources(TABLES));
        Self { folder }
    }

    fn work(&self) -> std::path::PathBuf {
        self.folder.path().join("work")
    }

    fn registry(&self) -> std::path::PathBuf {
        self.folder.path().join("registry")
    }

    /// Without a network.
    fn export(&self, args: &[&str]) -> Run {
        run(
            &self.work(),
            &[&["export"], args, &["--registry", "../registry", "--offline"]].concat(),
        )
    }
}

#[test]
fn the_registry_here_comes_first() {
    let here = Here::new();
    let done = here.export(&["msgpack", "Tables", "1.9"]);
    assert_eq!((done.code, done.stdout.len()), (0, 0), "{}", done.stderr);
    assert!(
        done.stderr
            .starts_with("tables 1.9: tables-1.9.msgpack (from the registry here ("),
        "{}",
        done.stderr
    );
    let file = |path: &Path| fs::read(path).unwrap();
    assert_eq!(
        file(&here.work().join("tables-1.9.msgpack")),
        file(&here.registry().join("tables/tables-1.9.msgpack"))
    );
    // Equal by PEP 440 is the same release; without a version it is the latest, and no prerelease.
    let piped = here.export(&["msgpack", "tables", "1.10.0", "--output", "-"]);
    assert_eq!(
        piped.stdout,
        file(&here.registry().join("tables/tables-1.10.msgpack"))
    );
    let latest = here.export(&["msgpack", "tables", "-o", "latest.msgpack", "--quiet"]);
    assert_eq!((latest.code, latest.stderr.as_str()), (0, ""));
    assert_eq!(file(&here.work().join("latest.msgpack")), piped.stdout);
    let missing = here.export(&["msgpack", "tables", "3.0"]);
    assert_eq!(missing.code, 3, "nobody may be asked: {}", missing.stderr);
    assert_eq!(here.export(&["msgpack", "-x-", "3.0"]).code, 2);
    assert_eq!(
        here.export(&["msgpack", "tables", "1.9", "-o", "no/such/folder/x"])
            .code,
        2
    );
}

#[test]
fn jsonl_has_a_line_for_each_definition() {
    let here = Here::new();
    let done = here.export(&["jsonl", "tables", "1.9"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let text = fs::read_to_string(here.work().join("tables-1.9.jsonl")).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[1]["path"], &lines[1]["doc"]),
        (&"tables.read_csv".into(), &"Reads a table.".into())
    );
}

#[test]
fn what_is_not_what_it_should_be_is_not_used() {
    let here = Here::new();
    let path = here.registry().join("tables/tables-1.9.msgpack");
    let sound = fs::read(&path).unwrap();
    let other = fs::read(here.registry().join("tables/tables-1.10.msgpack")).unwrap();
    for (bytes, why) in [
        (&sound[..sound.len() - 1], "is not used"),
        (&other, "it is the DNA of tables 1.10"),
        (&[], "is not used"),
    ] {
        fs::write(&path, bytes).unwrap();
        let done = here.export(&["msgpack", "tables", "1.9"]);
        assert_eq!(done.code, 3, "{}", done.stderr);
        assert!(!here.work().join("tables-1.9.msgpack").exists());
        assert!(done.stderr.contains(why), "{}", done.stderr);
    }
}

#[test]
fn the_index_of_the_registry_says_which_bytes_are_right() {
    let here = Here::new();
    let git = |args: &[&str]| {
        let done = Command::new("git")
            .args(args)
            .current_dir(here.registry())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    let index = run(&here.registry(), &["index"]);
    assert_eq!(index.code, 0, "{}", index.stderr);
    assert_eq!(here.export(&["msgpack", "tables", "1.9"]).code, 0);
    // Sound, and of this release, but not the file that was indexed.
    let changed = dna::sources(&[("tables/__init__.py", "def read_csv(path): 'Reads nothing.'\n")]);
    dna::write(&here.registry(), "tables", "1.9", &changed);
    let done = here.export(&["msgpack", "tables", "1.9", "-o", "x"]);
    assert_eq!(done.code, 3);
    assert!(
        done.stderr.contains("and the registry's index says"),
        "{}",
        done.stderr
    );
}
