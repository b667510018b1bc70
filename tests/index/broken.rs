//! Sources that cannot be read: each is reported with its place and a remedy, the index keeps what it had, and everything else is done. Never
//! stops at the first.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::place::{Place, dna, publisher};

/// The problems that a run tells: rule, file, line, whether there is a remedy.
fn problems(told: &Value) -> Vec<(String, String, Value, bool)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let problem = |problem: &Value| {
        (
            text(&problem["rule"]),
            text(&problem["path"]),
            problem["place"]["line"].clone(),
            problem["help"].is_string(),
        )
    };
    told["problems"].as_array().unwrap().iter().map(problem).collect()
}

fn problem(rule: &str, path: &str, line: impl Into<Value>) -> (String, String, Value, bool) {
    (rule.into(), path.into(), line.into(), true)
}

#[test]
fn a_broken_publisher_is_carried_over_until_it_is_mended() {
    let place = Place::filled();
    place.index(&[]);
    let (entry, whole) = ("index/publisher/al/ic/alice.json", place.tree());
    let sound = place.read("Alice/registry.json");
    for (broken, line) in [
        (sound.replacen('{', "{\n<<<<<<< HEAD", 1), 2),
        (sound[..sound.len() / 2].to_owned(), 11),
    ] {
        place.write("Alice/registry.json", &broken);
        place.write(
            "bob/registry.json",
            &publisher("bob", &[("http", "cc33"), ("new", "cc35")]),
        );
        for again in [false, true] {
            let run = place.index(&["--format", "json"]);
            let told: Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(run.code, 1);
            let rule = if line == 2 {
                "merge-conflict"
            } else {
                "json-syntax"
            };
            assert_eq!(problems(&told), [problem(rule, "Alice/registry.json", line)]);
            assert_eq!(told["carried"], json!(["Alice/registry.json"]));
            assert_eq!(
                told["added"],
                if again || line != 2 {
                    json!([])
                } else {
                    json!(["@bob/new"])
                }
            );
        }
        let mut carried = place.json(entry);
        assert_eq!(carried["carried"], true);
        carried.as_object_mut().unwrap().remove("carried");
        assert_eq!(carried, serde_json::from_str::<Value>(&whole[entry]).unwrap());
        assert_eq!(place.tree()["index/gist/aa.json"], whole["index/gist/aa.json"]);
        let human = place.index(&[]);
        assert!(
            human.stdout.contains(&format!("--> Alice/registry.json:{line}:")),
            "{human:?}"
        );
    }
    place.write("Alice/registry.json", &sound);
    place.write("bob/registry.json", &publisher("bob", &[("http", "cc33")]));
    assert_eq!(place.index(&[]).code, 0);
    assert_eq!(place.tree(), whole);
}

#[test]
fn one_broken_module_takes_none_of_its_neighbours_away() {
    let place = Place::filled();
    let half = publisher("Alice", &[("json-utils", "aa11"), ("yaml", "no gist")]);
    place.write("Alice/registry.json", &half);
    let told = place.told(&[]);
    assert_eq!(problems(&told).len(), 1);
    // There was nothing to keep: what is sound is in the index.
    assert_eq!(told["added"], json!(["@alice/json-utils", "@bob/http"]));
    assert_eq!(place.told(&[])["files"]["written"], 0);
    place.write(
        "Alice/registry.json",
        &publisher("Alice", &[("json-utils", "aa11"), ("yaml", "ab12")]),
    );
    assert_eq!(place.index(&[]).code, 0);
    place.write("Alice/registry.json", &half);
    // Now there is: nothing is lost.
    let told = place.told(&[]);
    assert_eq!(
        (&told["removed"], &told["carried"]),
        (&json!([]), &json!(["Alice/registry.json"]))
    );
    assert_eq!(
        place.json("index/gist/ab.json")["gists"]["ab12"][0]["module"],
        "@alice/yaml"
    );
    assert_eq!(place.told(&[])["files"]["written"], 0);
}

