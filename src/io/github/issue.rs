//! Issues: listed by label, opened, rewritten, closed and opened again. Never looks for markers in them, never deletes one.

use http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::account::User;
use super::comment::Author;
use super::origin::segment;
use super::{GitHub, WriteError};
use crate::error::Result;
use crate::model::name::Repository;

/// An issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Whether it is open.
    pub open: bool,
    /// Who opened it; nobody when the account is gone.
    pub author: Option<Author>,
    /// Its title.
    pub title: String,
    /// Foreign Markdown.
    pub body: String,
}

/// What an issue is to be; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueWrite {
    /// Its title.
    pub title: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// Whether it is open.
    pub open: Option<bool>,
}

#[derive(Deserialize)]
struct Shape {
    number: u64,
    state: String,
    user: Option<User>,
    title: String,
    body: Option<String>,
    pull_request: Option<IgnoredAny>,
}

impl From<Shape> for Issue {
    fn from(shape: Shape) -> Self {
        Self {
            number: shape.number,
            open: shape.state == "open",
            author: Author::of(shape.user),
            title: shape.title,
            body: shape.body.unwrap_or_default(),
        }
    }
}

impl GitHub {
    /// All issues with a label, open and closed, oldest first; pull requests, which GitHub lists too, are left out.
    ///
    /// # Errors
    /// They could not all be asked for.
    pub async fn issues(&self, repository: &Repository, label: &str) -> Result<Vec<Issue>> {
        let label = segment(label);
        let path = format!(
            "/repos/{repository}/issues?labels={label}&state=all&sort=created&direction=asc&per_page=100"
        );
        let pages: Vec<Vec<Shape>> = self.pages(&path).await?;
        let issues = pages.into_iter().flatten();
        Ok(issues
            .filter(|shape| shape.pull_request.is_none())
            .map(Issue::from)
            .collect())
    }

    /// Opens an issue. Never sent twice, whatever comes back.
    ///
    /// # Errors
    /// [`WriteError`]
    pub async fn create_issue(
        &self,
        repository: &Repository,
        title: &str,
        body: &str,
        label: &str,
    ) -> Result<Issue, WriteError> {
        let path = format!("/repos/{repository}/issues");
        let body = json!({ "title": title, "body": body, "labels": [label] });
        let shape: Shape = self.write(Method::POST, &path, body).await?;
        Ok(shape.into())
    }

    /// Changes an issue.
    ///
    /// # Errors
    /// [`WriteError`]
    pub async fn update_issue(
        &self,
        repository: &Repository,
        number: u64,
        change: &IssueWrite,
    ) -> Result<(), WriteError> {
        let mut body = serde_json::Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(key.to_owned(), value);
            }
        };
        set("title", change.title.as_deref().map(Value::from));
        set("body", change.body.as_deref().map(Value::from));
        if let Some(open) = change.open {
            let (state, reason) = if open {
                ("open", "reopened")
            } else {
                ("closed", "completed")
            };
            set("state", Some(state.into()));
            set("state_reason", Some(reason.into()));
        }
        let path = format!("/repos/{repository}/issues/{number}");
        let _: IgnoredAny = self.write(Method::PATCH, &path, body.into()).await?;
        Ok(())
    }
}
