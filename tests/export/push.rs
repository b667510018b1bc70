//! `gistry export --push`: a fork, a commit and a pull request, once; and nothing where it is not allowed.

use gistry_standin::Repo;
use gistry_standin::package_index::{File, PackageIndex, wheel};

use crate::stage::{REGISTRY, Run, Stage};

const TOKEN: &str = "ghp_alice";

fn index() -> PackageIndex {
    let index = PackageIndex::start();
    let (name, bytes) = wheel("six", "1.0", &[("six.py", "def u(s): return s\n")]);
    index.add(File::new("six", &name, bytes));
    index
}

fn export(stage: &Stage, index: &PackageIndex, token: &str, args: &[&str]) -> Run {
    let url = index.url();
    let rest = [
        "--repo",
        REGISTRY,
        "--index-url",
        &url,
        "--no-cache",
        "--budget",
        "5",
    ];
    let mut command = stage.command(
        &[
            &["export", "msgpack", "six", "1.0", "-o", "six.msgpack"],
            args,
            &rest,
        ]
        .concat(),
    );
    command.env("GISTRY_GITHUB_TOKEN", token);
    stage.run(command, None)
}

fn registry(stage: &Stage) -> Repo {
    stage.gh.token(TOKEN).user("alice").scopes(["public_repo"]);
    stage.registry()
}

#[test]
fn a_pull_request_is_opened_once() {
    let (stage, index) = (Stage::new(), index());
    let repo = registry(&stage);
    let done = export(&stage, &index, TOKEN, &["--push"]);
    assert_eq!(done.code, 0, "{}", done.all());
    assert!(
        done.stderr.contains("offered to acme/registry: http"),
        "{}",
        done.stderr
    );
    let writes = stage.writes();
    assert_eq!(
        writes,
        [
            "POST /repos/acme/registry/forks",
            "POST /repos/alice/registry/git/refs",
            "PUT /repos/alice/registry/contents/six/six-1.0.msgpack",
            "POST /repos/acme/registry/pulls",
        ]
    );
    // It is what was exported, on top of the default branch, and nothing else.
    let exported = std::fs::read(stage.temp.path().join("six.msgpack")).unwrap();
    let head = repo.head(1);
    assert_eq!(repo.read(&head, "six/six-1.0.msgpack").unwrap(), exported);
    let changed = repo.git(&["diff", "--name-only", &repo.tip("main").unwrap(), &head]);
    assert_eq!(changed.trim(), "six/six-1.0.msgpack");
    let again = export(&stage, &index, TOKEN, &["--push"]);
    assert_eq!(again.code, 0, "{}", again.all());
    assert!(again.stderr.contains("it was offered before"), "{}", again.stderr);
    assert_eq!(stage.writes(), ["POST /repos/acme/registry/forks"]);
    // Merged, it is in the registry.
    repo.squash(1);
    let merged = export(&stage, &index, TOKEN, &["--push"]);
    assert!(
        merged
            .stderr
            .contains("nothing to offer: acme/registry has it already"),
        "{}",
        merged.stderr
    );
    assert_eq!((merged.code, stage.writes().len()), (0, 0));
}

#[test]
fn without_the_right_nothing_is_opened() {
    let (stage, index) = (Stage::new(), index());
    registry(&stage);
    let job = export(&stage, &index, crate::stage::JOB_TOKEN, &["--push"]);
    assert_eq!(job.code, 1, "{}", job.all());
    assert!(job.stderr.contains("--push needs a token"), "{}", job.stderr);
    let mut nobody = stage.command(&["export", "msgpack", "six", "1.0", "--push", "--offline"]);
    nobody.env_remove("GISTRY_GITHUB_TOKEN");
    assert_eq!(stage.run(nobody, None).code, 2, "to which registry?");
    assert_eq!(
        stage
            .gistry(&["export", "msgpack", "a/b", "v1", "--push", "--repo", REGISTRY])
            .code,
        2
    );
    assert_eq!(stage.writes(), Vec::<String>::new());
}
