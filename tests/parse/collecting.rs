//! `--shard` and `--collect`: the parts together are the plan, and nothing enters a registry that is not what it says.

use std::fs;
use std::path::{Path, PathBuf};

use gistry_standin::Fault;
use gistry_standin::package_index::{File, wheel};

use crate::scene::{Scene, files, with_head};

/// A plan of four releases in two shards, one of which cannot be parsed.
fn planned() -> Scene {
    let scene = Scene::new();
    for package in ["a", "b", "c"] {
        scene.offer(package, "1.0");
    }
    let (name, bytes) = wheel("empty", "1.0", &[("x.txt", "")]);
    scene.index.add(File::new("empty", &name, bytes));
    let words = [
        "--plan",
        "--shards",
        "2",
        "--plan-file",
        "../plan.json",
        "a",
        "b",
        "c",
        "empty",
    ];
    scene.parse(&words).expect(0);
    scene
}

/// Does a shard into `../shards/`; gives that folder.
fn shard(scene: &Scene, number: usize) -> PathBuf {
    let (part, output) = (format!("{number}/2"), format!("../shards/dna-{number}"));
    // A shard has no registry: it works in an empty folder.
    let elsewhere = scene.temp.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    let mut command = scene.command(&[
        "parse",
        "--shard",
        &part,
        "--plan-file",
        "../plan.json",
        "--output",
        &output,
    ]);
    command.current_dir(&elsewhere).env_remove("PIP_INDEX_URL");
    crate::scene::run(command).expect(0);
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0);
    scene.temp.path().join("shards")
}

const COLLECT: &[&str] = &["--collect", "../shards", "--plan-file", "../plan.json"];

fn edit(path: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, change(bytes)).unwrap();
}

/// The file of a release among those of the shards.
fn of(shards: &Path, path: &str) -> PathBuf {
    let found = ["dna-1", "dna-2"].map(|dna| shards.join(dna).join(path));
    found
        .into_iter()
        .find(|path| path.is_file())
        .expect("a shard made it")
}

#[test]
fn the_parts_together_are_the_plan_and_the_same_as_one_run() {
    let scene = planned();
    shard(&scene, 1);
    let shards = shard(&scene, 2);
    let made = files(&shards);
    assert_eq!(made.len(), 3 + 2, "{:?}", made.keys());
    let run = scene.json(COLLECT).expect(1);
    assert_eq!(
        run.outcomes(),
        [
            "a 1.0 written",
            "b 1.0 written",
            "c 1.0 written",
            "empty 1.0 failed"
        ]
    );
    assert!(run.stdout.contains("no Python"), "{}", run.all());
    let collected = scene.files();
    assert_eq!(
        collected.keys().collect::<Vec<_>>(),
        ["a/a-1.0.msgpack", "b/b-1.0.msgpack", "c/c-1.0.msgpack"]
    );
    // Once more: nothing is to be done.
    let run = scene.json(COLLECT).expect(1);
    assert_eq!(
        run.outcomes()[..3],
        ["a 1.0 unchanged", "b 1.0 unchanged", "c 1.0 unchanged"]
    );
    for package in ["a", "b", "c"] {
        fs::remove_dir_all(scene.registry().join(package)).unwrap();
    }
    scene.json(&["a", "b", "c"]).expect(0);
    assert_eq!(scene.files(), collected);
}

#[test]
fn everything_in_one_folder_is_collected_as_well() {
    let scene = planned();
    shard(&scene, 1);
    let shards = shard(&scene, 2);
    let merged = scene.temp.path().join("merged");
    for (path, bytes) in files(&shards) {
        let at = merged.join(path.split_once('/').unwrap().1);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, bytes).unwrap();
    }
    let run = scene
        .json(&["--collect", "../merged", "--plan-file", "../plan.json"])
        .expect(1);
    assert_eq!(run.outcomes().len(), 4);
    assert_eq!(scene.names().len(), 3);
}

#[test]
fn a_lost_shard_is_named_and_the_rest_lands() {
    let scene = planned();
    shard(&scene, 1);
    let run = scene.json(COLLECT);
    let outcomes = run.outcomes();
    assert!(
        run.stdout.contains("no shard brought a word of it"),
        "{}",
        run.all()
    );
    let (there, lost): (Vec<_>, Vec<_>) = outcomes.iter().partition(|line| !line.ends_with("unasked"));
    assert_eq!((there.len(), lost.len()), (2, 2), "{outcomes:?}");
    assert!(run.code == 1 || run.code == 3, "{}", run.all());
}

