//! The same tree gives the same bytes: twice, in another world, in git, outside git, from any order. Never changes a source.

use std::path::Path;

use serde::Deserialize;

use crate::place::{Place, publisher};

/// A consumer that knows today's format and nothing more.
#[derive(Debug, Deserialize)]
struct Seed {
    packages: std::collections::BTreeMap<String, SeedPackage>,
    stats: SeedStats,
}

#[derive(Debug, Deserialize)]
struct SeedPackage {
    latest: String,
    versions: Vec<String>,
    size: u64,
    functions: u64,
    last_updated: String,
}

#[derive(Debug, Deserialize)]
struct SeedStats {
    total_packages: u64,
    total_size_mb: f64,
    total_functions: u64,
}

#[test]
fn todays_consumers_read_it() {
    let place = Place::filled();
    assert_eq!(place.index(&[]).code, 0);
    let seed: Seed = serde_json::from_str(&place.read("INDEX.json")).unwrap();
    let pandas = &seed.packages["pandas"];
    assert_eq!(
        (pandas.latest.as_str(), &pandas.versions[..]),
        ("2.2.0", &["10.0.0rc1".to_owned(), "2.2.0".to_owned()][..])
    );
    assert_eq!(
        (pandas.functions, pandas.last_updated.as_str()),
        (7, "2026-01-02T03:04:05Z")
    );
    assert_eq!(
        pandas.size,
        std::fs::metadata(place.at("pandas/pandas-2.2.0.msgpack"))
            .unwrap()
            .len()
    );
    let SeedStats {
        total_packages,
        total_size_mb,
        total_functions,
    } = seed.stats;
    assert_eq!((total_packages, total_functions), (1, 7));
    assert!(total_size_mb < 0.01);
    let keys = place.json("INDEX.json");
    let keys: Vec<&String> = keys.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["version", "packages", "stats"]);
}

