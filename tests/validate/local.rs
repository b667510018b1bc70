//! On a person's machine: the whole tree, and changes before they are pushed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stage::{Run, Stage, registry};

fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Alice")
            .env(format!("GIT_{who}_EMAIL"), "alice@example.org");
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A clone of the stage's registry.
fn clone(stage: &Stage) -> PathBuf {
    let repo = stage.registry();
    let dir = stage.temp.path().join("clone");
    git(
        stage.temp.path(),
        &["clone", "-q", &repo.clone_url(), dir.to_str().unwrap()],
    );
    dir
}

fn validate(stage: &Stage, dir: &Path, args: &[&str]) -> Run {
    let mut all = vec!["validate", "--dir", dir.to_str().unwrap()];
    all.extend(args);
    stage.gistry(&all)
}

fn add(stage: &Stage, dir: &Path, name: &str, gist: &str) {
    let path = dir.join("alice/registry.json");
    let mut file: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["modules"][name] = registry::module(gist);
    file["updated"] = "2026-02-02T03:04:05Z".into();
    std::fs::write(path, serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
    stage.gh.clear_requests();
}

/// The first real registry of this layout: `servers` beside `modules`, and an `_index` folder of its own script.
fn real_registry(stage: &Stage) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/registries/mlld-2025-05-28");
    let to = stage.temp.path().join("mlld");
    for folder in ["_index", "adamavenir"] {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
        }
    }
    to
}

#[test]
fn a_real_registry_has_no_false_error() {
    let stage = Stage::new();
    let dir = real_registry(&stage);
    let run = validate(&stage, &dir, &["--all", "--local"]);
    assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
    assert_eq!(run.findings(), Vec::<String>::new());
    assert!(stage.gh.requests().is_empty(), "--local asks nobody");
    let files = run.report["subject"]["files"].as_u64().unwrap();
    assert_eq!(files, 6, "{}", run.all());
}

#[test]
fn a_real_registry_without_its_gists_fails_for_both_modules() {
    let stage = Stage::new();
    stage.gh.account("adamavenir");
    let dir = real_registry(&stage);
    let run = validate(&stage, &dir, &["--all"]);
    assert_eq!(run.code, 1, "{}", run.all());
    let expected = [
        "error gist-exists adamavenir/registry.json:7:15",
        "error gist-exists adamavenir/registry.json:13:15",
    ];
    assert_eq!(run.findings(), expected);
}

