//! `gistry verify` through the real binary against a package index on loopback: what is the same, what differs and where, what is gone.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../stage/mod.rs"]
mod stage;

use std::path::PathBuf;

use gistry_standin::Fault;
use gistry_standin::package_index::PackageIndex;
use serde_json::Value;
use stage::offered::{Wheel, offer, with_docstring, with_head};
use stage::{Run, Stage};

struct Shop {
    stage: Stage,
    index: PackageIndex,
    wheel: Wheel,
}

fn shop() -> Shop {
    let (stage, index) = (Stage::new(), PackageIndex::start());
    let wheel = offer(&index, "shop", "1.0", "A shop.");
    let shop = Shop { stage, index, wheel };
    shop.put(&shop.wheel.path(), &shop.wheel.dna());
    shop
}

impl Shop {
    fn registry(&self) -> PathBuf {
        self.stage.temp.path().join("registry")
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.registry().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn verify(&self, words: &[&str]) -> Run {
        let registry = self.registry();
        let url = self.index.url();
        let place = [
            "verify",
            "--registry",
            registry.to_str().unwrap(),
            "--index-url",
            &url,
            "--no-cache",
        ];
        self.stage.gistry(&[&place, words].concat())
    }

    /// The registry's one file with these bytes, verified.
    fn of(&self, bytes: &[u8]) -> Run {
        self.put(&self.wheel.path(), bytes);
        self.verify(&["shop", "1.0"])
    }
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.all()))
}

#[test]
fn a_file_is_verified_by_its_path_by_its_release_or_with_all_others() {
    let shop = shop();
    let till = offer(&shop.index, "till", "2.0", "A till.");
    shop.put(&till.path(), &till.dna());
    shop.put("README.md", b"# Modules\n");
    let path = shop.registry().join(shop.wheel.path());
    for words in [
        vec![path.to_str().unwrap()],
        vec!["shop", "1.0"],
        vec!["Shop", "1.0"],
        vec!["--all"],
    ] {
        let run = shop.verify(&words);
        assert_eq!(run.code, 0, "{words:?}: {}", run.all());
        assert!(run.stdout.starts_with("same"), "{}", run.all());
    }
    let run = shop.verify(&["--all", "--format", "json"]);
    let files = json(&run)["files"].as_array().unwrap().clone();
    let states: Vec<(&str, &str)> = files
        .iter()
        .map(|file| (file["path"].as_str().unwrap(), file["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        states,
        [
            ("shop/shop-1.0.msgpack", "same"),
            ("till/till-2.0.msgpack", "same")
        ]
    );
}

#[test]
fn the_first_difference_is_told_in_the_words_of_the_field() {
    let shop = shop();
    let run = shop.of(&with_docstring(&shop.wheel.dna(), "Buy here."));
    assert_eq!(run.code, 1, "{}", run.all());
    let wanted = "            module shop, class Cart, doc\n              the file says      \"Buy here.\"\n              the artifact gives \"A cart.\"\n";
    assert!(
        run.stdout.starts_with("DIFFERS     shop/shop-1.0.msgpack\n") && run.stdout.contains(wanted),
        "{}",
        run.all()
    );
    let run = shop.of(&with_head(&shop.wheel.dna(), |head| head.counts.methods = 7));
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.stdout.contains("head, counts, methods\n"), "{}", run.all());
    shop.put(
        &shop.wheel.path(),
        &with_docstring(&shop.wheel.dna(), "Buy here."),
    );
    let run = shop.verify(&["--format", "json", "shop", "1.0"]);
    let difference = json(&run)["files"][0]["difference"].clone();
    assert_eq!(difference["place"], "module shop, class Cart, doc");
}

#[test]
fn one_byte_is_enough_wherever_it_is() {
    let shop = shop();
    let good = shop.wheel.dna();
    // Past the form's first bytes a changed byte is now a broken file, now another head, now another text.
    let mut codes = std::collections::BTreeSet::new();
    for at in (0..good.len()).step_by(good.len() / 12) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let run = shop.of(&bad);
        // 3 where it changed the dna_version or the origin, of which nobody here can say anything.
        assert!(run.code == 1 || run.code == 3, "byte {at}: {}", run.all());
        codes.insert(run.code);
    }
    assert!(codes.contains(&1));
    for cut in [0, 1, good.len() / 2, good.len() - 1] {
        let run = shop.of(&good[..cut]);
        assert_eq!(run.code, 1, "{cut}: {}", run.all());
        assert!(run.stdout.starts_with("DAMAGED"), "{}", run.all());
    }
}