#[test]
fn what_is_not_what_it_says_enters_no_registry() {
    let refused = |word: &str, spoil: &dyn Fn(&Scene, &Path)| {
        let scene = planned();
        shard(&scene, 1);
        let shards = shard(&scene, 2);
        spoil(&scene, &shards);
        let run = scene.json(&[COLLECT, &["--no-cache"]].concat());
        assert!(run.code == 1 || run.code == 3, "{word}: {}", run.all());
        assert!(run.stdout.contains(word), "{word}: {}", run.all());
        assert_eq!(
            scene.names(),
            ["b/b-1.0.msgpack", "c/c-1.0.msgpack"],
            "{word}: {}",
            run.all()
        );
    };
    let a = |shards: &Path| of(shards, "a/a-1.0.msgpack");
    refused("no DNA file", &|_, shards| {
        edit(&a(shards), |bytes| bytes[..bytes.len() - 1].to_vec())
    });
    refused("not written as gistry writes", &|_, shards| {
        edit(&a(shards), |mut bytes| {
            bytes.push(0);
            bytes
        });
    });
    refused("it is the DNA of a 2.0", &|_, shards| {
        edit(&a(shards), |bytes| {
            with_head(&bytes, |head| head.release = "2.0".into())
        });
    });
    refused("dna_version 77", &|_, shards| {
        edit(&a(shards), |bytes| {
            with_head(&bytes, |head| head.dna_version = 77)
        })
    });
    refused("enter no registry", &|_, shards| {
        edit(&a(shards), |bytes| {
            with_head(&bytes, |head| head.profile = "with-tests".into())
        });
    });
    refused("enter no registry", &|_, shards| {
        edit(&a(shards), |bytes| {
            with_head(&bytes, |head| head.source.origin = "local".into())
        });
    });
    refused("the plan wants it made from", &|_, shards| {
        edit(&a(shards), |bytes| {
            with_head(&bytes, |head| head.source.artifact = "a-1.0.tar.gz".into())
        });
    });
    refused("another size", &|_, shards| {
        edit(&a(shards), |bytes| {
            with_head(&bytes, |head| head.source.size += 1)
        })
    });
    refused("another upload time", &|_, shards| {
        edit(&a(shards), |bytes| {
            with_head(&bytes, |head| head.source.upload_time = None)
        });
    });
    refused("another sha256", &|scene, _| {
        let (name, bytes) = wheel("a", "1.0", &[("a.py", "x = 1\n")]);
        scene.index.add(File::new("a", &name, bytes).sized(None));
    });
    refused("yanked changed meanwhile", &|scene, _| {
        scene.index.yank("a-1.0-py3-none-any.whl", Some("x"))
    });
    refused("does not list a-1.0", &|scene, _| {
        scene.index.remove("a-1.0-py3-none-any.whl");
        scene.offer("a", "2.0");
    });
    refused("it was not brought", &|_, shards| {
        fs::remove_file(a(shards)).unwrap()
    });
    refused("(403)", &|scene, _| {
        scene.index.fault("*", "/simple/a/", Fault::Status(403), None)
    });
}

#[test]
fn what_nobody_planned_is_left_out_and_named() {
    let scene = planned();
    shard(&scene, 1);
    let shards = shard(&scene, 2);
    scene.offer("evil", "1.0");
    scene.json(&["evil", "--output", "../shards/dna-1"]).expect(0);
    fs::write(shards.join("dna-1/registry.toml"), "x").unwrap();
    fs::create_dir_all(shards.join("dna-1/a/deep/deeper")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", shards.join("dna-2/a-link.msgpack")).unwrap();
    let run = scene.json(COLLECT).expect(1);
    assert!(run.stdout.contains("the plan does not name it"), "{}", run.all());
    assert_eq!(
        scene.names(),
        ["a/a-1.0.msgpack", "b/b-1.0.msgpack", "c/c-1.0.msgpack"]
    );
}

#[test]
fn a_release_of_the_registry_is_never_replaced_by_other_bytes() {
    let scene = planned();
    shard(&scene, 1);
    shard(&scene, 2);
    fs::create_dir(scene.registry().join("a")).unwrap();
    let shards = scene.temp.path().join("shards");
    let there = with_head(&fs::read(of(&shards, "a/a-1.0.msgpack")).unwrap(), |head| {
        head.summary = Some("x".into())
    });
    fs::write(scene.registry().join("a/a-1.0.msgpack"), &there).unwrap();
    let run = scene.json(COLLECT).expect(1);
    assert_eq!(run.outcomes()[0], "a 1.0 differs");
    assert_eq!(scene.files()["a/a-1.0.msgpack"], there);
}

#[test]
fn a_plan_that_leads_elsewhere_is_refused() {
    let scene = planned();
    edit(&scene.temp.path().join("plan.json"), |bytes| {
        String::from_utf8(bytes)
            .unwrap()
            .replace("\"release\": \"1.0\"", "\"release\": \"../../x\"")
            .into_bytes()
    });
    let args = [
        "--shard",
        "1/2",
        "--plan-file",
        "../plan.json",
        "--output",
        "../out",
    ];
    let run = scene.parse(&args).expect(2);
    assert!(run.stderr.contains("no release of a registry"), "{}", run.all());
    edit(&scene.temp.path().join("plan.json"), |bytes| {
        let text = String::from_utf8(bytes).unwrap().replace("../../x", "1.0");
        text.replace("\"dna_version\": 1", "\"dna_version\": 77")
            .into_bytes()
    });
    scene.parse(&args).expect(3);
}
