//! Reviews of a pull request, and what one account's reviews come to for one commit. Plain data; never fetches.

use super::name::{CommitId, Timestamp};
use super::owner::AccountId;

/// A review of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Whose it is, by number: a login changes hands.
    pub by: AccountId,
    /// What it says.
    pub state: ReviewState,
    /// The head that was reviewed; GitHub may not name it.
    pub commit: Option<CommitId>,
    /// When it was submitted.
    pub at: Option<Timestamp>,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// It may be merged.
    Approved,
    /// Not like this.
    ChangesRequested,
    /// It was one of the two above, until a maintainer took its force.
    Dismissed,
    /// Words only, or something that GitHub added later. It changes nothing.
    Other,
}

/// What the reviews of one account come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// The head is approved: since when, where GitHub says so.
    Given(Option<Timestamp>),
    /// Another commit was approved, or one that GitHub does not name.
    Outdated(Option<CommitId>),
    /// Changes were requested since.
    Refused,
    /// It was dismissed.
    Dismissed,
    /// There is none.
    Missing,
}

/// What the account's reviews, oldest first, come to for this head. The last one that says yes or no counts alone: an
/// approval never comes back to life because what came after it was dismissed. What was said before `since`, when the
/// folder came to the account, is about other times: a folder that came back must not be given away by an old word.
pub fn approval(reviews: &[Review], by: AccountId, since: Option<&Timestamp>, head: &CommitId) -> Approval {
    let in_time = |review: &Review| match (&review.at, since) {
        (Some(at), Some(since)) => at.moment() >= since.moment(),
        _ => true,
    };
    let decisive =
        |review: &&Review| review.by == by && review.state != ReviewState::Other && in_time(review);
    let Some(last) = reviews.iter().rev().find(decisive) else {
        return Approval::Missing;
    };
    match last.state {
        ReviewState::Approved if last.commit.as_ref() == Some(head) => Approval::Given(last.at.clone()),
        ReviewState::Approved => Approval::Outdated(last.commit.clone()),
        ReviewState::ChangesRequested => Approval::Refused,
        ReviewState::Dismissed => Approval::Dismissed,
        ReviewState::Other => Approval::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;

    fn commit(digit: char) -> CommitId {
        CommitId::parse(&digit.to_string().repeat(40)).unwrap()
    }

    fn review(by: AccountId, state: ReviewState, digit: char) -> Review {
        Review {
            by,
            state,
            commit: Some(commit(digit)),
            at: None,
        }
    }

    #[test]
    fn the_last_word_of_that_account_on_that_head_counts() {
        use ReviewState::*;
        let (alice, bob, head) = (1001, 1002, commit('b'));
        let of = |reviews: &[Review]| approval(reviews, alice, None, &head);
        assert_eq!(of(&[]), Approval::Missing);
        assert_eq!(of(&[review(bob, Approved, 'b')]), Approval::Missing);
        assert_eq!(of(&[review(alice, Other, 'b')]), Approval::Missing);
        assert_eq!(of(&[review(alice, Approved, 'b')]), Approval::Given(None));
        assert_eq!(
            of(&[review(alice, Approved, 'a')]),
            Approval::Outdated(Some(commit('a')))
        );
        let unnamed = Review {
            commit: None,
            ..review(alice, Approved, 'b')
        };
        assert_eq!(of(&[unnamed]), Approval::Outdated(None));
        let yes = || review(alice, Approved, 'b');
        assert_eq!(of(&[yes(), review(alice, Other, 'b')]), Approval::Given(None));
        assert_eq!(
            of(&[yes(), review(bob, ChangesRequested, 'b')]),
            Approval::Given(None)
        );
        assert_eq!(
            of(&[yes(), review(alice, ChangesRequested, 'b')]),
            Approval::Refused
        );
        assert_eq!(
            of(&[review(alice, ChangesRequested, 'b'), yes()]),
            Approval::Given(None)
        );
        assert_eq!(of(&[yes(), review(alice, Dismissed, 'b')]), Approval::Dismissed);
        assert_eq!(of(&[review(alice, Dismissed, 'b'), yes()]), Approval::Given(None));
    }

    #[test]
    fn what_was_said_before_the_folder_came_to_the_account_does_not_count() {
        let time = |text: &str| Timestamp::parse(text).unwrap();
        let given = Review {
            at: Some(time("2026-11-01T00:00:00Z")),
            ..review(1001, ReviewState::Approved, 'b')
        };
        let since = |text: &str| {
            approval(
                std::slice::from_ref(&given),
                1001,
                Some(&time(text)),
                &commit('b'),
            )
        };
        assert_eq!(
            since("2026-11-01T01:00:00+01:00"),
            Approval::Given(given.at.clone())
        );
        assert_eq!(since("2026-11-01T00:00:01Z"), Approval::Missing);
    }
}
