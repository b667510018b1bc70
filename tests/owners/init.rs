//! `gistry owners init`: bindings from the accounts of gists.

use gistry_standin::{Fault, Repo};
use serde_json::json;

use super::{bindings, clone, owners, texts};
use crate::stage::registry::{module, owner, publisher};
use crate::stage::{REGISTRY, Stage};

/// A registry that nobody bound: each publisher with modules and the gists that they name.
fn unbound(stage: &Stage, publishers: &[(&str, &[(&str, &str)])]) -> Repo {
    let mut repo = stage.gh.repo(REGISTRY).file("README.md", "# Modules\n");
    for (login, modules) in publishers {
        repo = repo.file(format!("{login}/registry.json"), publisher(login, modules));
    }
    repo.create()
}

#[test]
fn who_owns_all_gists_of_the_folder_is_bound_and_a_second_run_writes_nothing() {
    let stage = Stage::new();
    let alice = stage.gh.account_with("Alice", |account| account.id = 7001).id;
    let (one, two) = (stage.gist("Alice", "one"), stage.gist("Alice", "two"));
    let http = stage.gist("bob", "http");
    let repo = unbound(
        &stage,
        &[
            ("alice", &[("one", &one), ("two", &two)]),
            ("bob", &[("http", &http)]),
        ],
    );
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["init", "--dry-run"]);
    assert_eq!(
        (run.code, texts(&told, "bound", "folder")),
        (0, vec!["alice".into(), "bob".into()])
    );
    assert!(bindings(&folder).is_empty(), "a dry run writes nothing");

    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(told["bound"][0]["id"], alice);
    let written = bindings(&folder);
    assert_eq!(written.keys().collect::<Vec<_>>(), ["alice.json", "bob.json"]);
    let since = told["bound"][0]["since"].as_str().unwrap();
    let wanted = format!(
        "{{\n  \"version\": \"1.0.0\",\n  \"login\": \"Alice\",\n  \"id\": 7001,\n  \"since\": \"{since}\"\n}}\n"
    );
    assert_eq!(written["alice.json"], wanted);

    stage.gh.clear_requests();
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!((run.code, &told["already"]), (0, &json!(2)), "{}", run.all());
    assert_eq!(told["bound"], json!([]));
    assert_eq!(bindings(&folder), written);
    assert_eq!(stage.gh.requests().len(), 0, "who is bound is not asked about");
}

#[test]
fn without_a_whole_proof_nobody_is_bound_and_the_reason_is_told() {
    let stage = Stage::new();
    let own = |login: &str| stage.gist(login, "tool");
    let secret = stage.gh.gist("secret").file("tool.mld", "x").secret().create();
    let nobodys = stage.gh.gist("nobody").file("tool.mld", "x").ownerless().create();
    let (of_bob, of_both) = (own("bob"), own("both"));
    let gone = own("gone");
    stage.gh.delete_gist(&gone);
    let fine = own("fine");
    let repo = stage
        .gh
        .repo(REGISTRY)
        .file("secret/registry.json", publisher("secret", &[("tool", &secret)]))
        .file("nobody/registry.json", publisher("nobody", &[("tool", &nobodys)]))
        .file(
            "mallory/registry.json",
            publisher("mallory", &[("tool", &of_bob)]),
        )
        .file(
            "both/registry.json",
            publisher("both", &[("tool", &of_both), ("http", &of_bob)]),
        )
        .file("gone/registry.json", publisher("gone", &[("tool", &gone)]))
        .file("fine/registry.json", publisher("fine", &[("tool", &fine)]))
        .file("Twin/registry.json", publisher("Twin", &[("tool", &fine)]))
        .file("twin/registry.json", publisher("twin", &[("tool", &fine)]))
        .file("empty/registry.json", publisher("empty", &[]))
        .file("half/registry.json", "{\"author\": \"half\", \"modules\": {\"to")
        .file(
            "odd/registry.json",
            publisher("odd", &[]).replace("{}", "{\"tool\": {\"gist\": 7}}"),
        )
        .file("taken/registry.json", publisher("taken", &[("tool", &fine)]))
        .file("owners/taken.json", "{\"version\": \"1.0.0\", \"login\"")
        .create();
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!(run.code, 4, "{}", run.all());
    assert_eq!(texts(&told, "bound", "folder"), ["fine"]);
    let reasons = texts(&told, "left", "folder")
        .into_iter()
        .zip(texts(&told, "left", "why"));
    let reasons: Vec<String> = reasons.map(|(folder, why)| format!("{folder}: {why}")).collect();
    let wanted = [
        ("Twin, twin: ", "upper and lower case"),
        ("both: ", "different accounts: both"),
        ("empty: ", "no module that is not yanked"),
        ("gone: ", "is not there"),
        ("half: ", "half/registry.json cannot be read: it is no JSON"),
        ("mallory: ", "its gists belong to bob (account"),
        ("nobody: ", "belongs to nobody"),
        ("odd: ", "odd/registry.json cannot be read: /modules/tool"),
        ("secret: ", "is secret"),
        ("taken: ", "owners/taken.json is there and cannot be read"),
    ];
    assert_eq!(reasons.len(), wanted.len(), "{reasons:#?}");
    for (reason, (folder, why)) in reasons.iter().zip(wanted) {
        assert!(reason.starts_with(folder) && reason.contains(why), "{reason}");
    }
    assert!(texts(&told, "left", "help").iter().all(|help| help.len() > 10));
    let written = bindings(&folder);
    assert_eq!(written.keys().collect::<Vec<_>>(), ["fine.json", "taken.json"]);
    assert_eq!(written["taken.json"], "{\"version\": \"1.0.0\", \"login\"");
    let human = stage.gistry(&["owners", "init", "--dir", folder.to_str().unwrap()]);
    assert!(
        human.stdout.contains("left       secret/: the gist"),
        "{}",
        human.all()
    );
    assert!(
        human
            .stdout
            .ends_with("0 bound, 10 left for a maintainer, 1 were bound before\n"),
        "{}",
        human.all()
    );
}

