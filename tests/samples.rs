//! The ten lines of docs/formats.md that use a DNA file without gistry: Python, JavaScript and jq, as they stand there. Never runs gistry.
//!
//! Needs what `.ci/run tools` installs, and jq; `.ci/run slow` runs it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "stage/dna.rs"]
mod dna;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A package with the names that the samples look up.
const PANDAS: &[(&str, &str)] = &[
    (
        "pandas/__init__.py",
        "from pandas.core.frame import DataFrame\nfrom pandas.io import read_csv\n__all__ = ['DataFrame', 'read_csv']\n",
    ),
    ("pandas/core/__init__.py", ""),
    (
        "pandas/core/frame.py",
        "class DataFrame:\n    'Rows and columns.'\n    def old(self):\n        '''Old.\n\n        .. deprecated:: 1.0\n        '''\n",
    ),
    ("pandas/io.py", "def read_csv(path, *, sep=','): ...\n"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fenced blocks of a language below the heading `DNA`.
fn blocks(language: &str) -> Vec<String> {
    let docs = std::fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let below = docs.split("\n## DNA\n").nth(1).unwrap();
    let section = below.split("\n## ").next().unwrap();
    let fence = format!("```{language}\n");
    let block = |rest: &str| rest.split("```").next().unwrap().to_owned();
    section.split(&fence).skip(1).map(block).collect()
}

/// A folder with `pandas-2.2.0.msgpack`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bytes = dna::bytes("pandas", "2.2.0", &dna::sources(PANDAS));
    std::fs::write(folder.path().join("pandas-2.2.0.msgpack"), bytes).unwrap();
    folder
}

fn run(command: &mut Command, dir: &Path) -> String {
    let output = command.current_dir(dir).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn python() -> PathBuf {
    root().join("target/ci/venv/bin/python")
}

#[test]
#[ignore = "needs Python with msgpack, which .ci/run tools installs"]
fn python_finds_a_docstring() {
    let (folder, samples) = (folder(), blocks("python"));
    assert_eq!(samples.len(), 1);
    let printed = run(Command::new(python()).args(["-c", &samples[0]]), folder.path());
    assert_eq!(printed, "Rows and columns.\n");
}

#[test]
#[ignore = "needs Node with @msgpack/msgpack, which .ci/run tools installs"]
fn javascript_finds_parameters() {
    let (folder, samples) = (folder(), blocks("javascript"));
    assert_eq!(samples.len(), 1);
    std::fs::write(folder.path().join("sample.mjs"), &samples[0]).unwrap();
    std::os::unix::fs::symlink(
        root().join("target/ci/node/node_modules"),
        folder.path().join("node_modules"),
    )
    .unwrap();
    let printed = run(Command::new("node").arg("sample.mjs"), folder.path());
    assert_eq!(printed, "[ 'path', 'sep' ]\n");
}

#[test]
#[ignore = "needs jq, and Python with msgpack, which .ci/run tools installs"]
fn jq_finds_names() {
    let folder = folder();
    let docs = std::fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let decoder = docs
        .split("(`python3 -c '")
        .nth(1)
        .unwrap()
        .split("'`)")
        .next()
        .unwrap();
    let decoded = run(
        Command::new(python())
            .args(["-c", decoder])
            .stdin(std::fs::File::open(folder.path().join("pandas-2.2.0.msgpack")).unwrap()),
        folder.path(),
    );
    std::fs::write(folder.path().join("dna.json"), decoded).unwrap();
    let samples = blocks("sh");
    let printed: Vec<String> = samples[0]
        .lines()
        .map(|line| run(Command::new("sh").args(["-c", line]), folder.path()))
        .collect();
    assert!(printed[0].contains("\"classes\": 1"), "{}", printed[0]);
    assert_eq!(
        printed[1..],
        ["pandas.DataFrame\n", "pandas.core.frame.DataFrame\n", "old\n"]
    );
}
