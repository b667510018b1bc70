//! Answers from the sparse index are those of all files, whatever changed since the index was made. Never reads a disk.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::sparse::answers;
use super::memory::{Files, Memory, all, blob, index};
use crate::io::registry::Registry;
use crate::model::evidence::{Answer, Ask, Fact};
use crate::model::name::{AdvisoryId, GistId, Login, ModuleName, Name, ObjectId};

const FOLDERS: &[&str] = &[
    "Alice",
    "bob",
    "carol",
    "x-y",
    "x",
    "zope.interface",
    "é",
    "docs",
    "advisories",
    "_hidden",
    ".dot",
    "owners",
];
const NAMES: &[&str] = &["one", "two", "three"];
const GISTS: &[&str] = &["aa11", "aa22", "bb11", "1"];
const IDS: &[&str] = &["MLLD-1", "mlld-1", "MLLD-2"];

fn asks() -> Vec<Ask> {
    let logins = ["alice", "Bob", "carol", "x", "docs"];
    let module = |login: &'static str| {
        NAMES
            .iter()
            .map(move |name| Ask::Module(Login::parse(login).unwrap(), ModuleName::parse(name).unwrap()))
    };
    let gists = GISTS.iter().map(|id| Ask::ModulesOf(GistId::parse(id).unwrap()));
    let ids = IDS
        .iter()
        .map(|id| Ask::AdvisoryFiles(AdvisoryId::parse(id).unwrap()));
    let modules = logins.into_iter().flat_map(module);
    gists.chain(ids).chain(modules).chain([Ask::WellUsed]).collect()
}

fn publisher(modules: &[(&str, &str, bool)]) -> String {
    let modules: Vec<String> = modules
        .iter()
        .map(|(name, gist, yanked)| {
            let yanked = if *yanked { ",\"yanked\":\"x\"" } else { "" };
            format!("\"{name}\":{{\"gist\":\"{gist}\"{yanked}}}")
        })
        .collect();
    format!("{{\"modules\":{{{}}}}}", modules.join(","))
}

fn advisories(ids: &[&str]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("{{\"id\":\"{id}\"}}")).collect();
    format!("{{\"advisories\":[{}]}}", ids.join(","))
}

fn text(modules: bool) -> impl Strategy<Value = String> {
    let name = prop::sample::select(NAMES);
    let gist = prop::sample::select(GISTS);
    let sound = if modules {
        prop::collection::vec((name, gist, prop::bool::weighted(0.2)), 0..4)
            .prop_map(|modules| publisher(&modules))
            .boxed()
    } else {
        prop::collection::vec(prop::sample::select(IDS), 0..3)
            .prop_map(|ids| advisories(&ids))
            .boxed()
    };
    prop_oneof![8 => sound, 1 => Just("{".to_owned())]
}

/// A file, and what becomes of it; nothing where it goes.
fn edit() -> impl Strategy<Value = (String, Option<String>)> {
    let folder = || prop::sample::select(FOLDERS);
    let modules = (folder(), text(true)).prop_map(|(folder, text)| (format!("{folder}/registry.json"), text));
    let others =
        (folder(), text(false)).prop_map(|(folder, text)| (format!("{folder}/advisories.json"), text));
    let ours = (prop::sample::select(IDS), text(false))
        .prop_map(|(id, text)| (format!("advisories/{id}.json"), text));
    let noise = (folder(), "[a-z]{1,4}").prop_map(|(folder, text)| (format!("{folder}/notes"), text));
    let file = prop_oneof![6 => modules, 2 => others, 2 => ours, 1 => noise];
    (file, prop::bool::weighted(0.8)).prop_map(|((path, text), stays)| (path, stays.then_some(text)))
}

fn edited(mut files: Files, edits: Vec<(String, Option<String>)>) -> Files {
    for (path, text) in edits {
        match text {
            Some(text) => drop(files.insert(path, text)),
            None => drop(files.remove(&path)),
        }
    }
    files
}