#[test]
fn a_file_that_is_called_after_something_else_is_wrong() {
    let shop = shop();
    for path in ["till/till-1.0.msgpack", "shop/shop-1.1.msgpack"] {
        shop.put(path, &shop.wheel.dna());
        let run = shop.verify(&[shop.registry().join(path).to_str().unwrap()]);
        assert_eq!(run.code, 1, "{}", run.all());
        assert!(
            run.stdout.starts_with("MISNAMED") && run.stdout.contains("shop-1.0.msgpack"),
            "{}",
            run.all()
        );
    }
    // A download may be called anything.
    shop.put("download", &shop.wheel.dna());
    let run = shop.verify(&[shop.registry().join("download").to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.all());
}

#[test]
fn what_another_version_or_another_origin_made_cannot_be_checked() {
    let shop = shop();
    let run = shop.of(&with_head(&shop.wheel.dna(), |head| head.dna_version = 77));
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stdout.contains("dna_version 77"), "{}", run.all());
    let run = shop.of(&with_head(&shop.wheel.dna(), |head| {
        head.source.origin = "github".to_owned()
    }));
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(shop.index.take_asked().is_empty());
}

#[test]
fn a_yanked_release_is_pointed_out_and_a_deleted_one_fails() {
    let shop = shop();
    shop.index.yank(&shop.wheel.file, Some("broken"));
    let run = shop.verify(&["shop", "1.0"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.stdout.contains("note: the file says that the release is not yanked; the package index says now that it is yanked: broken"), "{}", run.all());
    let run = shop.of(&shop.wheel.marked(Some("broken")));
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.stdout.contains("note: the release is yanked: broken"),
        "{}",
        run.all()
    );
    shop.index.remove(&shop.wheel.file);
    let run = shop.verify(&["shop", "1.0"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.stdout.starts_with("GONE"), "{}", run.all());
}

#[test]
fn another_file_under_the_same_name_is_no_proof() {
    let shop = shop();
    offer(&shop.index, "shop", "1.0", "Another shop.");
    let run = shop.verify(&["shop", "1.0"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(
        run.stdout.contains("another file under the name"),
        "{}",
        run.all()
    );
}

#[test]
fn an_index_that_does_not_answer_proves_nothing() {
    let shop = shop();
    shop.index.fault("*", "/files/**", Fault::Status(403), None);
    let run = shop.verify(&["shop", "1.0"]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stdout.starts_with("not checked"), "{}", run.all());
    shop.index.clear_faults();
    let registry = shop.registry();
    let offline = || {
        let all = [
            "verify",
            "--all",
            "--offline",
            "--cache-dir",
            "cache",
            "--registry",
        ];
        shop.stage
            .gistry(&[&all[..], &[registry.to_str().unwrap()]].concat())
    };
    let run = offline();
    assert_eq!(run.code, 3, "{}", run.all());
    // What is wrong outweighs what could not be asked.
    shop.put("till/till-1.0.msgpack", b"nothing");
    let run = offline();
    assert_eq!(run.code, 1, "{}", run.all());
}

#[test]
fn wrong_usage_says_what_is_not_there() {
    let shop = shop();
    for words in [
        vec![],
        vec!["shop", "9.9"],
        vec!["nothing.msgpack"],
        vec!["--all", "shop", "1.0"],
        vec!["a b", "1"],
    ] {
        let run = shop.verify(&words);
        assert_eq!(run.code, 2, "{words:?}: {}", run.all());
    }
    let run = shop.verify(&["shop", "9.9"]);
    assert!(run.stderr.contains("shop/shop-9.9.msgpack"), "{}", run.all());
}
