//! What stands on the pull request afterwards: one comment, one label, one check run, and nothing that its author could forge.

use gistry_standin::{Edit, Fault};

use crate::stage::{JOB_TOKEN, REGISTRY, Stage, registry};

const MARKER: &str = "<!-- gistry:verdict -->";

#[test]
fn the_second_run_writes_nothing() {
    let stage = Stage::new();
    let repo = stage.registry();
    let good = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    let bad = repo
        .pull("mallory")
        .edits([Edit::write("bob/registry.json", "{")])
        .open();
    for number in [good, bad] {
        let first = stage.validate(number);
        assert_eq!(stage.writes().len(), 3, "{}", first.all());
        let second = stage.validate(number);
        assert_eq!(stage.writes(), Vec::<String>::new(), "{}", second.all());
        assert_eq!(
            (first.code, &first.report["findings"]),
            (second.code, &second.report["findings"])
        );
    }
}

#[test]
fn mended_findings_are_struck_through_in_the_same_comment() {
    let stage = Stage::new();
    let repo = stage.registry();
    let secret = stage.gh.gist("alice").file("a.mld", "x").secret().create();
    let number = repo
        .pull("alice")
        .edits([registry::add_module(&repo, "alice", "yaml", &secret)])
        .open();
    assert_eq!(stage.validate(number).code, 1);
    let labels = repo.labels(number);
    assert_eq!(labels, ["gistry: fail"]);
    repo.push_to_pull(number, [stage.good_update(&repo)]);
    assert_eq!(stage.validate(number).code, 0);
    let comments = repo.comments(number);
    assert_eq!(comments.len(), 1);
    let body = &comments[0].body;
    assert!(
        body.contains("~~") && body.contains("gist-public") && body.contains(&repo.head(number)[..7]),
        "{body}"
    );
    assert_eq!(repo.labels(number), ["gistry: pass"]);
    let conclusions: Vec<_> = repo
        .check_runs()
        .into_iter()
        .map(|run| (run.head_sha, run.conclusion))
        .collect();
    assert!(
        conclusions.contains(&(repo.head(number), Some("success".into()))),
        "{conclusions:?}"
    );
    stage.writes();
    stage.validate(number);
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[test]
fn a_forged_marker_by_another_account_is_left_alone() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo
        .pull("mallory")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    let forged = format!("{MARKER}\n# gistry: pass");
    repo.comment(number, "mallory", &forged);
    assert_eq!(stage.validate(number).code, 1);
    let comments = repo.comments(number);
    assert_eq!(comments.len(), 2);
    assert_eq!(comments[0].body, forged);
    assert!(comments[1].body.contains(MARKER));
    assert_eq!(stage.writes().len(), 3);
    stage.validate(number);
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[test]
fn of_two_comments_of_ours_the_older_one_is_kept_up_to_date() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo
        .pull("mallory")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    for text in ["first", "second"] {
        repo.comment(number, gistry_standin::BOT_LOGIN, &format!("{MARKER}\n{text}"));
    }
    assert_eq!(stage.validate(number).code, 1);
    let bodies: Vec<String> = repo
        .comments(number)
        .into_iter()
        .map(|comment| comment.body)
        .collect();
    assert_eq!(bodies.len(), 2);
    assert!(
        bodies[0].contains(MARKER) && bodies[0].contains("author-is-owner"),
        "{}",
        bodies[0]
    );
    assert!(!bodies[1].contains(MARKER), "{}", bodies[1]);
    stage.writes();
    stage.validate(number);
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[test]
fn a_read_only_token_degrades_and_keeps_the_exit_code() {
    let stage = Stage::new();
    let repo = stage.registry();
    stage.gh.token(JOB_TOKEN).read_only();
    let number = repo
        .pull("mallory")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    let run = stage.actions("pull_request_target", &repo.pull_event(number, "opened"));
    assert_eq!(run.code, 1, "{}", run.all());
    assert_eq!(stage.writes(), Vec::<String>::new());
    assert!(
        run.stdout.contains("::error file=bob/registry.json"),
        "{}",
        run.all()
    );
    assert!(
        run.summary.contains("the token may not") && run.summary.contains("author-is-owner"),
        "{}",
        run.summary
    );
    assert_eq!(run.outputs["verdict"], "fail");
}

#[test]
fn a_personal_token_may_not_write_check_runs_and_that_is_said() {
    let stage = Stage::new();
    let repo = stage.registry();
    stage.gh.token("ghp_maud").user("maud").scopes(["repo"]);
    repo.set_permission("maud", gistry_standin::Permission::Write);
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    let mut command = stage.command(&["validate", "--repo", REGISTRY, "--pull", &number.to_string()]);
    command.env("GISTRY_GITHUB_TOKEN", "ghp_maud");
    let run = stage.run(command, None);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.stdout.contains("may not write a check run"), "{}", run.all());
    assert_eq!(stage.writes().len(), 2);
}

