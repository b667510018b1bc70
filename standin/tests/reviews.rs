//! Reviews of pull requests, what happened to them, and the history of a path with the pull requests that brought it.

mod client;

use client::Client;
use gistry_standin::{Edit, GHOST_ID, Repo, ReviewState, Standin};
use serde_json::{Value, json};

const REPO: &str = "/repos/acme/registry";

fn registry(gh: &Standin) -> Repo {
    gh.repo("acme/registry").file("README.md", "# Modules\n").create()
}

fn field(list: &Value, key: &str) -> Vec<Value> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item[key].clone())
        .collect()
}

#[test]
fn reviews_come_oldest_first_and_keep_the_commit_that_they_are_of() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let n = repo
        .pull("bob")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    let first = repo.head(n);
    let approval = repo.review(n, "alice", ReviewState::Approved);
    let second = repo.push_to_pull(n, [Edit::write("bob/registry.json", "{ }")]);
    repo.review(n, "alice", ReviewState::ChangesRequested);
    repo.review_of(n, "maud", ReviewState::Commented, None);
    repo.dismiss_review(approval);
    gh.delete_account("maud");
    let client = Client::new(&gh, "");
    let path = format!("{REPO}/pulls/{n}/reviews");
    let list = client.get(&path).json();
    assert_eq!(
        field(&list, "state"),
        ["DISMISSED", "CHANGES_REQUESTED", "COMMENTED"]
    );
    assert_eq!(
        field(&list, "commit_id"),
        [json!(first), json!(second), json!(null)]
    );
    assert_eq!(list[0]["user"]["id"], gh.account("alice").id);
    assert_eq!(list[2]["user"]["id"], GHOST_ID);

    let page = client.get(&format!("{path}?per_page=2"));
    assert_eq!(page.json().as_array().unwrap().len(), 2);
    assert!(page.header("link").unwrap().contains("rel=\"last\""));
    let etag = page.header("etag").unwrap().to_owned();
    let again = client
        .send(
            "GET",
            &format!("{path}?per_page=2"),
            &[("if-none-match", &etag)],
            None,
        )
        .unwrap();
    assert_eq!(again.status, 304);
    assert_eq!(client.get(&format!("{REPO}/pulls/99/reviews")).status, 404);
}

#[test]
fn the_history_of_a_path_ends_with_what_brought_it() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let write = |text: &str| Edit::write("bob/registry.json", text);
    let n = repo.pull("bob").edits([write("{}")]).open();
    let brought = repo.squash(n);
    repo.commit_on("main", [Edit::write("README.md", "# More\n")]);
    let changed = repo.commit_on("main", [write("{ }")]);
    let client = Client::new(&gh, "");
    let list = client
        .get(&format!("{REPO}/commits?path=bob/registry.json"))
        .json();
    assert_eq!(field(&list, "sha"), [json!(changed), json!(brought)]);
    assert_eq!(
        client
            .get(&format!("{REPO}/commits"))
            .json()
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let none = client.get(&format!("{REPO}/commits?path=bob/*.json")).json();
    assert_eq!(none, json!([]));
    let pulls = client.get(&format!("{REPO}/commits/{brought}/pulls")).json();
    assert_eq!(field(&pulls, "number"), [json!(n)]);
    assert!(pulls[0]["merged_at"].is_string());
    assert_eq!(
        client.get(&format!("{REPO}/commits/{changed}/pulls")).json(),
        json!([])
    );
    assert_eq!(client.get(&format!("{REPO}/commits?sha=nowhere")).status, 404);
}

#[test]
fn every_commit_of_a_merged_pull_request_leads_to_it() {
    let gh = Standin::start();
    let repo = registry(&gh);
    repo.set_permission("maud", gistry_standin::Permission::Write);
    gh.token("maud").user("maud").scopes(["repo"]);
    let n = repo
        .pull("bob")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    let first = repo.head(n);
    repo.push_to_pull(n, [Edit::write("bob/more", "x")]);
    let merge = json!({"merge_method": "merge"});
    let maud = Client::new(&gh, "maud");
    assert_eq!(
        maud.call("PUT", &format!("{REPO}/pulls/{n}/merge"), merge).status,
        200
    );
    let list = maud.get(&format!("{REPO}/commits?path=bob/registry.json")).json();
    assert_eq!(field(&list, "sha"), [json!(first)]);
    let pulls = maud.get(&format!("{REPO}/commits/{first}/pulls")).json();
    assert_eq!(field(&pulls, "number"), [json!(n)]);
    gh.take_writes();
}

#[test]
fn what_happened_to_a_pull_request_is_listed_with_its_time() {
    let gh = Standin::start();
    let repo = registry(&gh);
    let n = repo
        .pull("bob")
        .edits([Edit::write("bob/registry.json", "{}")])
        .open();
    let first = repo.head(n);
    repo.push_to_pull(n, [Edit::write("bob/registry.json", "{ }")]);
    gh.set_clock(1_800_000_000);
    let fork = gh.find_repo("bob/registry").unwrap();
    fork.reset(&format!("patch-{n}"), &first);
    repo.close(n);
    repo.reopen(n);
    repo.retarget(n, "next");
    repo.retarget(n, "main");
    repo.squash(n);
    let other = repo.pull("bob").edits([Edit::write("x", "y")]).open();
    repo.close(other);
    let client = Client::new(&gh, "");
    let list = client.get(&format!("{REPO}/issues/{n}/events")).json();
    let wanted = [
        "head_ref_force_pushed",
        "closed",
        "reopened",
        "base_ref_changed",
        "base_ref_changed",
        "merged",
        "closed",
    ];
    assert_eq!(field(&list, "event"), wanted, "a usual push is no event");
    assert_eq!(list[0]["created_at"], "2027-01-15T08:00:01Z");
    assert_eq!(list[5]["commit_id"], repo.merged_as(n).unwrap());
    assert_eq!(client.get(&format!("{REPO}/issues/99/events")).status, 404);
}
