//! `gistry index --push` as a job runs it: many at once beside merges, protected branches, and runs that change nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Barrier;

use gistry_standin::{Edit, Repo};

use crate::registry::*;

/// The command with a clone, a token and an empty home.
pub fn gistry(registry: &Registry, args: &[&str], clone: &Path, token: (&str, &str)) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
    let keep = ["PATH", "LLVM_PROFILE_FILE"];
    // What a killed run leaves behind goes with the test.
    let temporary = registry.temp.path().join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let keep = keep
        .into_iter()
        .filter_map(|key| Some((key, std::env::var_os(key)?)));
    command
        .args(args)
        .arg("--dir")
        .arg(clone)
        .env_clear()
        .envs(keep)
        .env("HOME", registry.temp.path())
        .env("TMPDIR", temporary)
        .env("GITHUB_API_URL", registry.gh.url())
        .env("GITHUB_SERVER_URL", registry.gh.url())
        .env("GITHUB_REPOSITORY", "acme/registry")
        .env(token.0, token.1)
        .current_dir(registry.temp.path());
    command
}

pub const JOB_TOKEN: (&str, &str) = ("GITHUB_TOKEN", JOB);

fn text(output: &Output) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{:?}\n--- stdout\n{out}\n--- stderr\n{err}", output.status.code())
}

/// Runs it, and gives what it said on stderr.
pub fn run(mut command: Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    let all = text(&output);
    assert!(!all.contains("secret"), "{all}");
    String::from_utf8(output.stderr).unwrap()
}

/// A publisher's file with these modules.
pub fn publisher(login: &str, modules: &[&str]) -> String {
    let module = |name: &&str| {
        let mix = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_01b3_0000_013b);
        let gist = format!("{:032x}", login.bytes().chain(name.bytes()).fold(7, mix));
        let value = serde_json::json!({
            "gist": gist, "description": format!("{name} of {login}"), "tags": ["test"], "created": "2026-01-02T03:04:05Z",
        });
        ((*name).to_owned(), value)
    };
    let modules: serde_json::Map<String, serde_json::Value> = modules.iter().map(module).collect();
    let file = serde_json::json!({
        "version": "1.0.0", "updated": "2026-01-02T03:04:05Z", "author": login, "modules": modules,
    });
    serde_json::to_string_pretty(&file).unwrap() + "\n"
}

/// A registry of so many publishers, with everything that an index is made from, and its index.
pub fn indexed(publishers: usize) -> Registry {
    let registry = Registry::new();
    let mut edits: Vec<Edit> = (0..40)
        .map(|n| Edit::delete(format!("p{n}/registry.json")))
        .collect();
    edits.extend((0..publishers).map(|n| {
        let login = format!("user{n}");
        Edit::write(
            format!("{login}/registry.json"),
            publisher(&login, &["json-utils", "http"]),
        )
    }));
    registry.repo.commit_on("main", edits);
    let clone = registry.clone("first", &["--depth=1"]);
    run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 0);
    registry
}

/// Whether the index of the branch is what a fresh clone makes of it, to the byte and to the file.
pub fn is_fresh(registry: &Registry, name: &str) {
    let fresh = registry.clone(name, &["--depth=1"]);
    run(gistry(registry, &["index", "--check"], &fresh, JOB_TOKEN), 0);
    for folder in ["index", "osv", "INDEX.json"] {
        let at = fresh.join(folder);
        let _ = std::fs::remove_dir_all(&at).or_else(|_| std::fs::remove_file(&at));
    }
    let _ = std::fs::remove_dir_all(fresh.join(".git/gistry"));
    run(gistry(registry, &["index"], &fresh, JOB_TOKEN), 0);
    assert_eq!(git(&fresh, &["status", "--porcelain", "--ignored"]), "");
    registry.repo.git(&["fsck", "--strict", "--no-dangling"]);
}

/// Merges a pull request as a job does, over HTTP, until the branch stands still for long enough.
fn merge(registry: &Registry, number: u64) {
    for _ in 0..50 {
        let body = r#"{"merge_method":"squash"}"#;
        let host = registry.gh.url().replace("http://", "");
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(
            stream,
            "PUT /repos/acme/registry/pulls/{number}/merge HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\nAuthorization: Bearer {JOB}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        if answer.starts_with("HTTP/1.1 200") {
            return;
        }
        assert!(
            answer.starts_with("HTTP/1.1 405") && answer.contains("was modified"),
            "{answer}"
        );
    }
    panic!("pull request {number} was never merged");
}

