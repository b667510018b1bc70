//! DNA that is made again before it is merged: the three jobs of merge.yml. Whatever the first two say, nothing lands but what the third
//! one judged, with the right digest for the right file.

use gistry_standin::package_index::PackageIndex;
use gistry_standin::{Edit, Fault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stage::offered::{Wheel, offer, with_docstring};
use crate::stage::{REGISTRY, Run};
use crate::{Scene, Told};

const SCHEDULE: (&str, &str) = ("schedule", "{}");

/// A registry that merges, and a package index that it asks.
struct Jobs {
    scene: Scene,
    index: PackageIndex,
    wheel: Wheel,
}

impl Jobs {
    fn new() -> Self {
        Self::with("")
    }

    /// With more settings, below `[automerge]`.
    fn with(settings: &str) -> Self {
        let index = PackageIndex::start();
        let wheel = offer(&index, "shop", "1.0", "A shop.");
        let packages = format!("[packages]\nindex = \"{}\"\n", index.url());
        let scene = Scene::of(&format!("[automerge]\nenabled = true\n{settings}\n{packages}"));
        Self { scene, index, wheel }
    }

    fn pull(&self, bytes: Vec<u8>) -> u64 {
        self.pull_of(&[(self.wheel.path(), bytes)])
    }

    fn pull_of(&self, files: &[(String, Vec<u8>)]) -> u64 {
        let edits = files.iter().map(|(path, bytes)| Edit::write(path, bytes.clone()));
        self.scene.repo.pull("carol").edits(edits).open()
    }

    /// A good one that passed when it was judged last.
    fn passed(&self) -> u64 {
        let number = self.pull(self.wheel.dna());
        let run = self.scene.stage.validate(number);
        assert_eq!((run.code, run.verdict()), (0, "pass"), "{}", run.all());
        self.scene.writes();
        self.index.take_asked();
        number
    }

    /// A job of merge.yml for an event.
    fn job(&self, (name, event): (&str, &str), args: &[&str], derived: Option<&str>) -> Run {
        let folder = self.scene.stage.temp.path();
        let (output, path) = (folder.join("output"), folder.join("event.json"));
        std::fs::write(&output, "").unwrap();
        std::fs::write(&path, event).unwrap();
        let mut command = self.scene.command(args);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", path)
            .env("GITHUB_OUTPUT", output);
        if let Some(derived) = derived {
            command.env("GISTRY_DERIVED", derived);
        }
        self.scene.stage.run(command, None)
    }

    /// The first job, which writes nothing and downloads nothing; what it orders, if anything.
    fn first(&self, event: (&str, &str)) -> Option<String> {
        self.scene.writes();
        self.index.take_asked();
        let run = self.job(event, &["--defer"], None);
        assert_eq!(run.code, 0, "{}", run.all());
        assert_eq!(self.scene.writes(), [] as [&str; 0], "the first job only reads");
        let downloads = self
            .index
            .take_asked()
            .iter()
            .any(|line| line.contains("/files/"));
        assert!(!downloads, "the first job holds a token, and downloads nothing");
        run.outputs.get("order").cloned()
    }

    /// The second one: no token, no event.
    fn derive(&self, order: &str) -> String {
        let mut command = self.scene.stage.command(&["derive"]);
        for name in ["GISTRY_GITHUB_TOKEN", "GISTRY_GIST_TOKEN", "GISTRY_API_URL"] {
            command.env_remove(name);
        }
        command.env("GISTRY_ORDER", order);
        let run = self.scene.stage.run(command, None);
        assert_eq!(run.code, 0, "{}", run.all());
        run.stdout.trim().to_owned()
    }

    /// The third one.
    fn last(&self, event: (&str, &str), derived: Option<&str>) -> Told {
        let run = self.job(event, &[], derived);
        let report = serde_json::from_str(&run.stdout).unwrap_or_default();
        Told { run, report }
    }

    /// What was said on pull requests, or merged, since this was asked last; the index is another matter.
    fn told(&self) -> Vec<String> {
        let mut writes = self.scene.writes();
        writes.retain(|line| !line.ends_with("/git-receive-pack"));
        writes
    }

    fn all_three(&self) -> Told {
        let derived = self.first(SCHEDULE).map(|order| self.derive(&order));
        self.last(SCHEDULE, derived.as_deref())
    }
}

/// Which files are ordered.
fn artifacts(order: &str) -> Vec<String> {
    let order: Value = serde_json::from_str(order).unwrap();
    let files = order["files"].as_array().unwrap().iter();
    files
        .map(|file| file["artifact"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn three_jobs_merge_a_good_file_and_the_index_knows_it() {
    let jobs = Jobs::new();
    let number = jobs.passed();
    jobs.all_three().expect(0, &[(number, "merged")]);
    let asked = jobs.index.take_asked();
    let downloads = asked.iter().filter(|line| line.contains("/files/")).count();
    assert_eq!(downloads, 1, "once, by the job without rights: {asked:?}");
    assert_eq!(
        jobs.scene.repo.read("main", "shop/shop-1.0.msgpack"),
        Some(jobs.wheel.dna())
    );
    assert!(jobs.scene.read("INDEX.json").unwrap().contains("\"shop\""));
    jobs.scene.writes();
    assert_eq!(jobs.first(SCHEDULE), None, "nothing waits any more");
    jobs.last(SCHEDULE, None).expect(0, &[]);
    assert_eq!(
        jobs.scene.writes(),
        [] as [&str; 0],
        "a second run writes nothing"
    );
}

#[test]
fn without_the_right_answer_it_waits_and_what_it_was_told_stands() {
    let jobs = Jobs::new();
    let number = jobs.passed();
    let good = jobs.derive(&jobs.first(SCHEDULE).unwrap());
    let changed = |pointer: &str, to: Value| {
        let mut answer: Value = serde_json::from_str(&good).unwrap();
        *answer.pointer_mut(pointer).unwrap() = to;
        Some(answer.to_string())
    };
    let bad = [
        None,
        Some("pass".to_owned()),
        Some(format!("{good}x")),
        changed("/files", json!([])),
        changed("/files/0/blob", json!("0".repeat(40))),
        changed("/files/0/sha256", json!("0".repeat(64))),
        changed("/files/0/dna_version", json!(2)),
        changed("/files/0/derived", json!({"failed": "no time"})),
    ];
    for derived in bad {
        let told = jobs
            .last(SCHEDULE, derived.as_deref())
            .expect(0, &[(number, "postponed")]);
        let why = told.why(number);
        assert!(why.starts_with("its DNA was not made again: "), "{why}");
        assert_eq!(jobs.told(), [] as [&str; 0], "{derived:?}");
    }
    assert_eq!(jobs.scene.repo.labels(number), ["gistry: pass"]);
    // Whoever names it wants to know.
    let by_hand = json!({"inputs": {"number": number.to_string()}}).to_string();
    jobs.last(("workflow_dispatch", &by_hand), None)
        .expect(3, &[(number, "postponed")]);
    jobs.last(SCHEDULE, Some(&good)).expect(0, &[(number, "merged")]);
    jobs.scene.writes();
}

#[test]
fn an_altered_file_is_not_merged_and_is_told_so() {
    let jobs = Jobs::new();
    let number = jobs.pull(with_docstring(&jobs.wheel.dna(), "Buy here."));
    let told = jobs.all_three().expect(0, &[(number, "verdict")]);
    assert!(
        told.why(number).starts_with("fail; dna-reproducible: "),
        "{}",
        told.why(number)
    );
    assert!(jobs.scene.repo.is_open(number));
    assert_eq!(jobs.scene.repo.labels(number), ["gistry: fail"]);
    jobs.scene.writes();
    // What failed is not made again with every run, and keeps its verdict; who asks for it by number gets it.
    assert_eq!(jobs.first(SCHEDULE), None);
    jobs.last(SCHEDULE, None).expect(0, &[(number, "postponed")]);
    assert_eq!(jobs.scene.writes(), [] as [&str; 0]);
    let by_hand = json!({"inputs": {"number": number.to_string()}}).to_string();
    assert!(jobs.first(("workflow_dispatch", &by_hand)).is_some());
}

#[test]
fn an_answer_made_for_an_earlier_head_is_of_no_use() {
    let jobs = Jobs::new();
    let number = jobs.passed();
    let derived = jobs.derive(&jobs.first(SCHEDULE).unwrap());
    let altered = with_docstring(&jobs.wheel.dna(), "Buy here.");
    jobs.scene
        .repo
        .push_to_pull(number, [Edit::write(jobs.wheel.path(), altered)]);
    jobs.last(SCHEDULE, Some(&derived))
        .expect(0, &[(number, "postponed")]);
    assert!(jobs.scene.repo.is_open(number));
    assert_eq!(jobs.told(), [] as [&str; 0]);
    jobs.all_three().expect(0, &[(number, "verdict")]);
    jobs.scene.writes();
}

#[test]
fn an_answer_for_one_artifact_is_not_believed_for_another() {
    let jobs = Jobs::new();
    let till = offer(&jobs.index, "till", "1.0", "A till.");
    let altered = with_docstring(&till.dna(), "Buy here.");
    let (shop, other) = (jobs.passed(), jobs.pull_of(&[(till.path(), altered.clone())]));
    let order = jobs.first(SCHEDULE).unwrap();
    assert_eq!(artifacts(&order), [jobs.wheel.file.as_str(), &till.file]);
    let mut answer: Value = serde_json::from_str(&jobs.derive(&order)).unwrap();
    // Had the wrong package been parsed, it would have given this file.
    answer["files"][1]["sha256"] = answer["files"][0]["sha256"].clone();
    answer["files"][1]["derived"]["digest"] = format!("{:x}", Sha256::digest(&altered)).into();
    jobs.last(SCHEDULE, Some(&answer.to_string()))
        .expect(0, &[(shop, "merged"), (other, "postponed")]);
    jobs.scene.writes();
}

#[test]
fn the_head_of_a_run_that_judged_names_whose_turn_it_is() {
    let jobs = Jobs::new();
    let till = offer(&jobs.index, "till", "1.0", "A till.");
    let (first, second) = (
        jobs.pull(jobs.wheel.dna()),
        jobs.pull_of(&[(till.path(), till.dna())]),
    );
    let event = json!({"workflow_run": {"head_sha": jobs.scene.repo.head(second)}}).to_string();
    let order = jobs.first(("workflow_run", &event)).unwrap();
    assert_eq!(
        artifacts(&order),
        [till.file.as_str()],
        "the other one has no verdict yet"
    );
    let derived = jobs.derive(&order);
    jobs.last(("workflow_run", &event), Some(&derived))
        .expect(0, &[(second, "merged")]);
    assert!(jobs.scene.repo.is_open(first));
    jobs.scene.writes();
}

#[test]
fn where_nothing_waits_for_dna_the_first_job_costs_little_and_orders_nothing() {
    let jobs = Jobs::new();
    assert_eq!(jobs.first(SCHEDULE), None);
    let number = jobs.scene.update("alice", "yaml");
    jobs.scene.stage.gh.clear_requests();
    assert_eq!(jobs.first(SCHEDULE), None);
    let asked = jobs.scene.stage.gh.requests_to("*", "/repos/**");
    let paths: Vec<&str> = asked.iter().map(|it| it.path.as_str()).collect();
    let repo = format!("/repos/{REGISTRY}");
    assert_eq!(
        paths,
        [
            format!("{repo}/pulls"),
            format!("{repo}/commits"),
            format!("{repo}/pulls/{number}")
        ]
    );
    jobs.last(SCHEDULE, None).expect(0, &[(number, "merged")]);
    jobs.scene.writes();
}

#[test]
fn nothing_is_made_for_what_is_not_merged_anyway() {
    for settings in ["paused = true", ""] {
        let jobs = Jobs::with(settings);
        let number = jobs.passed();
        if settings.is_empty() {
            jobs.scene.repo.label(number, "gistry: hold");
        }
        assert_eq!(jobs.first(SCHEDULE), None, "{settings}");
        jobs.last(SCHEDULE, None).expect(0, &[(number, "postponed")]);
        assert_eq!(jobs.told(), [] as [&str; 0]);
    }
}

#[test]
fn one_pull_request_that_cannot_be_asked_about_does_not_keep_the_others_from_being_made() {
    let jobs = Jobs::new();
    let till = offer(&jobs.index, "till", "1.0", "A till.");
    let (first, second) = (
        jobs.pull(jobs.wheel.dna()),
        jobs.pull_of(&[(till.path(), till.dna())]),
    );
    let path = format!("/repos/{REGISTRY}/pulls/{first}");
    jobs.scene.stage.gh.fault("GET", &path, Fault::Status(404));
    let order = jobs.first(SCHEDULE).unwrap();
    assert_eq!(artifacts(&order), [till.file.as_str()]);
    jobs.scene.stage.gh.clear_faults();
    let derived = jobs.derive(&order);
    jobs.last(SCHEDULE, Some(&derived))
        .expect(0, &[(first, "postponed"), (second, "merged")]);
    jobs.scene.writes();
}

#[test]
fn what_landed_elsewhere_and_was_not_looked_at_is_made_again_too() {
    let jobs = Jobs::new();
    let number = jobs.passed();
    let derived = jobs.derive(&jobs.first(SCHEDULE).unwrap());
    let path = format!("/pulls/{number}/reviews");
    jobs.scene.repo.on_request("GET", &path, 1, |repo| {
        repo.commit_on("main", [Edit::write("README.md", "# More\n")]);
    });
    // Where it landed cannot be asked: as good as dead.
    let commits = format!("/repos/{REGISTRY}/commits");
    let gh = &jobs.scene.stage.gh;
    gh.fault("GET", &commits, Fault::Status(404)).after(1);
    jobs.last(SCHEDULE, Some(&derived))
        .expect(3, &[(number, "merged")]);
    gh.clear_faults();
    let told = jobs.last(SCHEDULE, None);
    assert_eq!(told.code(), 3, "{}", told.run.all());
    let order = jobs.first(SCHEDULE).unwrap();
    assert_eq!(artifacts(&order), [jobs.wheel.file.as_str()]);
    let told = jobs.last(SCHEDULE, Some(&jobs.derive(&order)));
    assert_eq!(
        (told.code(), jobs.scene.issues().len()),
        (0, 0),
        "{}",
        told.run.all()
    );
    assert_eq!(jobs.first(SCHEDULE), None, "it was looked at");
    jobs.scene.writes();
}

#[test]
fn a_run_makes_so_many_files_and_no_more_those_first_whose_turn_it_is() {
    let jobs = Jobs::with("[limits]\ndna_quota = 1000\n");
    let mut files = Vec::new();
    for at in 0..66 {
        let wheel = offer(&jobs.index, &format!("shop{at:02}"), "1.0", "A shop.");
        files.push((wheel.path(), wheel.dna()));
    }
    let pulls: Vec<u64> = files.chunks(3).map(|three| jobs.pull_of(three)).collect();
    let last = *pulls.last().unwrap();
    jobs.scene.repo.label(last, "gistry: pass");
    let files = artifacts(&jobs.first(SCHEDULE).unwrap());
    assert_eq!(files.len(), 63);
    let last_ones = ["shop63-", "shop64-", "shop65-"];
    let is_last = |file: &String| last_ones.iter().any(|start| file.starts_with(start));
    assert!(
        files[..3].iter().all(is_last),
        "what passed is made first: {files:?}"
    );
    jobs.scene.writes();
}
