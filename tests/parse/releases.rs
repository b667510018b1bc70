//! Single releases into a registry's folder: which one, from which file, and that it never changes afterwards.

use std::fs;

use gistry_standin::Fault;
use gistry_standin::package_index::{File, sdist, wheel};

use crate::scene::{Scene, source, with_head};

#[test]
fn a_release_becomes_a_file_and_stays_as_it_is() {
    let scene = Scene::new();
    let artifact = scene.offer("six", "1.16.0");
    let run = scene.json(&["six", "1.16.0"]).expect(0);
    assert_eq!(run.outcomes(), ["six 1.16.0 written"]);
    assert_eq!(scene.names(), ["six/six-1.16.0.msgpack"]);
    let head = scene.head("six/six-1.16.0.msgpack");
    assert_eq!((head.package.as_str(), head.release.as_str()), ("six", "1.16.0"));
    assert_eq!(
        (head.source.origin.as_str(), head.source.artifact.as_str()),
        ("pypi", artifact.as_str())
    );
    assert_eq!((head.profile.as_str(), head.counts.functions), ("default", 1));
    assert_eq!(head.source.upload_time.unwrap().as_str(), "2024-01-20T02:10:33Z");
    let before = scene.files();
    let again = scene.json(&["six==1.16"]).expect(0);
    assert_eq!(again.outcomes(), ["six 1.16.0 unchanged"]);
    assert_eq!(scene.files(), before);
}

#[test]
fn without_a_version_it_is_the_newest_release() {
    let scene = Scene::new();
    for version in ["1.9", "1.10", "2.0rc1"] {
        scene.offer("six", version);
    }
    let yanked = scene.offer("six", "1.11");
    scene.index.yank(&yanked, Some("broken"));
    scene.offer("beta", "0.1a1");
    let run = scene.json(&["six", "beta"]).expect(0);
    assert_eq!(run.outcomes(), ["six 1.10 written", "beta 0.1a1 written"]);
}

#[test]
fn one_failing_package_never_stops_the_others() {
    let scene = Scene::new();
    scene.offer("good", "1.0");
    scene.offer("last", "1.0");
    let (name, bytes) = wheel("empty", "1.0", &[("readme.txt", "nothing\n")]);
    scene.index.add(File::new("empty", &name, bytes));
    let run = scene
        .json(&["good", "unknown", "empty", "good==9.9", "last", "1.0"])
        .expect(1);
    assert_eq!(
        run.outcomes(),
        [
            "good 1.0 written",
            "unknown - failed",
            "empty 1.0 failed",
            "good 9.9 failed",
            "last 1.0 written"
        ]
    );
    let why = |at: usize| run.report()["releases"][at]["why"].as_str().unwrap().to_owned();
    assert!(why(1).contains("knows no package unknown"), "{}", why(1));
    assert!(why(2).contains("no Python"), "{}", why(2));
    assert!(why(3).contains("the newest are 1.0"), "{}", why(3));
    assert_eq!(scene.names(), ["good/good-1.0.msgpack", "last/last-1.0.msgpack"]);
    // For people: a line for each, why, and the sum.
    let shown = scene.parse(&["good", "unknown"]).expect(1);
    assert!(
        shown.stdout.contains("package") && shown.stdout.contains("there already"),
        "{}",
        shown.all()
    );
    assert!(
        shown
            .stdout
            .contains("failed: unknown: the package index knows no package"),
        "{}",
        shown.all()
    );
    assert!(
        shown.stdout.ends_with("2 releases: 1 there already, 1 failed\n"),
        "{}",
        shown.all()
    );
    assert_eq!(shown.stderr, "", "no bars without a terminal");
}

#[test]
fn what_does_not_answer_is_not_asked_and_nothing_is_concluded() {
    let scene = Scene::new();
    scene.offer("good", "1.0");
    let name = scene.offer("silent", "1.0");
    scene
        .index
        .fault("*", &format!("/files/*{name}"), Fault::Status(403), None);
    scene.index.fault("*", "/simple/gone/", Fault::Status(403), None);
    let run = scene.json(&["good", "silent", "gone"]).expect(3);
    assert_eq!(
        run.outcomes(),
        ["good 1.0 written", "silent 1.0 unasked", "gone - unasked"]
    );
    assert_eq!(scene.names(), ["good/good-1.0.msgpack"]);
    scene.index.clear_faults();
    assert_eq!(
        scene.json(&["good", "silent"]).expect(0).outcomes(),
        ["good 1.0 unchanged", "silent 1.0 written"]
    );
}