#[test]
fn advisories_and_releases_are_carried_over_too() {
    let place = Place::filled();
    place.index(&[]);
    let whole = place.tree();
    place.write("bob/advisories.json", "{\"advisories\": [");
    place.bytes("pandas/pandas-2.2.0.msgpack", &dna("pandas", "2.2.0")[..40]);
    place.write(
        "stats/2026/W02.jsonl",
        "{\"module\":\"@bob/http\",\"event\":\"install\",\"count\":1}\n<<<<<<< HEAD\n",
    );
    let told = place.told(&[]);
    let found = problems(&told);
    let expected = [
        ("bob/advisories.json", "json-syntax"),
        ("pandas/pandas-2.2.0.msgpack", "dna-format"),
        ("stats/2026/W02.jsonl", "json-syntax"),
    ];
    assert_eq!(
        found
            .iter()
            .map(|(rule, path, ..)| (path.as_str(), rule.as_str()))
            .collect::<Vec<_>>(),
        expected
    );
    assert!(found.iter().all(|problem| problem.3));
    assert_eq!(
        told["carried"],
        json!(["bob/advisories.json", "pandas/pandas-2.2.0.msgpack"])
    );
    assert_eq!(told["removed"], json!([]));
    let now = place.tree();
    for path in [
        "osv/x_MLLD-2026-0001.json",
        "osv/all.zip",
        "pandas/pandas-latest.msgpack",
        "index/search.jsonl",
    ] {
        assert_eq!(now[path], whole[path], "{path}");
    }
    assert!(now.keys().any(|path| path.starts_with("index/advisory/")));
    assert_eq!(
        place.json("index/package/pa/nd/pandas.json")["releases"]["2.2.0"]["carried"],
        true
    );
    assert_eq!(
        place.json("index/used.json")["modules"],
        json!([["@bob/http", 8]])
    );
    assert_eq!(place.told(&[])["files"]["written"], 0);
}

#[test]
fn broken_settings_leave_the_export_as_it_is() {
    let place = Place::filled();
    place.index(&[]);
    let whole = place.tree();
    place.write("registry.toml", "[registry\n");
    let told = place.told(&[]);
    assert_eq!(problems(&told)[0].1, "registry.toml");
    assert_eq!(place.tree()["osv/all.zip"], whole["osv/all.zip"]);
}

#[test]
fn links_pipes_folders_and_loops_are_survived() {
    for in_git in [false, true] {
        let place = Place::filled();
        place.link("loop/registry.json", "registry.json");
        place.link("round/registry.json", "../round");
        place.link("ring", "ring");
        place.link("alias", "Alice");
        std::fs::create_dir_all(place.at("deep/registry.json")).unwrap();
        place.write("deep/registry.json/x", "x");
        place.write("not a login/registry.json", "{}");
        place.write("bob2/registry.json", &publisher("BOB2", &[("one", "dd")]));
        place.write("BOB2/registry.json", &publisher("BOB2", &[("two", "ee")]));
        assert!(
            std::process::Command::new("mkfifo")
                .arg(place.at("pandas/pandas-3.0.msgpack"))
                .status()
                .unwrap()
                .success()
        );
        if in_git {
            place.git(&["init", "-q"]);
        }
        let told = place.told(&[]);
        let mut expected = vec![
            problem("path-safe", "bob2/registry.json", Value::Null),
            problem("file-mode", "loop/registry.json", Value::Null),
            problem("author-is-owner", "not a login/registry.json", Value::Null),
            problem("file-mode", "round/registry.json", Value::Null),
        ];
        if !in_git {
            // Git would not record a named pipe, and does not speak of it.
            expected.insert(3, problem("unreadable", "pandas/pandas-3.0.msgpack", Value::Null));
        }
        let mut found = problems(&told);
        for problem in &mut found {
            // A pipe has no mode that git knows.
            if problem.1.starts_with("pandas") {
                problem.0 = "unreadable".into();
            }
        }
        assert_eq!(found, expected);
        assert_eq!(told["added"].as_array().unwrap().len(), 4);
        assert_eq!(place.told(&[])["files"]["written"], 0);
    }
}

