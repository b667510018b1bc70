//! `gistry owners transfer`: a folder changes hands with the review of its owner, and never without.

use gistry_standin::{Edit, Repo, ReviewState};
use serde_json::json;

use super::{bindings, clone, owners, texts};
use crate::stage::registry::{owner, publisher};
use crate::stage::{Run, Stage};

/// A pull request by bob that takes alice's folder over, with a gist of his own.
fn takes_over(stage: &Stage, repo: &Repo) -> u64 {
    let gist = stage.gist("bob", "json-utils");
    let file = publisher("alice", &[("json-utils", &gist)]);
    repo.pull("bob")
        .edits([Edit::write("alice/registry.json", file)])
        .open()
}

fn transfer(stage: &Stage, repo: &Repo, number: u64) -> (Run, serde_json::Value, String) {
    let folder = clone(stage, repo);
    let (run, told) = owners(stage, &folder, &["transfer", "--pull", &number.to_string()]);
    let binding = bindings(&folder)["alice.json"].clone();
    (run, told, binding)
}

fn bound_to(binding: &str) -> u64 {
    let binding: serde_json::Value = serde_json::from_str(binding).unwrap();
    binding["id"].as_u64().unwrap()
}

#[test]
fn with_the_owners_approval_the_folder_is_the_new_owners_and_once_is_enough() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = takes_over(&stage, &repo);
    let bob = stage.gh.account("bob").id;
    let before = stage.validate(number);
    assert_eq!(before.verdict(), "fail", "{}", before.all());
    assert!(
        before
            .stdout
            .contains("must approve this pull request at its head"),
        "{}",
        before.all()
    );
    repo.review(number, "alice", ReviewState::Approved);
    let approved = stage.validate(number);
    assert_eq!(
        (approved.code, approved.verdict()),
        (4, "review"),
        "{}",
        approved.all()
    );
    assert!(
        approved
            .stdout
            .contains(&format!("owners transfer --pull {number}")),
        "{}",
        approved.all()
    );

    let (run, told, binding) = transfer(&stage, &repo, number);
    assert_eq!(
        (run.code, texts(&told, "bound", "folder")),
        (0, vec!["alice".into()]),
        "{}",
        run.all()
    );
    let since = told["bound"][0]["since"].as_str().unwrap();
    let wanted = format!(
        "{{\n  \"version\": \"1.0.0\",\n  \"login\": \"bob\",\n  \"id\": {bob},\n  \"since\": \"{since}\",\n  \"pull\": {number}\n}}\n"
    );
    assert_eq!(binding, wanted);

    // As soon as the binding is on the default branch the pull request passes, and a second run finds nothing to do.
    repo.commit_on("main", [Edit::write("owners/alice.json", binding.clone())]);
    let after = stage.validate(number);
    assert_eq!((after.code, after.verdict()), (0, "pass"), "{}", after.all());
    let (run, told, again) = transfer(&stage, &repo, number);
    assert_eq!(
        (run.code, &told["bound"], &told["already"]),
        (0, &json!([]), &json!(1)),
        "{}",
        run.all()
    );
    assert_eq!(again, binding);
    // The old owner has nothing more to say there.
    let old = repo
        .pull("alice")
        .edits([Edit::write("alice/registry.json", publisher("alice", &[]))])
        .open();
    let run = stage.validate(old);
    assert_eq!(run.verdict(), "fail", "{}", run.all());
    assert!(run.stdout.contains("was given away"), "{}", run.all());
    stage.writes();
}

#[test]
fn a_merged_pull_request_will_do() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = takes_over(&stage, &repo);
    repo.review(number, "alice", ReviewState::Approved);
    repo.squash(number);
    let (run, _, binding) = transfer(&stage, &repo, number);
    assert_eq!(
        (run.code, bound_to(&binding)),
        (0, stage.gh.account("bob").id),
        "{}",
        run.all()
    );
}

