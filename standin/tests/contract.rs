//! Every operation is asked once and held to GitHub's description, by the check that each stand-in makes at its end; and
//! the check itself finds what is wrong.

mod client;

use std::collections::BTreeSet;

use client::Client;
use gistry_standin::{Edit, Logged, Permission, ReviewState, Standin, contract};
use serde_json::{Value, json};

const REPO: &str = "/repos/acme/registry";

#[test]
fn every_operation_is_as_described() {
    let gh = Standin::start();
    let repo = gh.repo("acme/registry").file("README.md", "# Modules\n").create();
    repo.set_permission("maud", Permission::Write);
    let n = repo
        .pull("alice")
        .body("b")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    let gist = gh
        .gist("alice")
        .file("a.mld", "text")
        .file("b.json", "{}")
        .create();
    let orphan = gh.gist("alice").file("a.mld", "text").ownerless().create();
    gh.token("ghs_bot");
    gh.token("maud").user("maud").scopes(["repo", "gist"]);
    let (bot, maud) = (Client::new(&gh, "ghs_bot"), Client::new(&gh, "maud"));
    let get = |path: &str| assert_eq!(maud.get(path).status, 200, "{path}");
    let head = repo.head(n);

    let comment = bot.post(&format!("{REPO}/issues/{n}/comments"), json!({"body": "hello"}));
    assert_eq!(
        (comment.status, &comment.json()["user"]["login"]),
        (201, &json!("github-actions[bot]"))
    );
    let comment = format!("{REPO}/issues/comments/{}", comment.json()["id"]);
    assert_eq!(
        bot.call("PATCH", &comment, json!({"body": "bye"})).json()["body"],
        "bye"
    );
    get(&comment);
    get(&format!("{REPO}/issues/{n}"));
    get(&format!("{REPO}/issues/{n}/comments?per_page=100&page=1"));
    assert_eq!(bot.send("DELETE", &comment, &[], None).unwrap().status, 204);

    let labels = format!("{REPO}/issues/{n}/labels");
    assert_eq!(
        bot.post(&labels, json!({"labels": ["b", "a"]})).json()[0]["name"],
        "a"
    );
    assert_eq!(
        bot.call("PUT", &labels, json!({"labels": ["gistry: fail"]}))
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    get(&labels);
    let gone = bot
        .send("DELETE", &format!("{labels}/gistry:%20fail"), &[], None)
        .unwrap();
    assert_eq!((gone.status, gone.json()), (200, json!([])));
    assert_eq!(
        bot.send("DELETE", &format!("{labels}/none"), &[], None)
            .unwrap()
            .status,
        404
    );
    assert_eq!(bot.call("PUT", &labels, json!({"labels": []})).status, 200);

    let annotation =
        json!({"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"});
    let run = json!({"name": "gistry", "head_sha": head, "status": "in_progress", "external_id": "1",
        "output": {"title": "t", "summary": "s", "annotations": [annotation]}});
    let run = bot.post(&format!("{REPO}/check-runs"), run);
    assert_eq!(run.status, 201);
    let run = format!("{REPO}/check-runs/{}", run.json()["id"]);
    let done = json!({"status": "completed", "conclusion": "action_required",
        "output": {"title": "t", "summary": "s", "annotations": [annotation]}});
    let done = bot.call("PATCH", &run, done).json();
    assert_eq!(
        (&done["output"]["annotations_count"], &done["app"]["slug"]),
        (&json!(2), &json!("github-actions"))
    );
    get(&run);
    assert_eq!(
        maud.get(&format!("{run}/annotations"))
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    get(&format!(
        "{REPO}/commits/{head}/check-runs?check_name=gistry&filter=latest"
    ));

    let issue = bot.post(
        &format!("{REPO}/issues"),
        json!({"title": "Gone", "body": "b", "labels": ["sweep"]}),
    );
    assert_eq!(issue.status, 201);
    let path = format!("{REPO}/issues/{}", issue.json()["number"]);
    assert_eq!(
        bot.call("PATCH", &path, json!({"state": "closed"})).json()["state"],
        "closed"
    );
    let by_bot = maud
        .get(&format!(
            "{REPO}/issues?creator=github-actions%5Bbot%5D&state=all&labels=sweep"
        ))
        .json();
    assert_eq!(by_bot.as_array().unwrap().len(), 1);
    get(&format!("{REPO}/issues?state=open&creator=alice"));

    get(REPO);
    get(&format!(
        "{REPO}/pulls?state=open&base=main&head=alice:patch-1&per_page=5&page=1"
    ));
    get(&format!("{REPO}/pulls/{n}"));
    get(&format!("{REPO}/pulls/{n}/files"));
    get(&format!("{REPO}/pulls/{n}/commits"));
    get(&format!("{REPO}/issues/{n}/events"));
    repo.review(n, "maud", ReviewState::Approved);
    repo.review_of(n, "maud", ReviewState::Commented, None);
    get(&format!("{REPO}/pulls/{n}/reviews?per_page=100"));
    get(&format!("{REPO}/commits?path=README.md&sha=main&per_page=1"));
    get(&format!("{REPO}/commits/{head}/pulls"));
    get(&format!("{REPO}/branches/main"));
    get(&format!("{REPO}/git/ref/heads/main"));
    assert_eq!(
        maud.get(&format!("{REPO}/collaborators/maud/permission")).json()["role_name"],
        "write"
    );
    assert_eq!(
        maud.post(&format!("{REPO}/forks"), json!({})).json()["full_name"],
        "maud/registry"
    );
    let readme = maud.get(&format!("{REPO}/contents/README.md")).json();
    get(&format!("{REPO}/git/blobs/{}", readme["sha"].as_str().unwrap()));
    let branch = json!({"ref": "refs/heads/more", "sha": repo.tip("main").unwrap()});
    assert_eq!(maud.post("/repos/maud/registry/git/refs", branch).status, 201);
    let file = json!({"message": "m", "content": "e30=", "branch": "more"});
    assert_eq!(
        maud.call("PUT", "/repos/maud/registry/contents/maud/registry.json", file)
            .status,
        201
    );
    let offered = json!({"title": "t", "body": "b", "head": "maud:more", "base": "main"});
    assert_eq!(maud.post(&format!("{REPO}/pulls"), offered).status, 201);
    repo.delete_fork(n);
    get(&format!("{REPO}/pulls/{n}"));
    get(&format!("{REPO}/pulls"));
    get(&format!("{REPO}/commits/{head}/pulls"));

    get(&format!("/gists/{gist}"));
    get(&format!("/gists/{orphan}"));
    get(&format!("/gists/{gist}/{}", gh.gist_revision(&gist)));
    let made = maud.post(
        "/gists",
        json!({"description": "d", "public": true, "files": {"x.mld": {"content": "c"}}}),
    );
    assert_eq!(made.status, 201);
    let made = format!("/gists/{}", made.json()["id"].as_str().unwrap());
    let changed = maud.call(
        "PATCH",
        &made,
        json!({"files": {"x.mld": null, "y.mld": {"content": "d"}}}),
    );
    assert_eq!(
        (changed.status, changed.json()["files"].as_object().unwrap().len()),
        (200, 1)
    );
    get("/users/alice");
    get("/users/github-actions%5Bbot%5D");
    get(&format!("/user/{}", gh.account("alice").id));
    get("/user");
    get("/rate_limit");
    let merge =
        json!({"sha": repo.head(n), "merge_method": "squash", "commit_title": "t", "commit_message": "m"});
    assert_eq!(
        maud.call("PUT", &format!("{REPO}/pulls/{n}/merge"), merge).status,
        200
    );
    get(&format!("{REPO}/pulls/{n}"));
    for path in [
        "/repos/no/body",
        "/gists/none",
        "/users/nobody",
        "/user/5",
        &format!("{REPO}/branches/none"),
    ] {
        assert_eq!(maud.get(path).status, 404, "{path}");
    }

    gh.check_contract();
    let asked: BTreeSet<String> = gh.requests().iter().filter_map(contract::operation_id).collect();
    let missing: Vec<String> = contract::operation_ids()
        .filter(|id| !asked.contains(id))
        .collect();
    assert!(missing.is_empty(), "not asked: {missing:?}");
    gh.allow_writes();
}

/// An exchange of a stand-in, changed, and what the contract says then.
fn verdict(change: impl FnOnce(&mut Logged)) -> Vec<String> {
    let gh = Standin::start();
    gh.token("ghs_bot");
    gh.allow_writes();
    gh.repo("acme/registry").create().pull("alice").open();
    let sent =
        Client::new(&gh, "ghs_bot").post(&format!("{REPO}/issues/1/comments"), json!({"body": "hello"}));
    assert_eq!(sent.status, 201);
    let mut logged = gh.requests().pop().unwrap();
    assert_eq!(contract::check_exchange(&logged), Vec::<String>::new());
    change(&mut logged);
    contract::check_exchange(&logged)
}

fn edited(body: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = serde_json::from_slice(body).unwrap();
    change(&mut value);
    value.to_string().into_bytes()
}

#[test]
fn what_breaks_the_description_is_found() {
    let found = |what: &str, wrong: Vec<String>| {
        assert!(wrong.iter().any(|line| line.contains(what)), "{what}: {wrong:?}");
    };
    found(
        "no such operation",
        verdict(|logged| logged.path = "/repos/acme/registry/issues/1/remarks".into()),
    );
    found(
        "query parameter `pages`",
        verdict(|logged| logged.query = vec![("pages".into(), "1".into())]),
    );
    found(
        "request at ``",
        verdict(|logged| logged.body = b"{\"text\":\"hello\"}".to_vec()),
    );
    found("body is required", verdict(|logged| logged.body.clear()));
    found("no JSON", verdict(|logged| logged.body = b"{".to_vec()));
    found(
        "request at `/body`",
        verdict(|logged| logged.body = b"{\"body\":1}".to_vec()),
    );
    found("status 202", verdict(|logged| logged.status = 202));
    found(
        "answer at `/user/id`",
        verdict(|logged| {
            logged.response_body = edited(&logged.response_body, |value| value["user"]["id"] = json!("1"));
        }),
    );
    found(
        "answer at ``",
        verdict(|logged| {
            logged.response_body = edited(&logged.response_body, |value| {
                drop(value.as_object_mut().unwrap().remove("id"))
            });
        }),
    );
    found(
        "answer at `/created_at`",
        verdict(|logged| {
            logged.response_body = edited(&logged.response_body, |value| {
                value["created_at"] = json!("yesterday")
            });
        }),
    );
}

#[test]
fn every_exception_has_a_reason() {
    assert!(
        contract::exceptions().all(|line| line.split(": ").nth(1).is_some_and(|reason| reason.len() > 20))
    );
}

#[test]
#[should_panic(expected = "the query parameter `pages` is not described")]
fn a_broken_contract_fails_the_test_at_its_end() {
    let gh = Standin::start();
    gh.repo("acme/registry").create();
    Client::new(&gh, "").get(&format!("{REPO}/pulls?pages=2"));
}
