//! A gist as the nightly check asks for it: is it there, is it public, whose is it, and only if that changed. Never reads its files.

use http::{HeaderValue, Method};
use serde::Deserialize;

use super::GitHub;
use super::account::User;
use super::pages::read;
use crate::error::{Error, Result};
use crate::model::evidence::Account;
use crate::model::name::GistId;

/// What GitHub says of a gist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighted {
    /// There is none.
    Gone,
    /// It is as it was when the ETag was given.
    Unchanged,
    /// It is there.
    There {
        /// Whether everybody can find it.
        public: bool,
        /// Whose it is; nobody's where the account is gone.
        owner: Option<Account>,
        /// By which this answer can be confirmed.
        etag: Option<String>,
    },
}

#[derive(Deserialize)]
struct Shape {
    id: String,
    public: bool,
    owner: Option<User>,
}

impl GitHub {
    /// Looks whether a gist is there, and whether it changed since an ETag was given (RFC 9110 §13). Nothing when it was
    /// not asked, since no more requests are allowed.
    ///
    /// # Errors
    /// It could not be asked, or what came back is no gist.
    pub async fn sight(&self, id: &GistId, etag: Option<&str>) -> Result<Option<Sighted>> {
        let (path, identity) = (format!("/gists/{id}"), self.gists());
        let mut call = self.call(Method::GET, &path, None);
        call.identity = identity;
        call.unless = etag.and_then(|etag| HeaderValue::from_str(etag).ok());
        let answer = match self.exchange(&call).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_spent() => return Ok(None),
            Err(failure) if failure.refused() == Some(404) => return Ok(Some(Sighted::Gone)),
            Err(failure) if failure.refused() == Some(304) && call.unless.is_some() => {
                return Ok(Some(Sighted::Unchanged));
            }
            Err(failure) => return Err(failure.into()),
        };
        let shape: Shape = read(&call, &answer)?;
        let unreadable = |why: &str| Error::from(self.unreadable(&path, identity, why));
        if shape.id != id.as_str() {
            return Err(unreadable("it is about another gist"));
        }
        let owner = shape.owner.filter(User::exists).map(|owner| owner.account());
        Ok(Some(Sighted::There {
            public: shape.public,
            owner: owner.transpose().map_err(|why| unreadable(&why))?,
            etag: answer.etag.and_then(|etag| Some(etag.to_str().ok()?.to_owned())),
        }))
    }
}
