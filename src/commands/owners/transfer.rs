//! `gistry owners transfer`: the new owner's pull request and the old owner's review of it. Never decides what a review is worth.

use std::collections::BTreeSet;

use super::Clerk;
use super::repair::no_repository;
use crate::error::{Error, Result};
use crate::model::evidence::Account;
use crate::model::handover::Handover;
use crate::model::name::{Login, Name, Timestamp};
use crate::model::owner::Binding;
use crate::model::path::RepoPath;
use crate::model::review::{Approval, Review, approval};
use crate::owners::{Left, Outcome, Registered};

impl Clerk<'_> {
    /// The folders that a pull request changes and that are bound to others than its author.
    pub(super) async fn transfer(&mut self, registered: &Registered, number: u64) -> Result<Outcome> {
        let repository = self.repository.clone().ok_or_else(no_repository)?;
        let missing = || Error::Usage(format!("{repository} has no pull request #{number}"));
        let pull = self.github.pull(&repository, number).await?.ok_or_else(missing)?;
        let refuse = |why: String| {
            Ok(Outcome {
                left: vec![left(
                    &format!("#{number}"),
                    why,
                    "the new owner opens another one",
                )],
                ..Outcome::default()
            })
        };
        if !pull.open && !pull.merged {
            return refuse("it was closed and not merged".to_owned());
        }
        if pull.base_branch != pull.default_branch {
            return refuse(format!(
                "it is to be merged into {}, not into the default branch",
                pull.base_branch
            ));
        }
        let Some(author) = pull.author.clone().filter(|author| author.person) else {
            return refuse("its author's account is gone or no person's".to_owned());
        };
        let files = self.github.pull_files(&repository, number).await?;
        if files.count < pull.changed_files {
            return refuse(
                "GitHub does not list all the files that it changes; they are too many".to_owned(),
            );
        }
        let places = files.paths.iter().map(|path| RepoPath::new(path).place());
        let folders: BTreeSet<String> = places
            .filter_map(|place| place.publisher().map(str::to_owned))
            .collect();
        if folders.is_empty() {
            return refuse("it changes no publisher's files".to_owned());
        }
        let reviews = self.github.reviews(&repository, number).await?;
        // A push in between would have made the reviews those of an older head.
        let again = self.github.pull(&repository, number).await?.ok_or_else(missing)?;
        if again.head_sha != pull.head_sha {
            let moved = format!("#{number} moved meanwhile; look at it, and run this again");
            return Err(Error::CouldNotCheck(moved));
        }
        let mut outcome = Outcome::default();
        for folder in folders {
            match handed_over(&folder, registered, &reviews, &pull.head_sha, &author) {
                Ok(None) => outcome.already += 1,
                Ok(Some((login, since))) => outcome.bound.push(Binding {
                    folder: login,
                    login: author.login.clone(),
                    id: author.id,
                    since: since.unwrap_or_else(|| self.world.now.clone()),
                    pull: Some(number),
                }),
                Err(left) => outcome.left.push(left),
            }
        }
        Ok(outcome)
    }
}

/// The folder and when its owner approved; nothing where it is the author's already.
fn handed_over(
    folder: &str,
    registered: &Registered,
    reviews: &[Review],
    head: &crate::model::name::CommitId,
    author: &Account,
) -> Result<Option<(Login, Option<Timestamp>)>, Left> {
    let Ok(login) = Login::parse(folder) else {
        return Err(left(
            folder,
            "the folder's name is no login".to_owned(),
            "rename the folder",
        ));
    };
    let bound = match registered.bindings.get(&login.key()) {
        Some(Some(bound)) => bound,
        Some(None) => {
            let why = format!("owners/{}.json cannot be read as a binding", login.key());
            return Err(left(folder, why, "mend it"));
        }
        None => {
            let why = "the folder is bound to nobody, so nobody can give it away".to_owned();
            let help = "`gistry owners init` or `gistry owners repair` binds it to its owner first";
            return Err(left(folder, why, help));
        }
    };
    if bound.id == author.id {
        return Ok(None);
    }
    let handover = Handover {
        owner: bound.login.as_ref().map_or(folder, Login::as_str),
        id: bound.id,
        approval: approval(reviews, bound.id, bound.since.as_ref(), head),
    };
    match handover.approval.clone() {
        Approval::Given(at) => Ok(Some((login, at))),
        _ => Err(left(folder, handover.stands(head), &handover.wanted(head))),
    }
}

fn left(folder: &str, why: String, help: &str) -> Left {
    Left {
        folder: folder.to_owned(),
        why,
        help: help.to_owned(),
    }
}
