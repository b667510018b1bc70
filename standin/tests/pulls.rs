//! Pull requests: forks, merge refs and their parents, conflicts, moved heads and bases, retargeting, merging.

mod client;

use client::Client;
use gistry_standin::{BOT_LOGIN, Edit, Permission, Repo, Standin};
use serde_json::{Value, json};

fn registry(gh: &Standin) -> Repo {
    gh.repo("acme/registry")
        .file("README.md", "# Modules\n")
        .file("bob/registry.json", "{}\n")
        .create()
}

fn parents(repo: &Repo, commit: &str) -> Vec<String> {
    repo.git(&["rev-parse", &format!("{commit}^@")])
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_pull_request_comes_from_a_fork_and_its_merge_ref_joins_base_and_head() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let n = repo
        .pull("alice")
        .title("Add")
        .body("please")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let pull = Client::new(&gh, "").get("/repos/acme/registry/pulls/1").json();
    assert_eq!(pull["number"], n);
    assert_eq!(pull["head"]["repo"]["full_name"], "alice/registry");
    assert_eq!(pull["head"]["label"], "alice:patch-1");
    assert_eq!(pull["base"]["sha"], repo.tip("main").unwrap());
    assert_eq!(
        (&pull["mergeable"], &pull["mergeable_state"]),
        (&json!(true), &json!("clean"))
    );
    assert_eq!(
        (&pull["changed_files"], &pull["commits"], &pull["additions"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let merge = repo.merge_ref(n).unwrap();
    assert_eq!(pull["merge_commit_sha"], merge);
    assert_eq!(parents(&repo, &merge), [repo.tip("main").unwrap(), repo.head(n)]);
    assert_eq!(repo.ref_sha("refs/pull/1/head").unwrap(), repo.head(n));
}

#[test]
fn a_conflict_keeps_the_old_merge_ref() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let n = repo
        .pull("bob")
        .edits([Edit::write("bob/registry.json", "{\"a\":1}\n")])
        .open();
    let before = repo.merge_ref(n).unwrap();
    repo.commit_on("main", [Edit::write("bob/registry.json", "{\"b\":2}\n")]);
    let pull = Client::new(&gh, "").get("/repos/acme/registry/pulls/1").json();
    assert_eq!(
        (&pull["mergeable"], &pull["mergeable_state"]),
        (&json!(false), &json!("dirty"))
    );
    assert_eq!(repo.merge_ref(n).unwrap(), before);
    let fresh = repo
        .pull("carol")
        .from(parents(&repo, &before)[0].clone())
        .edits([Edit::write("bob/registry.json", "x")])
        .open();
    assert_eq!(repo.merge_ref(fresh), None);
}

#[test]
fn mergeable_is_null_for_a_while_after_a_push() {
    let gh = Standin::start();
    gh.mergeable_delay(2);
    let repo = registry(&gh);
    let n = repo
        .pull("alice")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let client = Client::new(&gh, "");
    let mergeable = || client.get("/repos/acme/registry/pulls/1").json()["mergeable"].clone();
    assert_eq!([mergeable(), mergeable()], [Value::Null, Value::Null]);
    assert_eq!(repo.merge_ref(n), None);
    assert_eq!(mergeable(), true);
    let old = repo.merge_ref(n).unwrap();
    let head = repo.push_to_pull(n, [Edit::write("alice/registry.json", "{ }")]);
    assert_eq!(
        client.get("/repos/acme/registry/pulls/1").json()["head"]["sha"],
        head
    );
    assert_eq!(repo.merge_ref(n).unwrap(), old, "the merge ref stays behind");
    assert_eq!([mergeable(), mergeable()], [Value::Null, json!(true)]);
    assert_eq!(parents(&repo, &repo.merge_ref(n).unwrap())[1], head);
}

#[test]
fn the_merge_ref_follows_a_moved_base_at_the_next_look() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let n = repo
        .pull("alice")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let opened_at = repo.tip("main").unwrap();
    let tip = repo.commit_on("main", [Edit::write("other", "x")]);
    assert_eq!(parents(&repo, &repo.merge_ref(n).unwrap())[0], opened_at);
    let pull = Client::new(&gh, "").get("/repos/acme/registry/pulls/1").json();
    assert_eq!(
        pull["base"]["sha"], opened_at,
        "GitHub does not move base.sha with the branch"
    );
    assert_eq!(parents(&repo, &repo.merge_ref(n).unwrap())[0], tip);
}

#[test]
fn a_hook_moves_the_head_between_two_requests() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let n = repo
        .pull("alice")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let old = repo.head(n);
    repo.on_request("GET", "/pulls/1", 2, move |repo| {
        repo.push_to_pull(n, [Edit::write("alice/registry.json", "{ }")]);
    });
    let client = Client::new(&gh, "");
    let head = || client.get("/repos/acme/registry/pulls/1").json()["head"]["sha"].clone();
    assert_eq!([head(), head()], [json!(old), json!(old)]);
    assert_eq!(head(), repo.head(n));
    assert_ne!(repo.head(n), old);
}

