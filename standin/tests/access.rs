//! Tokens and what they may do, rate limits, conditional requests, paging, and writes that nobody expected.

mod client;

use client::Client;
use gistry_standin::{Edit, Permission, Repo, Standin};
use serde_json::json;

const REPO: &str = "/repos/acme/registry";
const COMMENTS: &str = "/repos/acme/registry/issues/1/comments";
const NO_INTEGRATION: &str = "Resource not accessible by integration";

fn registry(gh: &Standin) -> Repo {
    let repo = gh.repo("acme/registry").file("README.md", "x").create();
    repo.pull("alice")
        .edits([Edit::write("alice/registry.json", "{}")])
        .open();
    repo
}

#[test]
fn a_request_names_its_client_and_an_unknown_token_is_refused() {
    let gh = Standin::start();
    registry(&gh);
    let silent = Client::new(&gh, "")
        .send("GET", REPO, &[("user-agent", "")], None)
        .unwrap();
    assert_eq!(silent.status, 403);
    assert!(String::from_utf8_lossy(&silent.body).contains("User-Agent"));
    let unknown = Client::new(&gh, "nobody's").get(REPO);
    assert_eq!(
        (unknown.status, unknown.message().as_str()),
        (401, "Bad credentials")
    );
    let lost = Client::new(&gh, "").get("/repos/acme/none");
    let body =
        json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"});
    assert_eq!((lost.status, lost.json()), (404, body));
}

#[test]
fn an_installation_token_is_closed_out_of_gists_and_user() {
    let gh = Standin::start();
    gh.token("ghs_bot");
    let id = gh.gist("alice").file("a.mld", "x").create();
    let bot = Client::new(&gh, "ghs_bot");
    for path in [format!("/gists/{id}"), "/user".into()] {
        let refused = bot.get(&path);
        assert_eq!(
            (refused.status, refused.message().as_str()),
            (403, NO_INTEGRATION),
            "{path}"
        );
    }
    gh.token("github_pat_none");
    assert_eq!(
        Client::new(&gh, "github_pat_none")
            .get(&format!("/gists/{id}"))
            .status,
        200
    );
    assert_eq!(Client::new(&gh, "").get(&format!("/gists/{id}")).status, 200);
}

#[test]
fn writing_needs_a_permission_a_scope_or_a_role() {
    let gh = Standin::start();
    let repo = registry(&gh);
    repo.set_permission("maud", Permission::Write);
    gh.token("ghs_fork").installation().read_only();
    gh.token("ghs_checks")
        .permissions([("checks", "write"), ("pull-requests", "read")]);
    gh.token("noscope").user("maud");
    gh.token("maud").user("maud").scopes(["repo"]);
    gh.token("stranger").user("stranger").scopes(["public_repo"]);
    gh.token("github_pat_a")
        .fine_grained("alice", [("issues", "read")]);
    let comment = |token: &str| Client::new(&gh, token).post(COMMENTS, json!({"body": "x"}));
    let label = |token: &str| {
        Client::new(&gh, token).post(&format!("{REPO}/issues/1/labels"), json!({"labels": ["x"]}))
    };
    let check = |token: &str| {
        let body = json!({"name": "n", "head_sha": repo.head(1), "conclusion": "success"});
        Client::new(&gh, token).post(&format!("{REPO}/check-runs"), body)
    };
    assert_eq!(
        (comment("ghs_fork").status, comment("ghs_fork").message().as_str()),
        (403, NO_INTEGRATION)
    );
    assert_eq!((label("ghs_fork").status, check("ghs_fork").status), (403, 403));
    assert_eq!(
        (comment("ghs_checks").status, check("ghs_checks").status),
        (403, 201)
    );
    assert_eq!(
        (
            comment("").status,
            comment("noscope").status,
            comment("github_pat_a").status
        ),
        (401, 404, 403)
    );
    assert_eq!((comment("stranger").status, label("stranger").status), (201, 403));
    assert_eq!((comment("maud").status, label("maud").status), (201, 200));
    assert_eq!(check("maud").message(), "You must authenticate via a GitHub App.");
    // Somebody else's comment is changed by whoever may write.
    let theirs = format!("{REPO}/issues/comments/{}", repo.comments(1)[0].id);
    let change = |token: &str| {
        Client::new(&gh, token)
            .call("PATCH", &theirs, json!({"body": "y"}))
            .status
    };
    assert_eq!(
        (change("stranger"), change("maud"), change("ghs_fork")),
        (200, 200, 403)
    );
    assert_eq!(
        Client::new(&gh, "")
            .get(&format!("{REPO}/collaborators/maud/permission"))
            .status,
        401
    );
    assert_eq!(gh.take_writes().len(), 6);
}