fn pull(repo: &Repo, login: &str, modules: &[&str]) -> u64 {
    let path = format!("{login}/registry.json");
    repo.pull(login)
        .edits([Edit::write(path, publisher(login, modules))])
        .open()
}

#[test]
fn eight_indexes_and_merges_at_once_lose_nothing() {
    const JOBS: usize = 8;
    let registry = indexed(30);
    let before = registry.commits();
    // Half are new publishers, half add a module to what they have.
    let logins: Vec<String> = (0..JOBS)
        .map(|n| format!("{}{n}", if n % 2 == 0 { "new" } else { "user" }))
        .collect();
    let modules = ["json-utils", "http", "added"];
    let pulls: Vec<u64> = logins
        .iter()
        .map(|login| pull(&registry.repo, login, &modules))
        .collect();
    let clones: Vec<_> = (0..JOBS)
        .map(|n| registry.clone(&format!("job{n}"), &["--depth=1"]))
        .collect();
    let start = Barrier::new(JOBS);
    let said: Vec<String> = std::thread::scope(|scope| {
        let jobs: Vec<_> = pulls
            .iter()
            .zip(&clones)
            .map(|(number, clone)| {
                let (registry, start) = (&registry, &start);
                scope.spawn(move || {
                    start.wait();
                    merge(registry, *number);
                    run(gistry(registry, &["index", "--push"], clone, JOB_TOKEN), 0)
                })
            })
            .collect();
        jobs.into_iter().map(|job| job.join().unwrap()).collect()
    });
    let races: usize = said.iter().map(|text| text.matches("trying again").count()).sum();
    assert!(
        races > 0,
        "nobody was in anybody's way, so this shows nothing: {said:?}"
    );
    let files = registry.files();
    let search = String::from_utf8_lossy(&files["index/search.jsonl"]);
    for login in &logins {
        assert_eq!(
            String::from_utf8_lossy(&files[&format!("{login}/registry.json")]),
            publisher(login, &modules)
        );
        assert!(
            search.contains(&format!("\"@{login}/added\"")),
            "{login} is not in {search}"
        );
    }
    // Merges, and at most one commit of each job.
    let commits = registry.commits() - before;
    assert!((JOBS + 1..=2 * JOBS).contains(&commits), "{commits}");
    is_fresh(&registry, "fresh");
}

#[test]
fn a_protected_registry_takes_the_index_with_a_push_token_alone() {
    let registry = indexed(3);
    registry.repo.protect_with_bypass("main", [APP]);
    registry.repo.commit_on(
        "main",
        [Edit::write("zoe/registry.json", publisher("zoe", &["tools"]))],
    );
    let (tip, pushes) = (registry.repo.tip("main"), registry.pushes());
    // A clone that knows nothing of the last commit is no worse.
    let clone = registry.temp.path().join("first");
    let said = run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 2);
    for part in ["GH006", "push-token", "bypass list"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!((registry.repo.tip("main"), registry.pushes()), (tip, pushes + 1));
    let mut command = gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN);
    command.env("GISTRY_PUSH_TOKEN", APP);
    run(command, 0);
    assert_eq!(
        registry.repo.git(&["log", "-1", "--format=%an <%ae>", "main"]),
        "gistry[bot] <gistry[bot]@users.noreply.github.com>"
    );
    assert!(
        registry
            .repo
            .git(&["log", "-1", "--format=%B", "main"])
            .contains("[skip ci]")
    );
    is_fresh(&registry, "fresh");
}

#[test]
fn an_index_that_is_there_is_no_commit_and_the_clone_is_left_alone() {
    let registry = indexed(3);
    let (tip, pushes) = (registry.repo.tip("main"), registry.pushes());
    let clone = registry.clone("clone", &["--depth=1"]);
    std::fs::write(clone.join("user1/registry.json"), "{ half").unwrap();
    std::fs::write(clone.join("INDEX.json"), "mine").unwrap();
    let before = everything(&clone);
    run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 0);
    let after = everything(&clone);
    let changed: Vec<_> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(bytes))
        .map(|(path, _)| path)
        .collect();
    // The cache may be there; it is no part of the tree, nor of what git keeps.
    assert!(
        changed
            .iter()
            .all(|path| path.starts_with(clone.join(".git/gistry"))),
        "{changed:?}"
    );
    assert!(before.keys().all(|path| after.contains_key(path)));
    assert_eq!((registry.repo.tip("main"), registry.pushes()), (tip, pushes));
}