#[test]
fn retargeting_and_a_deleted_fork_show() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let n = repo.pull("alice").edits([Edit::write("a", "x")]).open();
    repo.retarget(n, "next");
    let client = Client::new(&gh, "");
    assert_eq!(
        client.get("/repos/acme/registry/pulls/1").json()["base"]["ref"],
        "next"
    );
    repo.delete_fork(n);
    let pull = client.get("/repos/acme/registry/pulls/1").json();
    assert_eq!(pull["head"]["repo"], Value::Null);
    assert_eq!(repo.ref_sha("refs/pull/1/head").unwrap(), repo.head(n));
}

#[test]
fn one_head_may_be_under_two_pull_requests() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let a = repo.pull("alice").edits([Edit::write("a", "x")]).open();
    let b = repo.pull("mallory").head_sha(repo.head(a)).open();
    let found = Client::new(&gh, "")
        .get(&format!("/repos/acme/registry/commits/{}/pulls", repo.head(a)))
        .json();
    let seen: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|pull| (&pull["number"], &pull["user"]["login"]))
        .collect();
    assert_eq!(
        seen,
        [(&json!(a), &json!("alice")), (&json!(b), &json!("mallory"))]
    );
}

#[test]
fn a_squash_is_a_three_way_merge_with_the_base_as_its_only_parent() {
    let gh = Standin::start();
    gh.token("ghs_bot");
    let repo = registry(&gh);
    let n = repo
        .pull("alice")
        .title("Add a")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let base = repo.commit_on("main", [Edit::write("other", "x")]);
    let bot = Client::new(&gh, "ghs_bot");
    let path = "/repos/acme/registry/pulls/1/merge";
    let stale = bot.call("PUT", path, json!({"sha": base, "merge_method": "squash"}));
    assert_eq!(
        (stale.status, stale.message().as_str()),
        (409, "Head branch was modified. Review and try the merge again.")
    );
    let merged = bot.call(
        "PUT",
        path,
        json!({"sha": repo.head(n), "merge_method": "squash"}),
    );
    assert_eq!((merged.status, &merged.json()["merged"]), (200, &json!(true)));
    let tip = repo.tip("main").unwrap();
    assert_eq!(merged.json()["sha"], tip);
    assert_eq!(parents(&repo, &tip), [base]);
    assert!(repo.read("main", "other").is_some() && repo.read("main", "alice/registry.json").is_some());
    assert_eq!(
        repo.git(&["log", "-1", "--format=%s|%an|%cn", "main"]),
        "Add a (#1)|alice|GitHub"
    );
    assert_eq!(repo.merged_as(n).unwrap(), tip);
    assert_eq!(bot.call("PUT", path, json!({})).status, 405);
    let pull = bot.get("/repos/acme/registry/pulls/1").json();
    assert_eq!(
        (&pull["state"], &pull["merged"], &pull["merged_by"]["login"]),
        (&json!("closed"), &json!(true), &json!("github-actions[bot]"))
    );
    assert_eq!(gh.take_writes().len(), 1);
}

