//! A pull request by another account than the one to which a folder is bound: whether its owner approves. Never decides
//! what follows from it; the rules and `gistry owners transfer` do.

use super::evidence::{Account, Ask, Evidence};
use super::name::CommitId;
use super::owner::AccountId;
use super::review::{Approval, approval};
use super::submission::{PullRequest, Submission};

/// A folder that its pull request's author does not own, and what its owner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover<'s> {
    /// The owner as the binding names them; the folder's name where it names nobody.
    pub owner: &'s str,
    /// The owner's account.
    pub id: AccountId,
    /// What the owner's reviews come to for the head as it is now.
    pub approval: Approval,
}

/// The question about the reviews, where a folder is touched that belongs to another person's account than the author's.
pub fn ask(submission: &Submission) -> Option<Ask> {
    let touched = submission.touched_publishers();
    let mut folders = touched.keys();
    let (pull, author) = sender(submission)?;
    let foreign = folders.any(|folder| bound(submission, folder).is_some_and(|(_, id)| id != author.id));
    foreign.then_some(Ask::Reviews(pull.number))
}

/// What the owner of a folder says to a pull request of somebody else. Nothing where nobody else sends it, or the
/// folder is bound to nobody.
pub fn of<'s>(submission: &'s Submission, evidence: &Evidence, folder: &'s str) -> Option<Handover<'s>> {
    let (pull, author) = sender(submission)?;
    let (owner, id) = bound(submission, folder)?;
    let since = submission
        .binding(folder)?
        .since
        .as_ref()
        .map(|since| &since.value);
    if id == author.id {
        return None;
    }
    Some(Handover {
        owner,
        id,
        approval: approval(evidence.reviews(pull.number), id, since, &pull.head),
    })
}

fn sender(submission: &Submission) -> Option<(&PullRequest, &Account)> {
    let pull = submission.pull()?;
    let author = pull.author.as_ref().filter(|author| author.person)?;
    Some((pull, author))
}

fn bound<'s>(submission: &'s Submission, folder: &'s str) -> Option<(&'s str, AccountId)> {
    let binding = submission.binding(folder)?;
    let login = binding
        .login
        .as_ref()
        .map_or(folder, |login| login.value.as_str());
    Some((login, binding.id.as_ref()?.value))
}

impl Handover<'_> {
    /// Whether the head is approved.
    pub fn is_approved(&self) -> bool {
        matches!(self.approval, Approval::Given(_))
    }

    /// What stands of the owner's reviews, as the rest of a sentence: "alice (account 1001) did not approve it".
    pub fn stands(&self, head: &CommitId) -> String {
        let (owner, id, head) = (self.owner, self.id, short(head));
        match &self.approval {
            Approval::Given(_) => format!("{owner} (account {id}) approved its head {head}"),
            Approval::Outdated(Some(old)) => {
                format!(
                    "{owner} (account {id}) approved {}, which is not its head {head}",
                    short(old)
                )
            }
            Approval::Outdated(None) => {
                format!("{owner} (account {id}) approved another commit than its head {head}")
            }
            Approval::Refused => format!("{owner} (account {id}) requested changes"),
            Approval::Dismissed => format!("the approval of {owner} (account {id}) was dismissed"),
            Approval::Missing => format!("{owner} (account {id}) did not approve it"),
        }
    }

    /// What is missing for the folder to change hands.
    pub fn wanted(&self, head: &CommitId) -> String {
        format!(
            "for the folder to change hands {} (account {}) must approve this pull request at its head {}, as a review on GitHub",
            self.owner,
            self.id,
            short(head)
        )
    }
}

fn short(commit: &CommitId) -> &str {
    commit.as_str().get(..7).unwrap_or(commit.as_str())
}
