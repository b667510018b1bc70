//! `gistry show` through the real binary: what a person reads, what a program reads, and what comes of files that are no DNA.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../stage/dna.rs"]
mod dna;
mod golden;
mod hostile;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What the binary printed and said.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
    command
        .args(args)
        .current_dir(dir)
        .env_clear()
        .stdin(Stdio::null());
    command
}

fn run(dir: &Path, args: &[&str]) -> Run {
    finished(command(dir, args).output().unwrap())
}

fn finished(output: Output) -> Run {
    Run {
        code: output.status.code().expect("gistry ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A registry with two releases of shelf.
fn registry() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for release in ["1.0", "0.9"] {
        dna::write(folder.path(), "shelf", release, &dna::shelf());
    }
    folder
}

#[test]
fn json_is_the_file_as_it_is_decoded() {
    let folder = registry();
    let file = "shelf/shelf-1.0.msgpack";
    let shown = run(folder.path(), &["show", file, "--json"]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    let value: Value = serde_json::from_str(&shown.stdout).unwrap();
    let bytes = std::fs::read(folder.path().join(file)).unwrap();
    assert_eq!(value, rmp_serde::from_slice::<Value>(&bytes).unwrap());
    let schema: Value = serde_json::from_str(&run(folder.path(), &["show", "--schema"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&value));
    // From standard input, too.
    let piped = command(folder.path(), &["show", "-", "--json"])
        .stdin(std::fs::File::open(folder.path().join(file)).unwrap())
        .output()
        .unwrap();
    assert_eq!(finished(piped).stdout, shown.stdout);
}

#[test]
fn one_definition_as_json_has_all_that_the_file_says_of_it() {
    let folder = registry();
    let shown = run(folder.path(), &["show", "shelf", "Book.lift", "--json"]);
    let value: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(value["path"], "shelf._core.book.Book.lift");
    assert_eq!(value["file"], "shelf/_core/book.py");
    assert_eq!(value["definitions"][0]["doc_from"], "shelf._core.book.Thing.lift");
    assert!(
        value["docs"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("Takes it up.")
    );
    let class = run(folder.path(), &["show", "shelf", "shelf.Book", "--json"]);
    let class: Value = serde_json::from_str(&class.stdout).unwrap();
    assert_eq!(class["public"], serde_json::json!(["shelf.Book"]));
    let module = run(folder.path(), &["show", "shelf", "shelf.places", "--json"]);
    let module: Value = serde_json::from_str(&module.stdout).unwrap();
    assert_eq!(module["module"]["members"].as_array().unwrap().len(), 3);
}

#[test]
fn a_line_for_each_definition() {
    let folder = registry();
    let shown = run(folder.path(), &["show", "shelf", "--jsonl"]);
    let lines: Vec<Value> = shown
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let all = run(folder.path(), &["show", "shelf", "--json"]);
    let all: Value = serde_json::from_str(&all.stdout).unwrap();
    fn count(value: &Value) -> usize {
        let members = value["members"].as_array();
        members.map_or(0, |members| members.iter().map(|member| 1 + count(member)).sum())
    }
    let expected: usize = all["modules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|module| 1 + count(module))
        .sum();
    assert_eq!(lines.len(), expected);
    let line = |path: &str| lines.iter().find(|line| line["path"] == path).unwrap();
    let turn = line("shelf._core.book.Book.turn");
    assert_eq!(turn["public"], serde_json::json!(["shelf.Book.turn"]));
    assert_eq!(turn["signature"], "turn(self, by, *, until=False)");
    assert_eq!(turn["overloads"].as_array().unwrap().len(), 2);
    let lift = line("shelf._core.book.Book.lift");
    assert!(
        lift["doc"].as_str().unwrap().starts_with("Takes it up."),
        "the docstring of the base"
    );
    assert_eq!(lift["doc_from"], "shelf._core.book.Thing.lift");
    assert!(
        lines
            .iter()
            .all(|line| line["package"] == "shelf" && line.get("members").is_none())
    );
    let below = run(folder.path(), &["show", "shelf", "shelf.Novel", "--jsonl"]);
    assert_eq!(below.stdout.lines().count(), 2);
}

#[test]
fn what_is_not_there_is_told_with_its_neighbours() {
    let folder = registry();
    let shown = run(folder.path(), &["show", "shelf", "shelf.Bok"]);
    assert_eq!((shown.code, shown.stdout.as_str()), (1, ""));
    assert!(
        shown
            .stderr
            .starts_with("error: there is no shelf.Bok in shelf 1.0; did you mean\n  shelf.Book\n"),
        "{}",
        shown.stderr
    );
    let nothing = run(folder.path(), &["show", "shelf", "quite.another.zzzzzz"]);
    assert_eq!(
        (nothing.code, nothing.stderr.as_str()),
        (1, "error: there is no quite.another.zzzzzz in shelf 1.0\n")
    );
    let other = run(folder.path(), &["show", "shelf", "shelf.dumps"]);
    assert_eq!(
        (other.code, other.stderr.as_str()),
        (
            1,
            "error: shelf.dumps is json.dumps, which is of another package\n"
        )
    );
}

#[test]
fn a_package_of_the_registry_or_of_the_cache_is_meant_by_its_name() {
    let folder = registry();
    dna::write(&folder.path().join(".repolex"), "shelf", "2.0rc1", &dna::shelf());
    let title = |words: &[&str]| {
        let shown = run(folder.path(), &[&["show"], words].concat());
        (
            shown.code,
            shown.stdout.lines().next().unwrap_or_default().to_owned(),
        )
    };
    // The latest is no prerelease.
    assert_eq!(title(&["shelf"]), (0, "shelf 1.0".to_owned()));
    assert_eq!(title(&["Shelf", "0.9"]), (0, "shelf 0.9".to_owned()));
    assert_eq!(title(&["shelf", "2.0rc1"]), (0, "shelf 2.0rc1".to_owned()));
    assert_eq!(
        title(&["shelf", "0.9", "find"]),
        (0, "function shelf.find".to_owned())
    );
    let wrong = run(folder.path(), &["show", "shelf", "3.0", "find"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("there is only"), "{}", wrong.stderr);
    for words in [
        &["show", "missing"][..],
        &["show"],
        &["show", "shelf/shelf-1.0.msgpack", "a", "b"],
    ] {
        assert_eq!(run(folder.path(), words).code, 2, "{words:?}");
    }
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let folder = registry();
    let plain = run(folder.path(), &["show", "shelf", "Book"]);
    assert!(!plain.stdout.contains('\u{1b}'));
    let colored = run(folder.path(), &["show", "shelf", "Book", "--color", "always"]);
    assert!(colored.stdout.contains("\u{1b}[36mclass\u{1b}[0m"));
    let mut stripped = String::new();
    let mut rest = colored.stdout.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped += before;
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(stripped + rest, plain.stdout);
}
