//! `gistry stats top` and `show`: tables, bars and JSON, and nothing that few stand behind.

use serde_json::{Value, json};

use crate::*;

fn registry() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let line = |module: &str, event: &str, count: u64, contributors: u64| {
        format!(
            "{{\"module\":\"{module}\",\"event\":\"{event}\",\"ci\":false,\"count\":{count},\"contributors\":{contributors}}}\n"
        )
    };
    let week = |lines: &[String]| lines.concat();
    write(
        temp.path(),
        "stats/2026/W46.jsonl",
        &week(&[
            line("@alice/json-utils", "install", 40, 20),
            line("@bob/http", "install", 9_000, 2),
            line("pandas", "export-miss", 70, 30),
        ]),
    );
    write(
        temp.path(),
        "stats/2026/W45.jsonl",
        &line("@alice/json-utils", "install", 20, 3),
    );
    write(
        temp.path(),
        "stats/2025/W40.jsonl",
        &line("@old/thing", "install", 20, 30),
    );
    write(temp.path(), "stats/ledger/2026/W46.jsonl", "");
    temp
}

#[test]
fn what_few_shared_is_left_out_and_said() {
    let temp = registry();
    let (code, stdout, _) = gistry(temp.path(), &["stats", "top", "--weeks", "2"]);
    assert_eq!(code, 0);
    assert!(
        stdout.starts_with("install in 2026-W45 to 2026-W46\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("@alice/json-utils            20     60"),
        "{stdout}"
    );
    assert!(!stdout.contains("bob") && !stdout.contains("old"), "{stdout}");
    assert!(
        stdout.ends_with("1 with fewer than 5 contributors are not shown\n"),
        "{stdout}"
    );

    write(temp.path(), "registry.toml", "[stats]\nk = 2\n");
    let (_, stdout, _) = gistry(temp.path(), &["stats", "top", "--json"]);
    let told: Value = serde_json::from_str(&stdout).unwrap();
    let names: Vec<&str> = told["top"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rank| rank["module"].as_str().unwrap())
        .collect();
    // By contributors, not by counts; the newest weeks that there are, however old.
    assert_eq!(names, ["@old/thing", "@alice/json-utils", "@bob/http"]);
    assert_eq!((&told["hidden"], &told["k"]), (&json!(0), &json!(2)));
    let (_, stdout, _) = gistry(
        temp.path(),
        &["stats", "top", "--event", "export-miss", "--most", "1"],
    );
    assert!(stdout.contains("pandas"), "{stdout}");
    assert_eq!(gistry(temp.path(), &["stats", "top", "--event", "share"]).0, 2);
}

#[test]
fn a_module_is_shown_week_by_week() {
    let temp = registry();
    let (code, stdout, _) = gistry(
        temp.path(),
        &["stats", "show", "@Alice/json-utils", "--weeks", "2"],
    );
    assert_eq!(code, 0);
    assert!(stdout.contains("2026-W45   *\n"), "{stdout}");
    assert!(
        stdout.contains("2026-W46  40  ████████████████████████████████████████ (20 contributors)"),
        "{stdout}"
    );
    let (_, stdout, _) = gistry(temp.path(), &["stats", "show", "@bob/http", "--json"]);
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(told["weeks"][2]["lines"][0]["count"], Value::Null);
    assert!(!stdout.contains("9000"));
    let (_, stdout, _) = gistry(temp.path(), &["stats", "show", "numpy"]);
    assert!(stdout.contains("nothing was shared"), "{stdout}");
    assert_eq!(gistry(temp.path(), &["stats", "show", "../x"]).0, 2);
}