#[test]
fn what_lies_in_the_way_of_the_index_is_replaced_and_never_written_through() {
    let place = Place::filled();
    let outside = tempfile::tempdir().unwrap();
    place.link("index", outside.path().to_str().unwrap());
    place.link("INDEX.json", "/nowhere/at/all");
    place.write("osv", "a file");
    place.write("pandas/pandas-latest.msgpack", "a copy");
    place.write("pandas/.gistry-1-2.tmp", "left by a run that was killed");
    assert_eq!(place.index(&[]).code, 0);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    let clean = Place::filled();
    clean.index(&[]);
    assert_eq!(place.tree(), clean.tree());
    place.write("index/publisher/zz/zz/zzzz.json", "stale");
    place.write("osv/x_GONE-1.json", "stale");
    place.write("index/NOTES.md", "not ours to delete");
    place.index(&[]);
    place.remove("index/NOTES.md");
    assert_eq!(place.tree(), clean.tree());
    assert!(!place.at("index/publisher/zz").exists());
}

#[test]
fn a_job_gets_annotations_and_a_summary() {
    let place = Place::filled();
    place.write("bob/registry.json", "{\n  ::error::x");
    let summary = place.at("summary.md");
    let env = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
    ];
    let run = place.gistry(&["index"], &env);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("::error file=bob/registry.json,line=2,"),
        "{run:?}"
    );
    assert_eq!(
        run.stdout
            .lines()
            .filter(|line| line.starts_with("::error"))
            .count(),
        1,
        "{run:?}"
    );
    let text = place.read("summary.md");
    assert!(
        text.contains("| added | 2 | `@alice/json-utils`, `@alice/yaml` |"),
        "{text}"
    );
    assert!(
        text.contains("| new versions | 2 |") && text.contains("`bob/registry.json` line 2"),
        "{text}"
    );
}

#[test]
fn a_subfolder_is_not_taken_for_the_registry() {
    let place = Place::filled();
    place.git(&["init", "-q"]);
    let run = place.index(&["--dir", "Alice"]);
    assert!(run.code == 2 && run.stderr.contains("--dir"), "{run:?}");
    place.write(".gitignore", "/Alice\n");
    assert_eq!(place.index(&["--dir", "Alice"]).code, 0);
    assert_eq!(place.index(&["--dir", "nowhere"]).code, 2);
    assert!(!place.at("INDEX.json").exists());
}

#[test]
fn a_clone_with_other_object_ids_is_refused_and_nothing_is_written() {
    let place = Place::filled();
    place.git(&["init", "-q", "--object-format=sha256"]);
    place.git(&["add", "-A"]);
    let before = place.tree();
    let run = place.index(&[]);
    assert!(run.code == 2 && run.stderr.contains("SHA-1"), "{run:?}");
    assert_eq!(place.tree(), before);
}

#[test]
fn an_index_of_gits_with_paths_elsewhere_is_refused() {
    for evil in [
        "index/publisher/../../../victim.json",
        "index/publisher/x/.././../../../v.json",
        "alice/../.GIT/alice-latest.msgpack",
        "/victim/victim-latest.msgpack",
    ] {
        let place = Place::new();
        let plain = "p".repeat(evil.len());
        place.write(&format!("clone/{plain}"), "x");
        place.write("victim.json", "x");
        place.git(&["init", "-q", "clone"]);
        place.git(&["-C", "clone", "add", "-A"]);
        // Git itself refuses to make it, and takes it with the right digest.
        let at = place.at("clone/.git/index");
        let bytes = std::fs::read(&at).unwrap();
        let place_of = bytes
            .windows(evil.len())
            .position(|part| part == plain.as_bytes())
            .unwrap();
        let mut made = bytes[..bytes.len() - 20].to_vec();
        made[place_of..place_of + evil.len()].copy_from_slice(evil.as_bytes());
        let sum = Sha1::digest(&made);
        made.extend_from_slice(&sum);
        std::fs::write(&at, made).unwrap();
        let before = place.tree();
        let run = place.index(&["--dir", "clone"]);
        assert!(
            run.code == 2 && run.stderr.contains("outside of the working tree"),
            "{evil}: {run:?}"
        );
        assert_eq!(place.tree(), before, "{evil}");
    }
}