#[test]
fn the_sparse_index_says_what_there_is() {
    let place = Place::filled();
    place.index(&[]);
    let tree = place.tree();
    assert_eq!(tree["pandas/pandas-latest.msgpack"], "-> pandas-2.2.0.msgpack");
    for path in [
        "index/publisher/al/ic/alice.json",
        "index/publisher/3/b/bob.json",
        "index/package/pa/nd/pandas.json",
        "index/gist/aa.json",
        "index/gist/ab.json",
        "index/gist/cc.json",
        "index/used.json",
        "index/search.jsonl",
        "osv/all.zip",
        "osv/x_MLLD-2026-0001.json",
    ] {
        assert!(tree.contains_key(path), "{path}");
    }
    assert_eq!(
        tree.keys()
            .filter(|path| path.starts_with("index/folder/"))
            .count(),
        3
    );
    let used = place.json("index/used.json");
    assert_eq!(used["modules"], serde_json::json!([["@bob/http", 7]]));
    let names: Vec<String> = tree["index/search.jsonl"]
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["name"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(names, ["@alice/json-utils", "@alice/yaml", "@bob/http", "pandas"]);
    assert_eq!(place.json("INDEX.json")["stats"]["total_modules"], 3);
    let gist = place.json("index/gist/aa.json");
    let expected = serde_json::json!([{
        "module": "@alice/json-utils", "path": "Alice/registry.json",
        "blob": place.json("index/publisher/al/ic/alice.json")["blob"],
    }]);
    assert_eq!(gist["gists"]["aa11"], expected);
}

#[test]
fn folder_ids_are_those_of_git_after_the_run() {
    let place = Place::filled();
    place.git(&["init", "-q"]);
    place.index(&[]);
    place.commit();
    let (mut listed, mut found) = (Vec::new(), Vec::new());
    for (path, text) in place.tree() {
        if path.starts_with("index/folder/") {
            let file: serde_json::Value = serde_json::from_str(&text).unwrap();
            let folders = file["folders"].as_object().unwrap().clone();
            listed.extend(
                folders
                    .into_iter()
                    .map(|(name, id)| (name, id.as_str().unwrap().to_owned())),
            );
        }
    }
    for folder in ["Alice", "bob", "pandas"] {
        found.push((
            folder.to_owned(),
            place.git(&["rev-parse", &format!("HEAD:{folder}")]),
        ));
    }
    listed.sort();
    assert_eq!(listed, found);
}

#[test]
fn twice_changes_nothing_and_check_agrees() {
    for in_git in [false, true] {
        let place = Place::filled();
        if in_git {
            place.git(&["init", "-q"]);
            place.commit();
        }
        let stale = place.index(&["--check"]);
        assert_eq!(stale.code, 1, "{stale:?}");
        assert!(
            stale.stdout.contains("First difference: INDEX.json is missing"),
            "{stale:?}"
        );
        assert!(!place.at("INDEX.json").exists());
        assert_eq!(place.told(&[])["added"].as_array().unwrap().len(), 3);
        let before = place.tree();
        let when = std::fs::metadata(place.at("index/search.jsonl"))
            .unwrap()
            .modified()
            .unwrap();
        let told = place.told(&[]);
        assert_eq!(
            (&told["files"]["written"], &told["files"]["deleted"]),
            (&0.into(), &0.into()),
            "{told}"
        );
        assert_eq!(place.tree(), before);
        assert_eq!(
            std::fs::metadata(place.at("index/search.jsonl"))
                .unwrap()
                .modified()
                .unwrap(),
            when
        );
        assert_eq!(place.index(&["--check"]).code, 0);
        if in_git {
            place.commit();
            place.index(&[]);
            assert_eq!(place.git(&["status", "--porcelain"]), "");
        }
        place.write("bob/registry.json", &publisher("bob", &[("http", "cc34")]));
        let stale = place.index(&["--check"]);
        assert_eq!(stale.code, 1);
        assert!(stale.stdout.contains("First difference: index/"), "{stale:?}");
    }
}

#[test]
fn an_index_needs_no_order_no_clock_and_no_home() {
    let paths = ["a", "b", "c", "zz", "m-m"];
    let make = |order: &mut dyn Iterator<Item = &&str>| {
        let place = Place::new();
        for name in order {
            place.write(
                &format!("{name}/registry.json"),
                &publisher(name, &[("one", "aa"), ("two", "ab")]),
            );
        }
        place
    };
    let (first, second) = (make(&mut paths.iter()), make(&mut paths.iter().rev()));
    assert_eq!(first.index(&[]).code, 0);
    let other_world = |place: &Place, home: &Path| {
        let status = std::process::Command::new(env!("CARGO_BIN_EXE_gistry"))
            .arg("index")
            .env("HOME", home)
            .env("TZ", "Asia/Kathmandu")
            .env("LANG", "tr_TR.UTF-8")
            .env("LC_ALL", "tr_TR.UTF-8")
            .current_dir(place.path())
            .status();
        assert!(status.unwrap().success());
    };
    let home = tempfile::tempdir().unwrap();
    other_world(&second, home.path());
    assert_eq!(first.tree(), second.tree());
}

#[test]
fn a_sparse_working_tree_is_refused_with_and_without_a_cache() {
    let place = Place::filled();
    place.git(&["init", "-q"]);
    place.index(&[]);
    place.commit();
    place.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/bob/"]);
    let sparse = place.tree();
    for _ in 0..2 {
        let run = place.index(&[]);
        assert_eq!((run.code, place.tree()), (2, sparse.clone()));
        assert!(
            run.stderr.contains("bob/advisories.json") && run.stderr.contains("git sparse-checkout disable"),
            "{run:?}"
        );
        let _ = std::fs::remove_dir_all(place.at(".git/gistry"));
    }
    place.git(&["sparse-checkout", "disable"]);
    assert_eq!(place.index(&["--check"]).code, 0);
}

#[test]
fn a_cache_is_never_trusted() {
    let place = Place::filled();
    place.git(&["init", "-q"]);
    place.commit();
    place.index(&[]);
    let (right, cache) = (place.tree(), place.at(".git/gistry/index.cache"));
    let kept = std::fs::read(&cache).unwrap();
    for garbage in [
        &b""[..],
        b"x",
        &kept[..kept.len() / 2],
        &[kept.as_slice(), b"more"].concat(),
    ] {
        std::fs::write(&cache, garbage).unwrap();
        place.remove("index");
        assert_eq!(place.index(&[]).code, 0);
        assert_eq!(place.tree(), right);
    }
    std::fs::remove_file(&cache).unwrap();
    std::fs::create_dir(&cache).unwrap();
    place.remove("index");
    let run = place.index(&[]);
    assert!(
        run.code == 0 && run.stderr.contains("the cache was not written"),
        "{run:?}"
    );
    assert_eq!(place.tree(), right);
}