#[test]
fn roles_are_told_as_github_tells_them() {
    let gh = Standin::start();
    let repo = registry(&gh);
    gh.token("ghs_bot");
    let roles = [
        ("t", Permission::Triage),
        ("w", Permission::Write),
        ("m", Permission::Maintain),
        ("a", Permission::Admin),
    ];
    roles
        .into_iter()
        .for_each(|(login, role)| repo.set_permission(login, role));
    let bot = Client::new(&gh, "ghs_bot");
    let told = |login: &str| {
        let body = bot
            .get(&format!("{REPO}/collaborators/{login}/permission"))
            .json();
        format!(
            "{} {}",
            body["permission"].as_str().unwrap(),
            body["role_name"].as_str().unwrap()
        )
    };
    assert_eq!(
        ["alice", "t", "w", "m", "a"].map(told),
        [
            "read read",
            "read triage",
            "write write",
            "write maintain",
            "admin admin"
        ]
    );
    assert_eq!(
        bot.get(&format!("{REPO}/collaborators/nobody/permission")).status,
        404
    );
}

#[test]
fn a_known_answer_is_304_and_costs_nothing() {
    let gh = Standin::start();
    registry(&gh);
    gh.token("ghs_bot");
    let bot = Client::new(&gh, "ghs_bot");
    let first = bot.get(REPO);
    let (etag, left) = (
        first.header("etag").unwrap(),
        first.header("x-ratelimit-remaining").unwrap(),
    );
    assert_eq!((first.header("x-ratelimit-limit"), left), (Some("1000"), "999"));
    let again = bot.send("GET", REPO, &[("if-none-match", etag)], None).unwrap();
    assert_eq!(
        (
            again.status,
            again.body.len(),
            again.header("x-ratelimit-remaining")
        ),
        (304, 0, Some("999"))
    );
    let changed = bot
        .send("GET", REPO, &[("if-none-match", "W/\"other\"")], None)
        .unwrap();
    assert_eq!(
        (changed.status, changed.header("x-ratelimit-remaining")),
        (200, Some("998"))
    );
    for name in [
        "x-ratelimit-used",
        "x-ratelimit-reset",
        "x-ratelimit-resource",
        "x-github-request-id",
        "x-github-api-version-selected",
    ] {
        assert!(changed.header(name).is_some(), "{name}");
    }
    assert_eq!(
        changed.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[test]
fn an_exhausted_limit_refuses_until_its_reset() {
    let gh = Standin::start();
    registry(&gh);
    gh.token("ghs_bot");
    gh.limit("ghs_bot", 1, 3600);
    let bot = Client::new(&gh, "ghs_bot");
    assert_eq!(bot.get(REPO).status, 200);
    let refused = bot.get(REPO);
    assert_eq!(
        (refused.status, refused.header("x-ratelimit-remaining")),
        (403, Some("0"))
    );
    assert!(refused.message().starts_with("API rate limit exceeded for "));
    assert_eq!(bot.get("/rate_limit").json()["resources"]["core"]["remaining"], 0);
    // Resets are whole seconds of the clock: one that is a second ahead may come at once.
    gh.limit("ghs_bot", 0, 1);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(bot.get(REPO).status, 200);
    assert_eq!(
        Client::new(&gh, "").get(REPO).header("x-ratelimit-limit"),
        Some("60")
    );
}

#[test]
fn lists_come_in_pages_with_links_of_githubs_form() {
    let gh = Standin::start();
    let repo = registry(&gh);
    for i in 0..65 {
        repo.comment(1, "alice", &format!("{i}"));
    }
    let client = Client::new(&gh, "");
    let first = client.get(COMMENTS);
    assert_eq!(first.json().as_array().unwrap().len(), 30);
    let link = first.header("link").unwrap();
    assert!(
        link.starts_with(&format!("<{}/repositories/", gh.url())),
        "{link}"
    );
    assert!(
        link.contains("page=2>; rel=\"next\"") && link.contains("page=3>; rel=\"last\""),
        "{link}"
    );
    // Following `next` to the end meets every comment once.
    let (mut url, mut seen) = (format!("{COMMENTS}?per_page=20"), Vec::new());
    loop {
        let page = client.get(&url);
        seen.extend(
            page.json()
                .as_array()
                .unwrap()
                .iter()
                .map(|comment| comment["body"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page
            .header("link")
            .and_then(|link| link.split(", ").find(|part| part.contains("\"next\"")))
        else {
            break;
        };
        url = next[1..next.find('>').unwrap()].to_owned();
    }
    assert_eq!(seen, (0..65).map(|i| i.to_string()).collect::<Vec<_>>());
    let last = client.get(&format!("{COMMENTS}?per_page=20&page=4"));
    assert!(
        last.header("link").unwrap().contains("rel=\"prev\"")
            && last.header("link").unwrap().contains("rel=\"first\"")
    );
}

#[test]
fn too_long_a_comment_and_too_many_annotations_are_422() {
    let gh = Standin::start();
    let repo = registry(&gh);
    gh.token("ghs_bot");
    gh.waive_contract();
    gh.allow_writes();
    let bot = Client::new(&gh, "ghs_bot");
    assert_eq!(
        bot.post(COMMENTS, json!({"body": "é".repeat(65_536)})).status,
        201
    );
    assert_eq!(
        bot.post(COMMENTS, json!({"body": "é".repeat(65_537)})).status,
        422
    );
    let check = |count: usize, more: serde_json::Value| {
        let note = json!({"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"});
        let mut body = json!({"name": "n", "head_sha": repo.head(1),
            "output": {"title": "t", "summary": "s", "annotations": vec![note; count]}});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        bot.post(&format!("{REPO}/check-runs"), body).status
    };
    assert_eq!((check(50, json!({})), check(51, json!({}))), (201, 422));
    assert_eq!(
        check(0, json!({"status": "completed"})),
        422,
        "a completed run needs a conclusion"
    );
    assert_eq!(check(0, json!({"head_sha": "0".repeat(40)})), 422);
}

#[test]
#[should_panic(
    expected = "a write that nobody took with take_writes(): POST /repos/acme/registry/issues/1/comments"
)]
fn an_unexpected_write_fails_the_test_at_its_end() {
    let gh = Standin::start();
    registry(&gh);
    gh.token("ghs_bot");
    Client::new(&gh, "ghs_bot").post(COMMENTS, json!({"body": "x"}));
}

#[test]
fn expected_writes_are_taken_once() {
    let gh = Standin::start();
    registry(&gh);
    gh.token("ghs_bot");
    Client::new(&gh, "ghs_bot").post(COMMENTS, json!({"body": "x"}));
    let writes = gh.take_writes();
    assert_eq!((writes.len(), writes[0].line()), (1, format!("POST {COMMENTS}")));
    assert_eq!((&writes[0].body["body"], writes[0].status), (&json!("x"), 201));
    assert!(gh.take_writes().is_empty());
}
