//! `--plan`: everything that somebody wants, each release once, the most wanted first; and what GitHub Actions makes of it.

use std::fs;

use gistry_standin::Fault;
use serde_json::Value;

use crate::scene::{Run, Scene, run, with_head};

/// `pandas 2.2.0 new`, a line each.
fn work(run: &Run) -> Vec<String> {
    let plan: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{}", run.all()));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let work = plan["work"].as_array().unwrap();
    work.iter()
        .map(|work| {
            format!(
                "{} {} {}",
                text(&work["package"]),
                text(&work["release"]),
                text(&work["why"])
            )
        })
        .collect()
}

fn lines(run: &Run, key: &str) -> Vec<String> {
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    plan[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap().to_owned())
        .collect()
}

/// A registry in which everybody wants something.
fn wanted() -> Scene {
    let scene = Scene::new();
    for (package, versions) in [
        ("listed", &["1.0", "1.1", "2.0"][..]),
        ("missed", &["1.0"]),
        ("known", &["1.0", "1.1", "1.2rc1"]),
        ("popular", &["3.0"]),
        ("skipped", &["1.0"]),
        ("other", &["1.0"]),
    ] {
        for version in versions {
            scene.offer(package, version);
        }
    }
    scene.json(&["known==1.0"]).expect(0);
    scene.settings("[packages]\nlist = [\"listed\", \"listed==1.0\", \"nowhere\", \"listed==9\"]\nskip = [\"skipped\"]\npopular = \"top.json\"\n");
    let top = r#"{"rows":[{"project":"other","download_count":1},{"project":"Popular","download_count":5},{"project":"skipped","download_count":3},{"project":"listed","download_count":2}]}"#;
    fs::write(scene.registry().join("top.json"), top).unwrap();
    fs::create_dir_all(scene.registry().join("stats/2026")).unwrap();
    let line = |module: &str, event: &str, count: u32| {
        format!("{{\"module\":\"{module}\",\"event\":\"{event}\",\"ci\":false,\"count\":{count}}}\n")
    };
    let stats = [
        line("@alice/x", "export-miss", 99),
        line("known", "export-hit", 5),
        line("missed", "export-miss", 2),
        line("no-such-package", "export-miss", 9),
    ];
    fs::write(scene.registry().join("stats/2026/W46.jsonl"), stats.concat()).unwrap();
    scene
}

#[test]
fn the_most_wanted_comes_first_and_each_release_once() {
    let scene = wanted();
    let before = scene.files();
    let run = scene.parse(&["--plan"]).expect(0);
    assert_eq!(
        work(&run),
        [
            "listed 2.0 listed",
            "listed 1.0 listed",
            "missed 1.0 missed",
            "known 1.1 new",
            "popular 3.0 popular",
            "other 1.0 popular",
        ]
    );
    assert_eq!(
        lines(&run, "lacking"),
        [
            "listed 9: the package index has no such release",
            "nowhere: the package index does not know it"
        ]
    );
    assert!(
        run.stderr
            .contains("6 releases are to be parsed, in 1 parts: 2 listed"),
        "{}",
        run.all()
    );
    assert_eq!(scene.files(), before, "a plan writes nothing");
    let again = scene.parse(&["--plan"]).expect(0);
    assert_eq!(again.stdout, run.stdout);
    let limited = scene.parse(&["--plan", "--limit", "2"]).expect(0);
    assert_eq!(work(&limited), ["listed 2.0 listed", "listed 1.0 listed"]);
    assert!(
        limited.stderr.contains("4 more are beyond the limit"),
        "{}",
        limited.all()
    );
}

#[test]
fn more_versions_of_each_where_the_registry_wants_them() {
    let scene = Scene::new();
    for version in ["1.0", "1.1", "1.2", "2.0b1"] {
        scene.offer("a", version);
    }
    scene.settings("[packages]\nlist = [\"a\"]\nversions = 2\nskip = [\"a==1.2.0\"]\n");
    assert_eq!(work(&scene.parse(&["--plan"]).expect(0)), ["a 1.1 listed"]);
}

#[test]
fn what_is_asked_for_by_hand_is_all() {
    let scene = wanted();
    let run = scene.parse(&["--plan", "--", "skipped other", "1.0"]).expect(0);
    assert_eq!(work(&run), ["skipped 1.0 asked", "other 1.0 asked"]);
    // What is there already is no work.
    assert_eq!(work(&scene.parse(&["--plan", "known==1.0"]).expect(0)), [""; 0]);
    scene.parse(&["--plan", "a/b@c"]).expect(2);
}

