//! Every `--help` is a snapshot: a change of the command line is seen in review. `UPDATE=1 cargo test --test help` writes them anew.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::Command;

fn gistry(args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_gistry"))
        .args(args)
        .env_clear()
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn help_is_as_it_was_read() {
    let commands = [
        vec![],
        vec!["validate"],
        vec!["index"],
        vec!["parse"],
        vec!["owners"],
        vec!["owners", "init"],
        vec!["owners", "repair"],
        vec!["owners", "transfer"],
        vec!["merge"],
        vec!["sweep"],
        vec!["show"],
        vec!["query"],
        vec!["export"],
        vec!["bundle"],
        vec!["verify"],
        vec!["derive"],
        vec!["stats"],
        vec!["stats", "merge"],
        vec!["stats", "verify"],
        vec!["stats", "top"],
        vec!["stats", "show"],
        vec!["explain"],
        vec!["schema"],
        vec!["completions"],
    ];
    for command in commands {
        let name = if command.is_empty() {
            "gistry".into()
        } else {
            command.join("-")
        };
        let (code, help) = gistry(&[command, vec!["--help"]].concat());
        assert_eq!(code, 0);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/help/{name}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &help).unwrap();
        }
        let snapshot = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(help, snapshot, "{} (UPDATE=1 writes it anew)", path.display());
    }
}

#[test]
fn every_command_has_a_snapshot() {
    let (_, help) = gistry(&["--help"]);
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 4, "{help}");
    for name in names {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/help/{name}.txt"));
        assert!(path.is_file(), "{name} has no snapshot");
    }
}

#[test]
fn wrong_usage_exits_with_two_and_says_what_to_do() {
    for args in [
        &["valdate"][..],
        &["validate", "--pul", "1"],
        &["explain", "gist-ownr"],
        &["schema", "x"],
        &["validate", "--pull", "0"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_gistry"))
            .args(args)
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn explain_and_schema_print_what_they_know() {
    let (code, list) = gistry(&["explain"]);
    assert_eq!((code, list.lines().count()), (0, gistry::rules::ALL.len()));
    for rule in gistry::rules::ALL {
        let (code, text) = gistry(&["explain", rule.meta().id]);
        assert!(code == 0 && text.contains(rule.meta().summary), "{text}");
    }
    let (_, formats) = gistry(&["schema"]);
    for format in formats.lines() {
        let (code, text) = gistry(&["schema", format]);
        assert_eq!(code, 0);
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let (code, script) = gistry(&["completions", shell]);
        assert!(code == 0 && script.contains("gistry"), "{shell}");
    }
}
