//! The journal's own tests: stopped after any step, and again after any step. Never calls the program.

use super::*;

fn read(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// A folder with two batches, a ledger and a file that goes.
fn before() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        folders(temp.path(), path).unwrap();
        fs::write(temp.path().join(path), text).unwrap();
    };
    put("stats/inbox/2026-W46/a.json", "{}");
    put("stats/inbox/2026-W46/b.json", "{}");
    put("stats/ledger/2026/W46.jsonl", "line\n");
    put("stats/quarantine/2026/W46.jsonl", "odd\n");
    temp
}

/// A journal of all that is to be done there.
fn journal(dir: &Path) -> Journal {
    let mut journal = Journal::begin(hold(dir).unwrap().0).unwrap();
    let put = |journal: &mut Journal, path: &str, text: &str| {
        let mut staged = journal.text().unwrap();
        staged.add(text).unwrap();
        journal.put(path, staged).unwrap();
    };
    journal.remove("stats/inbox/2026-W46/a.json").unwrap();
    journal.remove("stats/inbox/2026-W46/b.json").unwrap();
    put(&mut journal, "stats/2026/W46.jsonl", "new\n");
    put(&mut journal, "stats/ledger/2026/W46.jsonl", "line\n");
    put(&mut journal, "stats/quarantine/2026/W46.jsonl", "");
    put(&mut journal, "stats/quarantine/2026/W45.jsonl", "");
    journal
}

#[test]
fn whoever_comes_next_finishes_what_was_begun() {
    let whole = before();
    let made = journal(whole.path());
    // Two batches go, the aggregates come, the quarantine goes; the ledger stays as it is.
    assert_eq!(made.steps(), 4);
    assert!(made.open("stats/quarantine/2026/W46.jsonl").unwrap().is_none());
    assert!(made.open("stats/2026/W46.jsonl").unwrap().is_some());
    made.carry_out().unwrap();
    let expected = read(whole.path());
    assert_eq!(
        expected.into_iter().collect::<Vec<_>>(),
        [
            ("stats/2026/W46.jsonl".to_owned(), "new\n".to_owned()),
            ("stats/ledger/2026/W46.jsonl".to_owned(), "line\n".to_owned())
        ]
    );
    assert!(!whole.path().join("stats/inbox/2026-W46").exists());
    assert!(!whole.path().join(STAGED).exists());
    assert!(!hold(whole.path()).unwrap().1);
    // Killed before any step, and again during the recovery of that.
    for first in 0..=5 {
        for second in 0..=5 {
            let temp = before();
            let mut made = journal(temp.path());
            assert!(made.write_down().unwrap());
            drop(made);
            let again = |most| {
                let list = File::open(temp.path().join(NAME));
                list.map(|list| finish(temp.path(), steps(BufReader::new(list)), most).unwrap())
            };
            let _ = again(first);
            let _ = again(second);
            assert_eq!(hold(temp.path()).unwrap().1, first < 5 && second < 5);
            assert_eq!(read(temp.path()), read(whole.path()), "{first} {second}");
        }
    }
}

#[test]
fn what_is_not_carried_out_leaves_nothing() {
    let temp = before();
    let unharmed = read(temp.path());
    drop(journal(temp.path()));
    assert_eq!(read(temp.path()), unharmed);
    // Somebody who was killed while making it leaves texts, and they do no harm.
    std::mem::forget(journal(temp.path()));
    assert!(read(temp.path()).len() > unharmed.len());
}

#[cfg(unix)]
#[test]
fn two_do_not_write_to_one_folder() {
    let temp = before();
    let held = hold(temp.path()).unwrap();
    let error = hold(temp.path()).unwrap_err().to_string();
    assert!(error.contains("another gistry is folding"), "{error}");
    drop(held);
    hold(temp.path()).unwrap();
}

#[test]
fn a_journal_leads_nowhere_else() {
    for text in [
        "{",
        "{\"remove\":{\"path\":\"stats/../x\"}}",
        "{\"remove\":{\"path\":\"README.md\"}}",
        "{\"remove\":{\"path\":\"stats\"}}",
        "{\"write\":{\"path\":\"stats//x\",\"text\":0}}",
        "{\"write\":{\"path\":\"stats/x\",\"text\":\"../../y\"}}",
        "{\"remove\":{\"path\":\"stats/inbox/2026-W46/a.json\"}}\n{}",
    ] {
        let temp = before();
        fs::write(temp.path().join(NAME), text).unwrap();
        let found = read(temp.path());
        assert!(hold(temp.path()).is_err(), "{text}");
        assert_eq!(read(temp.path()), found, "{text}");
    }
}

/// Clones of registries come from anybody, and bring what they like.
#[cfg(unix)]
#[test]
fn nothing_is_done_behind_a_link() {
    use std::os::unix::fs::symlink;
    let home = || {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("2026-W46")).unwrap();
        for name in ["0", "x", "2026-W46/a.json", "list", ".journal"] {
            fs::write(home.path().join(name), "theirs").unwrap();
        }
        home
    };
    for (link, journal) in [
        ("stats/link", "{\"remove\":{\"path\":\"stats/link/x\"}}\n"),
        (
            "stats/link",
            "{\"remove\":{\"path\":\"stats/link/2026-W46/a.json\"}}\n",
        ),
        (
            "stats/link",
            "{\"write\":{\"path\":\"stats/link/x\",\"text\":0}}\n",
        ),
        ("stats/.staged", "{\"write\":{\"path\":\"stats/x\",\"text\":0}}\n"),
        ("stats/.staged", ""),
        ("stats", ""),
    ] {
        let (temp, home) = (before(), home());
        let theirs = read(home.path());
        let place = temp.path().join(link);
        let _ = fs::remove_dir_all(&place);
        symlink(home.path(), &place).unwrap();
        if link != "stats" {
            fs::write(temp.path().join(NAME), journal).unwrap();
        }
        let error = hold(temp.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(" is no folder"), "{link} {journal}: {error}");
        assert_eq!(read(home.path()), theirs, "{link} {journal}");
    }
    // An inbox elsewhere is not emptied, and nothing is written down.
    let (temp, home) = (before(), home());
    let theirs = read(home.path());
    fs::remove_dir_all(temp.path().join("stats/inbox")).unwrap();
    symlink(home.path(), temp.path().join("stats/inbox")).unwrap();
    let mut journal = Journal::begin(hold(temp.path()).unwrap().0).unwrap();
    assert!(journal.remove("stats/inbox/2026-W46/a.json").is_err());
    drop(journal);
    assert!(!temp.path().join(NAME).exists());
    assert_eq!(read(home.path()), theirs);
}
