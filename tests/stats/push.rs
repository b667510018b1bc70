//! The fold on the registry's default branch: whose a batch is comes from the merged pull requests, and everything lands in one commit.

use gistry_standin::{Edit, Fault, Repo};
use serde_json::Value;

use crate::stage::{REGISTRY, Run, Stage};
use crate::*;

const PUSH: &str = "POST /acme/registry.git/git-receive-pack";

/// The newest week that can be shared when the binary runs, and the one before.
fn weeks() -> [String; 2] {
    let now = Week::of(chrono::Utc::now());
    [now.back(1).to_string(), now.back(2).to_string()]
}

fn clone(stage: &Stage, repo: &Repo) -> std::path::PathBuf {
    let folder = stage.temp.path().join("registry");
    let _ = fs::remove_dir_all(&folder);
    git(
        stage.temp.path(),
        &["clone", "--quiet", &repo.clone_url(), folder.to_str().unwrap()],
    );
    folder
}

/// A batch that somebody shares, merged.
fn share(stage: &Stage, repo: &Repo, login: &str, week: &str, rows: &[String]) -> String {
    let id = own_id(stage.gh.account(login).id, week);
    let path = format!("stats/inbox/{week}/{id}.json");
    let edit = Edit::write(path.clone(), batch(&id, week, rows));
    let number = repo
        .pull(login)
        .branch(format!("stats-{week}"))
        .edits([edit])
        .open();
    repo.squash(number);
    path
}

fn merge(stage: &Stage, folder: &Path, more: &[&str]) -> (Run, Value) {
    let dir = folder.to_str().unwrap();
    let words = [
        "stats", "merge", "--push", "--dir", dir, "--repo", REGISTRY, "--format", "json", "--budget", "2",
    ];
    let run = stage.gistry(&[&words, more].concat());
    let told = serde_json::from_str(&run.stdout).unwrap_or_default();
    (run, told)
}

