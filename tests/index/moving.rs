//! Files that may not be read, and files that come and go while they are read: reported, survived. Never depends on who wins the race.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::place::{Place, publisher};

#[test]
fn a_file_that_may_not_be_read_is_carried_over() {
    /// The account of nobody, for whom modes count; for root they do not.
    const NOBODY: u32 = 65_534;
    let place = Place::filled();
    place.index(&[]);
    let whole = place.tree();
    let mode =
        |path: &str, mode| fs::set_permissions(place.at(path), fs::Permissions::from_mode(mode)).unwrap();
    let opened = Command::new("chmod")
        .args(["-R", "a+rwX"])
        .arg(place.path())
        .status()
        .unwrap();
    assert!(opened.success());
    mode("Alice/registry.json", 0o000);
    let program = place.at(".gistry");
    // Copied by another process: a child that another test forks meanwhile would hold the copy open for writing, and it could not be run.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_gistry"))
        .arg(&program)
        .status()
        .unwrap();
    assert!(copied.success());
    let mut command = Command::new(&program);
    if fs::metadata(place.path()).unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command
        .args(["index", "--format", "json"])
        .current_dir(place.path())
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(
        (output.status.code(), &told["carried"]),
        (Some(1), &json!(["Alice/registry.json"]))
    );
    let [problem] = &told["problems"].as_array().unwrap()[..] else {
        panic!("{told}")
    };
    assert_eq!(problem["path"], "Alice/registry.json");
    assert!(
        problem["message"].as_str().unwrap().contains("ermission"),
        "{problem}"
    );
    mode("Alice/registry.json", 0o644);
    fs::remove_file(&program).unwrap();
    let entry = place.json("index/publisher/al/ic/alice.json");
    assert_eq!(
        (&entry["carried"], &entry["modules"].is_object()),
        (&json!(true), &true)
    );
    assert_eq!(place.index(&[]).code, 0);
    assert_eq!(place.tree(), whole);
}

#[test]
fn files_that_come_and_go_while_they_are_read_are_survived() {
    let place = Place::filled();
    for number in 0..200 {
        place.write(
            &format!("p{number}/registry.json"),
            &publisher(&format!("p{number}"), &[("m", &format!("{number:04}"))]),
        );
    }
    place.index(&[]);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                number = (number + 1) % 9;
                let folder = place.at(&format!("p{number}"));
                let _ = fs::rename(folder.join("registry.json"), folder.join("elsewhere"));
                let _ = fs::rename(folder.join("elsewhere"), folder.join("registry.json"));
                let _ = fs::rename(&folder, place.at("p-away"));
                let _ = fs::rename(place.at("p-away"), &folder);
            }
        });
        for _ in 0..30 {
            let run = place.index(&[]);
            assert!(matches!(run.code, 0 | 1), "{run:?}");
            assert!(place.json("INDEX.json")["stats"]["total_publishers"].is_u64());
        }
        stop.store(true, Ordering::Relaxed);
    });
    // When it is quiet again the index is what it would have been.
    assert_eq!(place.index(&[]).code, 0);
    let after = place.tree();
    fs::remove_dir_all(place.at("index")).unwrap();
    assert_eq!(place.index(&[]).code, 0);
    assert_eq!(place.tree(), after);
}
