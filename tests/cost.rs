//! What judging one pull request costs: requests do not grow with the registry. Never measures time.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

use gistry_standin::{Edit, Standin};

/// REST requests that the verdict on one module may take, writes included.
const MOST: usize = 12;

fn publisher(login: &str, modules: &[(&str, String)]) -> String {
    let modules: Vec<String> = modules
        .iter()
        .map(|(name, gist)| {
            format!("\"{name}\": {{\"gist\": \"{gist}\", \"description\": \"It reads\", \"tags\": [], \"created\": \"2025-01-02T03:04:05Z\"}}")
        })
        .collect();
    format!(
        "{{\"version\": \"1.0.0\", \"updated\": \"2025-01-02T03:04:05Z\", \"author\": \"{login}\", \"modules\": {{{}}}}}\n",
        modules.join(", ")
    )
}

/// Judges a pull request that adds one module to a registry of that many publishers; gives the requests by kind.
fn requests(publishers: usize) -> (Vec<String>, usize, usize) {
    let gh = Standin::start();
    gh.token("ghs_job");
    gh.token("gists").fine_grained("acme-bot", []);
    gh.account_with("alice", |account| account.id = 7001);
    let gist = gh.gist("alice").file("one-more.mld", "/exe @one = 1\n").create();
    let binding =
        "{\"version\": \"1.0.0\", \"login\": \"alice\", \"id\": 7001, \"since\": \"2025-01-01T00:00:00Z\"}\n";
    // Names that are long enough to be compared and far enough apart not to look alike.
    let others = (0..publishers).map(|number| {
        let login = format!(
            "{0}x{0}x{0}",
            char::from(b'a' + (number % 26) as u8).to_string() + &format!("{:03}", number)
        );
        let text = publisher(&login, &[("tool", format!("{number:032x}"))]);
        (format!("{login}/registry.json"), text)
    });
    let repo = gh
        .repo("acme/registry")
        .file("owners/alice.json", binding)
        .files(others)
        .create();
    repo.pull("alice")
        .edits([Edit::write(
            "alice/registry.json",
            publisher("alice", &[("one-more", gist)]),
        )])
        .open();
    let output = Command::new(env!("CARGO_BIN_EXE_gistry"))
        .args(["validate", "--pull", "1", "--repo", "acme/registry"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", std::env::temp_dir())
        .env("GISTRY_API_URL", gh.url())
        .env("GISTRY_GITHUB_TOKEN", "ghs_job")
        .env("GISTRY_GIST_TOKEN", "gists")
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "the pull request should pass: {output:?}"
    );
    assert!(gh.take_writes().len() >= 3, "a comment, a label and a check run");
    let lines: Vec<String> = gh
        .requests()
        .iter()
        .map(|request| without_commits(&request.line()))
        .collect();
    let of = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    let (graphql, git) = (of("/graphql"), of(".git/"));
    let rest = lines
        .iter()
        .filter(|line| !line.contains("/graphql") && !line.contains(".git/"));
    // What is asked at the same time arrives in any order.
    let mut rest: Vec<String> = rest.cloned().collect();
    rest.sort();
    (rest, graphql, git)
}

/// Two registries have other commits.
fn without_commits(line: &str) -> String {
    let is_commit = |part: &str| part.len() == 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = line
        .split('/')
        .map(|part| if is_commit(part) { "{commit}" } else { part })
        .collect();
    parts.join("/")
}

#[test]
fn requests_do_not_grow_with_the_registry() {
    let (few, many) = (requests(20), requests(400));
    assert_eq!(few, many);
    assert!(few.0.len() <= MOST, "{} REST requests: {:#?}", few.0.len(), few.0);
}
