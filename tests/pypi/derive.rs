//! From artifacts to DNA files: the same bytes whatever the machine does, and the right files of an sdist.

use gistry::dna::Options;
use gistry::io::derive::{self, Manner};
use gistry::model::artifact::ArtifactKind::{Sdist, Wheel};
use gistry_standin::package_index::{sdist, wheel, zip};

use crate::stage::{MANNER, derived, material, modules, stated};

const FILES: &[(&str, &str)] = &[
    (
        "six/__init__.py",
        "'''Doc.'''\nfrom .core import u\n__all__ = ['u']\n",
    ),
    (
        "six/core.py",
        "def u(s: str) -> str:\n    'To text.'\n    return s\n",
    ),
    ("six/tests/test_u.py", "def test_u(): pass\n"),
    ("six/broken.py", "def f(:\n"),
];

#[test]
fn a_wheel_becomes_dna() {
    let (name, bytes) = wheel("six", "1.0", FILES);
    let made = derived("six", Wheel, &name, &bytes);
    assert_eq!(modules(&made), ["six", "six.broken", "six.core"]);
    let head = &made.head;
    assert_eq!(
        (head.summary.as_deref(), head.requires_python.as_deref()),
        (Some("The package six"), Some(">=3.8"))
    );
    assert_eq!(
        (head.profile.as_str(), head.generator.as_str()),
        ("default", "gistry")
    );
    assert_eq!(
        (head.counts.tests, head.counts.failed, head.counts.files),
        (1, 1, 3)
    );
    assert!(
        made.notes
            .iter()
            .any(|note| note.starts_with("six/broken.py:1: ")),
        "{:?}",
        made.notes
    );
    let with_tests = Manner {
        options: Options { include_tests: true },
        ..MANNER
    };
    let made = derive::artifact(&material("six", Wheel, &name, &bytes), &with_tests)
        .unwrap()
        .unwrap();
    assert_eq!(
        modules(&made),
        ["six", "six.broken", "six.core", "six.tests.test_u"]
    );
    assert_eq!(
        (made.head.profile.as_str(), made.head.counts.functions),
        ("with-tests", 3)
    );
}

#[test]
fn threads_and_the_order_of_entries_do_not_change_a_byte() {
    let (name, bytes) = wheel("six", "1.0", FILES);
    let one = derived("six", Wheel, &name, &bytes);
    for jobs in [Some(1), Some(7), None] {
        let manner = Manner { jobs, ..MANNER };
        let other = derive::artifact(&material("six", Wheel, &name, &bytes), &manner)
            .unwrap()
            .unwrap();
        assert_eq!((&one.bytes, &one.notes), (&other.bytes, &other.notes));
    }
    // Another order is another artifact, of which the head says no more than its digest and size.
    let mut entries: Vec<(&str, &[u8])> = FILES
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    let forwards = derived("six", Wheel, &name, &zip(&entries));
    entries.reverse();
    let backwards = derived("six", Wheel, &name, &zip(&entries));
    let body = |made: &derive::Derived| {
        let at = made
            .bytes
            .windows(6)
            .position(|window| window == b"public")
            .unwrap();
        made.bytes[at..].to_vec()
    };
    assert_eq!(body(&forwards), body(&backwards));
    assert_eq!(body(&forwards), body(&one));
}

#[test]
fn an_artifact_that_is_another_one_has_no_dna() {
    let (name, bytes) = wheel("six", "1.0", FILES);
    let mut other = material("six", Wheel, &name, &bytes);
    other.source = stated(&name, b"other");
    let why = derive::artifact(&other, &MANNER).unwrap().unwrap_err();
    assert!(why.contains("was promised"), "{why}");
    let (name, bytes) = wheel("empty", "1.0", &[("README.txt", "")]);
    let why = derive::artifact(&material("empty", Wheel, &name, &bytes), &MANNER)
        .unwrap()
        .unwrap_err();
    assert!(why.contains("no Python module"), "{why}");
}

