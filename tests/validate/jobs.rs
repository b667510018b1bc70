//! The three jobs of validate.yml: what must be made, the job without rights that makes it, the verdict. Whatever the middle one says, a
//! pass needs the right digest for the right file.

use gistry_standin::package_index::PackageIndex;
use gistry_standin::{Edit, Repo};
use serde_json::{Value, json};

use crate::stage::offered::{Wheel, offer, settings, with_docstring};
use crate::stage::{Run, Stage};

struct Jobs {
    stage: Stage,
    index: PackageIndex,
    repo: Repo,
    wheel: Wheel,
}

fn jobs() -> Jobs {
    let (stage, index) = (Stage::new(), PackageIndex::start());
    let wheel = offer(&index, "shop", "1.0", "A shop.");
    let repo = stage.registry_with([settings(&index, "")]);
    Jobs {
        stage,
        index,
        repo,
        wheel,
    }
}

impl Jobs {
    fn pull(&self, bytes: Vec<u8>) -> u64 {
        self.repo
            .pull("carol")
            .edits([Edit::write(self.wheel.path(), bytes)])
            .open()
    }

    fn event(&self, number: u64) -> Value {
        json!({"pull_request": {"number": number}})
    }

    /// The first job.
    fn first(&self, number: u64) -> Run {
        self.stage
            .actions_with("pull_request_target", &self.event(number), |command| {
                command.arg("--defer")
            })
    }

    /// The second one: no token, no event.
    fn derive(&self, order: &str) -> Run {
        let mut command = self.stage.command(&["derive"]);
        for name in [
            "GISTRY_GITHUB_TOKEN",
            "GISTRY_GIST_TOKEN",
            "GISTRY_API_URL",
            "GISTRY_GRAPHQL_URL",
        ] {
            command.env_remove(name);
        }
        let output = self.stage.temp.path().join("output");
        std::fs::write(&output, "").unwrap();
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", output)
            .env("GISTRY_ORDER", order);
        self.stage.run(command, None)
    }

    /// The third one.
    fn last(&self, number: u64, derived: Option<&str>) -> Run {
        self.stage.actions_with(
            "pull_request_target",
            &self.event(number),
            |command| match derived {
                Some(derived) => command.env("GISTRY_DERIVED", derived),
                None => command,
            },
        )
    }
}

#[test]
fn three_jobs_give_one_verdict() {
    let jobs = jobs();
    let number = jobs.pull(jobs.wheel.dna());
    let first = jobs.first(number);
    assert_eq!(first.code, 0, "{}", first.all());
    assert_eq!(jobs.stage.writes(), Vec::<String>::new(), "nothing is said yet");
    assert!(
        !jobs
            .index
            .take_asked()
            .iter()
            .any(|line| line.contains("/files/"))
    );
    assert!(!first.outputs.contains_key("verdict"));
    let order = &first.outputs["order"];
    let second = jobs.derive(order);
    assert_eq!(second.code, 0, "{}", second.all());
    let derived = &second.outputs["derived"];
    let last = jobs.last(number, Some(derived));
    assert_eq!((last.code, last.verdict()), (0, "pass"), "{}", last.all());
    assert_eq!(last.outputs["verdict"], "pass");
    assert_eq!(jobs.stage.writes().len(), 3);
    let asked = jobs.index.take_asked();
    assert_eq!(
        asked.iter().filter(|line| line.contains("/files/")).count(),
        1,
        "the job that may write downloads nothing: {asked:?}"
    );
}

#[test]
fn what_another_content_gives_is_told_by_the_third_job() {
    let jobs = jobs();
    let number = jobs.pull(with_docstring(&jobs.wheel.dna(), "Buy here."));
    let derived = jobs.derive(&jobs.first(number).outputs["order"]).outputs["derived"].clone();
    let last = jobs.last(number, Some(&derived));
    assert_eq!((last.code, last.verdict()), (1, "fail"), "{}", last.all());
    assert_eq!(last.findings(), ["error dna-reproducible shop/shop-1.0.msgpack"]);
    jobs.stage.writes();
}

