//! Comments of a pull request. Never looks for markers or commands in them.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::account::User;
use super::{GitHub, WriteError};
use crate::error::Result;
use crate::model::name::Repository;
use crate::model::owner::AccountId;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its number, over all of GitHub.
    pub id: u64,
    /// Who wrote it; nobody when the account is gone.
    pub author: Option<Author>,
    /// Foreign Markdown.
    pub body: String,
}

/// Who wrote a comment: also Apps, whose logins (`github-actions[bot]`) are no [`crate::model::name::Login`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// As GitHub writes it.
    pub login: String,
    /// The account's number.
    pub id: AccountId,
}

impl Author {
    /// Whoever is behind an account that is still there.
    pub(super) fn of(user: Option<User>) -> Option<Self> {
        user.filter(User::exists).map(|user| Self {
            login: user.login,
            id: user.id,
        })
    }
}

#[derive(Deserialize)]
struct Shape {
    id: u64,
    user: Option<User>,
    body: Option<String>,
}

impl From<Shape> for Comment {
    fn from(shape: Shape) -> Self {
        Self {
            id: shape.id,
            author: Author::of(shape.user),
            body: shape.body.unwrap_or_default(),
        }
    }
}

impl GitHub {
    /// All comments of a pull request or an issue, oldest first.
    ///
    /// # Errors
    /// They could not all be asked for.
    pub async fn issue_comments(&self, repository: &Repository, number: u64) -> Result<Vec<Comment>> {
        let path = format!("/repos/{repository}/issues/{number}/comments?per_page=100");
        let pages: Vec<Vec<Shape>> = self.pages(&path).await?;
        Ok(pages.into_iter().flatten().map(Comment::from).collect())
    }

    /// Writes a comment. Never sent twice, whatever comes back.
    ///
    /// # Errors
    /// [`WriteError`]
    pub async fn create_comment(
        &self,
        repository: &Repository,
        number: u64,
        body: &str,
    ) -> Result<Comment, WriteError> {
        let path = format!("/repos/{repository}/issues/{number}/comments");
        let shape: Shape = self.write(Method::POST, &path, json!({ "body": body })).await?;
        Ok(shape.into())
    }

    /// Replaces the text of a comment.
    ///
    /// # Errors
    /// [`WriteError`]
    pub async fn update_comment(
        &self,
        repository: &Repository,
        id: u64,
        body: &str,
    ) -> Result<(), WriteError> {
        let path = format!("/repos/{repository}/issues/comments/{id}");
        let _: serde::de::IgnoredAny = self.write(Method::PATCH, &path, json!({ "body": body })).await?;
        Ok(())
    }
}