#[test]
fn no_approval_no_transfer() {
    type Review = fn(&Stage, &Repo, u64);
    let cases: [(&str, Review); 7] = [
        ("did not approve it", |_, _, _| {}),
        ("did not approve it", |_, repo, n| {
            repo.review(n, "alice", ReviewState::Commented);
        }),
        ("which is not its head", |_, repo, n| {
            repo.review(n, "alice", ReviewState::Approved);
            repo.push_to_pull(n, [Edit::write("alice/advisories.json", "{}")]);
        }),
        ("was dismissed", |_, repo, n| {
            let id = repo.review(n, "alice", ReviewState::Approved);
            repo.dismiss_review(id);
        }),
        ("requested changes", |_, repo, n| {
            repo.review(n, "alice", ReviewState::Approved);
            repo.review(n, "alice", ReviewState::ChangesRequested);
        }),
        ("did not approve it", |_, repo, n| {
            repo.review(n, "mallory", ReviewState::Approved);
        }),
        // Whoever took over the old owner's login is not the old owner.
        ("did not approve it", |stage, repo, n| {
            stage.gh.rename_account("alice", "alice2");
            stage.gh.take_over("alice");
            repo.review(n, "alice", ReviewState::Approved);
        }),
    ];
    for (why, review) in cases {
        let stage = Stage::new();
        let repo = stage.registry();
        let alice = stage.gh.account("alice").id;
        let number = takes_over(&stage, &repo);
        review(&stage, &repo, number);
        let (run, told, binding) = transfer(&stage, &repo, number);
        assert_eq!((run.code, bound_to(&binding)), (1, alice), "{why}: {}", run.all());
        let told = texts(&told, "left", "why");
        assert!(told.len() == 1 && told[0].contains(why), "{why}: {told:?}");
        let judged = stage.validate(number);
        assert_eq!(judged.verdict(), "fail", "{why}: {}", judged.all());
        stage.writes();
    }
}

#[test]
fn an_owner_who_was_renamed_can_approve_for_whoever_has_the_login_now() {
    let stage = Stage::new();
    let repo = stage.registry();
    stage.gh.rename_account("alice", "alice2");
    let new = stage.gh.take_over("alice").id;
    let gist = stage.gist("alice", "json-utils");
    let file = publisher("alice", &[("json-utils", &gist)]);
    let number = repo
        .pull("alice")
        .edits([Edit::write("alice/registry.json", file)])
        .open();
    assert_eq!(stage.validate(number).verdict(), "fail");
    repo.review(number, "alice2", ReviewState::Approved);
    let judged = stage.validate(number);
    assert_eq!(judged.verdict(), "review", "{}", judged.all());
    let (run, _, binding) = transfer(&stage, &repo, number);
    assert_eq!((run.code, bound_to(&binding)), (0, new), "{}", run.all());
    stage.writes();
}

#[test]
fn an_old_word_gives_nothing_away_again() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = takes_over(&stage, &repo);
    repo.review(number, "alice", ReviewState::Approved);
    let (run, ..) = transfer(&stage, &repo, number);
    assert_eq!(run.code, 0, "{}", run.all());
    // The folder went to bob and came back to alice, later than her review.
    let alice = stage.gh.account("alice").id;
    let back = owner("alice", alice).replace("2026-01-01", "2026-06-01");
    repo.commit_on("main", [Edit::write("owners/alice.json", back)]);
    let (run, told, binding) = transfer(&stage, &repo, number);
    assert_eq!((run.code, bound_to(&binding)), (1, alice), "{}", run.all());
    assert!(texts(&told, "left", "why")[0].contains("did not approve it"));
}

#[test]
fn what_is_no_open_or_merged_pull_request_into_the_default_branch_transfers_nothing() {
    let stage = Stage::new();
    let repo = stage.registry();
    let closed = takes_over(&stage, &repo);
    repo.review(closed, "alice", ReviewState::Approved);
    repo.close(closed);
    let (run, told, _) = transfer(&stage, &repo, closed);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(texts(&told, "left", "why")[0].contains("closed and not merged"));

    repo.reopen(closed);
    repo.reset("drafts", &repo.tip("main").unwrap());
    repo.retarget(closed, "drafts");
    let (run, told, _) = transfer(&stage, &repo, closed);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(texts(&told, "left", "why")[0].contains("not into the default branch"));

    let elsewhere = repo.pull("bob").edits([Edit::write("README.md", "x")]).open();
    let (run, told, _) = transfer(&stage, &repo, elsewhere);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(texts(&told, "left", "why")[0].contains("no publisher's files"));
    let (run, ..) = transfer(&stage, &repo, 99);
    assert_eq!(run.code, 2, "{}", run.all());
}

#[test]
fn a_head_that_moves_while_the_reviews_are_read_is_not_decided() {
    let stage = Stage::new();
    let repo = stage.registry();
    let number = takes_over(&stage, &repo);
    repo.review(number, "alice", ReviewState::Approved);
    repo.on_request("GET", &format!("/pulls/{number}/reviews"), 1, move |repo| {
        repo.push_to_pull(
            number,
            [Edit::write("alice/registry.json", publisher("alice", &[]))],
        );
    });
    let (run, _, binding) = transfer(&stage, &repo, number);
    assert_eq!(
        (run.code, bound_to(&binding)),
        (3, stage.gh.account("alice").id),
        "{}",
        run.all()
    );
    assert!(run.stderr.contains("moved meanwhile"), "{}", run.all());
}
