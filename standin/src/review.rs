//! Reviews of pull requests: giving and dismissing them. Never decides what a review is worth.

use crate::account::AccountKind;
use crate::repo::Repo;
use crate::repo_row::ReviewRow;

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewState {
    /// It may be merged.
    Approved,
    /// Not like this.
    ChangesRequested,
    /// Words only.
    Commented,
}

impl ReviewState {
    fn name(self) -> &'static str {
        match self {
            ReviewState::Approved => "APPROVED",
            ReviewState::ChangesRequested => "CHANGES_REQUESTED",
            ReviewState::Commented => "COMMENTED",
        }
    }
}

impl Repo {
    /// `login` reviews the head of a pull request as it is now. Gives the review's id.
    pub fn review(&self, number: u64, login: &str, state: ReviewState) -> u64 {
        let head = self.head(number);
        self.review_of(number, login, state, Some(&head))
    }

    /// The same of some commit, or of one that GitHub does not name.
    pub fn review_of(&self, number: u64, login: &str, state: ReviewState, commit: Option<&str>) -> u64 {
        let mut locked = self.lock();
        let user = locked.ensure_account(login, AccountKind::User).id;
        let (id, at) = (locked.next_object_id(), locked.tick());
        let row = ReviewRow {
            id,
            pull: number,
            user,
            state: state.name(),
            commit: commit.map(str::to_owned),
            submitted_at: at,
        };
        let repo = locked
            .repos
            .get_mut(&self.id)
            .expect("the repository was deleted");
        assert!(repo.pull(number).is_some(), "there is no pull request {number}");
        repo.reviews.insert(id, row);
        id
    }

    /// A maintainer dismisses a review: it stays where it is in the list, and counts no more.
    pub fn dismiss_review(&self, id: u64) {
        self.change(|repo| {
            let review = repo
                .reviews
                .get_mut(&id)
                .unwrap_or_else(|| panic!("there is no review {id}"));
            review.state = "DISMISSED";
        });
    }
}
