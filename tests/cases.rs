//! Every fixture case through the real binary against the stand-in for GitHub: real git objects, real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod case;
mod stage;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::{Case, Only, Tree};
use gistry::model::name::{Name, Timestamp};
use gistry_standin::{AccountKind, Edit, Permission, Repo, ReviewState};
use stage::{REGISTRY, Run, Stage};

/// Cases run beside each other: most of their time is spent waiting for processes.
const WORKERS: usize = 4;

#[test]
fn every_case_gets_its_verdict_from_the_real_binary() {
    let now = Timestamp::new(chrono::Utc::now());
    let cases: Vec<Case> = case::all()
        .into_iter()
        .filter(|case| case.only != Some(Only::Pure))
        .map(|case| case.at(&now))
        .collect();
    assert!(cases.len() > 60, "the fixtures are there");
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(text) = wrong_in(case) {
                        wrong.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn wrong_in(case: &Case) -> Option<String> {
    let stage = Stage::new();
    stage.gh.allow_writes();
    let run = if case.pull.is_some() {
        judge_pull(&stage, case)
    } else {
        judge_tree(&stage, case)
    };
    let exit = match case.verdict.as_str() {
        "pass" => 0,
        "fail" => 1,
        "undecided" => 3,
        _ => 4,
    };
    let mut found = run.findings();
    if case.findings.is_sorted() {
        found.sort();
    }
    let got = (run.code, run.verdict().to_owned(), found, run.not_run());
    let wanted = (
        exit,
        case.verdict.clone(),
        case.findings.clone(),
        case.not_run.clone(),
    );
    (got != wanted).then(|| {
        format!(
            "\n{}: {}\n  wanted {wanted:?}\n  got    {got:?}\n{}",
            case.id, case.title, run.stderr
        )
    })
}

fn judge_tree(stage: &Stage, case: &Case) -> Run {
    world(stage, case);
    let folder = stage.temp.path().join("tree");
    for (path, entry) in &case.base {
        let path = folder.join(std::str::from_utf8(path).expect("the disk's paths are text here"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = || std::str::from_utf8(&entry.content).unwrap();
        match entry.mode {
            0o120_000 => std::os::unix::fs::symlink(text(), &path).unwrap(),
            _ => std::fs::write(&path, &entry.content).unwrap(),
        }
        if entry.mode == 0o100_755 {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    std::fs::create_dir_all(&folder).unwrap();
    stage.gistry(&["validate", "--all", "--dir", folder.to_str().unwrap()])
}

fn judge_pull(stage: &Stage, case: &Case) -> Run {
    let pull = case.pull.as_ref().unwrap();
    let revisions = world(stage, case);
    let real = |tree: Tree| with_real_revisions(tree, &revisions);
    let (base, head) = (real(case.base.clone()), real(case.head()));
    let repo = stage.gh.repo(REGISTRY).edits(edits(&Tree::new(), &base)).create();
    if pull.base != "main" {
        repo.reset(&pull.base, &repo.tip("main").unwrap());
    }
    let author = if pull.author == "ghost" {
        "somebody-gone"
    } else {
        &pull.author
    };
    let number = repo
        .pull(author)
        .base(&pull.base)
        .edits(edits(&base, &head))
        .open();
    for login in &pull.same_head {
        repo.pull(login)
            .base(&pull.base)
            .branch("same")
            .head_sha(repo.head(number))
            .open();
    }
    for (login, count) in &case.open_pulls {
        for n in 0..*count {
            repo.pull(login)
                .branch(format!("other-{n}"))
                .edits([Edit::write(format!("{login}/note-{n}.md"), "x\n")])
                .open();
        }
    }
    let moved = edits(&base, &real(case.tip()));
    if !moved.is_empty() {
        repo.commit_on("main", moved);
    }
    comment(&repo, case, number);
    let base = repo.tip("main");
    for review in &pull.reviews {
        let state = match review.state.as_str() {
            "changes-requested" => ReviewState::ChangesRequested,
            "commented" => ReviewState::Commented,
            _ => ReviewState::Approved,
        };
        let head = if review.outdated {
            base.clone()
        } else {
            Some(repo.head(number))
        };
        let id = repo.review_of(number, &review.by, state, head.as_deref());
        if review.state == "dismissed" {
            repo.dismiss_review(id);
        }
    }
    if pull.author == "ghost" {
        stage.gh.delete_account(author);
    }
    stage.validate(number)
}

/// Accounts and gists. Gives the revisions of the fixture with those that the stand-in made.
fn world(stage: &Stage, case: &Case) -> BTreeMap<String, String> {
    let gh = &stage.gh;
    let mut revisions = BTreeMap::new();
    for (login, id) in &case.accounts {
        gh.account_with(login, |account| {
            account.id = *id;
            if let Some(created) = case.account_created.get(login) {
                account.created_at = Timestamp::parse(created).unwrap().moment().timestamp();
            }
        });
    }
    for (login, id) in &case.organisations {
        gh.account_with(login, |account| {
            (account.id, account.kind) = (*id, AccountKind::Organization)
        });
    }
    for gist in &case.gists {
        let mut builder = gh.gist(gist.owner.as_deref().unwrap_or("somebody")).id(&gist.id);
        for (name, content) in gist.files() {
            builder = builder.file(name, content);
        }
        if !gist.public {
            builder = builder.secret();
        }
        if gist.owner.is_none() {
            builder = builder.ownerless();
        }
        builder.create();
        for older in &gist.older {
            revisions.insert(older.clone(), gh.gist_revision(&gist.id));
            let (name, content) = gist
                .files()
                .into_iter()
                .next()
                .expect("a gist with revisions has a file");
            gh.edit_gist(&gist.id)
                .file(&name, [content.as_slice(), b"\n"].concat())
                .save();
            gh.edit_gist(&gist.id).file(&name, content).save();
        }
        revisions.insert(gist.revision(), gh.gist_revision(&gist.id));
    }
    revisions
}

fn with_real_revisions(mut tree: Tree, revisions: &BTreeMap<String, String>) -> Tree {
    for entry in tree.values_mut().filter(|entry| entry.content.len() < 100_000) {
        let Ok(mut text) = String::from_utf8(entry.content.clone()) else {
            continue;
        };
        for (fixture, real) in revisions {
            text = text.replace(fixture, real);
        }
        entry.content = text.into_bytes();
    }
    tree
}

fn edits(from: &Tree, to: &Tree) -> Vec<Edit> {
    let gone = from
        .keys()
        .filter(|path| !to.contains_key(*path))
        .map(|path| Edit::delete(text(path)));
    let written = to
        .iter()
        .filter(|(path, entry)| from.get(*path) != Some(entry))
        .map(|(path, entry)| {
            let content = || entry.content.clone();
            match (std::str::from_utf8(path), entry.mode) {
                (Ok(path), 0o120_000) => Edit::symlink(path, text(&entry.content)),
                (Ok(path), 0o100_755) => Edit::executable(path, content()),
                (Ok(path), 0o160_000) => Edit::submodule(path, text(&entry.content)),
                (Ok(path), _) if !odd(path) => Edit::write(path, content()),
                _ => Edit::raw(path.clone(), content()),
            }
        });
    gone.chain(written).collect()
}

/// Whether git would not write this path by itself.
fn odd(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "." | "..") || part.eq_ignore_ascii_case(".git"))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn comment(repo: &Repo, case: &Case, number: u64) {
    for comment in &case.comments {
        let permission = match comment.permission.as_str() {
            "admin" => Some(Permission::Admin),
            "maintain" => Some(Permission::Maintain),
            "write" => Some(Permission::Write),
            "triage" => Some(Permission::Triage),
            "read" => Some(Permission::Read),
            _ => None,
        };
        if let Some(permission) = permission {
            repo.set_permission(&comment.by, permission);
        }
        repo.comment(
            number,
            &comment.by,
            &comment.body.replace("{head}", &repo.head(number)),
        );
    }
}
