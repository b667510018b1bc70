//! `gistry bundle`: the same archive from the same files, and a word about everything that is not in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use serde_json::Value;

use crate::{Here, Run, dna, run};

fn bundle(here: &Here, args: &[&str]) -> Run {
    run(
        &here.work(),
        &[&["bundle"], args, &["--registry", "../registry", "--offline"]].concat(),
    )
}

fn here() -> Here {
    let here = Here::new();
    for (name, version) in [("ledger", "0.1"), ("ledger", "0.2"), ("zope-interface", "6.1")] {
        let path = format!("{}/__init__.py", name.replace('-', "_"));
        dna::write(
            &here.registry(),
            name,
            version,
            &dna::sources(&[(&path, "X = 1\n")]),
        );
    }
    here
}

/// Paths in the order of the archive with what is in them, and that their headers tell nobody anything.
fn unpack(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let header = entry.header();
        let said = (
            header.mtime().unwrap(),
            header.uid().unwrap(),
            header.gid().unwrap(),
            header.mode().unwrap(),
        );
        assert_eq!(said, (0, 0, 0, 0o644));
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (path, content)
    });
    entries.collect()
}

#[test]
fn an_archive_of_everything_that_is_named() {
    let here = here();
    let lines = "ledger<0.2  # bound\nzope.interface==6.1 --hash=sha256:00\ncolorama; sys_platform == 'win32'\n-r more.txt\n-c bounds.txt\n";
    fs::write(here.work().join("requirements.txt"), lines).unwrap();
    fs::write(here.work().join("more.txt"), "tables\n-r requirements.txt\n").unwrap();
    fs::write(here.work().join("bounds.txt"), "tables<1.10\nunused==3\n").unwrap();
    let done = bundle(&here, &["-r", "requirements.txt"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let bytes = fs::read(here.work().join("dependencies.tar.gz")).unwrap();
    let entries = unpack(&bytes);
    let paths: Vec<&str> = entries.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "manifest.json",
            "ledger/ledger-0.1.msgpack",
            "tables/tables-1.9.msgpack",
            "zope-interface/zope-interface-6.1.msgpack"
        ]
    );
    let by_path: BTreeMap<&str, &Vec<u8>> = entries
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes))
        .collect();
    let manifest: Value = serde_json::from_slice(by_path["manifest.json"]).unwrap();
    assert_eq!(manifest["version"], 1);
    for row in manifest["packages"].as_array().unwrap() {
        let bytes = by_path[row["file"].as_str().unwrap()];
        use sha2::Digest;
        assert_eq!(row["sha256"], format!("{:x}", sha2::Sha256::digest(bytes)));
        assert_eq!(row["size"], bytes.len());
        assert_eq!(
            *bytes,
            fs::read(here.registry().join(row["file"].as_str().unwrap())).unwrap()
        );
    }
    assert_eq!(manifest["missing"], Value::Array(Vec::new()));
    assert!(
        done.stderr
            .contains("ledger<0.2: ledger 0.1 is the newest that will do"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr
            .contains("requirements.txt:3: colorama; sys_platform == 'win32' is passed over"),
        "{}",
        done.stderr
    );
    // Elsewhere, in another order, on another day: the same bytes.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    fs::write(
        here.work().join("other.txt"),
        "zope-interface==6.1\ntables==1.9\nledger==0.1\n",
    )
    .unwrap();
    let again = bundle(&here, &["-r", "other.txt", "-o", "-"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.stdout, bytes);
}

#[test]
fn what_is_missing_stops_it_unless_that_is_allowed() {
    let here = here();
    fs::write(
        here.work().join("requirements.txt"),
        "ledger==0.1\nnowhere==1.0\nledger!=0.1\n",
    )
    .unwrap();
    let stopped = bundle(&here, &["-r", "requirements.txt"]);
    assert_eq!(stopped.code, 3);
    assert!(
        stopped.stderr.contains("no version can be all of this"),
        "{}",
        stopped.stderr
    );
    assert!(!here.work().join("dependencies.tar.gz").exists());
    fs::write(
        here.work().join("requirements.txt"),
        "ledger==0.1\nnowhere==1.0\n",
    )
    .unwrap();
    let allowed = bundle(&here, &["-r", "requirements.txt", "--allow-missing", "-o", "-"]);
    assert_eq!(allowed.code, 3);
    let entries = unpack(&allowed.stdout);
    assert_eq!(entries.len(), 2);
    let manifest: Value = serde_json::from_slice(&entries[0].1).unwrap();
    assert_eq!(manifest["missing"][0]["requirement"], "nowhere==1.0");
}

#[test]
fn pyproject_and_uv_lock() {
    let here = here();
    let project = "[project]\nname = \"mine\"\ndependencies = [\"tables==1.9\"]\n[dependency-groups]\ndev = [\"ledger==0.2\"]\n";
    fs::write(here.work().join("pyproject.toml"), project).unwrap();
    let names = |run: Run| {
        unpack(&run.stdout)
            .into_iter()
            .map(|(path, _)| path)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(bundle(&here, &["-r", "pyproject.toml", "-o", "-"])),
        ["manifest.json", "tables/tables-1.9.msgpack"]
    );
    assert_eq!(
        names(bundle(
            &here,
            &["-r", "pyproject.toml", "--group", "dev", "-o", "-"]
        ))
        .len(),
        3
    );
    let package = |version: &str| {
        format!(
            "[[package]]\nname = \"ledger\"\nversion = \"{version}\"\nsource = {{ registry = \"https://pypi.org/simple\" }}\n"
        )
    };
    fs::write(here.work().join("uv.lock"), package("0.1") + &package("0.2")).unwrap();
    assert_eq!(
        names(bundle(&here, &["-r", "uv.lock", "-o", "-"])),
        [
            "manifest.json",
            "ledger/ledger-0.1.msgpack",
            "ledger/ledger-0.2.msgpack"
        ]
    );
}

#[test]
fn files_that_cannot_be_understood_are_told_with_their_line() {
    let here = here();
    fs::write(here.work().join("requirements.txt"), "-r more.txt\n").unwrap();
    fs::write(here.work().join("more.txt"), "ledger\n\nledger ==\n").unwrap();
    let wrong = bundle(&here, &["-r", "requirements.txt"]);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.stderr.starts_with("error: more.txt:3: "),
        "{}",
        wrong.stderr
    );
    fs::write(here.work().join("empty.txt"), "# nothing\n").unwrap();
    assert_eq!(bundle(&here, &["-r", "empty.txt"]).code, 1);
    assert_eq!(bundle(&here, &["-r", "missing.txt"]).code, 2);
    assert_eq!(bundle(&here, &["-r", "empty.txt", "--python", "snake"]).code, 2);
    assert_eq!(bundle(&here, &[]).code, 2);
}
