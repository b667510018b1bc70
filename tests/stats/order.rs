//! Any order, any replay and any split into runs of the same batches gives the same files to the byte, and those are what a few plain lines
//! of code here make of the set. Never uses gistry's own fold to check it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;

use crate::*;

/// Few of everything, so that batches meet: two weeks, four accounts, six ids, and for each a few contents.
fn shared() -> impl Strategy<Value = Shared> {
    let rows = prop::collection::btree_map(
        (
            prop::sample::select(vec!["@a/one", "@b/two", "@b/three"]),
            any::<bool>(),
        ),
        prop_oneof![9 => 1..50u64, 1 => Just(10_001)],
        0..4,
    );
    (
        prop::sample::select(vec!["2026-W45", "2026-W46"]),
        0..6u8,
        1..5u64,
        rows,
        0..20u8,
    )
        .prop_map(|(week, id, account, rows, odd)| {
            let id = format!("{id:032x}");
            let rows: Vec<String> = rows
                .into_iter()
                .map(|((module, ci), count)| row(module, "install", ci, count))
                .collect();
            let mut text = batch(&id, week, &rows);
            if odd == 0 {
                text = text.replace("counts", "count");
            }
            // The same bytes are the same batch, so they are of the same account.
            text = text.replace("test/1", &format!("test/{account}"));
            let week = week.to_owned();
            Shared {
                week,
                id,
                account,
                text,
            }
        })
}

fn is_sound(shared: &Shared) -> bool {
    shared.text.contains("\"counts\"") && !shared.text.contains("10001")
}

/// The aggregates that the set of batches amounts to.
fn expected(batches: &[Shared]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for week in ["2026-W45", "2026-W46"] {
        let sound = batches
            .iter()
            .filter(|shared| shared.week == week && is_sound(shared));
        // By id, then by digest.
        let by_id: BTreeMap<(&str, String), &Shared> = sound
            .map(|shared| ((shared.id.as_str(), digest(&shared.text)), shared))
            .collect();
        let (mut ids, mut accounts) = (BTreeSet::new(), BTreeSet::new());
        let mut sums: BTreeMap<(String, bool), (u64, u64)> = BTreeMap::new();
        for ((id, _), shared) in by_id {
            if !ids.insert(id) || !accounts.insert(shared.account) {
                continue;
            }
            let value: serde_json::Value = serde_json::from_str(&shared.text).unwrap();
            for row in value["counts"].as_array().unwrap() {
                let key = (
                    row["module"].as_str().unwrap().to_owned(),
                    row["ci"].as_bool().unwrap(),
                );
                let sum = sums.entry(key).or_default();
                *sum = (sum.0 + row["count"].as_u64().unwrap(), sum.1 + 1);
            }
        }
        let text: String = sums
            .iter()
            .map(|((module, ci), (count, people))| {
                format!("{{\"module\":\"{module}\",\"event\":\"install\",\"ci\":{ci},\"count\":{count},\"contributors\":{people}}}\n")
            })
            .collect();
        if !text.is_empty() {
            files.insert(format!("2026/{}.jsonl", &week[5..]), text);
        }
    }
    files
}

fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Folds batches in this order, in runs of these sizes, each batch as it comes out of the history.
fn folded(batches: &[Shared], order: &[usize], runs: &[usize]) -> BTreeMap<String, String> {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    // What was merged once is in the history.
    git(dir, &["init", "--quiet", "."]);
    for (at, shared) in batches.iter().enumerate() {
        write(dir, &format!("old/{at}"), &shared.text);
    }
    git(dir, &["add", "old"]);
    git(dir, &["commit", "--quiet", "-m", "x", "--allow-empty"]);
    let (mut rest, mut runs) = (order, runs.iter().cycle());
    while !rest.is_empty() {
        let mut run: Vec<Shared> = Vec::new();
        let size = *runs.next().unwrap();
        while run.len() < size && !rest.is_empty() {
            let next = &batches[rest[0]];
            // Two of one name cannot be in the inbox at once.
            if run.iter().any(|shared| shared.id == next.id) {
                break;
            }
            run.push(next.clone());
            rest = &rest[1..];
        }
        put(dir, &run);
        let (code, stdout, stderr) = gistry(dir, &FOLD);
        assert_eq!(code, 0, "{stdout}{stderr}");
    }
    let found = files(&dir.join("stats"));
    assert!(
        found.keys().all(|path| !path.starts_with("inbox/")),
        "{:?}",
        found.keys()
    );
    found
}