#[test]
fn yanks_deletions_and_old_files_of_the_registry_are_noticed() {
    let scene = Scene::new();
    let first = scene.offer("a", "1.0");
    let second = scene.offer("a", "1.1");
    scene.offer("a", "2.0");
    scene.offer("gone", "1.0");
    scene.json(&["a==1.0", "a==1.1", "a==2.0", "gone"]).expect(0);
    scene.index.yank(&first, Some(""));
    scene.index.remove(&second);
    scene.index.remove("gone-1.0-py3-none-any.whl");
    let old = scene.registry().join("a/a-2.0.msgpack");
    let bytes = fs::read(&old).unwrap();
    fs::write(&old, with_head(&bytes, |head| head.dna_version = 77)).unwrap();
    fs::create_dir(scene.registry().join("broken")).unwrap();
    fs::write(scene.registry().join("broken/broken-1.0.msgpack"), "x").unwrap();
    let run = scene.parse(&["--plan"]).expect(0);
    assert_eq!(work(&run), ["a 1.0 yanked"]);
    assert_eq!(lines(&run, "deleted"), ["a 1.1", "gone 1.0"]);
    assert!(
        lines(&run, "unasked")[0].starts_with("broken/broken-1.0.msgpack: "),
        "{}",
        run.all()
    );
    assert!(run.stderr.contains("deleted: a 1.1"), "{}", run.all());
    let run = scene.parse(&["--plan", "--regenerate"]).expect(0);
    assert_eq!(work(&run), ["a 1.0 yanked", "a 2.0 outdated"]);
}

#[test]
fn in_actions_it_gives_a_matrix_and_a_count() {
    let scene = wanted();
    let plan = |args: &[&str]| {
        let output = scene.temp.path().join("output");
        fs::write(&output, "").unwrap();
        let mut command =
            scene.command(&[&["parse", "--plan", "--plan-file", "../plan.json"], args].concat());
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", &output);
        command.env("GITHUB_STEP_SUMMARY", scene.temp.path().join("summary"));
        let run = run(command).expect(0);
        assert_eq!(
            fs::read_to_string(scene.temp.path().join("plan.json")).unwrap(),
            run.stdout
        );
        fs::read_to_string(output).unwrap()
    };
    let matrix = |of: usize, count: usize| {
        let shards: Vec<String> = (1..=of)
            .map(|n| format!("{{\"shard\":\"{n}/{of}\",\"number\":{n}}}"))
            .collect();
        format!("matrix={{\"include\":[{}]}}\ncount={count}\n", shards.join(","))
    };
    assert_eq!(plan(&["--shards", "2"]), matrix(2, 6));
    assert_eq!(plan(&["--shards", "256"]), matrix(6, 6));
    assert_eq!(plan(&["known==1.0"]), matrix(0, 0));
    let summary = fs::read_to_string(scene.temp.path().join("summary")).unwrap();
    assert!(summary.contains("6 releases are to be parsed"), "{summary}");
    scene.parse(&["--plan", "--shards", "257"]).expect(2);
}

#[test]
fn a_package_that_does_not_answer_stops_no_plan_and_an_index_that_does_not_does() {
    let scene = wanted();
    scene
        .index
        .fault("*", "/simple/listed/", Fault::Status(403), None);
    let run = scene.parse(&["--plan"]).expect(0);
    assert_eq!(work(&run)[0], "missed 1.0 missed");
    assert!(lines(&run, "unasked")[0].starts_with("listed: "), "{}", run.all());
    scene.index.fault("*", "/simple/**", Fault::Status(403), None);
    scene.parse(&["--plan"]).expect(3);
}

#[test]
fn the_popular_list_may_be_at_an_address() {
    let scene = wanted();
    scene.index.page("top", "text/plain", "other\npopular\n");
    let address = format!("{}/top/", scene.index.url());
    let run = scene.parse(&["--plan", "--popular", &address]).expect(0);
    assert_eq!(work(&run)[4..], ["other 1.0 popular", "popular 3.0 popular"]);
    let run = scene
        .parse(&["--plan", "--popular", &format!("{}/none/", scene.index.url())])
        .expect(0);
    assert!(lines(&run, "unasked")[0].contains("404"), "{}", run.all());
    assert_eq!(work(&run).len(), 4);
    scene.parse(&["--plan", "--popular", "none.json"]).expect(2);
}

#[test]
fn what_opens_the_index_is_not_in_the_plan() {
    let scene = Scene::new();
    scene.offer("a", "1.0");
    scene.index.account("bot", "secret");
    let with = scene.index.url().replace("http://", "http://bot:secret@");
    let mut command = scene.command(&["parse", "--plan", "a"]);
    command.env("PIP_INDEX_URL", with);
    let run = run(command).expect(0);
    assert!(!run.all().contains("secret"), "{}", run.all());
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["index"], scene.index.url());
}
