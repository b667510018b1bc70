//! What is kept of files makes questions faster, and never changes an answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::{Run, dna, paths, registry, run_in};

fn ask(dir: &Path, words: &[&str]) -> Run {
    run_in(dir, &[words, &["--cache-dir", "cache"]].concat())
}

fn kept(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir.join("cache/names"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// Files that were not written this very moment.
fn settle(dir: &Path) {
    for file in [
        "tables/tables-1.10.msgpack",
        "shelf/shelf-1.0.msgpack",
        ".repolex/ledger/ledger-0.1.msgpack",
    ] {
        let file = fs::File::options().write(true).open(dir.join(file)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60))
            .unwrap();
    }
}

const QUESTIONS: &[&[&str]] = &[
    &["merge"],
    &["Frame.merge"],
    &["^read"],
    &["comma separated"],
    &["e", "--limit", "0", "--json"],
];

#[test]
fn what_is_kept_gives_the_same_answers() {
    let registry = registry();
    let dir = registry.path();
    settle(dir);
    let fresh: Vec<Run> = QUESTIONS
        .iter()
        .map(|words| run_in(dir, &[*words, &["--no-cache"]].concat()))
        .collect();
    assert_eq!(kept(dir), Vec::<PathBuf>::new());
    for _ in 0..2 {
        let answers: Vec<Run> = QUESTIONS.iter().map(|words| ask(dir, words)).collect();
        assert_eq!(answers, fresh);
    }
    assert_eq!(kept(dir).len(), 3);
}

#[test]
fn what_is_damaged_is_made_anew() {
    let registry = registry();
    let dir = registry.path();
    settle(dir);
    let question = &["e", "--limit", "0", "--json"];
    let fresh = ask(dir, question);
    let sound: Vec<Vec<u8>> = kept(dir).iter().map(|file| fs::read(file).unwrap()).collect();
    for (file, bytes) in kept(dir).iter().zip(&sound) {
        let spots = (0..bytes.len()).step_by(bytes.len() / 9 + 1);
        for at in spots {
            let mut changed = bytes.clone();
            changed[at] ^= 0x55;
            fs::write(file, &changed).unwrap();
            assert_eq!(ask(dir, question), fresh, "byte {at}");
        }
        for length in [0, 7, 60, 104, bytes.len() / 2, bytes.len() - 1] {
            fs::write(file, &bytes[..length]).unwrap();
            assert_eq!(ask(dir, question), fresh, "{length} bytes");
        }
        ask(dir, question);
        assert!(fs::read(file).unwrap() == *bytes, "it is there again, as it was");
    }
}

#[test]
fn a_file_that_changed_is_read_again() {
    let registry = registry();
    let dir = registry.path();
    settle(dir);
    assert_eq!(paths(&ask(dir, &["merge", "tables"])).len(), 2);
    let sources = dna::sources(&[("tables/__init__.py", "def melt(): pass\n")]);
    dna::write(dir, "tables", "1.10", &sources);
    assert_eq!(ask(dir, &["merge", "tables"]).code, 1);
    assert_eq!(paths(&ask(dir, &["melt"])), ["tables.melt"]);
    // The same size and the same time of its last change: its inode tells.
    settle(dir);
    let file = dir.join("tables/tables-1.10.msgpack");
    let before = fs::metadata(&file).unwrap();
    assert_eq!(paths(&ask(dir, &["melt"])), ["tables.melt"]);
    dna::write(
        dir,
        "tables",
        "1.10",
        &dna::sources(&[("tables/__init__.py", "def smel(): pass\n")]),
    );
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(before.modified().unwrap())
        .unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), before.len());
    assert_eq!(paths(&ask(dir, &["smel"])), ["tables.smel"]);
    assert_eq!(ask(dir, &["melt"]).code, 1);
}

#[test]
fn without_a_place_to_keep_it_works_as_well() {
    let registry = registry();
    let dir = registry.path();
    settle(dir);
    fs::write(dir.join("cache"), "a file, where the folder should be").unwrap();
    assert_eq!(ask(dir, &["merge"]), run_in(dir, &["merge", "--no-cache"]));
}
