//! What nobody has yet is parsed here, from a package index, and kept. Never asks a real one.

use std::fs;

use gistry_standin::package_index::{File, PackageIndex, tarball, wheel};

use crate::{Run, run};

const SIX: &[(&str, &str)] = &[("six.py", "def u(s):\n    'As text.'\n    return s\n")];

fn index() -> PackageIndex {
    let index = PackageIndex::start();
    for version in ["1.0", "1.1", "2.0rc1"] {
        let (name, bytes) = wheel("six", version, SIX);
        index.add(File::new("six", &name, bytes));
    }
    index
}

fn gistry(index: &PackageIndex, dir: &std::path::Path, args: &[&str]) -> Run {
    let more = ["--index-url", &index.url(), "--cache-dir", "downloads"];
    run(dir, &[args, &more[..]].concat())
}

#[test]
fn a_package_is_parsed_once_and_kept() {
    let (index, folder) = (index(), tempfile::tempdir().unwrap());
    let dir = folder.path();
    let done = gistry(&index, dir, &["export", "msgpack", "six"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stderr
            .contains("six 1.1: six-1.1.msgpack (from six-1.1-py3-none-any.whl, parsed here)"),
        "{}",
        done.stderr
    );
    let bytes = fs::read(dir.join("six-1.1.msgpack")).unwrap();
    let dna = gistry::dna::read(&bytes).unwrap();
    assert_eq!(
        (dna.head.release.as_str(), dna.body.modules[0].name.as_ref()),
        ("1.1", "six")
    );
    assert_eq!(fs::read(dir.join(".repolex/six/six-1.1.msgpack")).unwrap(), bytes);
    // Now it is here, whether anybody can be asked or not.
    let again = gistry(
        &index,
        dir,
        &["export", "msgpack", "six", "1.1.0", "--offline", "-o", "-"],
    );
    assert_eq!((again.code, again.stdout), (0, bytes.clone()));
    assert!(again.stderr.contains(".repolex"), "{}", again.stderr);
    // What was damaged is parsed again, and said.
    fs::write(dir.join(".repolex/six/six-1.1.msgpack"), &bytes[1..]).unwrap();
    let mended = gistry(&index, dir, &["export", "msgpack", "six", "1.1", "-o", "-"]);
    assert_eq!((mended.code, mended.stdout), (0, bytes.clone()));
    assert!(
        mended
            .stderr
            .contains("is not used: it is not as it was when it was kept"),
        "{}",
        mended.stderr
    );
    assert_eq!(fs::read(dir.join(".repolex/six/six-1.1.msgpack")).unwrap(), bytes);
    let fresh = gistry(
        &index,
        dir,
        &["export", "msgpack", "six", "1.1", "-o", "-", "--parse"],
    );
    assert!(fresh.stderr.contains("parsed here"), "{}", fresh.stderr);
    assert_eq!(fresh.stdout, bytes);
}

#[test]
fn what_is_not_there_is_told() {
    let (index, folder) = (index(), tempfile::tempdir().unwrap());
    for (words, why) in [
        (
            &["export", "msgpack", "seven"][..],
            "the package index knows no package seven",
        ),
        (&["export", "msgpack", "six", "3.0"], "no release 3.0 of six"),
    ] {
        let done = gistry(&index, folder.path(), words);
        assert_eq!((done.code, done.stdout.len()), (1, 0));
        assert!(done.stderr.contains(why), "{}", done.stderr);
    }
    assert_eq!(
        fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some())
            .count(),
        0
    );
}

#[test]
fn a_bundle_takes_the_newest_that_will_do() {
    let (index, folder) = (index(), tempfile::tempdir().unwrap());
    let dir = folder.path();
    let (name, bytes) = wheel("odd", "1.0", &[("odd.py", "x = 1\n")]);
    index.add(File::new("odd", &name, bytes).yanked("broken"));
    fs::write(dir.join("requirements.txt"), "six<2\nodd==1.0\n").unwrap();
    let done = gistry(&index, dir, &["bundle", "-r", "requirements.txt"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stderr.contains("six<2: six 1.1 is the newest that will do"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr
            .contains("2 packages: dependencies.tar.gz (2 parsed here, 0 missing)"),
        "{}",
        done.stderr
    );
    let first = fs::read(dir.join("dependencies.tar.gz")).unwrap();
    let again = gistry(&index, dir, &["bundle", "-r", "requirements.txt", "-o", "-"]);
    assert_eq!(again.stdout, first);
    assert!(again.stderr.contains("0 parsed here"), "{}", again.stderr);
    // A yanked release must be pinned.
    fs::write(dir.join("requirements.txt"), "odd\n").unwrap();
    let yanked = gistry(&index, dir, &["bundle", "-r", "requirements.txt"]);
    assert_eq!(yanked.code, 3);
    assert!(
        yanked.stderr.contains("odd: there is no release that will do"),
        "{}",
        yanked.stderr
    );
}

#[test]
fn a_repository_at_a_tag_is_parsed_and_not_kept() {
    let (index, folder) = (index(), tempfile::tempdir().unwrap());
    let dir = folder.path();
    let files = [("acme-Six_Tools-0123456/six.py", SIX[0].1.as_bytes())];
    // GitHub sends to another host for the tarball.
    index.add(File::new("hidden", "six-tools.tar.gz", tarball(&files)));
    index.redirect(
        "/repos/acme/Six_Tools/tarball/v1.0",
        &format!("{}/files/six-tools.tar.gz", index.base()),
    );
    let api = ["--api-url", &index.base()];
    let done = gistry(
        &index,
        dir,
        &[&["export", "msgpack", "acme/Six_Tools", "v1.0"], &api[..]].concat(),
    );
    assert_eq!(done.code, 0, "{}", done.stderr);
    let dna = gistry::dna::read(&fs::read(dir.join("six-tools-v1.0.msgpack")).unwrap()).unwrap();
    assert_eq!(
        (dna.head.source.origin.as_str(), dna.head.source.artifact.as_str()),
        ("github", "acme/Six_Tools@v1.0")
    );
    assert!(!dir.join(".repolex").exists());
    let missing = gistry(
        &index,
        dir,
        &[&["export", "msgpack", "acme/Six_Tools", "v2.0"], &api[..]].concat(),
    );
    assert_eq!(missing.code, 1, "{}", missing.stderr);
    assert_eq!(
        gistry(&index, dir, &["export", "msgpack", "acme/Six_Tools"]).code,
        2
    );
}
