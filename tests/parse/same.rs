//! The same bytes whoever parses: with one thread or two, in another locale, time zone, folder, and from files in another order.

use std::collections::BTreeMap;
use std::fs;

use gistry_standin::package_index::{File, wheel};

use crate::scene::{Scene, files, run};

/// A package with enough in it to be parsed in another order.
fn many() -> Vec<(String, String)> {
    let mut texts = vec![(
        "pkg/__init__.py".to_owned(),
        "from .m0 import *\nfrom .m1 import f1 as g\n__all__ = ['f0', 'g']\n".to_owned(),
    )];
    for number in 0..40 {
        let padding = "# é\n".repeat(number * 7 % 23);
        texts.push((
            format!("pkg/m{number}.py"),
            format!("{padding}from .m{} import *\ndef f{number}(x: 'int' = {number}, *a, **k) -> str:\n    \"\"\"D{number}\"\"\"\nclass C{number}:\n    def m(self): ...\n", (number + 1) % 40),
        ));
    }
    texts.push(("pkg/broken.py".to_owned(), "def (\n".to_owned()));
    texts.push((
        "pkg/m3.pyi".to_owned(),
        "def f3(x: int = ...) -> str: ...\n".to_owned(),
    ));
    texts
}

#[test]
fn nothing_of_the_machine_is_in_the_bytes() {
    let scene = Scene::new();
    let texts = many();
    let entries: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let (name, bytes) = wheel("pkg", "1.0", &entries);
    scene.index.add(File::new("pkg", &name, bytes));
    let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let machines: [(&str, &[(&str, &str)]); 4] = [
        ("1", &[("LC_ALL", "C"), ("TZ", "UTC")]),
        (
            "2",
            &[
                ("LC_ALL", "tr_TR.UTF-8"),
                ("LANG", "tr_TR.UTF-8"),
                ("TZ", "Pacific/Kiritimati"),
            ],
        ),
        (
            "3",
            &[
                ("RAYON_NUM_THREADS", "1"),
                ("PYTHONHASHSEED", "7"),
                ("COLUMNS", "20"),
            ],
        ),
        ("8", &[("TZ", "America/St_Johns"), ("SOURCE_DATE_EPOCH", "1")]),
    ];
    for (jobs, variables) in machines {
        let out = format!("out-{jobs}");
        let temporary = scene.temp.path().join(format!("tmp-{jobs}"));
        fs::create_dir(&temporary).unwrap();
        let mut command = scene.command(&["parse", "pkg", "--jobs", jobs, "--output", &out, "--no-cache"]);
        command.envs(variables.iter().copied()).env("TMPDIR", &temporary);
        run(command).expect(0);
        found.insert(
            jobs.to_owned(),
            fs::read(scene.registry().join(&out).join("pkg/pkg-1.0.msgpack")).unwrap(),
        );
        assert_eq!(
            fs::read_dir(&temporary).unwrap().count(),
            0,
            "nothing is left behind"
        );
    }
    let first = found["1"].clone();
    assert!(first.len() > 2_000);
    for (jobs, bytes) in found {
        assert!(bytes == first, "--jobs {jobs}");
    }
}

#[test]
fn the_order_of_files_in_an_artifact_changes_nothing_but_its_digest() {
    let scene = Scene::new();
    let texts = many();
    let mut entries: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let mut bodies = Vec::new();
    for round in 0..3 {
        entries.rotate_left(round * 5);
        entries.reverse();
        let (name, bytes) = wheel("pkg", "1.0", &entries);
        scene.index.add(File::new("pkg", &name, bytes));
        scene
            .json(&["pkg", "--output", &format!("out-{round}")])
            .expect(0);
        let made = files(&scene.registry().join(format!("out-{round}")));
        bodies.push(gistry::dna::read(&made["pkg/pkg-1.0.msgpack"]).unwrap());
    }
    assert_ne!(bodies[0].head.source.sha256, bodies[1].head.source.sha256);
    for dna in &bodies[1..] {
        assert_eq!(
            (&dna.body, dna.head.counts),
            (&bodies[0].body, bodies[0].head.counts)
        );
    }
}
