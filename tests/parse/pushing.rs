//! `--collect --push`: files and index land in one commit on the registry's newest commit, whoever else pushes meanwhile.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use gistry_standin::{Edit, Repo, Standin};

use crate::scene::{Run, Scene, run, with_head};

const JOB: &str = "ghs_job_secret";

struct Stage {
    scene: Scene,
    gh: Standin,
    repo: Repo,
}

impl Stage {
    /// A registry on the stand-in, and two packages that were parsed into a shard's folder.
    fn new() -> Self {
        let scene = Scene::new();
        let gh = Standin::start();
        gh.token(JOB).installation();
        gh.allow_writes();
        let repo = gh.repo("acme/registry").file("README.md", "# Modules\n").create();
        for package in ["a", "b"] {
            scene.offer(package, "1.0");
        }
        scene
            .parse(&["--plan", "--plan-file", "../plan.json", "a", "b"])
            .expect(0);
        let shard = [
            "--shard",
            "1/1",
            "--plan-file",
            "../plan.json",
            "--output",
            "../shards",
        ];
        scene.parse(&shard).expect(0);
        Self { scene, gh, repo }
    }

    fn clone(&self) -> PathBuf {
        let at = self.scene.temp.path().join("clone");
        if !at.exists() {
            let mut git = Command::new("git");
            git.args(["clone", "-q", &self.repo.clone_url()])
                .arg(&at)
                .env("HOME", self.scene.temp.path());
            assert!(git.status().unwrap().success());
        }
        at
    }

    fn command(&self, args: &[&str]) -> Command {
        let clone = self.clone();
        let usual = [
            "parse",
            "--format",
            "json",
            "--collect",
            "../shards",
            "--plan-file",
            "../plan.json",
            "--push",
        ];
        let mut command = self.scene.command(&[&usual, args].concat());
        command.current_dir(clone);
        command
            .env("GITHUB_API_URL", self.gh.url())
            .env("GITHUB_SERVER_URL", self.gh.url())
            .env("GITHUB_REPOSITORY", "acme/registry")
            .env("GITHUB_TOKEN", JOB);
        command
    }

    fn push(&self, code: i32) -> Run {
        let found = run(self.command(&[])).expect(code);
        assert!(!found.all().contains("secret"));
        found
    }

    fn names(&self) -> Vec<String> {
        self.repo
            .git(&["ls-tree", "-r", "--name-only", "main"])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    fn commits(&self) -> usize {
        self.repo.git(&["rev-list", "main"]).lines().count()
    }
}

#[test]
fn files_and_index_land_in_one_commit_and_nothing_the_second_time() {
    let stage = Stage::new();
    assert_eq!(stage.push(0).outcomes(), ["a 1.0 written", "b 1.0 written"]);
    assert_eq!(stage.commits(), 2);
    let names = stage.names();
    for wanted in [
        "a/a-1.0.msgpack",
        "a/a-latest.msgpack",
        "b/b-1.0.msgpack",
        "INDEX.json",
        "index/package/1/a.json",
    ] {
        assert!(names.iter().any(|name| name == wanted), "{wanted}: {names:?}");
    }
    let message = stage.repo.git(&["log", "-1", "--format=%an: %B", "main"]);
    assert!(
        message.starts_with("gistry[bot]: Parse 2 releases\n"),
        "{message}"
    );
    assert!(message.contains("[skip ci]"), "{message}");
    let index: serde_json::Value =
        serde_json::from_slice(&stage.repo.read("main", "INDEX.json").unwrap()).unwrap();
    assert_eq!(index["packages"]["a"]["latest"], "1.0");
    // What lands is what was made.
    let made = fs::read(stage.scene.temp.path().join("shards/a/a-1.0.msgpack")).unwrap();
    assert_eq!(stage.repo.read("main", "a/a-1.0.msgpack").unwrap(), made);
    assert_eq!(stage.push(0).outcomes(), ["a 1.0 unchanged", "b 1.0 unchanged"]);
    assert_eq!(stage.commits(), 2);
    // The index is the one that `gistry index` makes of that tree.
    let clone = stage.clone();
    let mut git = Command::new("git");
    git.args(["pull", "-q"])
        .current_dir(&clone)
        .env("HOME", stage.scene.temp.path());
    assert!(git.status().unwrap().success());
    let mut check = stage.scene.command(&["index", "--check"]);
    check.current_dir(&clone);
    run(check).expect(0);
}

#[test]
fn a_release_that_landed_meanwhile_is_never_replaced() {
    let stage = Stage::new();
    stage.clone();
    // Somebody pushes after the clone was made: another file of a, and one of the same bytes of b.
    let made = |package: &str| {
        fs::read(
            stage
                .scene
                .temp
                .path()
                .join(format!("shards/{package}/{package}-1.0.msgpack")),
        )
        .unwrap()
    };
    let other = with_head(&made("a"), |head| head.summary = Some("x".into()));
    stage.repo.commit_on(
        "main",
        [
            Edit::write("a/a-1.0.msgpack", other.clone()),
            Edit::write("b/b-1.0.msgpack", made("b")),
        ],
    );
    let run = stage.push(1);
    assert_eq!(run.outcomes(), ["a 1.0 differs", "b 1.0 unchanged"]);
    assert_eq!(stage.repo.read("main", "a/a-1.0.msgpack").unwrap(), other);
    assert!(stage.names().contains(&"INDEX.json".to_owned()));
}

#[test]
fn another_spelling_of_a_release_or_of_a_folder_is_no_room_for_it() {
    let stage = Stage::new();
    let made = fs::read(stage.scene.temp.path().join("shards/a/a-1.0.msgpack")).unwrap();
    let spelled = with_head(&made, |head| head.release = "1.0.0".into());
    stage.repo.commit_on(
        "main",
        [
            Edit::write("a/a-1.0.0.msgpack", spelled),
            Edit::write("B/registry.json", "{}\n"),
        ],
    );
    let run = stage.push(1);
    assert_eq!(run.outcomes(), ["a 1.0 differs", "b 1.0 differs"]);
    assert!(
        run.stdout.contains("which is the same release") && run.stdout.contains("differ in case alone"),
        "{}",
        run.all()
    );
}

#[test]
fn the_default_branch_alone_says_which_dna_version_is_taken() {
    let stage = Stage::new();
    stage.clone();
    stage.repo.commit_on(
        "main",
        [Edit::write("registry.toml", "[packages]\ndna_version = 77\n")],
    );
    let run = run(stage.command(&[])).expect(3);
    assert!(run.stderr.contains("dna_version 77"), "{}", run.all());
    assert_eq!(stage.commits(), 2);
}

#[test]
fn without_a_token_nothing_is_tried() {
    let stage = Stage::new();
    let mut command = stage.command(&[]);
    command.env_remove("GITHUB_TOKEN");
    let run = run(command).expect(2);
    assert!(run.stderr.contains("needs a token"), "{}", run.all());
}