fn statistics(files: &mut Files, counts: &[(usize, usize, u64)]) {
    for (week, (login, name, count)) in counts.iter().enumerate() {
        let login = ["alice", "BOB", "x"][login % 3];
        let name = NAMES[name % NAMES.len()];
        let line = format!("{{\"module\":\"@{login}/{name}\",\"event\":\"install\",\"count\":{count}}}\n");
        files.insert(format!("stats/2026/W{:02}.jsonl", week + 1), line);
    }
}

fn answered(memory: &Memory, root: &crate::io::git::Tree, asks: &BTreeSet<Ask>) -> Option<Registry> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(answers(memory, root, asks)).unwrap()
}

/// A registry whose index was made of other files than those that are there now.
fn committed(now: &Files, made_of: &Files, before: &Files) -> Files {
    let mut files = now.clone();
    files.extend(index(made_of, before));
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_says_what_all_files_say(
        before in prop::collection::vec(edit(), 0..12),
        then in prop::collection::vec(edit(), 0..8),
        since in prop::collection::vec(edit(), 0..8),
        counts in prop::collection::vec((0_usize..3, 0_usize..3, 0_u64..9), 0..10),
        picks in prop::collection::vec(any::<bool>(), 40),
    ) {
        let before = edited(Files::new(), before);
        let mut made_of = edited(before.clone(), then);
        statistics(&mut made_of, &counts);
        let now = edited(made_of.clone(), since);
        let mut memory = Memory::default();
        let committed = committed(&now, &made_of, &before);
        let (root, _) = memory.store(&committed);
        let asks: BTreeSet<Ask> = asks().into_iter().zip(&picks).filter(|(_, pick)| **pick).map(|(ask, _)| ask).collect();
        let found = answered(&memory, &root, &asks);
        // Git has no empty folders, so an empty registry has an index that cannot be told from none.
        let empty = !committed.keys().any(|path| path.starts_with("index/folder/"));
        prop_assume!(!empty || found.is_some());
        let found = found.expect("the index is sound");
        let (expected, then) = (all(&now), all(&made_of));
        for ask in &asks {
            let mut expected = expected.answer(ask);
            if let Answer::Known(Fact::WellUsed(used)) = &mut expected {
                // A module that was published since is not well-used yet.
                used.retain(|(id, _)| then.modules.contains(id));
            }
            prop_assert_eq!(found.answer(ask), expected, "{:?} of {:#?} made of {:#?}", ask, &now, &made_of);
        }
        prop_assert!(memory.calls.get() <= 5, "{} calls", memory.calls.get());
    }

    /// Whatever lies in `index/`, it is read, or all files are; nothing is answered from what cannot be read.
    #[test]
    fn a_spoilt_index_is_no_answer_and_no_failure(
        files in prop::collection::vec(edit(), 1..12),
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        other in "[{\\[a-z\",:0-9]{0,20}",
    ) {
        let mut files = edited(Files::new(), files);
        statistics(&mut files, &[(0, 0, 5)]);
        let mut spoilt = committed(&files, &files, &Files::new());
        let paths: Vec<String> = spoilt.keys().filter(|path| path.starts_with("index/")).cloned().collect();
        let path = which.get(&paths);
        let text = &spoilt[path];
        let cut = text.floor_char_boundary(cut.index(text.len()));
        let text = format!("{}{other}", &text[..cut]);
        let path = path.clone();
        let same = spoilt.insert(path.clone(), text.clone()) == Some(text);
        let mut memory = Memory::default();
        let (root, _) = memory.store(&spoilt);
        let asks: BTreeSet<Ask> = asks().into_iter().collect();
        // A shard of folders may be read still, and then says that folders changed which did not.
        if let Some(found) = answered(&memory, &root, &asks) {
            for ask in &asks {
                prop_assert_eq!(found.answer(ask), all(&files).answer(ask), "{}", path);
            }
        } else {
            prop_assert!(!same);
        }
    }
}

