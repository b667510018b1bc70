//! Many gists with one query: blocks, partial answers, and when it is better to ask one by one.

use std::time::Duration;

use gistry::io::github::GitHub;
use gistry::model::name::GistId;
use gistry_standin::{Fault, Standin};

use super::evidence::{ask, gist, gist_of, why};
use super::{JOB, PERSON, github, github_as, name, registry};

fn known_gists(standin: &Standin, github: &GitHub, count: usize) -> Vec<String> {
    let ids: Vec<String> = (0..count)
        .map(|_| standin.gist("alice").file("a.mld", "text").create())
        .collect();
    github.remember(ids.iter().map(|id| (name(id), standin.gist_node_id(id))));
    ids
}

#[tokio::test]
async fn many_gists_are_asked_for_in_blocks_and_partial_answers_are_kept() {
    let (standin, _) = registry();
    let github = github(&standin);
    let ids = known_gists(&standin, &github, 130);
    standin.edit_gist(&ids[3]).public(false).save();
    standin.delete_gist(&ids[5]);
    let unknown_node = standin.gist("alice").file("x", "y").create();
    let evidence = ask(&github, ids.iter().chain([&unknown_node]).map(|id| gist(id))).await;
    assert_eq!((github.requests().graphql, github.requests().rest), (2, 1));
    let found = gist_of(&evidence, &ids[0]);
    assert_eq!(
        (found.owner.unwrap().login, found.public, found.revision),
        (name("alice"), true, None)
    );
    assert_eq!(
        (
            found.files[0].name.as_str(),
            found.files[0].size,
            &found.files[0].sha256
        ),
        ("a.mld", 4, &None)
    );
    assert!(!gist_of(&evidence, &ids[3]).public);
    assert!(evidence.absent(&gist(&ids[5])));
    let known = ids
        .iter()
        .filter(|id| evidence.gist(&name::<GistId>(id)).is_some())
        .count();
    assert_eq!(known, 129);
    assert!(evidence.gist(&name(&unknown_node)).is_some());
    assert!(
        standin
            .requests()
            .iter()
            .all(|request| request.token.as_deref() == Some(PERSON))
    );
}

#[tokio::test]
async fn a_null_is_absent_only_where_github_says_so() {
    let (standin, _) = registry();
    let github = github(&standin);
    let mut ids = known_gists(&standin, &github, 10);
    ids.sort();
    let node = |at: usize, id: &str| {
        serde_json::json!({"__typename": "Gist", "name": id, "isPublic": true, "files": [],
            "owner": {"__typename": "User", "login": "alice", "databaseId": if at == 6 { 0 } else { 7 }}})
    };
    let mut nodes: Vec<serde_json::Value> = ids.iter().enumerate().map(|(at, id)| node(at, id)).collect();
    nodes[1..=4].fill(serde_json::Value::Null);
    nodes[5] = node(5, &ids[0]);
    nodes[7] = serde_json::json!({"__typename": "User"});
    nodes[8]["owner"] = serde_json::Value::Null;
    let error = |at: usize, kind: &str| serde_json::json!({"type": kind, "path": ["nodes", at], "message": format!("words {at}")});
    let deeper = serde_json::json!({"type": "NOT_FOUND", "path": ["nodes", 4, "owner"], "message": "deeper"});
    let errors = serde_json::json!([error(1, "NOT_FOUND"), error(2, "FORBIDDEN"), deeper]);
    let body = serde_json::json!({"data": {"nodes": nodes}, "errors": errors});
    standin.fault("POST", "/graphql", Fault::Json(200, body)).once();
    let evidence = ask(&github, ids.iter().map(|id| gist(id))).await;
    assert!(evidence.absent(&gist(&ids[1])));
    for (at, words) in [
        (2, "words 2"),
        (3, "not why"),
        (4, "deeper"),
        (5, "another gist"),
        (6, "number 0"),
        (7, "missing field"),
    ] {
        assert!(
            why(&evidence, &gist(&ids[at])).contains(words),
            "{at}: {}",
            why(&evidence, &gist(&ids[at]))
        );
    }
    assert_eq!(gist_of(&evidence, &ids[8]).owner, None);
    assert_eq!(gist_of(&evidence, &ids[9]).owner.unwrap().id, 7);

    standin
        .fault(
            "POST",
            "/graphql",
            Fault::Json(200, serde_json::json!({"data": {"nodes": [null]}})),
        )
        .once();
    let evidence = ask(&github, ids.iter().map(|id| gist(id))).await;
    assert!(ids.iter().all(|id| why(&evidence, &gist(id)).contains("length")));
}

#[tokio::test]
async fn few_gists_and_gists_without_a_token_go_one_by_one() {
    let (standin, _) = registry();
    let few = github(&standin);
    let ids = known_gists(&standin, &few, 9);
    ask(&few, ids.iter().map(|id| gist(id))).await;
    assert_eq!((few.requests().graphql, few.requests().rest), (0, 9));
    // What REST answered is confirmed, so that the same question has the same answer.
    let ids = [ids, known_gists(&standin, &few, 1)].concat();
    let again = ask(&few, ids.iter().map(|id| gist(id))).await;
    assert_eq!((few.requests().graphql, few.requests().rest), (0, 19));
    assert!(ids.iter().all(|id| gist_of(&again, id).revision.is_some()));
    let nobody = github_as(&standin, (JOB, ""), Duration::ZERO);
    let ids = known_gists(&standin, &nobody, 12);
    ask(&nobody, ids.iter().map(|id| gist(id))).await;
    assert_eq!((nobody.requests().graphql, nobody.requests().rest), (0, 12));
}