/// How often the property is tried: each time is some twenty runs of gistry.
const CASES: u32 = 48;

#[test]
fn order_replays_and_runs_do_not_matter() {
    let strategy = prop::collection::vec(shared(), 1..12).prop_flat_map(|batches| {
        let all: Vec<usize> = (0..batches.len()).collect();
        let replays = prop::collection::vec(0..batches.len(), 0..4);
        let orders = (replays.clone(), replays).prop_flat_map(move |(some, others)| {
            let order = |more: Vec<usize>| Just([all.clone(), more].concat()).prop_shuffle();
            (order(some), order(others))
        });
        let runs = || prop::collection::vec(1..6usize, 1..4);
        (Just(batches), orders, runs(), runs())
    });
    let (displaced, aside) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&strategy, |(batches, (first, second), runs, others)| {
        let one = folded(&batches, &first, &runs);
        let other = folded(&batches, &second, &others);
        prop_assert_eq!(&one, &other);
        let aggregates: BTreeMap<String, String> = one
            .iter()
            .filter(|(path, _)| path.starts_with("2026/"))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        prop_assert_eq!(aggregates, expected(&batches));
        aside.set(aside.get() + one.keys().filter(|path| path.starts_with("quarantine/")).count());
        let second = one
            .values()
            .filter(|text| text.contains("a second batch of its account"))
            .count();
        displaced.set(displaced.get() + second);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // A test in which batches never meet would prove little.
    assert!(
        displaced.get() > 10 && aside.get() > 20,
        "{displaced:?} {aside:?}"
    );
}

#[test]
fn a_smaller_id_that_comes_later_counts_and_nothing_is_subtracted() {
    let one = |id: u8, count: u64| Shared {
        week: "2026-W46".into(),
        id: format!("{id:032x}"),
        account: 7,
        text: batch(
            &format!("{id:032x}"),
            "2026-W46",
            &[row("@a/one", "install", false, count)],
        ),
    };
    let others = Shared {
        account: 8,
        ..one(9, 100)
    };
    let batches = [one(5, 40), one(3, 2), others];
    let found = folded(&batches, &[2, 0, 1], &[1]);
    let line =
        "{\"module\":\"@a/one\",\"event\":\"install\",\"ci\":false,\"count\":102,\"contributors\":2}\n";
    assert_eq!(found["2026/W46.jsonl"], line);
    assert!(found["quarantine/2026/W46.jsonl"].contains("a second batch of its account for this week"));
    assert!(!found["ledger/2026/W46.jsonl"].contains(&batches[0].id));
}

#[test]
fn a_week_that_must_be_summed_anew_says_what_it_misses() {
    let temp = tempfile::tempdir().unwrap();
    let one = |id: u8| Shared {
        week: "2026-W46".into(),
        id: format!("{id:032x}"),
        account: u64::from(id % 2),
        text: batch(
            &format!("{id:032x}"),
            "2026-W46",
            &[row("@a/one", "install", false, 1)],
        ),
    };
    git(temp.path(), &["init", "--quiet", "."]);
    put(temp.path(), &[one(5), one(4)]);
    assert_eq!(gistry(temp.path(), &FOLD).0, 0);
    let before = files(&temp.path().join("stats"));
    put(temp.path(), &[one(3)]);
    let (code, _, stderr) = gistry(temp.path(), &FOLD);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("is not in the history that is here"), "{stderr}");
    std::fs::remove_dir_all(temp.path().join("stats/inbox")).unwrap();
    assert_eq!(files(Path::new(&temp.path().join("stats"))), before);
}