#[test]
fn without_the_right_answer_the_verdict_is_open() {
    let jobs = jobs();
    jobs.stage.gh.allow_writes();
    let number = jobs.pull(jobs.wheel.dna());
    let order = jobs.first(number).outputs["order"].clone();
    let good = jobs.derive(&order).outputs["derived"].clone();
    let changed = |pointer: &str, to: Value| {
        let mut answer: Value = serde_json::from_str(&good).unwrap();
        *answer.pointer_mut(pointer).unwrap() = to;
        answer.to_string()
    };
    let twice = {
        let mut answer: Value = serde_json::from_str(&good).unwrap();
        let one = answer["files"][0].clone();
        answer["files"].as_array_mut().unwrap().push(one);
        answer.to_string()
    };
    let bad = [
        None,
        Some(String::new()),
        Some("pass".to_owned()),
        Some("{}".to_owned()),
        Some(format!("{good}x")),
        Some(changed("/files/0/blob", json!("0".repeat(40)))),
        Some(changed("/files/0/sha256", json!("0".repeat(64)))),
        Some(changed("/files/0/dna_version", json!(2))),
        Some(changed("/files/0/derived", json!({"failed": "no time"}))),
        Some(changed("/files/0/derived", json!("pass"))),
        Some(changed("/files", json!([]))),
        Some(changed("/version", json!(2))),
        Some(twice),
    ];
    for derived in bad {
        let last = jobs.last(number, derived.as_deref());
        assert_eq!(
            (last.code, last.verdict()),
            (3, "undecided"),
            "{derived:?}: {}",
            last.all()
        );
        assert_eq!(last.not_run(), ["dna-reproducible"], "{derived:?}");
    }
    let wrong = changed("/files/0/derived", json!({"digest": "0".repeat(64)}));
    assert_eq!(jobs.last(number, Some(&wrong)).code, 1);
    assert_eq!(jobs.last(number, Some(&good)).code, 0);
    // A push in between: the digest is for the file that was there before.
    jobs.repo.push_to_pull(
        number,
        [Edit::write(
            jobs.wheel.path(),
            with_docstring(&jobs.wheel.dna(), "Buy here."),
        )],
    );
    let last = jobs.last(number, Some(&good));
    assert_eq!((last.code, last.verdict()), (3, "undecided"), "{}", last.all());
}

#[test]
fn a_job_with_tokens_downloads_no_artifact_whatever_it_is_told() {
    let jobs = jobs();
    jobs.stage.gh.allow_writes();
    let number = jobs.pull(jobs.wheel.dna());
    for defer in [false, true] {
        let run = jobs
            .stage
            .actions_with("pull_request_target", &jobs.event(number), |command| {
                if defer { command.arg("--defer") } else { command }
            });
        assert_eq!(run.code, if defer { 0 } else { 3 }, "{}", run.all());
    }
    let asked = jobs.index.take_asked();
    assert!(
        !asked.is_empty() && asked.iter().all(|line| line.starts_with("GET /simple/shop/")),
        "{asked:?}"
    );
}

#[test]
fn a_pull_request_without_dna_has_its_verdict_from_the_first_job() {
    let jobs = jobs();
    let number = jobs
        .repo
        .pull("alice")
        .edits([jobs.stage.good_update(&jobs.repo)])
        .open();
    let first = jobs.first(number);
    assert_eq!((first.code, first.verdict()), (0, "pass"), "{}", first.all());
    assert_eq!(first.outputs["verdict"], "pass");
    assert!(!first.outputs.contains_key("order"), "{:?}", first.outputs);
    assert_eq!(jobs.stage.writes().len(), 3);
    assert!(jobs.index.take_asked().is_empty());
}

#[test]
fn a_verdict_that_needs_nothing_made_comes_from_the_first_job() {
    let jobs = jobs();
    jobs.stage.gh.allow_writes();
    let other = offer(&PackageIndex::start(), "shop", "1.0", "Another shop.");
    let first = jobs.first(jobs.pull(other.dna()));
    assert_eq!((first.code, first.verdict()), (1, "fail"), "{}", first.all());
    assert!(!first.outputs.contains_key("order"), "{:?}", first.outputs);
}

#[test]
fn the_hourly_run_makes_what_is_open_too() {
    let jobs = jobs();
    jobs.stage.gh.allow_writes();
    let number = jobs.pull(jobs.wheel.dna());
    let schedule = json!({"schedule": "17 * * * *"});
    let first = jobs
        .stage
        .actions_with("schedule", &schedule, |command| command.arg("--defer"));
    assert_eq!(first.code, 0, "{}", first.all());
    let derived = jobs.derive(&first.outputs["order"]).outputs["derived"].clone();
    let last = jobs.stage.actions_with("schedule", &schedule, |command| {
        command.env("GISTRY_DERIVED", &derived)
    });
    assert_eq!(last.code, 0, "{}", last.all());
    assert_eq!(jobs.repo.labels(number).len(), 1, "it has its verdict");
    assert_eq!(last.outputs["verdict"], "pass");
}

#[test]
fn no_order_is_wrong_usage_and_a_file_that_cannot_be_made_does_not_stop_the_others() {
    let jobs = jobs();
    for order in ["", "{}", "pass", "{\"version\":1}"] {
        let run = jobs.derive(order);
        assert_eq!(run.code, 2, "{order}: {}", run.all());
    }
    let till = offer(&jobs.index, "till", "1.0", "A till.");
    let edits = [&jobs.wheel, &till].map(|wheel| Edit::write(wheel.path(), wheel.dna()));
    let number = jobs.repo.pull("carol").edits(edits).open();
    let order = jobs.first(number).outputs["order"].clone();
    jobs.index.fault(
        "*",
        &format!("/files/**{}", jobs.wheel.file),
        gistry_standin::Fault::Status(404),
        None,
    );
    let run = jobs.derive(&order);
    assert_eq!(run.code, 0, "{}", run.all());
    let answer: Value = serde_json::from_str(&run.outputs["derived"]).unwrap();
    // In the order of the files' digests.
    let mut kinds: Vec<Vec<&String>> = answer["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["derived"].as_object().unwrap().keys().collect())
        .collect();
    kinds.sort();
    assert_eq!(kinds, [["digest"], ["failed"]], "{answer}");
}
