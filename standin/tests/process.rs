//! The stand-in as a process of its own: its seed, its log, its faults, and how it ends.

mod client;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use gistry_standin::Standin;
use serde_json::{Value, json};
use ureq::Agent;

fn started(arguments: &[&str]) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gistry-standin"));
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut url)
        .unwrap();
    (child, url.trim().to_owned())
}

fn get(url: &str) -> (u16, Value) {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(url).call().unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (
        answer.status().as_u16(),
        serde_json::from_str(&body).unwrap_or(Value::Null),
    )
}

#[test]
fn the_seed_of_the_readme_works_in_another_process() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/seed.example.json");
    let (mut child, url) = started(&["--seed", seed]);
    let gist = format!("{url}/gists/0123456789abcdef0123456789abcdef");
    assert_eq!(get(&gist).0, 502);
    assert_eq!(get(&gist).1["owner"]["id"], 7);
    let (_, pull) = get(&format!("{url}/repos/acme/registry/pulls/1"));
    assert_eq!(
        (&pull["user"]["login"], &pull["comments"]),
        (&json!("alice"), &json!(1))
    );
    let (_, event) = get(&format!(
        "{url}/_standin/event/acme/registry/1?action=synchronize"
    ));
    assert_eq!(
        (&event["action"], &event["pull_request"]["head"]["sha"]),
        (&json!("synchronize"), &pull["head"]["sha"])
    );
    let fault =
        json!({"method": "GET", "path": "/rate_limit", "fault": {"status": 500}, "times": 1}).to_string();
    assert_eq!(
        ureq::post(format!("{url}/_standin/fault"))
            .send(&fault)
            .unwrap()
            .status(),
        201
    );
    assert_eq!(
        (
            get(&format!("{url}/rate_limit")).0,
            get(&format!("{url}/rate_limit")).0
        ),
        (500, 200)
    );
    let (_, log) = get(&format!("{url}/_standin/log"));
    assert_eq!(
        (log.as_array().unwrap().len(), &log[0]["status"], &log[2]["path"]),
        (5, &json!(502), &json!("/repos/acme/registry/pulls/1"))
    );
    assert_eq!(get(&format!("{url}/_standin/contract")).1, json!([]));
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_broken_contract_is_its_exit_code() {
    let (mut child, url) = started(&[]);
    assert_eq!(get(&format!("{url}/no/such/thing")).0, 404);
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_seed_with_an_unknown_key_is_refused() {
    let gh = Standin::start();
    let refused = |seed: Value| gh.seed(&seed, Path::new(".")).unwrap_err();
    assert_eq!(refused(json!({"gist": []})), "the seed has no key `gist`");
    assert_eq!(
        refused(json!({"gists": [{"files": {}}]})),
        "a gist needs a text `owner`"
    );
    assert_eq!(
        refused(json!({"faults": [{"method": "GET", "path": "/", "fault": "flood"}]})),
        "there is no fault `flood`"
    );
}
