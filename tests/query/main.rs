//! `gistry query` through the real binary: what is found in one or many files, in which order, and what is kept of them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../stage/dna.rs"]
mod dna;
mod kept;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What the binary printed and said.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

const TABLES: &[(&str, &str)] = &[
    (
        "tables/__init__.py",
        "from .frame import Frame\nfrom .io import read_csv, to_csv\n",
    ),
    (
        "tables/frame.py",
        "class Frame:\n    def merge(self, right, how: str = 'inner') -> 'Frame': 'Joins two frames. Slowly.'\n    def _merge(self): ...\n",
    ),
    (
        "tables/io.py",
        "def read_csv(path): 'Reads a frame.'\ndef to_csv(frame, path): 'Writes it as\\n\\ncomma separated\\nvalues.'\nCSV = 1\n",
    ),
];

/// A registry with two releases of tables and one of shelf, and a `.repolex` with one more package.
fn registry() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    dna::write(at, "tables", "1.10", &dna::sources(TABLES));
    let old = [("tables/__init__.py", "def read_csv_old(): pass\n")];
    dna::write(at, "tables", "1.9", &dna::sources(&old));
    dna::write(at, "shelf", "1.0", &dna::shelf());
    let other = [("ledger/__init__.py", "def merge(a, b): 'Joins two ledgers.'\n")];
    dna::write(&at.join(".repolex"), "ledger", "0.1", &dna::sources(&other));
    std::os::unix::fs::symlink("tables-1.10.msgpack", at.join("tables/tables-latest.msgpack")).unwrap();
    folder
}

fn run_in(dir: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
    command
        .arg("query")
        .args(args)
        .current_dir(dir)
        .env_clear()
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    Run {
        code: output.status.code().expect("gistry ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Without what is kept.
fn query(dir: &TempDir, args: &[&str]) -> Run {
    run_in(dir.path(), &[args, &["--no-cache"]].concat())
}

fn paths(run: &Run) -> Vec<String> {
    let path = |line: &str| line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    run.stdout.lines().map(path).collect()
}

#[test]
fn the_best_of_all_packages_come_first() {
    let registry = registry();
    let found = query(&registry, &["merge"]);
    assert_eq!((found.code, found.stderr.as_str()), (0, ""));
    assert_eq!(
        found.stdout,
        "ledger  ledger.merge  (a, b)  Joins two ledgers.\n\
         tables  tables.Frame.merge  (self, right, how: str = 'inner') -> 'Frame'  Joins two frames.\n\
         tables  tables.Frame._merge  (self)\n"
    );
    // The newest release alone, unless all are asked for.
    assert_eq!(
        paths(&query(&registry, &["csv"])),
        ["tables.io.CSV", "tables.to_csv", "tables.read_csv"]
    );
    assert!(paths(&query(&registry, &["csv", "--all-versions"])).contains(&"tables.read_csv_old".to_owned()));
}

#[test]
fn a_terminal_gets_lines_that_fit() {
    let registry = registry();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
    command
        .args(["query", "open_book", "--no-cache", "--color", "always"])
        .current_dir(registry.path());
    let output = command.env_clear().env("COLUMNS", "60").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\u{1b}[1mshelf.open_book\u{1b}[0m"), "{text}");
    let plain: String = text
        .split('\u{1b}')
        .map(|part| {
            part.strip_prefix('[')
                .and_then(|rest| rest.split_once('m'))
                .map_or(part, |(_, rest)| rest)
        })
        .collect();
    assert!(plain.trim_end().chars().count() <= 60, "{plain}");
    assert!(plain.contains('…'), "{plain}");
}

#[test]
fn filters_and_limits() {
    let registry = registry();
    assert_eq!(
        paths(&query(&registry, &["merge", "--public"])),
        ["ledger.merge", "tables.Frame.merge"]
    );
    assert_eq!(
        paths(&query(&registry, &["merge", "--kind", "function"])),
        ["ledger.merge"]
    );
    assert_eq!(
        paths(&query(
            &registry,
            &["frame", "--kind", "class", "--kind", "module"]
        )),
        ["tables.frame", "tables.Frame"]
    );
    let one = query(&registry, &["merge", "--limit", "1"]);
    assert_eq!(paths(&one), ["ledger.merge"]);
    assert_eq!(one.stderr, "2 more (--limit 0 shows all)\n");
    assert_eq!(
        paths(&query(&registry, &["merge", "tables"])).len(),
        2,
        "only in that folder"
    );
    assert_eq!(
        paths(&query(
            &registry,
            &["merge", ".repolex/ledger/ledger-0.1.msgpack"]
        )),
        ["ledger.merge"]
    );
}

#[test]
fn docstrings_are_looked_through_where_names_do_not_suffice() {
    let registry = registry();
    let found = query(&registry, &["comma separated values"]);
    assert_eq!(paths(&found), ["tables.to_csv"]);
    assert_eq!(
        query(&registry, &["nowhere at all"]),
        Run {
            code: 1,
            stdout: String::new(),
            stderr: String::new()
        }
    );
    let json = query(&registry, &["joins", "--json"]);
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&value["version"], &value["total"], &value["names_only"]),
        (&1.into(), &2.into(), &false.into())
    );
    let second = &value["found"][1];
    assert_eq!(second["path"], "tables.Frame.merge");
    assert_eq!(second["canonical"], "tables.frame.Frame.merge");
    assert_eq!(second["match"], "docstring");
    assert_eq!(second["summary"], "Joins two frames.");
    assert_eq!(
        (&second["file"], &second["line"], &second["public"]),
        (&"tables/frame.py".into(), &2.into(), &true.into())
    );
    let nothing: Value = serde_json::from_str(&query(&registry, &["zzz", "--json"]).stdout).unwrap();
    assert_eq!(
        (&nothing["total"], nothing["found"].as_array().unwrap().len()),
        (&0.into(), 0)
    );
}

#[test]
fn regular_expressions_and_texts_that_look_like_them() {
    let registry = registry();
    assert_eq!(
        paths(&query(&registry, &["^(read|to)_csv$"])),
        ["tables.to_csv", "tables.read_csv"]
    );
    assert_eq!(query(&registry, &["((((", "--fixed"]).code, 1);
    for wrong in [
        &["("][..],
        &["a{1000}{1000}{1000}"],
        &[""],
        &["x", "missing.msgpack"],
        &["x", "--kind", "thing"],
    ] {
        let run = query(&registry, wrong);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (2, ""),
            "{wrong:?}: {}",
            run.stderr
        );
    }
    let empty = tempfile::tempdir().unwrap();
    let run = query(&empty, &["x"]);
    assert!(
        run.code == 2 && run.stderr.contains("gistry export"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_broken_file_hides_nothing_of_the_others() {
    let registry = registry();
    std::fs::create_dir(registry.path().join("broken")).unwrap();
    std::fs::write(
        registry.path().join("broken/broken-1.0.msgpack"),
        b"\x81\xa6format",
    )
    .unwrap();
    let found = query(&registry, &["merge"]);
    assert_eq!((found.code, paths(&found).len()), (3, 3));
    assert!(found.stderr.contains("broken-1.0.msgpack: "), "{}", found.stderr);
}