#[test]
fn the_first_artifact_stays_the_canonical_one() {
    let scene = Scene::new();
    let (name, bytes) = sdist("six", "1.0", &[("six.py", &source("hello"))]);
    scene.index.add(File::new("six", &name, bytes));
    scene.json(&["six"]).expect(0);
    let before = scene.files();
    // A pure wheel is what would be chosen now.
    scene.offer("six", "1.0");
    assert_eq!(scene.json(&["six"]).expect(0).outcomes(), ["six 1.0 unchanged"]);
    assert_eq!(scene.files(), before);
    // It is gone from the index: that is said, and the file stays.
    scene.index.remove(&name);
    let run = scene.json(&["six"]).expect(1);
    assert!(run.stdout.contains("no more: it was deleted"), "{}", run.all());
    assert_eq!(scene.files(), before);
}

#[test]
fn other_bytes_are_refused_with_the_reason() {
    let scene = Scene::new();
    let name = scene.offer("six", "1.0");
    scene.json(&["six"]).expect(0);
    let path = scene.registry().join("six/six-1.0.msgpack");
    let good = fs::read(&path).unwrap();
    let refused = |bytes: &[u8], args: &[&str], word: &str| {
        fs::write(&path, bytes).unwrap();
        let run = scene.json(&[&["six"], args].concat()).expect(1);
        assert_eq!(
            run.outcomes()[0].rsplit(' ').next(),
            Some("differs"),
            "{}",
            run.all()
        );
        assert!(run.stdout.contains(word), "{word}: {}", run.all());
        assert_eq!(fs::read(&path).unwrap(), bytes, "{word}");
    };
    refused(
        &with_head(&good, |head| head.summary = Some("other".into())),
        &[],
        "other bytes",
    );
    refused(
        &with_head(&good, |head| head.dna_version = 77),
        &[],
        "dna_version 77",
    );
    refused(&good, &["--with-sdist"], "made without the sdist");
    refused(b"no DNA", &[], "no DNA file");
    let other = with_head(&good, |head| head.release = "2.0".into());
    refused(&other, &[], "it is that of six 2.0");
    // Only the maintainer's word makes a file of another dna_version anew.
    fs::write(&path, with_head(&good, |head| head.dna_version = 77)).unwrap();
    assert_eq!(
        scene.json(&["six", "--regenerate"]).expect(0).outcomes(),
        ["six 1.0 regenerated"]
    );
    assert_eq!(fs::read(&path).unwrap(), good);
    // The index promises other bytes under the same name.
    let (_, bytes) = wheel("six", "1.0", &[("six.py", &source("other"))]);
    scene.index.add(File::new("six", &name, bytes));
    refused(&good, &["--no-cache"], "artifact differs");
}

#[test]
fn only_yanked_may_change() {
    let scene = Scene::new();
    let name = scene.offer("six", "1.0");
    scene.json(&["six"]).expect(0);
    let path = scene.registry().join("six/six-1.0.msgpack");
    let before = fs::read(&path).unwrap();
    scene.index.yank(&name, Some("broken"));
    let dry = scene.json(&["six", "1.0", "--dry-run"]).expect(0);
    assert_eq!(dry.outcomes(), ["six 1.0 yanked"]);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(
        scene.json(&["six", "1.0"]).expect(0).outcomes(),
        ["six 1.0 yanked"]
    );
    assert_eq!(
        scene.head("six/six-1.0.msgpack").yanked.as_deref(),
        Some("broken")
    );
    assert_eq!(
        fs::read(&path).unwrap(),
        with_head(&before, |head| head.yanked = Some("broken".into()))
    );
    scene.index.yank(&name, None);
    assert_eq!(
        scene.json(&["six", "1.0"]).expect(0).outcomes(),
        ["six 1.0 yanked"]
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_registry_pins_its_dna_version() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    scene.settings("[packages]\ndna_version = 77\n");
    let run = scene.json(&["six"]).expect(3);
    assert!(run.stderr.contains("dna_version 77"), "{}", run.all());
    assert_eq!(scene.index.take_asked(), [""; 0]);
    scene.settings("[packages]\ndna_version = \"x\"\n");
    let run = scene.json(&["six"]).expect(2);
    assert!(
        run.stderr.contains("registry.toml:2: packages.dna_version"),
        "{}",
        run.all()
    );
    scene.settings("[packages]\ndna_version = 1\n");
    scene.json(&["six"]).expect(0);
}

#[test]
fn the_registrys_index_is_asked_where_nobody_says_another() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    scene.settings(&format!("[packages]\nindex = \"{}/\"\n", scene.index.url()));
    let mut command = scene.command(&["parse", "six"]);
    command.env_remove("PIP_INDEX_URL");
    crate::scene::run(command).expect(0);
    assert_eq!(scene.index.take_asked()[0], "GET /simple/six/ 200");
}

#[test]
fn a_publishers_folder_may_have_the_packages_name_and_a_dry_run_writes_nothing() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    fs::create_dir(scene.registry().join("six")).unwrap();
    fs::write(scene.registry().join("six/registry.json"), "{}\n").unwrap();
    assert_eq!(
        scene.json(&["six", "--dry-run"]).expect(0).outcomes(),
        ["six 1.0 written"]
    );
    assert_eq!(scene.names(), ["six/registry.json"]);
    scene.json(&["six"]).expect(0);
    assert_eq!(scene.names(), ["six/registry.json", "six/six-1.0.msgpack"]);
}

