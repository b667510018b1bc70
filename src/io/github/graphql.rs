//! GraphQL queries, of which a partial answer keeps what it has. Never a mutation: those are not repeatable.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::exchange::Call;
use super::failure::{Failure, Kind};
use super::pages::read;
use super::{GitHub, Identity, Surface};
use crate::error::Result;

/// An answer: `null`s in `data` are explained by `errors`.
#[derive(Deserialize)]
pub(super) struct Partial<T> {
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) errors: Vec<Reason>,
}

/// Why something is `null`.
#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    pub(super) r#type: Option<String>,
    #[serde(default)]
    pub(super) message: String,
    /// Names and indices, from the root to the `null`.
    #[serde(default)]
    pub(super) path: Vec<Value>,
}

impl GitHub {
    /// Asks a query; the data, and the reasons for what is missing in it. No data at all is a failure.
    pub(super) async fn query<T: DeserializeOwned>(
        &self,
        identity: Identity,
        query: &str,
        variables: Value,
    ) -> Result<(T, Vec<Reason>), Failure> {
        let call = Call {
            method: Method::POST,
            url: self.inner.graphql.as_str().to_owned(),
            body: Some(json!({"query": query, "variables": variables})),
            identity,
            surface: Surface::GraphQl,
            unless: None,
        };
        let partial: Partial<T> = read(&call, &self.exchange(&call).await?)?;
        match partial.data {
            Some(data) => Ok((data, partial.errors)),
            None => {
                let why = partial
                    .errors
                    .first()
                    .map_or("it has no data", |reason| &reason.message);
                Err(call.failure(Kind::Unreadable, why))
            }
        }
    }

    /// As whom `github-token` speaks: `github-actions[bot]` for a workflow's own token.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn viewer(&self) -> Result<String> {
        #[derive(Deserialize)]
        struct Data {
            viewer: Viewer,
        }
        #[derive(Deserialize)]
        struct Viewer {
            login: String,
        }
        let (data, _): (Data, _) = self
            .query(self.job(), "query { viewer { login } }", json!({}))
            .await?;
        Ok(data.viewer.login)
    }
}
