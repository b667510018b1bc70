//! Reports to render: usual ones and endless ones. Never judges.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gistry::finding::{Finding, NotRun, Override, Report, Severity, Subject};
use gistry::model::file::File;
use gistry::model::name::{CommitId, Name, Repository};
use gistry::model::path::{Place, RepoPath};
use gistry::model::requests::Requests;
use gistry::model::text::Span;

/// The head that most reports judge.
pub const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

/// A file that several reports point into.
const ALICE: &str = r#"{
  "version": "1.0.0",
  "updated": "2026-11-21T07:00:00Z",
  "author": "alice",
  "modules": {
    "json-utils": {
      "gist": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"descripton": "漢字, tabs and é",
      "tags": []
    },
    "json-utils": {}
  }
}
"#;

/// A pull request's head.
pub fn pull(head: &str) -> Subject {
    Subject {
        repository: Some(Repository::parse("acme/registry").unwrap()),
        pull: Some(7),
        base: Some(CommitId::parse(&"b".repeat(40)).unwrap()),
        head: Some(CommitId::parse(head).unwrap()),
        files: 2,
    }
}

/// A working tree, or a whole registry.
pub fn local() -> Subject {
    Subject {
        repository: None,
        pull: None,
        base: None,
        head: None,
        files: 1,
    }
}

/// A finding at a part of a text.
pub fn found(
    rule: &'static str,
    severity: Severity,
    path: &str,
    source: &str,
    part: &str,
    message: &str,
) -> Finding {
    let path = RepoPath::new(path);
    let start = source.find(part).unwrap();
    let file = File::regular(Place::Unknown, source.as_bytes().to_vec());
    Finding::new(rule, severity, part, message).at(&path, &file, Span::new(start, start + part.len()))
}

/// One of each: weights, places, help, replacements, rules that did not run, overrides, remarks.
pub fn usual() -> Report {
    let alice = "alice/registry.json";
    let gist = "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"";
    let second = "\"json-utils\": {}";
    let source = ALICE;
    let findings = vec![
        found(
            "gist-exists",
            Severity::Error,
            alice,
            source,
            gist,
            "GitHub knows no gist `aaaa`",
        )
        .help("Copy the id from the gist's address.")
        .related(&RepoPath::new("bob/registry.json"), Some(4), "names it, too"),
        found(
            "json-duplicate-key",
            Severity::Error,
            alice,
            source,
            second,
            "the key \"json-utils\" stands twice in one object",
        )
        .help("Keep one of the two entries.")
        .related(&RepoPath::new(alice), Some(6), "first here"),
        Finding::new(
            "made-up-pull",
            Severity::Review,
            "7",
            "the pull request changes nothing that can be judged",
        ),
        Finding::new(
            "made-up-link",
            Severity::Error,
            "alice/link",
            "this is a symbolic link",
        )
        .path(&RepoPath::new("alice/link")),
        found(
            "made-up-key",
            Severity::Warning,
            alice,
            source,
            "\"descripton\"",
            "nothing reads the key `descripton`",
        )
        .help("Write `description`.")
        .replacement("\"description\""),
        {
            let mut old = found(
                "made-up-tags",
                Severity::Warning,
                alice,
                source,
                "[]",
                "a module without tags is hard to find",
            );
            old.softened = Some("it was there before this change".into());
            old
        },
        {
            let mut allowed = found(
                "made-up-size",
                Severity::Note,
                alice,
                source,
                "{}",
                "this module is large",
            );
            allowed.softened = Some("allowed by maud: known".into());
            allowed
        },
    ];
    let not_run = vec![
        NotRun {
            rule: "made-up-gist",
            reason: "GitHub answered 502 three times".into(),
            undecided: true,
        },
        NotRun {
            rule: "made-up-off",
            reason: "switched off in registry.toml".into(),
            undecided: false,
        },
    ];
    let mut report = Report::new(
        pull(HEAD),
        findings,
        vec!["gist-exists", "json-duplicate-key"],
        not_run,
    );
    report.overrides = vec![
        Override {
            rule: "made-up-size".into(),
            by: "maud".into(),
            reason: "known".into(),
            refused: None,
        },
        Override {
            rule: "path-safe".into(),
            by: "mallory".into(),
            reason: "please".into(),
            refused: Some("mallory may not write to this registry".into()),
        },
    ];
    report.remarks = vec!["the token may not write labels".into()];
    report.requests = Requests {
        rest: 9,
        graphql: 1,
        git: 2,
    };
    report
}

/// The usual report after the author pushed a better head: two findings are gone, and a rule was asked at last.
pub fn better(head: &str) -> Report {
    let old = usual();
    let findings = old
        .findings
        .into_iter()
        .filter(|finding| finding.rule.starts_with("made-up"))
        .collect();
    Report::new(pull(head), findings, old.run, Vec::new())
}

/// Nothing was found.
pub fn clean(subject: Subject) -> Report {
    Report::new(
        subject,
        Vec::new(),
        vec!["gist-exists", "json-duplicate-key"],
        Vec::new(),
    )
}

/// Something could not be asked, and nothing was found.
pub fn undecided() -> Report {
    let not_run = vec![NotRun {
        rule: "gist-exists",
        reason: "the requests of this hour are used up".into(),
        undecided: true,
    }];
    Report::new(pull(HEAD), Vec::new(), vec!["json-duplicate-key"], not_run)
}

/// A line of 100 kB, and a message of 100 kB.
pub fn endless() -> Report {
    let source = format!("{}\"here\"{}", "x, ".repeat(17_000), "y, ".repeat(17_000));
    let finding = found(
        "made-up-line",
        Severity::Error,
        "alice/registry.json",
        &source,
        "\"here\"",
        &"long ".repeat(20_000),
    );
    Report::new(
        pull(HEAD),
        vec![finding.help("@".repeat(100_000)).replacement("\"there\"")],
        Vec::new(),
        Vec::new(),
    )
}

/// 3,000 findings.
pub fn many() -> Report {
    let finding = |index: usize| {
        let severity = [
            Severity::Error,
            Severity::Review,
            Severity::Warning,
            Severity::Note,
        ][index % 4];
        let path = format!("user{index}/registry.json");
        found(
            "made-up-many",
            severity,
            &path,
            ALICE,
            "\"author\"",
            &format!("number {index}"),
        )
        .help("Mend it.")
    };
    Report::new(
        pull(HEAD),
        (0..3_000).map(finding).collect(),
        vec!["gist-exists"],
        Vec::new(),
    )
}
