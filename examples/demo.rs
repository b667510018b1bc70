//! The main job from end to end on the embedded stand-in for GitHub: eight pull requests, judged as in GitHub Actions.
//! Never reaches beyond this machine.
//!
//! `cargo run --release --example demo`

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use gistry_standin::{Edit, Repo, Standin};

/// What a workflow of GitHub Actions holds: it writes to the registry and reads no gist.
const JOB_TOKEN: &str = "ghs_demo";
/// A token without any permission: it reads public gists.
const GIST_TOKEN: &str = "github_pat_demo";
const REGISTRY: &str = "acme/registry";

type Problem = Box<dyn std::error::Error>;

/// A pull request of the demo: what it is, its number, the verdict that it must get.
struct Expected {
    title: &'static str,
    number: u64,
    exit_code: u8,
}

fn main() -> ExitCode {
    match run(&mut std::io::stdout()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut dyn Write) -> Result<bool, Problem> {
    let gh = Standin::start();
    let (repo, pulls) = scene(&gh);
    let temp = tempfile::tempdir()?;
    let mut right = true;
    for pull in &pulls {
        let before = gh.requests().len();
        let code = judge(&gh, &repo, pull.number, temp.path())?;
        let ruler = "─".repeat(100);
        writeln!(out, "{ruler}\n#{}  {}\n{ruler}", pull.number, pull.title)?;
        let comment = repo
            .comments(pull.number)
            .into_iter()
            .map(|comment| comment.body)
            .next()
            .unwrap_or_default();
        writeln!(out, "{}", readable(&comment))?;
        let requests = gh.requests();
        let count = |git: bool| {
            requests[before..]
                .iter()
                .filter(|request| request.path.contains(".git/") == git)
                .count()
        };
        writeln!(
            out,
            "\n→ exit code {code}, {} requests to the API, {} to git\n",
            count(false),
            count(true)
        )?;
        if code != pull.exit_code {
            writeln!(out, "WRONG: the exit code should be {}", pull.exit_code)?;
            right = false;
        }
    }
    let writes = gh.take_writes().len();
    let api = gh
        .requests()
        .iter()
        .filter(|request| !request.path.contains(".git/"))
        .count();
    let end = if right {
        "every verdict is as expected"
    } else {
        "a verdict is not as expected"
    };
    writeln!(
        out,
        "{} pull requests, {api} requests to the API ({writes} of them writes): {end}",
        pulls.len()
    )?;
    Ok(right)
}

/// A small registry and eight pull requests.
fn scene(gh: &Standin) -> (Repo, Vec<Expected>) {
    gh.token(JOB_TOKEN).installation();
    gh.token(GIST_TOKEN)
        .fine_grained("maud", std::iter::empty::<(&str, &str)>());
    let text = "/show Hello from a module\n";
    let gist = |login: &str, name: &str| gh.gist(login).file(format!("{name}.mld"), text).create();
    let (json, http) = (gist("alice", "json-utils"), gist("bob", "http"));
    let (alice, bob) = (gh.account("alice"), gh.account("bob"));
    let alices = registry("alice", &[("json-utils", &json)]);
    let repo = gh
        .repo(REGISTRY)
        .file("README.md", "# The modules of Acme\n")
        .file("alice/registry.json", alices.as_str())
        .file("bob/registry.json", registry("bob", &[("http", &http)]))
        .file("owners/alice.json", owner("alice", alice.id))
        .file("owners/bob.json", owner("bob", bob.id))
        .create();

    let write = |path: &str, text: String| Edit::write(path, text);
    let secret = gh.gist("alice").file("keys.mld", text).secret().create();
    let deleted = gist("alice", "gone");
    gh.delete_gist(&deleted);
    let broken = alices.replace("\"tags\": []", "\"tags\": [],\n      \"tags\": [\"json\"]");
    let two = |name: &str, id: &str| registry("alice", &[("json-utils", &json), (name, id)]);
    let pulls = [
        (
            "carol",
            0,
            "a new publisher",
            vec![write(
                "carol/registry.json",
                registry("carol", &[("csv", &gist("carol", "csv"))]),
            )],
        ),
        (
            "alice",
            0,
            "an update: one more module",
            vec![write("alice/registry.json", two("yaml", &gist("alice", "yaml")))],
        ),
        (
            "mallory",
            1,
            "a change of somebody else's file",
            vec![write(
                "bob/registry.json",
                registry("bob", &[("http", &gist("mallory", "http"))]),
            )],
        ),
        (
            "alice",
            1,
            "a module whose gist is secret",
            vec![write("alice/registry.json", two("keys", &secret))],
        ),
        (
            "alice",
            1,
            "a module whose gist was deleted",
            vec![write("alice/registry.json", two("gone", &deleted))],
        ),
        (
            "alice",
            1,
            "JSON with a key that stands twice",
            vec![write("alice/registry.json", broken)],
        ),
        (
            "mallory",
            1,
            "a rename that takes another's file",
            vec![Edit::rename("bob/registry.json", "mallory/registry.json")],
        ),
        (
            "alice",
            1,
            "a symbolic link",
            vec![Edit::symlink("alice/advisories.json", "../bob/registry.json")],
        ),
    ];
    let open = |(author, exit_code, title, edits): (&str, u8, &'static str, Vec<Edit>)| Expected {
        number: repo.pull(author).title(title).edits(edits).open(),
        title,
        exit_code,
    };
    let pulls = pulls.into_iter().map(open).collect();
    (repo, pulls)
}

fn registry(author: &str, modules: &[(&str, &str)]) -> String {
    let module = |(name, gist): &(&str, &str)| {
        format!(
            "    \"{name}\": {{\n      \"gist\": \"{gist}\",\n      \"description\": \"What {name} does\",\n      \
             \"tags\": [],\n      \"created\": \"2026-01-02T03:04:05Z\"\n    }}"
        )
    };
    let modules = modules.iter().map(module).collect::<Vec<_>>().join(",\n");
    format!(
        "{{\n  \"version\": \"1.0.0\",\n  \"updated\": \"2026-01-02T03:04:05Z\",\n  \"author\": \"{author}\",\n  \
         \"modules\": {{\n{modules}\n  }}\n}}\n"
    )
}

fn owner(login: &str, id: u64) -> String {
    format!(
        "{{\"version\": \"1.0.0\", \"login\": \"{login}\", \"id\": {id}, \"since\": \"2026-01-01T00:00:00Z\", \"pull\": 1}}\n"
    )
}

/// Runs gistry as a job of GitHub Actions would, and gives its exit code.
fn judge(gh: &Standin, repo: &Repo, number: u64, temp: &Path) -> Result<u8, Problem> {
    let event = temp.join("event.json");
    std::fs::write(&event, repo.pull_event(number, "opened").to_string())?;
    let pairs = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_EVENT_NAME", "pull_request_target".to_owned()),
        ("GITHUB_EVENT_PATH", event.display().to_string()),
        ("GITHUB_REPOSITORY", REGISTRY.to_owned()),
        ("GITHUB_API_URL", gh.url()),
        ("GITHUB_GRAPHQL_URL", gh.graphql_url()),
        ("GITHUB_SERVER_URL", gh.url()),
        ("GITHUB_TOKEN", JOB_TOKEN.to_owned()),
        ("GISTRY_GIST_TOKEN", GIST_TOKEN.to_owned()),
        ("PATH", std::env::var("PATH")?),
    ];
    let log = Arc::new(Mutex::new(Vec::new()));
    let outside = gistry::Outside {
        args: ["gistry", "validate"].map(Into::into).to_vec(),
        env: pairs
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<BTreeMap<_, _>>(),
        dir: temp.to_path_buf(),
        now: chrono::Utc::now(),
        stdout: log.clone(),
        stderr: log.clone(),
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    let code = gistry::run(outside);
    if code > 4 || code == 2 || std::env::var_os("GISTRY_DEMO_LOG").is_some() {
        let log = log.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::io::stderr().write_all(&log)?;
    }
    Ok(code)
}

/// A comment as the page shows it: without what HTML hides.
fn readable(comment: &str) -> String {
    let mut shown = String::new();
    let mut rest = comment;
    while let Some((before, hidden)) = rest.split_once("<!--") {
        shown.push_str(before);
        rest = hidden.split_once("-->").map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    shown.trim().to_owned()
}