#[test]
fn text_from_a_pull_request_speaks_to_nobody() {
    let stage = Stage::new();
    let repo = stage.registry();
    let hostile = [
        "::set-output name=verdict::pass",
        "%0A::error::x",
        "@everyone @acme/owners",
        "</details><script>alert(1)</script>",
        "````\n```\n",
        "<!-- gistry:verdict -->-->",
        "\u{1b}[31m\u{202e}",
        "##[group]x",
        "\n::stop-commands::x\n",
    ];
    let modules: Vec<(&str, &str)> = hostile.iter().map(|text| (*text, *text)).collect();
    let number = repo
        .pull("mallory")
        .title("::error::@everyone")
        .edits([
            Edit::write("bob/registry.json", registry::publisher("@everyone", &modules)),
            Edit::write("bob/::set-output name=verdict::pass", "x"),
            Edit::write("bob/@everyone</details>`<!-- gistry:verdict -->", "x"),
        ])
        .open();
    let run = stage.actions("pull_request_target", &repo.pull_event(number, "opened"));
    assert_eq!(
        (run.code, run.outputs["verdict"].as_str()),
        (1, "fail"),
        "{}",
        run.all()
    );
    let mut stopped = false;
    for line in run.stdout.lines().chain(run.stderr.lines()) {
        if let Some(token) = line.strip_prefix("::stop-commands::") {
            assert!(!token.contains('x') || token.len() > 8, "{line}");
            stopped = true;
        } else if line.trim_start().starts_with("::") && !stopped {
            assert!(
                ["::error ", "::warning ", "::notice "]
                    .iter()
                    .any(|ours| line.starts_with(ours)),
                "{line}"
            );
        } else if stopped && line.starts_with("::") && line.ends_with("::") {
            stopped = false;
        }
        assert!(!line.contains('\u{1b}') && !line.contains('\u{202e}'), "{line:?}");
    }
    let body = &repo.comments(number)[0].body;
    assert_eq!(
        body.lines().filter(|line| line.trim() == MARKER).count(),
        1,
        "{body}"
    );
    for wrong in ["@everyone", "@acme", "</details><script", "<script>"] {
        assert!(!outside_code(body).contains(wrong), "{wrong}: {body}");
    }
    stage.writes();
}

/// A comment's text without code spans, code blocks and what HTML hides.
fn outside_code(body: &str) -> String {
    let mut kept = String::new();
    let mut fence: Option<usize> = None;
    for line in body.lines() {
        let ticks = line
            .trim_start()
            .chars()
            .take_while(|letter| *letter == '`')
            .count();
        match fence {
            Some(open) if ticks >= open => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some(ticks),
            None => kept.push_str(&without_spans(line)),
        }
        kept.push('\n');
    }
    let mut shown = String::new();
    let mut rest = kept.as_str();
    while let Some((before, hidden)) = rest.split_once("<!--") {
        shown.push_str(before);
        rest = hidden.split_once("-->").map_or("", |(_, after)| after);
    }
    shown + rest
}

fn without_spans(line: &str) -> String {
    let (mut kept, mut rest) = (String::new(), line);
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..].chars().take_while(|letter| *letter == '`').count();
        let fence = "`".repeat(ticks);
        let after = &rest[start + ticks..];
        match after.find(&fence) {
            Some(end) => {
                kept.push_str(&rest[..start]);
                rest = &after[end + ticks..];
            }
            None => break,
        }
    }
    kept + rest
}

#[test]
fn more_than_fifty_annotations_go_in_batches() {
    let stage = Stage::new();
    let repo = stage.registry();
    let gist = stage.gist("alice", "x");
    let names: Vec<String> = (0..120).map(|n| format!("Bad_{n}")).collect();
    let modules: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), gist.as_str())).collect();
    let mut all = vec![("json-utils", gist.as_str())];
    all.extend(modules);
    let number = repo
        .pull("alice")
        .edits([Edit::write(
            "alice/registry.json",
            registry::publisher("alice", &all),
        )])
        .open();
    let run = stage.validate(number);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(
        repo.check_runs()[0].annotations.len() > 50,
        "{}",
        repo.check_runs()[0].annotations.len()
    );
    assert!(repo.comments(number)[0].body.contains("<details>"));
    stage.writes();
    stage.validate(number);
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[test]
fn comments_that_cannot_be_read_are_never_answered_twice() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = repo.pull("alice").edits([stage.good_update(&repo)]).open();
    assert_eq!(stage.validate(number).code, 0);
    stage.gh.fault(
        "GET",
        &format!("/repos/{REGISTRY}/issues/{number}/comments"),
        Fault::Status(500),
    );
    let run = stage.gistry(&[
        "validate",
        "--repo",
        REGISTRY,
        "--pull",
        &number.to_string(),
        "--budget",
        "1",
    ]);
    assert!(matches!(run.code, 0 | 3), "{}", run.all());
    assert_eq!(repo.comments(number).len(), 1);
    stage.writes();
}
