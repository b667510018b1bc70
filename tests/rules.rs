//! Every rule against its fixture cases, without git and without a network. Never asks anything outside the case.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::Path;

use case::{Case, Entry, Only};
use gistry::finding::{Finding, Report, Severity};
use gistry::model::evidence::Evidence;
use gistry::model::file::File;
use gistry::model::name::{Name, Timestamp};
use gistry::model::path::RepoPath;
use gistry::model::policy::Policy;
use gistry::model::submission::{Change, Origin, Submission};
use gistry::rules::{ALL, PER_FILE, PER_RULE, judge};

mod case;

fn report(case: &Case) -> Report {
    let world = case.world();
    judge(&world.submission, &world.evidence, &world.policy, &[], &world.now)
}

/// A finding as case.toml writes it.
fn line(finding: &Finding) -> String {
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let path = finding
        .path
        .as_ref()
        .map(|path| format!(" {path}"))
        .unwrap_or_default();
    let place = finding.place.as_ref();
    let place = place
        .map(|place| format!(":{}:{}", place.line, place.column))
        .unwrap_or_default();
    format!("{severity} {}{path}{place}", finding.rule)
}

#[test]
fn every_case_has_its_verdict_and_its_findings() {
    let mut faults = Vec::new();
    let cases = case::all();
    for case in cases.iter().filter(|case| case.only != Some(Only::EndToEnd)) {
        assert!(
            case.moved.is_empty() || case.pull.as_ref().is_some_and(|pull| pull.conflict),
            "{}: a merge is end-to-end",
            case.id
        );
        let report = report(case);
        let found: Vec<String> = report.findings.iter().map(line).collect();
        let undecided = report.not_run.iter().filter(|rule| rule.undecided);
        let not_run: Vec<&str> = undecided.map(|rule| rule.rule).collect();
        let right =
            report.verdict.word() == case.verdict && found == case.findings && not_run == case.not_run;
        if !right {
            faults.push(format!(
                "{}: {}\n  expected {} {:#?} {:?}\n  found    {} {found:#?} {not_run:?}",
                case.id,
                case.title,
                case.verdict,
                case.findings,
                case.not_run,
                report.verdict.word(),
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn cases_about_weeks_show_the_same_at_any_time() {
    let cases = case::all();
    let about_weeks = |case: &&Case| case.id.starts_with("stats-");
    for now in ["2026-11-30T00:00:00Z", "2027-01-20T07:00:00Z"] {
        let now = Timestamp::parse(now).unwrap();
        for case in cases.iter().filter(about_weeks) {
            let case = case.clone().at(&now);
            let report = report(&case);
            let mut found: Vec<String> = report.findings.iter().map(line).collect();
            found.sort();
            let verdict = report.verdict.word();
            assert_eq!(
                (verdict, &found),
                (case.verdict.as_str(), &case.findings),
                "{} at {now}",
                case.id
            );
        }
    }
}

#[test]
fn every_file_of_a_rule_is_registered_under_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !["mod", "parts", "table"].contains(&name.as_str()))
        .collect();
    let ids: BTreeSet<String> = ALL.iter().map(|rule| rule.meta().id.to_owned()).collect();
    assert_eq!(ids.len(), ALL.len(), "an id stands twice in the table");
    assert_eq!(files, ids);
    for id in ids {
        let kebab = id
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()));
        assert!(kebab, "{id} is not in kebab case");
    }
}

#[test]
fn every_rule_has_a_case_that_breaks_it_and_one_that_does_not() {
    let cases = case::all();
    let mut faults = Vec::new();
    for id in ALL.iter().map(|rule| rule.meta().id) {
        let own: Vec<&Case> = cases
            .iter()
            .filter(|case| case.id.split('/').next() == Some(id))
            .collect();
        let breaks = |case: &&&Case| {
            case.findings
                .iter()
                .any(|finding| finding.split(' ').nth(1) == Some(id))
        };
        if !own.iter().any(|case| breaks(&case)) {
            faults.push(format!("fixtures/rules/{id}: no case expects a finding of it"));
        }
        let runs = |case: &&&Case| !case.not_run.iter().any(|rule| rule == id);
        if !own.iter().any(|case| !breaks(&case) && runs(&case)) {
            faults.push(format!("fixtures/rules/{id}: no case runs it and finds nothing"));
        }
    }
    let known: BTreeSet<&str> = ALL.iter().map(|rule| rule.meta().id).collect();
    for case in &cases {
        let rule = case.id.split('/').next().unwrap();
        if !known.contains(rule) {
            faults.push(format!("fixtures/rules/{rule}: there is no such rule"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A good update of alice's, to be made worse.
fn update() -> Case {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules/json-duplicate-key/in-two-objects");
    case::read(&path)
}

fn count(report: &Report, rule: &str, severity: Severity) -> usize {
    let of = |finding: &&Finding| finding.rule == rule && finding.severity == severity;
    report.findings.iter().filter(of).count()
}

#[test]
fn a_rule_tells_a_hundred_findings_about_one_file_and_what_it_leaves_out_is_not_excused() {
    let text = format!("{{{}\"modules\": {{}}}}", "\"mine\": 1,".repeat(150));
    let (path, entry) = (b"alice/registry.json".to_vec(), Entry::file(text.into_bytes()));
    let mut case = update();
    case.change.insert(path.clone(), entry.clone());
    assert_eq!(
        count(&report(&case), "json-duplicate-key", Severity::Error),
        PER_FILE + 1
    );
    let mut before = entry;
    before.content.push(b'\n');
    case.base.insert(path, before);
    let report = report(&case);
    assert_eq!(count(&report, "json-duplicate-key", Severity::Warning), PER_FILE);
    assert_eq!(count(&report, "json-duplicate-key", Severity::Error), 1);
}

#[test]
fn a_rule_tells_a_thousand_findings_about_one_pull_request() {
    let mut case = update();
    let link = Entry {
        mode: 0o120_000,
        content: b"..".to_vec(),
    };
    let links = (0..1_500).map(|n| (format!("alice/{n}").into_bytes(), link.clone()));
    case.change.extend(links);
    let report = report(&case);
    assert_eq!(count(&report, "file-mode", Severity::Error), PER_RULE + 1);
    let last = report
        .findings
        .iter()
        .find(|finding| finding.rule == "file-mode")
        .unwrap();
    assert_eq!(last.message, "500 more findings of this rule are not shown");
}

proptest::proptest! {
    // The parsers have ten thousand cases each beside them; here all rules run in every case.
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_path_and_no_bytes_make_a_rule_panic(
        path in "(alice/|Alice/|owners/|\\.\\./|/|git~1|\\.git|nul|[\\PC\u{0}-\u{20}\u{200b}\u{301}]){0,5}",
        raw in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..6),
        content in "\u{feff}?(\\{\"modules\": \\{|\"a\": |\"gist\": \"ab\"|[\\]\\[{},:]|\\\\u[d2][8-f0]0[0-9e]|1e999|<<<<<<< x\n|\\PC){0,12}",
    ) {
        let path = [path.as_bytes(), &raw].concat();
        let content: std::sync::Arc<[u8]> = [content.as_bytes(), &raw].concat().into();
        let known = RepoPath::new("alice/registry.json");
        let changes = [RepoPath::from_bytes(&path), known].map(|path| {
            let after = File::regular(path.place(), content.clone());
            let change = Change { place: path.place(), before: None, after: Some(after) };
            (path, change)
        });
        let submission = Submission {
            origin: Origin::WorkingTree { author: None },
            changes: changes.into(),
            related: Default::default(),
            folders: vec!["alice".to_owned()],
        };
        let now = Timestamp::parse(case::NOW).unwrap();
        judge(&submission, &Evidence::default(), &Policy::default(), &[], &now);
    }
}
