//! A registry on GitHub: two files are read of it, and what is downloaded is kept and compared. Never clones it.

use std::fs;
use std::process::Command;

use gistry_standin::{Edit, Fault};

use crate::stage::{REGISTRY, Run, Stage};
use crate::{TABLES, dna};

/// A registry with tables 1.9 and 1.10, with or without its index; and a second file beyond what GitHub sends inline.
fn registry(stage: &Stage, indexed: bool) -> Vec<Vec<u8>> {
    let folder = stage.temp.path().join("made");
    let long = format!("def read_csv(path): '{}'\n", "Reads a table. ".repeat(120_000));
    dna::write(&folder, "tables", "1.9", &dna::sources(TABLES));
    dna::write(
        &folder,
        "tables",
        "1.10",
        &dna::sources(&[("tables/__init__.py", &long)]),
    );
    std::os::unix::fs::symlink("tables-1.10.msgpack", folder.join("tables/tables-latest.msgpack")).unwrap();
    if indexed {
        let git = Command::new("git")
            .args(["init", "-q"])
            .current_dir(&folder)
            .status();
        assert!(git.unwrap().success());
        let index = Command::new(env!("CARGO_BIN_EXE_gistry"))
            .arg("index")
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(
            index.status.success(),
            "{}",
            String::from_utf8_lossy(&index.stderr)
        );
        fs::remove_dir_all(folder.join(".git")).unwrap();
    }
    let bytes = |version: &str| fs::read(folder.join(format!("tables/tables-{version}.msgpack"))).unwrap();
    let mut edits = vec![
        Edit::write("tables/tables-1.9.msgpack", bytes("1.9")),
        Edit::write("tables/tables-1.10.msgpack", bytes("1.10")),
        Edit::symlink("tables/tables-latest.msgpack", "tables-1.10.msgpack"),
    ];
    if indexed {
        let path = "index/package/ta/bl/tables.json";
        edits.push(Edit::write(path, fs::read(folder.join(path)).unwrap()));
    }
    stage.registry_with(edits);
    fs::remove_dir_all(&folder).unwrap();
    vec![
        bytes_of("1.9", TABLES),
        bytes_of("1.10", &[("tables/__init__.py", &long)]),
    ]
}

fn bytes_of(version: &str, files: &[(&str, &str)]) -> Vec<u8> {
    dna::bytes("tables", version, &dna::sources(files))
}

fn export(stage: &Stage, args: &[&str]) -> Run {
    stage.gistry(
        &[
            &["export", "msgpack", "tables"],
            args,
            &[
                "--repo",
                REGISTRY,
                "--index-url",
                "http://127.0.0.1:9",
                "--budget",
                "1",
            ],
        ]
        .concat(),
    )
}

fn asked(stage: &Stage) -> Vec<String> {
    let lines = stage.gh.requests().iter().map(|request| request.line()).collect();
    stage.gh.clear_requests();
    lines
}

#[test]
fn a_release_is_found_by_the_index_and_downloaded_once() {
    let stage = Stage::new();
    let files = registry(&stage, true);
    asked(&stage);
    let done = export(&stage, &["1.10"]);
    assert_eq!(done.code, 0, "{}", done.all());
    assert!(
        done.stderr.contains("(from the registry acme/registry)"),
        "{}",
        done.stderr
    );
    let file = stage.temp.path().join("tables-1.10.msgpack");
    assert_eq!(fs::read(&file).unwrap(), files[1]);
    assert_eq!(asked(&stage).len(), 2);
    // The second time it is in .repolex, and the index alone is asked.
    let again = export(&stage, &[]);
    assert_eq!(again.code, 0, "{}", again.all());
    assert!(again.stderr.contains(".repolex"), "{}", again.stderr);
    assert_eq!(asked(&stage).len(), 1);
    assert_eq!(
        fs::read_to_string(stage.temp.path().join(".repolex/.gitignore")).unwrap(),
        "*\n"
    );
    // What is damaged there is downloaded again.
    let kept = stage.temp.path().join(".repolex/tables/tables-1.10.msgpack");
    let mut damaged = files[1].clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&kept, damaged).unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(export(&stage, &["1.10"]).code, 0);
    assert_eq!(fs::read(&file).unwrap(), files[1]);
    assert_eq!(fs::read(&kept).unwrap(), files[1]);
    assert_eq!(asked(&stage).len(), 2);
    // Without a network, .repolex will do.
    let offline = stage.gistry(&[
        "export",
        "msgpack",
        "tables",
        "1.10",
        "--repo",
        REGISTRY,
        "--offline",
        "-o",
        "x",
    ]);
    assert_eq!(offline.code, 0, "{}", offline.all());
    assert_eq!(asked(&stage).len(), 0);
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[test]
fn without_an_index_the_file_and_the_link_will_do() {
    let stage = Stage::new();
    let files = registry(&stage, false);
    for (version, bytes) in [(&["1.9"][..], &files[0]), (&[], &files[1])] {
        let done = export(&stage, &[version, &["-o", "out"]].concat());
        assert_eq!(done.code, 0, "{}", done.all());
        assert_eq!(fs::read(stage.temp.path().join("out")).unwrap(), *bytes);
    }
}

#[test]
fn what_the_registry_lacks_is_asked_of_the_package_index() {
    let stage = Stage::new();
    registry(&stage, true);
    let done = export(&stage, &["7.0"]);
    assert_eq!(
        done.code,
        3,
        "the package index cannot be reached: {}",
        done.all()
    );
    assert!(!stage.temp.path().join("tables-7.0.msgpack").exists());
    stage.gh.fault("GET", "/repos/**", Fault::BadGateway);
    let down = export(&stage, &["1.10", "--no-cache"]);
    assert_eq!(down.code, 3, "{}", down.all());
}
