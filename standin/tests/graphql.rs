//! GraphQL: the queries that gistry sends, partial answers, and what is refused.

mod client;

use client::Client;
use gistry_standin::Standin;
use serde_json::{Value, json};

const GIST: &str = "id name isPublic updatedAt owner { login ... on User { databaseId } } \
    files(limit: 300) { name size isTruncated encodedName language { name } }";

fn ask(gh: &Standin, token: &str, query: &str, variables: Value) -> Value {
    let got = Client::new(gh, token).post("/graphql", json!({"query": query, "variables": variables}));
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.body));
    got.json()
}

#[test]
fn the_viewer_is_whose_token_it_is() {
    let gh = Standin::start();
    gh.token("ghs_bot");
    gh.token("maud").user("maud");
    let viewer = |token: &str| {
        ask(&gh, token, "query { viewer { login } }", Value::Null)["data"]["viewer"]["login"].clone()
    };
    assert_eq!(
        (viewer("ghs_bot"), viewer("maud")),
        (json!("github-actions[bot]"), json!("maud"))
    );
    let stranger = Client::new(&gh, "").post("/graphql", json!({"query": "{ viewer { login } }"}));
    assert_eq!(stranger.status, 401);
}

#[test]
fn many_gists_in_several_blocks_and_missing_ones_are_null_in_place() {
    let gh = Standin::start();
    gh.token("github_pat_x");
    let a = gh
        .gist("alice")
        .file("a.mld", "text")
        .file("b.json", "{}")
        .create();
    let b = gh.gist("bob").file("b.mld", "x").secret().ownerless().create();
    let ids = [gh.gist_node_id(&a), "G_gone".into()];
    let query = format!(
        "query($ids0: [ID!]!, $ids1: [ID!]!) {{ a0: nodes(ids: $ids0) {{ ... on Gist {{ {GIST} }} }} \
         a1: nodes(ids: $ids1) {{ ...G }} rateLimit {{ cost remaining }} }} fragment G on Gist {{ isPublic owner {{ login }} }}"
    );
    let answer = ask(
        &gh,
        "github_pat_x",
        &query,
        json!({"ids0": ids, "ids1": [gh.gist_node_id(&b)]}),
    );
    let first = &answer["data"]["a0"][0];
    assert_eq!(
        (&first["name"], &first["owner"]),
        (&json!(a), &json!({"login": "alice", "databaseId": 1001}))
    );
    let files = json!([
        {"name": "a.mld", "size": 4, "isTruncated": false, "encodedName": "a%2Emld", "language": null},
        {"name": "b.json", "size": 2, "isTruncated": false, "encodedName": "b%2Ejson", "language": {"name": "JSON"}},
    ]);
    assert_eq!(first["files"], files);
    assert_eq!(answer["data"]["a0"][1], Value::Null);
    assert_eq!(answer["data"]["a1"], json!([{"isPublic": false, "owner": null}]));
    assert_eq!(answer["data"]["rateLimit"], json!({"cost": 1, "remaining": 4999}));
    let error = &answer["errors"][0];
    assert_eq!(
        (&error["type"], &error["path"]),
        (&json!("NOT_FOUND"), &json!(["a0", 1]))
    );
    assert_eq!(
        error["message"],
        "Could not resolve to a node with the global id of 'G_gone'"
    );
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
}

#[test]
fn gists_are_found_by_owner_and_name_with_aliases() {
    let gh = Standin::start();
    gh.token("maud").user("maud");
    let a = gh.gist("alice").file("a.mld", "text").create();
    let query = format!(
        "{{ q0: user(login: \"alice\") {{ gist(name: \"{a}\") {{ {GIST} }} }} \
           q1: user(login: \"bob\") {{ gist(name: \"{a}\") {{ id }} }} q2: user(login: \"nobody\") {{ login }} }}"
    );
    gh.account("bob");
    let answer = ask(&gh, "maud", &query, Value::Null);
    assert_eq!(answer["data"]["q0"]["gist"]["owner"]["login"], "alice");
    assert_eq!(answer["data"]["q1"], json!({"gist": null}));
    assert_eq!(
        (&answer["data"]["q2"], &answer["errors"][0]["path"]),
        (&Value::Null, &json!(["q2"]))
    );
}

#[test]
fn an_installation_token_sees_no_gist() {
    let gh = Standin::start();
    gh.token("ghs_bot");
    let id = gh.gist_node_id(&gh.gist("alice").file("a.mld", "text").create());
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Gist { id } } }";
    let answer = ask(&gh, "ghs_bot", query, json!({"ids": [id]}));
    assert_eq!(answer["data"]["nodes"], json!([null]));
    assert_eq!(answer["errors"][0]["type"], "FORBIDDEN");
}

#[test]
fn what_is_unknown_is_an_error_without_data() {
    let gh = Standin::start();
    gh.token("maud").user("maud");
    let ids = vec!["x"; 101];
    for query in [
        "{ repository { id } }",
        "{ viewer { shoeSize } }",
        "{ viewer }",
        "{ viewer { login",
        "mutation { addStar { id } }",
    ] {
        let answer = ask(&gh, "maud", query, Value::Null);
        assert!(
            answer["data"].is_null() && answer["errors"][0]["message"].is_string(),
            "{query}: {answer}"
        );
    }
    let many = ask(
        &gh,
        "maud",
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        json!({"ids": ids}),
    );
    assert!(
        many["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("more than 100")
    );
    assert!(gh.take_writes().is_empty());
}

#[test]
fn points_run_out() {
    let gh = Standin::start();
    gh.token("maud").user("maud");
    gh.limit_graphql("maud", 1, 60);
    let client = Client::new(&gh, "maud");
    let query = json!({"query": "{ viewer { login } }"});
    let first = client.post("/graphql", query.clone());
    assert_eq!(
        (first.status, first.header("x-ratelimit-resource")),
        (200, Some("graphql"))
    );
    assert_eq!(client.post("/graphql", query).status, 403);
    assert_eq!(
        client.get("/users/maud").status,
        200,
        "REST has a window of its own"
    );
}