#[test]
fn the_sdist_beside_is_said() {
    let (name, bytes) = wheel("six", "1.0", FILES);
    let (beside, beside_bytes) = sdist("six", "1.0", &[("tools/docs.py", "x = 1\n")]);
    let mut with = material("six", Wheel, &name, &bytes);
    with.beside = Some((stated(&beside, &beside_bytes), &beside_bytes));
    let made = derive::artifact(&with, &MANNER).unwrap().unwrap();
    assert_eq!(made.head.profile, "default+sdist");
    assert_eq!(made.head.beside.unwrap().artifact, beside);
    let damaged = &beside_bytes[..beside_bytes.len() / 2];
    with.beside = Some((stated(&beside, damaged), damaged));
    assert!(derive::artifact(&with, &MANNER).unwrap().is_err());
}

/// What it is, its files, its modules.
type Layout<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

/// Where an sdist's packages lie, said by its settings or found.
#[test]
fn an_sdist_gives_what_would_be_installed() {
    let all: &[Layout] = &[
        (
            "flat",
            &[
                ("a_b/__init__.py", ""),
                ("a_b/c.py", ""),
                ("setup.py", ""),
                ("tests/test_a.py", ""),
                ("docs/conf.py", ""),
            ],
            &["a_b", "a_b.c"],
        ),
        (
            "module",
            &[("a_b.py", ""), ("setup.py", ""), ("noxfile.py", "")],
            &["a_b"],
        ),
        (
            "src",
            &[
                ("src/a_b/__init__.py", ""),
                ("src/a_b/c/d.py", ""),
                ("setup.py", ""),
                ("tests/test_a.py", ""),
            ],
            &["a_b", "a_b.c.d"],
        ),
        (
            "src, two",
            &[("src/x/__init__.py", ""), ("src/y.py", ""), ("setup.py", "")],
            &["x", "y"],
        ),
        (
            "lib",
            &[
                ("lib/a_b/__init__.py", ""),
                ("lib/a_b/x.py", ""),
                ("setup.py", ""),
            ],
            &["a_b", "a_b.x"],
        ),
        (
            "other name",
            &[("yaml/__init__.py", ""), ("examples/x.py", ""), ("setup.py", "")],
            &["yaml"],
        ),
        (
            "top level",
            &[
                ("code/y/__init__.py", ""),
                ("code/z/__init__.py", ""),
                ("a_b.egg-info/top_level.txt", "y\n"),
                ("setup.cfg", "[options]\npackage_dir =\n    = code\n"),
            ],
            &["y"],
        ),
        (
            "where",
            &[
                ("python/y/__init__.py", ""),
                ("z/__init__.py", ""),
                (
                    "pyproject.toml",
                    "[tool.setuptools.packages.find]\nwhere = ['python']\n",
                ),
            ],
            &["y"],
        ),
        (
            "hatch",
            &[
                ("backend/y/__init__.py", ""),
                ("z/__init__.py", ""),
                (
                    "pyproject.toml",
                    "[tool.hatch.build.targets.wheel]\npackages = ['backend/y']\n",
                ),
            ],
            &["y"],
        ),
        (
            "poetry",
            &[
                ("code/y/__init__.py", ""),
                ("z.py", ""),
                ("w.py", ""),
                (
                    "pyproject.toml",
                    "[tool.poetry]\npackages = [{include = 'y', from = 'code'}, {include = 'z.py'}]\n",
                ),
            ],
            &["y", "z"],
        ),
        (
            "maturin",
            &[
                ("py/y/__init__.py", ""),
                ("pyproject.toml", "[tool.maturin]\npython-source = 'py'\n"),
            ],
            &["y"],
        ),
        (
            "deep",
            &[
                ("pkg/inner/y/__init__.py", ""),
                ("pkg/inner/y/z.py", ""),
                ("tests/t/__init__.py", ""),
            ],
            &["y", "y.z"],
        ),
        (
            "namespace",
            &[
                ("google/cloud/x/__init__.py", ""),
                ("google-cloud-x.egg-info/top_level.txt", "google\n"),
                ("setup.py", ""),
            ],
            &["google.cloud.x"],
        ),
        (
            "stubs",
            &[("a_b-stubs/__init__.pyi", ""), ("setup.py", "")],
            &["a_b"],
        ),
        (
            "itself",
            &[
                ("__init__.py", ""),
                ("c.py", ""),
                ("setup.py", ""),
                ("docs/conf.py", ""),
            ],
            &["a_b", "a_b.c"],
        ),
        (
            "lib, two",
            &[
                ("lib/a_b/__init__.py", ""),
                ("lib/x/y.py", ""),
                ("lib/z.py", ""),
                ("tools/w.py", ""),
            ],
            &["a_b", "x.y", "z"],
        ),
        (
            "nonsense",
            &[
                ("pyproject.toml", "[[[["),
                ("setup.cfg", "[options\n= = ="),
                ("a_b.py", ""),
            ],
            &["a_b"],
        ),
    ];
    for (what, files, expected) in all {
        let (name, bytes) = sdist("a-b", "1.0", files);
        let made = derived("a-b", Sdist, &name, &bytes);
        assert_eq!(modules(&made), *expected, "{what}");
        assert_eq!(made.head.summary.as_deref(), Some("The package a-b"));
    }
}