fn read(repo: &Repo, path: &str) -> Option<String> {
    repo.read("main", path)
        .map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn batches_become_aggregates_in_one_commit_and_a_second_run_commits_nothing() {
    let stage = Stage::new();
    let repo = stage.registry();
    let [week, before] = weeks();
    let installs = |count: u64| row("@alice/json-utils", "install", false, count);
    for (login, count) in [("carol", 3), ("dave", 4)] {
        share(&stage, &repo, login, &week, &[installs(count)]);
    }
    share(
        &stage,
        &repo,
        "carol",
        &before,
        &[installs(1), row("numpy", "export-miss", true, 2)],
    );
    let folder = clone(&stage, &repo);
    let (run, told) = merge(&stage, &folder, &["--dry-run"]);
    assert_eq!((run.code, &told["commit"]), (0, &Value::Null), "{}", run.all());
    assert_eq!(stage.writes(), Vec::<String>::new());

    let old = repo.tip("main").unwrap();
    let (run, told) = merge(&stage, &folder, &[]);
    assert_eq!(run.code, 0, "{}", run.all());
    let tip = repo.tip("main").unwrap();
    assert_eq!(
        (told["commit"].as_str(), repo.git(&["rev-parse", "main^"])),
        (Some(&*tip), old)
    );
    let of = |week: &str| crate::week(week);
    let line = "{\"module\":\"@alice/json-utils\",\"event\":\"install\",\"ci\":false,\"count\":7,\"contributors\":2}\n";
    assert_eq!(read(&repo, &of(&week).aggregates()).unwrap(), line);
    assert!(
        read(&repo, &of(&before).aggregates())
            .unwrap()
            .contains("\"numpy\",\"event\":\"export-miss\",\"ci\":true,\"count\":2")
    );
    let ledger = read(&repo, &of(&week).ledger()).unwrap();
    for login in ["carol", "dave"] {
        let account = stage.gh.account(login).id;
        assert!(ledger.contains(&format!("\"account\":{account},")), "{ledger}");
    }
    assert!(
        !repo
            .git(&["ls-tree", "-r", "--name-only", "main"])
            .contains("stats/inbox")
    );
    assert!(
        repo.git(&["log", "-1", "--format=%B", "main"])
            .starts_with("Fold 3 batches of statistics\n")
    );
    assert_eq!(stage.writes(), [PUSH]);

    let (run, told) = merge(&stage, &folder, &[]);
    assert_eq!((run.code, &told["commit"]), (0, &Value::Null), "{}", run.all());
    assert_eq!((repo.tip("main").unwrap(), stage.writes()), (tip, vec![]));

    // The index reads what was written.
    let dir = folder.to_str().unwrap();
    git(&folder, &["pull", "--quiet"]);
    let run = stage.gistry(&["index", "--dir", dir]);
    assert_eq!(run.code, 0, "{}", run.all());
    let index: Value = serde_json::from_str(&fs::read_to_string(folder.join("INDEX.json")).unwrap()).unwrap();
    assert_eq!(index["stats"]["total_installs"], 8);
    let used = fs::read_to_string(folder.join("index/used.json")).unwrap();
    assert!(used.contains("[\"@alice/json-utils\",8]"), "{used}");
}

#[test]
fn verify_makes_the_weeks_again_from_the_history() {
    let stage = Stage::new();
    let repo = stage.registry();
    let [week, before] = weeks();
    let installs = |count: u64| row("@alice/json-utils", "install", false, count);
    share(&stage, &repo, "carol", &week, &[installs(3)]);
    share(&stage, &repo, "dave", &week, &[installs(4)]);
    let folder = clone(&stage, &repo);
    assert_eq!(merge(&stage, &folder, &[]).0.code, 0);
    share(&stage, &repo, "erin", &before, &[installs(5)]);
    let verify = || {
        let folder = clone(&stage, &repo);
        let run = stage.gistry(&["stats", "verify", "--json", "--dir", folder.to_str().unwrap()]);
        let told: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
        let faults: Vec<String> = told["faults"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|fault| fault["what"].as_str().unwrap().to_owned())
            .collect();
        (run.code, told["batches"].clone(), told["waiting"].clone(), faults)
    };
    assert_eq!(verify(), (0, 2.into(), 1.into(), vec![]));

    // Somebody with the right to push adds a little.
    let path = crate::week(&week).aggregates();
    let text = read(&repo, &path).unwrap().replace("\"count\":7", "\"count\":8");
    repo.commit_on("main", [Edit::write(path.clone(), text)]);
    assert_eq!(verify().3, [format!("{path} is not what its batches add up to")]);
    // Or makes a batch disappear that nobody counted.
    let waiting = own_id(stage.gh.account("erin").id, &before);
    repo.commit_on(
        "main",
        [Edit::delete(format!("stats/inbox/{before}/{waiting}.json"))],
    );
    let (code, _, _, faults) = verify();
    assert_eq!((code, faults.len()), (1, 2), "{faults:?}");
    assert!(
        faults[1].ends_with("left the inbox and was not folded"),
        "{faults:?}"
    );
    assert_eq!(stage.writes(), [PUSH]);
    // A clone without the history cannot say.
    let shallow = stage.temp.path().join("shallow");
    let url = repo.clone_url();
    git(
        stage.temp.path(),
        &[
            "clone",
            "--quiet",
            "--depth",
            "1",
            &url,
            shallow.to_str().unwrap(),
        ],
    );
    let run = stage.gistry(&["stats", "verify", "--dir", shallow.to_str().unwrap()]);
    assert_eq!(run.code, 3, "{}", run.all());
}

#[test]
fn what_could_not_be_asked_stays_in_the_inbox() {
    let stage = Stage::new();
    let repo = stage.registry();
    let [week, _] = weeks();
    let path = share(
        &stage,
        &repo,
        "carol",
        &week,
        &[row("@bob/http", "install", true, 1)],
    );
    let folder = clone(&stage, &repo);
    let fault = stage
        .gh
        .fault("GET", "/repos/acme/registry/commits*", Fault::Status(500));
    let (run, told) = merge(&stage, &folder, &[]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert_eq!(told["unchecked"][0]["path"], path);
    assert!(read(&repo, &path).is_some());
    fault.stop();
    assert_eq!(merge(&stage, &folder, &[]).0.code, 0);
    assert!(read(&repo, &path).is_none());
    assert_eq!(stage.writes(), [PUSH]);
}

#[test]
fn a_batch_that_no_pull_request_brought_is_nobodys_and_is_set_aside() {
    let stage = Stage::new();
    let repo = stage.registry();
    let [week, _] = weeks();
    let id = own_id(stage.gh.account("carol").id, &week);
    let rows = [row("@bob/http", "install", true, 1)];
    repo.commit_on(
        "main",
        [Edit::write(
            format!("stats/inbox/{week}/{id}.json"),
            batch(&id, &week, &rows),
        )],
    );
    let folder = clone(&stage, &repo);
    let (run, told) = merge(&stage, &folder, &[]);
    assert_eq!(run.code, 0, "{}", run.all());
    let why = told["weeks"][0]["aside"][0]["why"].as_str().unwrap();
    assert!(why.contains("came by no pull request"), "{why}");
    let quarantine = read(&repo, &crate::week(&week).quarantine()).unwrap();
    assert!(
        quarantine.contains("\"account\":null") && quarantine.contains("came by no pull request"),
        "{quarantine}"
    );
    assert!(read(&repo, &crate::week(&week).aggregates()).is_none());
    assert_eq!(stage.writes(), [PUSH]);
}
