//! Where there is no `index/`, it is made beside its place: whole, or not at all, and the same as where each file came by itself.

use std::fs::{self, File};

use crate::place::{Place, publisher};

const ASIDE: &str = ".gistry-index.tmp";

fn in_git(place: &Place) {
    place.git(&["init", "-q"]);
    place.commit();
}

#[test]
fn the_way_makes_no_difference() {
    for git in [false, true] {
        let place = Place::filled();
        // One login twice, and a file that says a module twice.
        place.write("alice/registry.json", &publisher("alice", &[("other", "aa12")]));
        place.write(
            "x/registry.json",
            "{\"modules\": {\"m\": {\"gist\": \"ab\"}, \"m\": {\"gist\": \"cd\"}}}",
        );
        if git {
            in_git(&place);
        }
        // With a file in `index/`, each of the others comes by itself.
        place.write("index/gist/zz.json", "");
        assert_eq!(place.index(&[]).code, 1);
        let one_by_one = place.tree();
        assert!(!one_by_one.contains_key("index/gist/zz.json"));
        for _ in 0..20 {
            place.remove("index");
            place.remove("INDEX.json");
            place.remove(".git/gistry");
            assert_eq!(place.index(&[]).code, 1);
            assert_eq!(place.tree(), one_by_one);
        }
        assert!(one_by_one["index/publisher/al/ic/alice.json"].contains("\"folder\": \"Alice\""));
    }
}

#[test]
fn what_a_killed_run_left_is_no_part_of_the_registry_and_goes() {
    for (git, again) in [(false, false), (false, true), (true, false), (true, true)] {
        let place = Place::filled();
        if git {
            in_git(&place);
        }
        assert_eq!(place.index(&[]).code, 0);
        let whole = place.tree();
        if !again {
            place.remove("index");
        }
        place.write(&format!("{ASIDE}/publisher/al/ic/alice.json"), "{ half");
        place.write(
            &format!("{ASIDE}/eve/registry.json"),
            &publisher("eve", &[("x", "ab")]),
        );
        fs::create_dir_all(place.at(&format!("{ASIDE}/gist"))).unwrap();
        let run = place.index(&[]);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(
            place.tree() == whole && !place.at(ASIDE).exists(),
            "{git} {again}"
        );
    }
}

#[test]
fn what_another_run_is_making_stays() {
    let place = Place::filled();
    place.write(&format!("{ASIDE}/publisher/al/ic/alice.json"), "{ half");
    let other = File::open(place.at(ASIDE)).unwrap();
    other.lock().unwrap();
    assert_eq!(place.index(&[]).code, 0);
    assert_eq!(place.index(&["--check"]).code, 0);
    assert_eq!(
        place.read(&format!("{ASIDE}/publisher/al/ic/alice.json")),
        "{ half"
    );
    drop(other);
    assert_eq!(place.index(&[]).code, 0);
    assert!(!place.at(ASIDE).exists());
}

#[test]
fn nothing_is_left_where_nothing_is_to_be_written() {
    let place = Place::new();
    for number in 0..30 {
        place.write(
            &format!("u{number}/registry.json"),
            &publisher(&format!("u{number}"), &[("x", "ab")]),
        );
    }
    assert_eq!(place.index(&["--check"]).code, 1);
    assert!(!place.at("index").exists() && !place.at(ASIDE).exists());
    assert_eq!(place.index(&[]).code, 0);
    // INDEX.json still says how many there were.
    place.remove("index");
    for number in 0..20 {
        place.remove(&format!("u{number}"));
    }
    let before = place.tree();
    let run = place.index(&[]);
    assert!(
        run.code == 1 && run.stdout.contains("from 30 to 10 modules"),
        "{run:?}"
    );
    assert!(place.tree() == before && !place.at("index").exists() && !place.at(ASIDE).exists());
}

#[test]
fn a_cache_grows_by_what_is_new() {
    let place = Place::new();
    for number in 0..40 {
        place.write(
            &format!("u{number}/registry.json"),
            &publisher(&format!("u{number}"), &[("x", "ab")]),
        );
    }
    in_git(&place);
    let size = || fs::metadata(place.at(".git/gistry/index.cache")).unwrap().len();
    place.index(&[]);
    let first = size();
    place.index(&[]);
    assert_eq!(size(), first);
    place.write("u7/registry.json", &publisher("u7", &[("x", "ab"), ("y", "cd")]));
    place.index(&[]);
    let second = size();
    assert!(second > first && second < first + 1000, "{first} {second}");
    // Cut short, it is without what came last, and is mended.
    let file = File::options()
        .write(true)
        .open(place.at(".git/gistry/index.cache"))
        .unwrap();
    file.set_len(second - 7).unwrap();
    place.index(&[]);
    assert_eq!(size(), second);
    for number in 0..20 {
        place.write(
            &format!("u{number}/registry.json"),
            &publisher(&format!("u{number}"), &[("x", "ab"), ("z", "ef")]),
        );
    }
    place.index(&[]);
    let now = place.tree();
    place.remove(".git/gistry");
    assert!(place.index(&[]).stdout.contains("nothing to write") && place.tree() == now);
}