fn files(texts: &[(&str, String)]) -> Files {
    texts
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.clone()))
        .collect()
}

fn lookup(files: &Files, asks: &[Ask]) -> (Option<Registry>, Memory) {
    let mut memory = Memory::default();
    let (root, _) = memory.store(files);
    let found = answered(&memory, &root, &asks.iter().cloned().collect());
    (found, memory)
}

fn gist(id: &str) -> Ask {
    Ask::ModulesOf(GistId::parse(id).unwrap())
}

#[test]
fn fresh_folders_are_not_read() {
    let now = files(&[
        ("alice/registry.json", publisher(&[("one", "aa11", false)])),
        ("bob/registry.json", publisher(&[("two", "bb11", false)])),
    ]);
    let mut then = now.clone();
    then.insert("bob/registry.json".into(), publisher(&[]));
    let (found, memory) = lookup(
        &committed(&now, &then, &Files::new()),
        &[gist("aa11"), gist("bb11")],
    );
    let found = found.unwrap();
    for (id, publishers) in [("aa11", ["alice"]), ("bb11", ["bob"])] {
        let Answer::Known(Fact::Modules(modules)) = found.answer(&gist(id)) else {
            panic!("{id}")
        };
        let holders: Vec<&str> = modules.iter().map(|id| id.publisher.as_str()).collect();
        assert_eq!(holders, publishers);
    }
    let read = memory.read.borrow();
    let was_read = |path: &str| read.contains(&ObjectId::parse(&blob(&now[path])).unwrap());
    assert!(was_read("bob/registry.json") && !was_read("alice/registry.json"));
    assert!(
        matches!(found.answer(&gist("aa22")), Answer::Unknown(_)),
        "it was not looked up"
    );
}

#[test]
fn an_entry_that_was_carried_over_is_not_believed() {
    let before = files(&[("alice/registry.json", publisher(&[("one", "aa11", false)]))]);
    let now = files(&[("alice/registry.json", "{".into())]);
    let committed = committed(&now, &now, &before);
    assert!(committed["index/gist/aa.json"].contains("@alice/one"));
    let (found, _) = lookup(&committed, &[gist("aa11")]);
    assert_eq!(
        found.unwrap().answer(&gist("aa11")),
        Answer::Known(Fact::Modules(vec![]))
    );
}

#[test]
fn without_what_the_index_must_have_all_files_are_read() {
    let mut now = files(&[("alice/registry.json", publisher(&[("one", "aa11", false)]))]);
    statistics(&mut now, &[(0, 0, 5)]);
    let whole = committed(&now, &now, &Files::new());
    assert!(lookup(&whole, &[gist("aa11"), Ask::WellUsed]).0.is_some());
    let spoil = |change: &dyn Fn(&mut Files)| {
        let mut files = whole.clone();
        change(&mut files);
        lookup(&files, &[gist("aa11"), Ask::WellUsed]).0.is_none()
    };
    assert!(spoil(&|files| files.retain(|path, _| !path.starts_with("index/"))));
    assert!(spoil(
        &|files| files.retain(|path, _| !path.starts_with("index/folder/"))
    ));
    assert!(spoil(&|files| drop(files.remove("index/used.json"))));
    assert!(spoil(&|files| drop(
        files.insert("index/used.json".into(), "{}".into())
    )));
    assert!(spoil(&|files| drop(files.insert(
        "index/gist/aa.json".into(),
        "{\"version\":2,\"gists\":{}}".into()
    ))));
    assert!(
        spoil(&|files| files.get_mut("stats/2026/W01.jsonl").unwrap().push('\n')),
        "newer aggregates"
    );
    // A module by its name needs no index.
    let module = Ask::Module(Login::parse("ALICE").unwrap(), ModuleName::parse("one").unwrap());
    let (found, _) = lookup(&now, std::slice::from_ref(&module));
    assert!(matches!(found.unwrap().answer(&module), Answer::Known(_)));
}
