//! Typed answers, and lists page by page along the `Link` header. Never leaves the API's origin, never cuts a list short.

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exchange::{Answer, Call};
use super::failure::{Failure, Kind};
use super::{GitHub, Identity, Surface};

/// Pages of one list; a longer one is a failure, not a short list.
const PAGES: usize = 100;
/// Bytes of all pages of one list.
const BYTES: usize = 64 << 20;

impl GitHub {
    pub(super) fn call(&self, method: Method, path: &str, body: Option<Value>) -> Call {
        let (url, identity) = (self.inner.api.at(path), self.job());
        Call {
            method,
            url,
            body,
            identity,
            surface: Surface::Rest,
            unless: None,
        }
    }

    /// Reads one thing; a 404 is nothing.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        identity: Identity,
    ) -> Result<Option<T>, Failure> {
        let call = Call {
            identity,
            ..self.call(Method::GET, path, None)
        };
        match self.exchange(&call).await {
            Ok(answer) => read(&call, &answer).map(Some),
            Err(failure) if failure.refused() == Some(404) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads a list, page by page.
    pub(super) async fn pages<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        self.pages_from(self.inner.api.at(path)).await
    }

    /// Reads a list from one of its pages on.
    pub(super) async fn pages_from<T: DeserializeOwned>(&self, url: String) -> Result<Vec<T>, Failure> {
        let mut call = Call {
            url,
            ..self.call(Method::GET, "", None)
        };
        let (mut pages, mut bytes) = (Vec::new(), 0);
        for _ in 0..PAGES {
            let answer = self.exchange(&call).await?;
            bytes += answer.body.len();
            if bytes > BYTES {
                return Err(call.failure(
                    Kind::Unreadable,
                    &format!("the list has more than {} MB", BYTES >> 20),
                ));
            }
            pages.push(read(&call, &answer)?);
            let Some(next) = answer.next else {
                return Ok(pages);
            };
            call.url = self.own(&call, &next)?;
        }
        Err(call.failure(Kind::Unreadable, &format!("the list has more than {PAGES} pages")))
    }

    /// The address of another page, which must be of the same origin.
    pub(super) fn own(&self, call: &Call, page: &str) -> Result<String, Failure> {
        let own = self.inner.api.own(page);
        own.ok_or_else(|| call.failure(Kind::Unreadable, "its next page lies on another host"))
    }

    /// Changes something, and reads what is answered.
    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<T, Failure> {
        let call = self.call(method, path, Some(body));
        read(&call, &self.exchange(&call).await?)
    }
}

/// An answer as the shape that is expected.
pub(super) fn read<T: DeserializeOwned>(call: &Call, answer: &Answer) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|error| call.failure(Kind::Unreadable, &error.to_string()))
}
