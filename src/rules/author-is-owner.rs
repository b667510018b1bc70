//! author-is-owner: a publisher's files are changed by their owner alone. Never believes what the pull request says of itself.

use crate::finding::{Finding, Severity};
use crate::model::evidence::{Account, Evidence};
use crate::model::file::File;
use crate::model::handover::{self, Handover};
use crate::model::name::{Login, Timestamp};
use crate::model::path::RepoPath;
use crate::model::policy::Policy;
use crate::model::review::Approval;
use crate::model::submission::{Change, Origin, Submission};
use crate::model::text::Spanned;
use crate::rules::{Asks, Group, Meta, Rule};

/// The rule.
pub struct AuthorIsOwner;

static META: Meta = Meta {
    id: "author-is-owner",
    group: Group::Identity,
    severity: Severity::Error,
    overridable: false,
    inherited: false,
    summary: "A publisher's files are changed by their owner: folder, `author` and the pull request's author are one account.",
    why: "People install `@alice/…` because they trust alice. If somebody else could write, rename or delete her files, \
          that trust would be worth nothing. The owner is read from the default branch and known by account id, so that \
          a pull request cannot give itself a file.",
    mend: "Change only files in the folder that is named like your GitHub login, and write that login as `author`. \
           To have somebody else's file changed, ask its owner to open the pull request. A folder changes hands when its \
           owner approves the new owner's pull request and a maintainer agrees: `gistry owners transfer`.",
    example: "a pull request by mallory that changes alice/registry.json",
};

impl Rule for AuthorIsOwner {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        Box::new(handover::ask(submission).into_iter())
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (path, change) in &submission.changes {
            let Some(folder) = change.place.publisher() else {
                continue;
            };
            let stranger = stranger(submission, evidence, folder);
            let wrong_author = wrong_author(path, folder, change);
            // A whole file in the wrong folder is one mistake: its author field then agrees with who sent it.
            let same_mistake = stranger.as_ref().is_some_and(|it| it.severity == Severity::Error)
                && change.before.is_none()
                && change.after.as_ref().and_then(author).map(|author| &author.value) == sender(submission);
            findings.extend(stranger.map(|finding| finding.path(path)));
            findings.extend(wrong_author.filter(|_| !same_mistake));
        }
        findings
    }
}

fn author(file: &File) -> Option<&Spanned<Login>> {
    file.publisher()
        .and_then(|publisher| publisher.author.as_ref())
        .or_else(|| file.advisories().and_then(|all| all.author.as_ref()))
}

fn is(login: &Login, folder: &str) -> bool {
    login.as_str().eq_ignore_ascii_case(folder)
}

fn sender(submission: &Submission) -> Option<&Login> {
    match &submission.origin {
        Origin::Pull(pull) => pull.author.as_ref().map(|author| &author.login),
        Origin::WorkingTree { author } => author.as_ref(),
        Origin::Tree => None,
    }
}

/// The field `author`, in the result and in the base.
fn wrong_author(path: &RepoPath, folder: &str, change: &Change) -> Option<Finding> {
    let file = change.after.as_ref()?;
    let after = author(file)?;
    let finding =
        |severity, message| Finding::new(META.id, severity, folder, message).at(path, file, after.span);
    if !is(&after.value, folder) {
        let message = format!("the author is {}, but the folder is {folder}", after.value);
        let help = format!("write {folder:?}; a publisher's files lie in the folder of their own login");
        let replacement = serde_json::Value::from(folder).to_string();
        return Some(
            finding(META.severity, message)
                .help(help)
                .replacement(replacement),
        );
    }
    let before = change.before.as_ref().and_then(author)?;
    (!is(&before.value, folder)).then(|| {
        let message = format!("the author was {} and becomes {}", before.value, after.value);
        finding(Severity::Review, message)
            .help("a maintainer must decide whether this change of owner is right")
    })
}

/// Whoever changes the folder and is not known to own it.
fn stranger(submission: &Submission, evidence: &Evidence, folder: &str) -> Option<Finding> {
    match &submission.origin {
        Origin::Pull(pull) => match &pull.author {
            Some(author) => not_the_owner(submission, evidence, folder, author),
            None => {
                let message = format!(
                    "nobody can tell whether {folder}/ belongs to who opened this: the account is gone"
                );
                Some(finding(Severity::Review, folder, message).help("a maintainer must decide"))
            }
        },
        Origin::WorkingTree { author } => author
            .as_ref()
            .and_then(|author| not_the_login(submission, folder, author)),
        Origin::Tree => None,
    }
}

fn finding(severity: Severity, folder: &str, message: String) -> Finding {
    Finding::new(META.id, severity, folder, message)
}

fn not_the_owner(
    submission: &Submission,
    evidence: &Evidence,
    folder: &str,
    author: &Account,
) -> Option<Finding> {
    let Account {
        login, id, person, ..
    } = author;
    if !person {
        let message = format!("{login} is not a person's account and cannot own {folder}/");
        let help = "organisations and bots have no gists; open the pull request from the account that owns the gists";
        return Some(finding(META.severity, folder, message).help(help));
    }
    let bound = submission.binding(folder).and_then(|owner| owner.id.as_ref());
    match bound.map(|bound| bound.value) {
        Some(bound) if bound == *id => None,
        // The login is right and the account is not: account-renamed says so.
        Some(_) if is(login, folder) => None,
        Some(_) => Some(match handover::of(submission, evidence, folder) {
            Some(handover) => handed_over(submission, folder, author, &handover),
            None => not_yours(submission, folder, login),
        }),
        None if !is(login, folder) => Some(not_yours(submission, folder, login)),
        _ => unbound(submission, folder),
    }
}