#[test]
fn a_conflict_and_a_person_without_rights_do_not_merge() {
    let gh = Standin::start();
    gh.token("alices").user("alice").scopes(["repo"]);
    gh.token("mauds").user("maud").scopes(["repo"]);
    let repo = registry(&gh);
    repo.set_permission("maud", Permission::Write);
    repo.pull("bob")
        .edits([Edit::write("bob/registry.json", "1\n")])
        .open();
    repo.commit_on("main", [Edit::write("bob/registry.json", "2\n")]);
    let path = "/repos/acme/registry/pulls/1/merge";
    assert_eq!(
        Client::new(&gh, "alices").call("PUT", path, json!({})).status,
        403
    );
    let conflict = Client::new(&gh, "mauds").call("PUT", path, json!({"merge_method": "squash"}));
    assert_eq!(
        (conflict.status, conflict.message().as_str()),
        (405, "Pull Request is not mergeable")
    );
}

#[test]
fn files_stop_at_3000_and_commits_tell_their_authors() {
    let gh = Standin::start();
    let repo = registry(&gh);
    repo.pull("alice")
        .edits((0..3001).map(|i| Edit::write(format!("f/{i}"), "x\n")))
        .open();
    let client = Client::new(&gh, "");
    let last = client.get("/repos/acme/registry/pulls/1/files?per_page=100&page=30");
    assert_eq!(last.json().as_array().unwrap().len(), 100);
    assert!(!last.header("link").unwrap().contains("next"));
    assert_eq!(
        client
            .get("/repos/acme/registry/pulls/1/files?per_page=100&page=31")
            .json(),
        json!([])
    );
    assert_eq!(
        client.get("/repos/acme/registry/pulls/1").json()["changed_files"],
        3001
    );
    let commits = client.get("/repos/acme/registry/pulls/1/commits").json();
    assert_eq!(commits[0]["author"]["login"], "alice");
}

#[test]
fn a_test_seeds_and_sees_what_people_and_bots_made() {
    let gh = Standin::start();
    gh.token("ghs_bot");
    let repo = registry(&gh);
    let n = repo
        .pull("alice")
        .title("Add")
        .edits([Edit::write("a", "x")])
        .open();
    let sweep = repo.open_issue(BOT_LOGIN, "Gone", "body", &["sweep"]);
    repo.comment(sweep, "maud", "Thanks");
    let bot = Client::new(&gh, "ghs_bot");
    let check = json!({"name": "gistry", "head_sha": repo.head(n), "conclusion": "success", "external_id": "1",
        "output": {"title": "t", "summary": "s"}});
    assert_eq!(bot.post("/repos/acme/registry/check-runs", check).status, 201);
    assert_eq!(gh.take_writes().len(), 1);
    let tip = repo.squash(n);
    assert_eq!(
        (repo.tip("main"), repo.merged_as(n)),
        (Some(tip.clone()), Some(tip))
    );
    let issues = repo.issues();
    assert_eq!(
        (issues[0].open, issues[0].pull, issues[0].login.as_str()),
        (false, true, "alice")
    );
    assert_eq!(
        (issues[1].login.as_str(), &issues[1].labels[..]),
        (BOT_LOGIN, &["sweep".to_owned()][..])
    );
    assert_eq!(repo.comments(sweep)[0].login, "maud");
    let run = &repo.check_runs()[0];
    assert_eq!(
        (run.status.as_str(), run.conclusion.as_deref()),
        ("completed", Some("success"))
    );
    let merged = bot
        .get(&format!(
            "/repos/acme/registry/commits/{}/pulls",
            repo.tip("main").unwrap()
        ))
        .json();
    assert_eq!(
        (&merged[0]["number"], &merged[0]["state"]),
        (&json!(n), &json!("closed"))
    );
}

#[test]
fn a_hook_on_any_request_deletes_a_gist_after_it_was_read() {
    let gh = Standin::start();
    let id = gh.gist("alice").file("a.mld", "x").create();
    let gone = id.clone();
    gh.on_request("GET", "/gists/*", 1, move |gh| gh.delete_gist(&gone));
    let client = Client::new(&gh, "");
    let ask = || client.get(&format!("/gists/{id}")).status;
    assert_eq!((ask(), ask()), (200, 404));
    assert_eq!(gh.requests_to("GET", "/gists/*").len(), 2);
}
