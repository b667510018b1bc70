//! Accounts that change hands, and gists in every state that a registry meets.

mod client;

use client::Client;
use gistry_standin::{Edit, GHOST_ID, Standin};
use serde_json::{Value, json};

#[test]
fn what_somebody_owns_hangs_on_the_id_not_on_the_login() {
    let gh = Standin::start();
    let alice = gh.account("alice");
    assert_eq!(alice.id, 1000);
    let gist = gh.gist("alice").file("a.mld", "x").create();
    let repo = gh.repo("acme/registry").create();
    let n = repo.pull("alice").edits([Edit::write("a", "x")]).open();
    gh.rename_account("alice", "alice2");
    let client = Client::new(&gh, "");
    assert_eq!(client.get("/users/alice").status, 404);
    let thief = gh.take_over("alice");
    assert_ne!(thief.id, alice.id);
    assert_eq!(client.get("/users/alice").json()["id"], thief.id);
    assert_eq!(
        client.get(&format!("/user/{}", alice.id)).json()["login"],
        "alice2"
    );
    assert_eq!(
        client.get(&format!("/gists/{gist}")).json()["owner"]["login"],
        "alice2"
    );
    let pull = client.get(&format!("/repos/acme/registry/pulls/{n}")).json();
    assert_eq!(
        (&pull["user"]["login"], &pull["head"]["repo"]["full_name"]),
        (&json!("alice2"), &json!("alice2/registry"))
    );
}

#[test]
fn a_deleted_account_leaves_ownerless_gists_and_a_ghost() {
    let gh = Standin::start();
    let gist = gh.gist("alice").file("a.mld", "x").create();
    let n = gh
        .repo("acme/registry")
        .create()
        .pull("alice")
        .edits([Edit::write("a", "x")])
        .open();
    gh.delete_account("alice");
    let client = Client::new(&gh, "");
    assert_eq!(client.get(&format!("/gists/{gist}")).json()["owner"], Value::Null);
    let pull = client.get(&format!("/repos/acme/registry/pulls/{n}")).json();
    assert_eq!(
        (&pull["user"]["id"], &pull["head"]["repo"]),
        (&json!(GHOST_ID), &Value::Null)
    );
}

#[test]
fn an_account_may_be_made_with_a_given_id() {
    let gh = Standin::start();
    gh.account_with("bob", |account| account.id = 7);
    assert_eq!(gh.account("BOB").id, 7);
    assert_eq!(Client::new(&gh, "").get("/user/7").json()["login"], "bob");
}

#[test]
fn gists_are_public_secret_ownerless_truncated_or_gone() {
    let gh = Standin::start();
    let client = Client::new(&gh, "");
    let get = |id: &str| client.get(&format!("/gists/{id}")).json();
    let public = gh.gist("alice").file("a.mld", "text").create();
    assert_eq!(public.len(), 32);
    let seen = get(&public);
    assert_eq!(
        (&seen["public"], &seen["files"]["a.mld"]["content"]),
        (&json!(true), &json!("text"))
    );
    assert_eq!(seen["files"]["a.mld"]["language"], Value::Null);
    let raw = client.get(seen["files"]["a.mld"]["raw_url"].as_str().unwrap());
    assert_eq!((raw.status, raw.body.as_slice()), (200, b"text".as_slice()));
    assert_eq!(
        get(&gh.gist("alice").file("a", "x").secret().create())["public"],
        false
    );
    assert_eq!(
        get(&gh.gist("alice").file("a", "x").ownerless().create())["owner"],
        Value::Null
    );
    let named = gh
        .gist("alice")
        .id("0123456789abcdef0123456789abcdef")
        .truncated("a", "abcd")
        .create();
    let file = get(&named)["files"]["a"].clone();
    assert_eq!(
        (&file["truncated"], &file["content"], &file["size"]),
        (&json!(true), &json!("ab"), &json!(4))
    );
    let big = get(&gh.gist("alice").file("big", vec![b'x'; (1 << 20) + 1]).create());
    assert_eq!(big["files"]["big"]["truncated"], true);
    let binary = get(&gh.gist("alice").file("b", vec![0xff, 0]).create());
    assert_eq!(
        (
            &binary["files"]["b"]["encoding"],
            &binary["files"]["b"]["content"]
        ),
        (&json!("base64"), &json!("/wA="))
    );
    let many = (0..301)
        .fold(gh.gist("alice"), |gist, i| gist.file(format!("{i:03}"), "x"))
        .create();
    let many = get(&many);
    assert_eq!(
        (many["files"].as_object().unwrap().len(), &many["truncated"]),
        (300, &json!(true))
    );
    gh.delete_gist(&public);
    assert_eq!(client.get(&format!("/gists/{public}")).status, 404);
}

#[test]
fn old_revisions_of_a_gist_stay_readable() {
    let gh = Standin::start();
    let id = gh.gist("alice").file("a.mld", "one").file("b", "x").create();
    let first = gh.gist_revision(&id);
    let second = gh.edit_gist(&id).file("a.mld", "two").remove("b").save();
    let client = Client::new(&gh, "");
    let seen = client.get(&format!("/gists/{id}")).json();
    assert_eq!(
        (&seen["history"][0]["version"], &seen["history"][1]["version"]),
        (&json!(second), &json!(first))
    );
    assert_eq!(
        seen["files"],
        client.get(&format!("/gists/{id}/{second}")).json()["files"]
    );
    let old = client.get(&format!("/gists/{id}/{first}")).json();
    assert_eq!(
        (
            &old["files"]["a.mld"]["content"],
            old["files"].as_object().unwrap().len()
        ),
        (&json!("one"), 2)
    );
    assert_eq!(client.get(&format!("/gists/{id}/{}", "0".repeat(40))).status, 404);
}