/// Somebody else's folder: theirs with the owner's approval and a maintainer's, and else not.
fn handed_over(submission: &Submission, folder: &str, author: &Account, handover: &Handover) -> Finding {
    let Some(pull) = submission.pull() else {
        return not_yours(submission, folder, &author.login);
    };
    let (login, id) = (&author.login, author.id);
    if handover.is_approved() {
        let stands = handover.stands(&pull.head);
        let message = format!("{folder}/ passes to {login} (account {id}): {stands}");
        return finding(Severity::Review, folder, message).help(format!(
            "a maintainer decides; `gistry owners transfer --pull {}` binds the folder to the new account",
            pull.number
        ));
    }
    let message = match handover.approval {
        Approval::Missing => format!("{folder}/ does not belong to {login}"),
        _ => format!(
            "{folder}/ does not belong to {login}: {}",
            handover.stands(&pull.head)
        ),
    };
    let help = format!(
        "take this change out; only {} can make it. Your own folder is {login}/; {}",
        handover.owner,
        handover.wanted(&pull.head)
    );
    finding(META.severity, folder, message).help(help)
}

/// Before anything is pushed only the login is known, and an account that was renamed has another one than its folder.
fn not_the_login(submission: &Submission, folder: &str, login: &Login) -> Option<Finding> {
    if is(login, folder) {
        return None;
    }
    let Some(bound) = submission.binding(folder).and_then(|owner| owner.id.as_ref()) else {
        return Some(not_yours(submission, folder, login));
    };
    let message = format!(
        "{folder}/ belongs to the account with id {}; is that {login}?",
        bound.value
    );
    let help = "if the account was renamed, all is well: the pull request will be recognised by the id";
    Some(finding(Severity::Review, folder, message).help(help))
}

fn not_yours(submission: &Submission, folder: &str, login: &Login) -> Finding {
    let (message, help) = if exists(submission, folder) {
        let message = format!("{folder}/ does not belong to {login}");
        (
            message,
            format!("take this change out; only {folder} can make it. Your own folder is {login}/"),
        )
    } else {
        let message = format!("the folder of a publisher is named like the login: {login}, not {folder}");
        (message, format!("git mv {folder} {login}"))
    };
    finding(META.severity, folder, message).help(help)
}

/// Nobody wrote down which account the folder belongs to, and the login alone may have changed hands.
fn unbound(submission: &Submission, folder: &str) -> Option<Finding> {
    exists(submission, folder).then(|| {
        let message = format!(
            "{folder}/ exists, but is bound to no account id (owners/{}.json)",
            folder.to_ascii_lowercase()
        );
        let help = "a maintainer must confirm that the account is still the same, and bind it";
        finding(Severity::Review, folder, message).help(help)
    })
}

fn exists(submission: &Submission, folder: &str) -> bool {
    submission.base_has_publisher(folder)
        || submission
            .folders
            .iter()
            .any(|known| known.eq_ignore_ascii_case(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;

    /// What is found where alice's folder is changed in a working tree, before there is a pull request.
    fn before_the_push(author: Option<&str>, bound: bool) -> Vec<(Severity, String)> {
        let file = |path: &str, text: &str| {
            let path = RepoPath::new(path);
            let file = File::regular(path.place(), text.as_bytes());
            (path, file)
        };
        let (path, after) = file("alice/registry.json", r#"{"author": "alice", "modules": {}}"#);
        let (_, before) = file("alice/registry.json", r#"{"author": "alice"}"#);
        let change = Change {
            place: path.place(),
            before: Some(before),
            after: Some(after),
        };
        let binding = file("owners/alice.json", r#"{"id": 1001}"#);
        let submission = Submission {
            origin: Origin::WorkingTree {
                author: author.map(|author| Login::parse(author).unwrap()),
            },
            changes: [(path, change)].into(),
            related: bound.then_some(binding).into_iter().collect(),
            folders: vec!["alice".to_owned()],
        };
        let now = Timestamp::parse("2026-11-21T07:00:00Z").unwrap();
        let found = AuthorIsOwner.check(&submission, &Evidence::default(), &Policy::default(), &now);
        found
            .into_iter()
            .map(|finding| (finding.severity, finding.message))
            .collect()
    }

    /// No fixture is about a working tree.
    #[test]
    fn before_a_push_the_login_is_all_that_is_known() {
        assert_eq!(before_the_push(None, true), []);
        assert_eq!(before_the_push(Some("Alice"), true), []);
        assert_eq!(before_the_push(Some("alice"), false), []);
        let [(severity, _)] = &before_the_push(Some("alice2"), true)[..] else {
            panic!("one finding")
        };
        assert_eq!(*severity, Severity::Review);
        let [(severity, message)] = &before_the_push(Some("mallory"), false)[..] else {
            panic!("one finding")
        };
        assert_eq!(*severity, Severity::Error);
        assert_eq!(message, "alice/ does not belong to mallory");
    }
}
