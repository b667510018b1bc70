//! Keeps the house: who may know whom, which rooms are closed to the outside, how long a file may be. Never judges style.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod rooms;
mod source;

use std::path::Path;

use source::Source;

/// A file longer than this is two files.
const LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn check(files: &[(&str, &str)]) -> Vec<String> {
    let source = |(path, text): &(&str, &str)| Source {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    rooms::complaints(&files.iter().map(source).collect::<Vec<_>>())
}

#[test]
fn rooms_know_only_whom_they_may() {
    let files = source::read(root(), &["src"]);
    assert!(files.len() > 20, "the sources were not found: {}", files.len());
    assert_eq!(rooms::complaints(&files), Vec::<String>::new());
    assert_eq!(rooms::circle_in_table(), None);
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let files = source::read(root(), &["src", "standin", "tests", "examples"]);
    let mut wrong = Vec::new();
    for Source { path, text } in &files {
        let lines = text.lines().count();
        if lines >= LINES {
            wrong.push(format!("{path}: {lines} lines; which two rooms is it?"));
        }
        let says = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//! "))
            .is_some_and(|sentence| sentence.len() > 20);
        if !says {
            wrong.push(format!(
                "{path}: the first line must say what the file is for (`//! …`)"
            ));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_forbidden_edge_is_found_however_it_is_written() {
    let wrong = "src/rules/a.rs: rules may not know io";
    for text in [
        "use crate::io::git::Git;",
        "use crate::{finding::Finding, io};",
        "use crate::{\n    finding::{self, Finding},\n    io::{git::{Git}, disk},\n};",
        "fn f() { let x = crate::io::now(); }",
        "pub use super::super::io::git;",
        "use gistry::io::git;",
        "type Clock = Box<dyn crate::io::Clock>;",
        "const C: char = '\\'';\nconst D: &str = \"{\";\nuse crate::io;",
        "fn f<'a>(x: &'a str) { crate::io::f(x) }",
        "#[cfg(test)]\nmod tests { use crate::io::git; }",
        "mod inner { use super::super::super::io::git; }",
    ] {
        assert_eq!(check(&[("src/rules/a.rs", text)]), [wrong], "{text}");
    }
}

#[test]
fn words_in_comments_and_strings_are_no_edges() {
    for text in [
        "//! See crate::io::git.",
        "/* use crate::io; /* use crate::io; */ use crate::io; */",
        "const A: &str = \"use crate::io;\";",
        "const A: &str = r#\"\"use crate::io;\"#;",
        "const A: &[u8] = b\"crate::io\\\"crate::io\";",
        "use super::table; use self::io; mod io {}",
        "use crate::finding::Finding; use crate::model::io;",
    ] {
        assert_eq!(check(&[("src/rules/a.rs", text)]), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_circle_is_found_even_where_no_table_forbids_it() {
    let found = check(&[
        ("src/finding.rs", "use crate::rules::Meta;"),
        ("src/rules/mod.rs", "use crate::finding::Finding;"),
    ]);
    assert_eq!(
        found,
        [
            "a circle of rooms: finding -> rules -> finding",
            "src/finding.rs: finding may not know rules"
        ]
    );
}

#[test]
fn a_closed_room_stays_closed() {
    for (text, what) in [
        ("use std::fs;", "std::fs brings the file system"),
        (
            "use std::{collections::BTreeMap, env};",
            "std::env brings the environment",
        ),
        (
            "fn f() { std::process::exit(1) }",
            "std::process::exit brings a process",
        ),
        (
            "use std::net::TcpStream;",
            "std::net::TcpStream brings the network",
        ),
        (
            "fn f() { chrono::Utc::now(); }",
            "chrono::Utc::now brings a clock",
        ),
        ("fn f() { Utc::now(); }", "Utc::now brings a clock"),
        (
            "use std::time::{Duration, SystemTime};",
            "std::time::SystemTime brings a clock",
        ),
        ("fn f() { println!(\"x\"); }", "println! brings the terminal"),
        (
            "async fn f() { tokio::time::sleep(d).await }",
            "tokio::time::sleep brings a runtime",
        ),
    ] {
        let found = check(&[("src/render/human.rs", text)]);
        assert_eq!(
            found,
            [format!("src/render/human.rs: {what} into render")],
            "{text}"
        );
        assert_eq!(
            check(&[("src/commands/validate.rs", text)]),
            Vec::<String>::new(),
            "{text}"
        );
        let tested = format!("#[cfg(test)]\nmod tests {{ fn a() {{ {text} }} }}\nfn b() {{}}");
        assert_eq!(
            check(&[("src/render/human.rs", &tested)]),
            Vec::<String>::new(),
            "{tested}"
        );
        let behind = format!("#[cfg(test)]\nmod tests;\n{text}");
        assert_eq!(check(&[("src/render/human.rs", &behind)]).len(), 1, "{behind}");
    }
}

#[test]
fn the_door_knows_commands_and_nothing_behind_them() {
    let lib = |text: &str| check(&[("src/lib.rs", text)]);
    let good = "pub mod io;\nuse cli::Cli;\nuse commands::World;\nfn f() { tokio::runtime::Builder::new(); }";
    assert_eq!(lib(good), Vec::<String>::new());
    assert_eq!(
        lib("fn f() { io::git::fetch() }"),
        ["src/lib.rs: lib may not know io"]
    );
    assert_eq!(lib("fn f() { chrono::Utc::now() }").len(), 1);
}

#[test]
fn one_room_speaks_to_octocrab_and_a_new_room_is_noticed() {
    assert_eq!(
        check(&[("src/io/git/mod.rs", "use octocrab::Octocrab;")]),
        ["src/io/git/mod.rs: only src/io/github knows octocrab"]
    );
    assert_eq!(
        check(&[("src/io/github/mod.rs", "use octocrab::Octocrab;")]),
        Vec::<String>::new()
    );
    assert_eq!(
        check(&[("src/utils.rs", "")]),
        ["src/utils.rs: \"utils\" is no room of tests/house/rooms.rs"]
    );
}