#[test]
fn changes_are_checked_before_they_are_pushed() {
    let stage = Stage::new();
    let dir = clone(&stage);
    let run = validate(&stage, &dir, &["--base", "HEAD"]);
    assert_eq!((run.code, run.findings()), (0, vec![]), "{}", run.all());
    add(&stage, &dir, "yaml", &stage.gist("alice", "yaml"));
    let run = validate(&stage, &dir, &["--base", "HEAD", "--as", "alice"]);
    assert_eq!((run.code, run.findings()), (0, vec![]), "{}", run.all());
    add(
        &stage,
        &dir,
        "keys",
        &stage.gh.gist("alice").file("a.mld", "x").secret().create(),
    );
    let run = validate(&stage, &dir, &["--base", "HEAD"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(
        run.findings()[0].starts_with("error gist-public alice/registry.json:"),
        "{:?}",
        run.findings()
    );
    assert!(
        run.stdout.contains("--> alice/registry.json:") && run.stdout.contains('^'),
        "{}",
        run.stdout
    );
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-qm", "x"]);
    assert_eq!(validate(&stage, &dir, &["--base", "HEAD~1"]).code, 1);
}

#[test]
fn another_accounts_file_is_doubted_before_it_is_pushed() {
    let stage = Stage::new();
    let dir = clone(&stage);
    add(&stage, &dir, "yaml", &stage.gist("alice", "yaml"));
    let run = validate(&stage, &dir, &["--base", "HEAD", "--as", "mallory", "--local"]);
    // Only GitHub knows whether mallory is alice under a new name.
    assert_eq!(run.code, 4, "{}", run.all());
    assert!(
        run.findings()[0].contains("author-is-owner"),
        "{:?}",
        run.findings()
    );
}

#[test]
fn offline_is_at_best_undecided_and_local_judges_by_what_it_ran() {
    let stage = Stage::new();
    let dir = clone(&stage);
    add(&stage, &dir, "yaml", &stage.gist("alice", "yaml"));
    let run = validate(&stage, &dir, &["--base", "HEAD", "--offline"]);
    assert_eq!((run.code, run.verdict()), (3, "undecided"), "{}", run.all());
    assert!(
        run.stdout.contains("gist-exists") && run.stdout.contains("--offline"),
        "{}",
        run.stdout
    );
    let run = validate(&stage, &dir, &["--base", "HEAD", "--local"]);
    assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
    let left_out = run.report["not_run"].as_array().unwrap();
    assert!(
        left_out
            .iter()
            .any(|rule| rule["rule"] == "gist-exists" && rule["undecided"] == false),
        "{left_out:?}"
    );
    assert!(stage.gh.requests().is_empty());
}

#[test]
fn a_wrong_base_or_folder_is_wrong_usage() {
    let stage = Stage::new();
    let dir = clone(&stage);
    for base in ["no-such-branch", "--upload-pack=x", "HEAD:README.md"] {
        let run = validate(&stage, &dir, &[&format!("--base={base}")]);
        assert_eq!(run.code, 2, "{base}: {}", run.all());
    }
    let nowhere = stage.temp.path().join("nowhere");
    assert_eq!(validate(&stage, &nowhere, &["--all"]).code, 2);
    assert_eq!(validate(&stage, stage.temp.path(), &["--base", "HEAD"]).code, 2);
    assert_eq!(stage.gistry(&["validate"]).code, 2);
    assert_eq!(stage.gistry(&["validate", "--all", "--base", "x"]).code, 2);
    assert_eq!(stage.gistry(&["validate", "--pull", "1", "--repo", "x"]).code, 2);
}

#[test]
fn every_format_is_what_it_says() {
    let stage = Stage::new();
    let dir = clone(&stage);
    std::fs::write(dir.join("alice/registry.json"), "{\"a\": 1,}\n").unwrap();
    let run = validate(&stage, &dir, &["--all", "--local", "--format", "json"]);
    assert_eq!(run.code, 1);
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed, run.report);
    let run = validate(&stage, &dir, &["--all", "--local", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (
            sarif["version"].as_str(),
            sarif["runs"][0]["results"][0]["ruleId"].as_str()
        ),
        (Some("2.1.0"), Some("json-syntax"))
    );
    let run = validate(&stage, &dir, &["--all", "--local", "--format", "github"]);
    assert!(
        run.stdout.starts_with("::error file=alice/registry.json,line=1"),
        "{}",
        run.stdout
    );
    let run = validate(&stage, &dir, &["--all", "--local"]);
    assert!(
        run.stdout.contains("error[json-syntax]") && run.stdout.contains("remove the last comma"),
        "{}",
        run.stdout
    );
}

#[test]
fn settings_decide_what_may_be_decided() {
    let stage = Stage::new();
    let dir = clone(&stage);
    std::fs::write(dir.join("alice/registry.json"), "{}\n").unwrap();
    let code = |settings: &str| {
        std::fs::write(dir.join("registry.toml"), settings).unwrap();
        let run = validate(&stage, &dir, &["--all", "--local"]);
        (run.code, run.report["remarks"].to_string())
    };
    assert_eq!(code("").0, 1);
    assert_eq!(code("[rules.schema]\nseverity = \"review\"\n").0, 4);
    assert_eq!(code("[rules.schema]\nseverity = \"off\"\n").0, 0);
    std::fs::write(dir.join("alice/registry.json"), registry::publisher("bob", &[])).unwrap();
    let (exit, remarks) =
        code("[rules.author-is-owner]\nseverity = \"off\"\n[rules.no-such]\nseverity = \"off\"\n");
    assert_eq!(exit, 1, "identity cannot be switched off");
    assert!(
        remarks.contains("author-is-owner") && remarks.contains("no-such"),
        "{remarks}"
    );
}

#[test]
fn a_report_goes_to_a_file_whole_or_not_at_all() {
    let stage = Stage::new();
    let dir = clone(&stage);
    let target = stage.temp.path().join("no/such/folder/report.json");
    let command = stage.command(&[
        "validate",
        "--all",
        "--local",
        "--dir",
        dir.to_str().unwrap(),
        "--report",
        target.to_str().unwrap(),
    ]);
    let run = stage.run(command, Some(&target));
    assert_ne!(run.code, 0, "{}", run.all());
    assert!(!target.exists());
    assert!(run.stderr.contains("report.json"), "{}", run.all());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let stage = Stage::new();
    let dir = clone(&stage);
    let mut command = stage.command(&["validate", "--all", "--local", "--dir", dir.to_str().unwrap()]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