#[test]
fn a_yanked_module_does_not_count() {
    let stage = Stage::new();
    let (own, other) = (stage.gist("alice", "tool"), stage.gist("bob", "http"));
    // Old registries break today's rules in many ways; what hides no module does no harm.
    let mut yanked = module(&other);
    yanked.as_object_mut().unwrap().remove("description");
    yanked["yanked"] = "unsafe".into();
    let mut file: serde_json::Value = serde_json::from_str(&publisher("alice", &[("tool", &own)])).unwrap();
    file["modules"]["old"] = yanked;
    let repo = stage
        .gh
        .repo(REGISTRY)
        .file("alice/registry.json", file.to_string())
        .create();
    let folder = clone(&stage, &repo);
    let (run, _) = owners(&stage, &folder, &["init"]);
    assert_eq!((run.code, bindings(&folder).len()), (0, 1), "{}", run.all());
}

#[test]
fn who_took_over_a_freed_login_gets_nothing() {
    let stage = Stage::new();
    let gist = stage.gist("alice", "tool");
    let repo = unbound(&stage, &[("alice", &[("tool", &gist)])]);
    let old = stage.gh.rename_account("alice", "alice2").id;
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!(run.code, 4, "{}", run.all());
    let why = format!("its gists belong to alice2 (account {old})");
    assert_eq!(texts(&told, "left", "why"), std::slice::from_ref(&why));
    assert!(texts(&told, "left", "help")[0].contains("owners repair"));
    stage.gh.take_over("alice");
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!(
        (run.code, texts(&told, "left", "why")),
        (4, vec![why]),
        "{}",
        run.all()
    );
    assert!(bindings(&folder).is_empty());
}

#[test]
fn a_binding_that_is_there_is_never_changed() {
    let stage = Stage::new();
    let gist = stage.gist("alice", "tool");
    let theirs = owner("alice", 4711);
    let repo = stage
        .gh
        .repo(REGISTRY)
        .file("alice/registry.json", publisher("alice", &[("tool", &gist)]))
        .file("owners/alice.json", theirs.clone())
        .create();
    let folder = clone(&stage, &repo);
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!((run.code, &told["already"]), (0, &json!(1)), "{}", run.all());
    assert_eq!(bindings(&folder)["alice.json"], theirs);
}

#[test]
fn what_could_not_be_asked_is_named_and_what_was_found_is_kept() {
    let stage = Stage::new();
    let (own, lost) = (stage.gist("alice", "tool"), stage.gist("bob", "http"));
    let repo = unbound(
        &stage,
        &[("alice", &[("tool", &own)]), ("bob", &[("http", &lost)])],
    );
    let folder = clone(&stage, &repo);
    stage
        .gh
        .fault("GET", &format!("/gists/{lost}"), Fault::BadGateway);
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert_eq!(texts(&told, "unchecked", "folder"), ["bob"]);
    assert_eq!(bindings(&folder).keys().collect::<Vec<_>>(), ["alice.json"]);
    stage.gh.clear_faults();
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!(
        (run.code, texts(&told, "bound", "folder")),
        (0, vec!["bob".into()]),
        "{}",
        run.all()
    );
}

#[test]
fn when_github_is_down_it_is_not_asked_about_every_publisher() {
    let stage = Stage::new();
    let mut repo = stage.gh.repo(REGISTRY);
    for number in 0..400 {
        let (login, gist) = (format!("user{number}"), format!("{number:032x}"));
        let file = publisher(&login, &[("tool", &gist)]);
        repo = repo.file(format!("{login}/registry.json"), file);
    }
    let folder = clone(&stage, &repo.create());
    stage.gh.clear_requests();
    stage.gh.fault("*", "/gists/*", Fault::Status(500));
    let (run, told) = owners(&stage, &folder, &["init"]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert_eq!(told["unchecked"].as_array().unwrap().len(), 400);
    let asked = stage.gh.requests().len();
    assert!(asked <= 120, "{asked} requests");
    assert!(bindings(&folder).is_empty());
}