#[test]
fn one_broken_file_does_not_stop_the_night() {
    let registry = indexed(3);
    let edits = [
        Edit::write("user1/registry.json", "{ half"),
        Edit::write("zoe/registry.json", publisher("zoe", &["tools"])),
    ];
    registry.repo.commit_on("main", edits);
    let clone = registry.clone("clone", &["--depth=1"]);
    run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 1);
    let files = registry.files();
    let search = String::from_utf8_lossy(&files["index/search.jsonl"]);
    // The broken one keeps what it had.
    assert!(
        search.contains("@zoe/tools") && search.contains("@user1/http"),
        "{search}"
    );
    assert_eq!(
        registry.repo.git(&["log", "-1", "--format=%s", "main"]),
        "Rebuild the index: 1 added"
    );
    let pushes = registry.pushes();
    run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 1);
    assert_eq!(registry.pushes(), pushes);
}

#[test]
fn an_index_that_lost_too_much_is_not_pushed() {
    let registry = indexed(12);
    let edits = (0..6).map(|n| Edit::delete(format!("user{n}/registry.json")));
    registry.repo.commit_on("main", edits.collect::<Vec<_>>());
    let (clone, pushes) = (registry.clone("clone", &["--depth=1"]), registry.pushes());
    run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 1);
    assert_eq!(registry.pushes(), pushes);
    run(
        gistry(
            &registry,
            &["index", "--push", "--allow-shrink"],
            &clone,
            JOB_TOKEN,
        ),
        0,
    );
    assert_eq!(registry.pushes(), pushes + 1);
    is_fresh(&registry, "fresh");
}

#[test]
fn any_clone_and_any_cache_make_the_same_index() {
    let registry = indexed(10);
    let kinds: [(&str, &[&str]); 3] = [
        ("blobless", &["--filter=blob:none", "--no-checkout"]),
        ("treeless", &["--filter=tree:0", "--no-checkout", "--depth=1"]),
        ("whole", &[]),
    ];
    for (name, options) in kinds {
        let clone = registry.clone(name, options);
        // The second run of each has a cache, and the third a spoilt one.
        for step in 0..3 {
            let login = format!("{name}{step}");
            registry.repo.commit_on(
                "main",
                [Edit::write(
                    format!("{login}/registry.json"),
                    publisher(&login, &["x"]),
                )],
            );
            if step == 2 {
                std::fs::write(clone.join(".git/gistry/index.cache"), "gistry index cache").unwrap();
            }
            run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 0);
            is_fresh(&registry, &format!("{login}-fresh"));
        }
    }
}

#[test]
fn a_push_without_a_token_or_a_registry_is_a_wrong_usage() {
    let registry = Registry::new();
    let clone = registry.clone("clone", &[]);
    let said = run(gistry(&registry, &["index", "--push"], &clone, ("OTHER", "x")), 2);
    assert!(
        said.contains("GITHUB_TOKEN") && said.contains("push-token"),
        "{said}"
    );
    let mut nowhere = gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN);
    nowhere.env_remove("GITHUB_REPOSITORY");
    assert!(run(nowhere, 2).contains("--repo"));
    let mut folder = gistry(&registry, &["index", "--push"], registry.temp.path(), JOB_TOKEN);
    folder.env("GIT_CEILING_DIRECTORIES", "/");
    assert!(run(folder, 2).contains("no git repository"));
    run(
        gistry(&registry, &["index", "--push", "--check"], &clone, JOB_TOKEN),
        2,
    );
    run(
        gistry(&registry, &["index", "--branch", "x"], &clone, JOB_TOKEN),
        2,
    );
}

#[test]
fn what_is_merged_while_the_index_is_made_is_in_it() {
    let registry = indexed(3);
    let add = |login: &str| Edit::write(format!("{login}/registry.json"), publisher(login, &["tools"]));
    registry.repo.commit_on("main", [add("zoe")]);
    let clone = registry.clone("clone", &["--depth=1"]);
    // The default branch is asked for, then the tip, then its objects.
    let late = add("yan");
    registry
        .repo
        .on_request("POST", "/git-upload-pack", 3, move |repo| {
            repo.commit_on("main", [late]);
        });
    let said = run(gistry(&registry, &["index", "--push"], &clone, JOB_TOKEN), 0);
    assert_eq!(said.matches("trying again").count(), 1, "{said}");
    is_fresh(&registry, "fresh");
}
