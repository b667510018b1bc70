//! A registry that is judged part by part gets the same report as one that is judged at once, however it is cut. Never reads a disk
//! but for the fixtures.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use case::Entry;
use gistry::finding::Report;
use gistry::model::evidence::{Evidence, Unavailable};
use gistry::model::file::{Content, File, Mode};
use gistry::model::name::{Name, Timestamp};
use gistry::model::path::RepoPath;
use gistry::model::policy::Policy;
use gistry::model::submission::{Change, Origin, Submission};
use gistry::rules::{Parts, judge};
use proptest::prelude::*;

mod case;

type Files = BTreeMap<RepoPath, (Mode, Content)>;

fn files(tree: &case::Tree) -> Files {
    let file = |(path, entry): (&Vec<u8>, &Entry)| {
        let content = Content::Bytes(entry.content.as_slice().into());
        (
            RepoPath::from_bytes(path),
            (Mode::from_octal(entry.mode), content),
        )
    };
    tree.iter().map(file).collect()
}

fn policy(files: &Files) -> Policy {
    let path = RepoPath::new("registry.toml");
    let settings = files.get(&path);
    let settings = settings.map(|(mode, content)| File::new(path.place(), *mode, None, content.clone()));
    settings
        .as_ref()
        .and_then(File::policy)
        .cloned()
        .unwrap_or_default()
}

fn folders(files: &Files) -> Vec<String> {
    let mut folders: Vec<String> = files
        .keys()
        .filter_map(RepoPath::folder)
        .map(str::to_owned)
        .collect();
    folders.dedup();
    folders
}

fn now() -> Timestamp {
    Timestamp::parse(case::NOW).unwrap()
}

fn at_once(files: &Files, evidence: &Evidence) -> Report {
    let change = |(path, (mode, content)): (&RepoPath, &(Mode, Content))| {
        let after = Some(File::new(path.place(), *mode, None, content.clone()));
        let place = path.place();
        (
            path.clone(),
            Change {
                place,
                before: None,
                after,
            },
        )
    };
    let submission = Submission {
        origin: Origin::Tree,
        changes: files.iter().map(change).collect(),
        related: BTreeMap::new(),
        folders: folders(files),
    };
    judge(&submission, evidence, &policy(files), &[], &now())
}

/// `cuts` say after how many files each part ends, over and over.
fn in_parts(files: &Files, evidence: &Evidence, cuts: &[usize]) -> Report {
    let (policy, now) = (policy(files), now());
    let parts = Parts::new(evidence, &policy, &now);
    let file = |(path, (mode, content)): (&RepoPath, &(Mode, Content))| {
        (
            path.clone(),
            File::new(path.place(), *mode, None, content.clone()),
        )
    };
    let mut left: Vec<(RepoPath, File)> = files.iter().map(file).collect();
    let mut judged = Vec::new();
    for cut in cuts.iter().cycle() {
        if left.is_empty() {
            break;
        }
        let rest = left.split_off((*cut).clamp(1, left.len()));
        judged.push(parts.judge(std::mem::replace(&mut left, rest)));
    }
    parts.report(judged, folders(files))
}

fn closed() -> [Evidence; 2] {
    [Unavailable::LocalOnly, Unavailable::Offline].map(|why| Evidence::default().closed(why))
}

#[test]
fn the_fixtures_registries_get_the_same_report_in_parts() {
    let mut findings = 0;
    for case in case::all() {
        for files in [files(&case.base), files(&case.head())] {
            for evidence in &closed() {
                let whole = at_once(&files, evidence);
                findings += whole.findings.len();
                for cuts in [&[1][..], &[2, 1], &[7], &[10_000]] {
                    assert_eq!(
                        in_parts(&files, evidence, cuts),
                        whole,
                        "{}, cut {cuts:?}",
                        case.id
                    );
                }
            }
        }
    }
    assert!(
        findings > 300,
        "only {findings} findings: the fixtures no longer show much"
    );
}

/// Folders that nearly are the same one, names that nothing may have, and files of every kind.
fn path() -> impl Strategy<Value = String> {
    let folder = prop::sample::select(vec![
        "alice", "Alice", "ALICE", "bob", "bob-", "carol", "con", "stats", "e\u{301}", "é", "a b.", "owners",
    ]);
    let file = prop::sample::select(vec![
        "registry.json",
        "registry.json",
        "registry.json",
        "advisories.json",
        "Registry.json",
        "x/registry.json",
        "x/y",
        "X/y",
        "bob.json",
        "pandas-1.0.msgpack",
    ]);
    prop_oneof![
        12 => (folder, file).prop_map(|(folder, file)| format!("{folder}/{file}")),
        2 => "(advisories|owners)/(MLLD-1|MLLD-2|alice|Alice)\\.json",
        1 => "(README.md|readme.md|registry.toml|alice|nul|ALICE)",
    ]
}

fn content() -> impl Strategy<Value = String> {
    let module = "\"(one|One|o-ne|two|three|Two!)\": \\{\"gist\": \"(aa|bb|cc|dd|ee|ff|xx)\"(, \"file\": \"(f|g)\")?(, \"yanked\": \"old\")?(, \"created\": \"20(25|31)-01-01T00:00:00Z\")?\\}";
    let modules = prop::collection::vec(module, 0..4).prop_map(|modules| {
        format!(
            "{{\"version\": \"1.0.0\", \"author\": \"alice\", \"modules\": {{{}}}}}",
            modules.join(",\n")
        )
    });
    let advisory = "\\{\"id\": \"(MLLD-1|mlld-1|MLLD-2|X)\", \"affects\": \\[(\"(alice/|bob/|Carol/|eve/)?(one|two|no)\")?\\], \"gists\": \\[(\"(aa|bb)\")?\\]\\}";
    let advisories = prop::collection::vec(advisory, 0..3).prop_map(|all| {
        format!(
            "{{\"version\": \"1.0.0\", \"author\": \"bob\", \"advisories\": [{}]}}",
            all.join(",\n")
        )
    });
    prop_oneof![
        6 => modules,
        4 => advisories,
        1 => "(\\{|<<<<<<< x\n|\\[1e999\\]|\\{\"a\": 1, \"a\": 2\\}|\u{feff}\\{\\}|name = \"mlld\"|\\[rules\\]\ngist-duplicate = \"(off|warning|review)\"|\\PC{0,5})",
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![12 => Just(Mode::Regular), 1 => Just(Mode::Executable), 1 => Just(Mode::Symlink)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn faulty_registries_get_the_same_report_in_parts(
        files in prop::collection::vec((path(), mode(), content()), 0..14),
        cuts in prop::collection::vec(1..5usize, 1..5),
    ) {
        let file = |(path, mode, text): (String, Mode, String)| {
            (RepoPath::new(&path), (mode, Content::Bytes(text.into_bytes().into())))
        };
        let files: Files = files.into_iter().map(file).collect();
        let [evidence, _] = closed();
        prop_assert_eq!(in_parts(&files, &evidence, &cuts), at_once(&files, &evidence));
    }
}