#[test]
fn a_folder_is_read_as_what_it_is() {
    let read = |files: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let package = crate::stage::package("a-b");
        let made = derive::folder(folder.path(), package, "1.0".to_owned(), &MANNER).unwrap();
        made.map(|made| {
            assert_eq!(
                (made.head.source.origin.as_str(), made.head.source.kind.as_str()),
                ("local", "folder")
            );
            (modules(&made), made.head.source.sha256)
        })
    };
    let project = [
        ("src/a_b/__init__.py", ""),
        ("setup.py", ""),
        (".venv/x/y.py", ""),
    ];
    let (names, digest) = read(&project).unwrap();
    assert_eq!(names, ["a_b"]);
    assert_eq!(read(&project).unwrap().1, digest);
    assert_eq!(
        read(&[("__init__.py", ""), ("c.py", "")]).unwrap().0,
        ["a_b", "a_b.c"]
    );
    assert_eq!(
        read(&[("x/y.py", ""), ("x-1.dist-info/METADATA", "Summary: s\n")])
            .unwrap()
            .0,
        ["x.y"]
    );
    assert!(read(&[("README", "")]).unwrap_err().contains("no Python module"));
}

/// Prints what the next test compares; run by it.
#[test]
#[ignore = "a part of another test"]
fn digest() {
    let (name, bytes) = wheel("six", "1.0", FILES);
    println!(
        "digest {}",
        crate::stage::sha256(&derived("six", Wheel, &name, &bytes).bytes)
    );
}

#[test]
fn neither_the_place_nor_the_language_nor_the_clock_changes_a_byte() {
    let digest = |environment: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "derive::digest", "--ignored", "--nocapture"])
            .current_dir(folder.path())
            .env("TMPDIR", folder.path())
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text
            .lines()
            .find(|line| line.contains("digest "))
            .unwrap_or_else(|| panic!("{text}"));
        line.split("digest ").nth(1).unwrap()[..64].to_owned()
    };
    let here = digest(&[]);
    let elsewhere = [
        ("TZ", "Asia/Kathmandu"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("RAYON_NUM_THREADS", "1"),
        ("HOME", "/"),
    ];
    assert_eq!(digest(&elsewhere), here);
    let (name, bytes) = wheel("six", "1.0", FILES);
    assert_eq!(
        crate::stage::sha256(&derived("six", Wheel, &name, &bytes).bytes).as_str(),
        here
    );
}
