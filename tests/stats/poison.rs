//! What strangers send: a thousand batches at once through the judge, and what slipped through to the fold. The rest of the poisons are
//! fixtures of the rules.

use gistry_standin::Edit;

use crate::stage::Stage;
use crate::*;

fn last_week() -> String {
    Week::of(chrono::Utc::now()).back(1).to_string()
}

#[test]
fn a_thousand_batches_of_one_account_are_refused_one_by_one() {
    let stage = Stage::new();
    stage.gh.allow_writes();
    let repo = stage.registry();
    let week = last_week();
    let account = stage
        .gh
        .account_with("mallory", |account| account.created_at = 1_500_000_000)
        .id;
    let own = own_id(account, &week);
    let ids = (0..999).map(|n| format!("{n:032x}")).chain([own.clone()]);
    let edits = ids.map(|id| {
        let rows = [row("@alice/json-utils", "install", false, 1)];
        Edit::write(format!("stats/inbox/{week}/{id}.json"), batch(&id, &week, &rows))
    });
    let number = repo.pull("mallory").edits(edits).open();
    let run = stage.validate(number);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
    let findings = run.findings();
    let replays = findings
        .iter()
        .filter(|finding| finding.starts_with("error stats-replay"))
        .count();
    assert_eq!(replays, 1_000, "{:?}", &findings[..5]);
    assert!(findings.contains(&"review account-limits".to_owned()));
    // The account's own one alone is well.
    let rows = [row("@alice/json-utils", "install", false, 1)];
    let edit = Edit::write(
        format!("stats/inbox/{week}/{own}.json"),
        batch(&own, &week, &rows),
    );
    let number = repo.pull("mallory").branch("one").edits([edit]).open();
    let run = stage.validate(number);
    assert_eq!((run.code, run.findings()), (0, vec![]), "{}", run.all());
}

#[test]
fn what_slipped_through_is_set_aside_with_a_reason_and_the_rest_counts() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let week = "2026-W46";
    let good = |account: u64, rows: &[String]| {
        let id = own_id(account, week);
        Shared {
            week: week.into(),
            text: batch(&id, week, rows),
            id,
            account,
        }
    };
    let one = |count: &str| row("@a/one", "install", false, count);
    // Six people installed it ten times each, ten weeks before and earlier.
    let line = "{\"module\":\"@a/one\",\"event\":\"install\",\"ci\":false,\"count\":60,\"contributors\":6}\n";
    write(dir, "stats/2026/W36.jsonl", line);
    let mut batches = vec![
        good(1, &[one("10")]),
        good(2, &[one("-5")]),
        good(3, &[one("1.5")]),
        good(4, &[one("1000000000000000000000000")]),
        good(5, &[one("10001")]),
        good(6, &[one("201")]),
        good(7, &[one("200")]),
        good(8, &[one("1"), one("2")]),
        good(9, &[one("1")]),
        good(10, &vec![one("1"); 2_001]),
        good(11, &[one("1")]),
        good(12, &[one("1")]),
    ];
    batches[8].text = batches[8].text.replace("W46", "W45");
    batches[10].text = " ".repeat(65 << 10) + &batches[10].text;
    batches[11].text = "{".into();
    put(dir, &batches);
    write(dir, "stats/inbox/2026-W46/notes.txt", "x");
    write(
        dir,
        "stats/inbox/2025-W53/00000000000000000000000000000000.json",
        "{}",
    );
    write(dir, "stats/inbox/2026-W46/my-week.json", "{}");
    let (code, stdout, stderr) = gistry(dir, &[&FOLD[..], &["--format", "json"]].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");
    let found = files(&dir.join("stats"));
    let line =
        "{\"module\":\"@a/one\",\"event\":\"install\",\"ci\":false,\"count\":210,\"contributors\":2}\n";
    assert_eq!(found["2026/W46.jsonl"], line);
    assert_eq!(found["ledger/2026/W46.jsonl"].lines().count(), 2);
    let aside = &found["quarantine/2026/W46.jsonl"];
    assert_eq!(aside.lines().count(), 11, "{aside}");
    for part in [
        "/counts/0/count: expected a whole number",
        "10000 are allowed",
        "an outlier: install of @a/one is counted 201 times",
        "stands in two rows",
        "another week than its folder",
        "more than 65536 bytes",
        "\"no JSON\"",
        "its name is no batch id",
    ] {
        assert!(aside.contains(part), "{part}: {aside}");
    }
    let left: Vec<&String> = found.keys().filter(|path| path.starts_with("inbox/")).collect();
    assert_eq!(
        left,
        [
            "inbox/2025-W53/00000000000000000000000000000000.json",
            "inbox/2026-W46/notes.txt"
        ]
    );
    assert!(stdout.contains("notes.txt") && stdout.contains("2025-W53"));
}

#[test]
fn what_is_set_aside_counts_when_the_caps_are_raised_and_it_comes_again() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let id = own_id(1, "2026-W46");
    let text = batch(&id, "2026-W46", &[row("@a/one", "install", true, 20_000)]);
    let shared = Shared {
        week: "2026-W46".into(),
        id,
        account: 1,
        text,
    };
    put(dir, std::slice::from_ref(&shared));
    assert_eq!(gistry(dir, &FOLD).0, 0);
    assert!(files(&dir.join("stats")).contains_key("quarantine/2026/W46.jsonl"));
    write(dir, "registry.toml", "[stats]\nmax_count = 20000\n");
    put(dir, &[shared]);
    assert_eq!(gistry(dir, &FOLD).0, 0);
    let found = files(&dir.join("stats"));
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        ["2026/W46.jsonl", "ledger/2026/W46.jsonl"]
    );
}

#[test]
fn a_broken_ledger_stops_the_fold_and_says_where() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let id = own_id(1, "2026-W46");
    let text = batch(&id, "2026-W46", &[]);
    put(
        dir,
        &[Shared {
            week: "2026-W46".into(),
            id,
            account: 1,
            text,
        }],
    );
    let line = |digit: &str| {
        format!(
            "{{\"batch\":\"{}\",\"sha256\":\"{}\",\"account\":1,\"blob\":\"{}\"}}\n",
            digit.repeat(32),
            digit.repeat(64),
            digit.repeat(40)
        )
    };
    for (ledger, fault) in [
        ("\nnonsense\n".to_owned(), "line 2, cannot be read"),
        (line("2") + &line("1"), "line 2, is out of order"),
        (line("1") + &line("1"), "line 2, is out of order"),
    ] {
        write(dir, "stats/ledger/2026/W46.jsonl", &ledger);
        let before = files(dir);
        let (code, _, stderr) = gistry(dir, &FOLD);
        assert_eq!((code, files(dir)), (3, before), "{stderr}");
        let expected = format!("stats/ledger/2026/W46.jsonl, {fault}; a maintainer must mend it");
        assert!(stderr.contains(&expected), "{stderr}");
    }
}