#[test]
fn nothing_is_written_through_a_link_or_under_a_reserved_name() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    scene.offer("index", "1.0");
    let outside = scene.temp.path().join("outside");
    fs::create_dir(&outside).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&outside, scene.registry().join("six")).unwrap();
    let run = scene.json(&["six", "index"]).expect(1);
    assert_eq!(
        run.outcomes(),
        ["six 1.0 failed", "index 1.0 failed"],
        "{}",
        run.all()
    );
    assert!(fs::read_dir(&outside).unwrap().next().is_none());
    assert!(!scene.registry().join("index").exists());
}

#[test]
fn a_second_run_takes_artifacts_from_the_cache_and_offline_asks_nobody() {
    let scene = Scene::new();
    let name = scene.offer("six", "1.0");
    scene.json(&["six"]).expect(0);
    scene.index.take_asked();
    fs::remove_dir_all(scene.registry().join("six")).unwrap();
    scene.json(&["six", "--offline"]).expect(0);
    assert_eq!(scene.index.take_asked(), [""; 0]);
    fs::remove_dir_all(scene.registry().join("six")).unwrap();
    scene.json(&["six"]).expect(0);
    let asked = scene.index.take_asked();
    assert!(asked.iter().all(|line| !line.contains(&name)), "{asked:?}");
    scene.json(&["other", "--offline"]).expect(3);
}

#[test]
fn wrong_usage_says_what_to_do() {
    let scene = Scene::new();
    for args in [
        &[][..],
        &["--plan-file", "x"],
        &["six", "--registry", "nowhere"],
        &["psf/requests"],
        &["--shard", "1/2"],
        &["--shard", "3/2", "--plan-file", "x", "--output", "y"],
        &["--collect", "x", "--push", "--dry-run"],
        &["six", "--jobs", "0"],
        &["a b@c"],
    ] {
        let run = scene.parse(args).expect(2);
        assert!(
            !run.stderr.is_empty() && run.stdout.is_empty(),
            "{args:?} {}",
            run.all()
        );
    }
}

#[test]
fn names_that_differ_in_case_alone_do_not_lie_side_by_side() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    fs::create_dir(scene.registry().join("Six")).unwrap();
    let run = scene.json(&["six"]).expect(1);
    assert_eq!(run.outcomes(), ["six 1.0 differs"]);
    assert!(run.stdout.contains("differ in case alone"), "{}", run.all());
}

#[test]
fn in_actions_what_failed_is_an_annotation_and_all_is_in_the_summary() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    let summary = scene.temp.path().join("summary");
    let mut command = scene.command(&["parse", "six", "unknown"]);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary);
    let run = crate::scene::run(command).expect(1);
    let wanted = "::error title=gistry::failed: unknown: the package index knows no package unknown\n";
    assert!(run.stdout.contains(wanted), "{}", run.all());
    let text = fs::read_to_string(summary).unwrap();
    assert!(text.contains("2 releases: 1 written, 1 failed"), "{text}");
    assert!(
        text.contains("| `six` | `1.0` | `six-1.0-py3-none-any.whl` | 1 | 1 |"),
        "{text}"
    );
}

#[test]
fn what_was_done_before_a_run_was_killed_is_not_done_again() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    let slow = scene.offer("slow", "1.0");
    scene
        .index
        .fault("GET", &format!("/files/**{slow}"), Fault::Hang, None);
    let mut child = scene.command(&["parse", "six", "slow"]).spawn().unwrap();
    let done = scene.registry().join("six/six-1.0.msgpack");
    for _ in 0..600 {
        if done.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(scene.names(), ["six/six-1.0.msgpack"]);
    scene.index.clear_faults();
    let run = scene.json(&["six", "slow"]).expect(0);
    assert_eq!(run.outcomes(), ["six 1.0 unchanged", "slow 1.0 written"]);
}

#[test]
fn what_no_index_can_be_asked_with_is_wrong_usage_and_a_file_of_this_machine_needs_none() {
    let scene = Scene::new();
    scene.offer("six", "1.16.0");
    let (name, bytes) = wheel("six", "1.16.0", &[("six.py", "x = 1\n")]);
    fs::write(scene.registry().join(&name), bytes).unwrap();
    let with = |args: &[&str]| {
        let mut command = scene.command(args);
        command.env("PIP_CERT", "/does/not/exist");
        crate::scene::run(command)
    };
    let refused = [&["parse", "six"][..], &["parse", "--plan", "six"]];
    for args in refused {
        let run = with(args).expect(2);
        assert!(run.stderr.contains("PIP_CERT=/does/not/exist"), "{}", run.all());
    }
    with(&["parse", "--source", &name, "--output", "out"]).expect(0);
}
