//! Answers about a whole registry from files that are handed in. Never reads a disk.

mod lookup;
mod memory;

use proptest::prelude::*;

use super::*;

fn files(texts: &[(&str, &str)]) -> Vec<(RepoPath, File)> {
    let file = |(path, text): &(&str, &str)| {
        let path = RepoPath::new(path);
        let file = File::regular(path.place(), text.as_bytes());
        (path, file)
    };
    texts.iter().map(file).collect()
}

fn registry(texts: &[(&str, &str)]) -> Registry {
    let files = files(texts);
    Registry::of(files.iter().map(|(path, file)| (path, file)))
}

fn module(publisher: &str, name: &str) -> ModuleId {
    ModuleId {
        publisher: Login::parse(publisher).unwrap(),
        name: ModuleName::parse(name).unwrap(),
    }
}

fn gist(id: &str) -> Ask {
    Ask::ModulesOf(GistId::parse(id).unwrap())
}

#[test]
fn modules_are_found_by_gist_and_by_name_whatever_else_is_broken() {
    let registry = registry(&[
        (
            "bob/registry.json",
            r#"{"modules": {"one": {"gist": "aa"}, "two": {"gist": 5}, "No": {"gist": "bb"}}}"#,
        ),
        (
            "Alice/registry.json",
            r#"{"modules": {"one": {"gist": "aa"}, "one": {"gist": "aa"}, "old": {"gist": "aa", "yanked": "x"}}}"#,
        ),
        ("broken/registry.json", "{"),
        (
            "not a login/registry.json",
            r#"{"modules": {"one": {"gist": "cc"}}}"#,
        ),
        ("_index/registry.json", r#"{"modules": {"one": {"gist": "cc"}}}"#),
    ]);
    let both = vec![module("alice", "one"), module("bob", "one")];
    assert_eq!(registry.answer(&gist("aa")), Answer::Known(Fact::Modules(both)));
    for none in ["bb", "cc"] {
        assert_eq!(
            registry.answer(&gist(none)),
            Answer::Known(Fact::Modules(vec![])),
            "{none}"
        );
    }
    let ask = |login: &str, name: &str| {
        registry.answer(&Ask::Module(
            Login::parse(login).unwrap(),
            ModuleName::parse(name).unwrap(),
        ))
    };
    assert_eq!(
        ask("ALICE", "one"),
        Answer::Known(Fact::Modules(vec![module("alice", "one")]))
    );
    assert_eq!(ask("bob", "two"), Answer::Absent);
    assert_ne!(ask("alice", "old"), Answer::Absent);
}

#[test]
fn advisories_are_found_by_id_in_both_kinds_of_file() {
    let text = r#"{"advisories": [{"id": "MLLD-1"}, {"id": "MLLD-1"}, {"id": 7}]}"#;
    let registry = registry(&[("bob/advisories.json", text), ("advisories/MLLD-1.json", text)]);
    let ask = |id: &str| registry.answer(&Ask::AdvisoryFiles(AdvisoryId::parse(id).unwrap()));
    let paths = ["advisories/MLLD-1.json", "bob/advisories.json"]
        .map(RepoPath::new)
        .to_vec();
    assert_eq!(ask("MLLD-1"), Answer::Known(Fact::Paths(paths)));
    assert_eq!(ask("MLLD-2"), Answer::Known(Fact::Paths(vec![])));
}

#[test]
fn installs_of_published_modules_are_summed_over_the_last_weeks() {
    let modules = r#"{"modules": {"one": {"gist": "aa"}, "two": {"gist": "bb"}}}"#;
    let line = |count: u64| {
        format!("{{\"module\":\"@BOB/one\",\"event\":\"install\",\"ci\":true,\"count\":{count},\"x\":1}}\n")
    };
    let mut texts = vec![("bob/registry.json".to_owned(), modules.to_owned())];
    // Nine weeks over the turn of a year: the oldest does not count.
    for (week, count) in [
        "2025/W45", "2025/W46", "2025/W47", "2025/W48", "2025/W49", "2025/W50", "2025/W51", "2025/W52",
        "2026/W01",
    ]
    .iter()
    .zip(1..)
    {
        texts.push((format!("stats/{week}.jsonl"), line(10_u64.pow(9 - count))));
    }
    let noise = [
        "not json",
        r#"{"module":"@bob/two","event":"cache-hit","count":999}"#,
        r#"{"module":"@bob/two","event":"install","count":-1}"#,
        r#"{"module":"@eve/none","event":"install","count":999}"#,
        r#"{"module":"bob/two","event":"install","count":999}"#,
        r#"{"module":"@bob/two","event":"install","count":18446744073709551615}"#,
        r#"{"module":"@bob/two","event":"install","count":1}"#,
    ];
    texts[9].1.push_str(&noise.join("\n"));
    texts.push(("stats/ledger/2026/W02.jsonl".into(), line(5)));
    texts.push(("stats/2026/W2.jsonl".into(), line(5)));
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let expected = vec![
        (module("bob", "two"), u64::MAX),
        (module("bob", "one"), 11_111_111),
    ];
    assert_eq!(
        registry(&texts).answer(&Ask::WellUsed),
        Answer::Known(Fact::WellUsed(expected))
    );
}

#[test]
fn what_the_tree_does_not_know_stays_unknown() {
    let ask = Ask::Account(Login::parse("bob").unwrap());
    assert!(matches!(Registry::default().answer(&ask), Answer::Unknown(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_panics(bytes in prop::collection::vec(any::<u8>(), 0..80), name in "\\PC{0,20}", count in any::<u64>()) {
        let line = serde_json::json!({"module": name, "event": "install", "count": count}).to_string();
        let _ = (installs(&bytes), installs(line.as_bytes()), week(&name), week(&format!("stats/{name}")));
    }
}
