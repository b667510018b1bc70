//! The tarball of a GitHub repository at a tag. Never a registry's source: its bytes may change, and nobody promises a digest.

use url::Url;

use super::PackageIndex;
use super::address::{Credentials, shown};
use super::web::{Answer, Ask};
use crate::error::{Error, Result};
use crate::model::name::Repository;

/// A repository's files at a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tarball {
    /// What it is called: `owner-repo-tag.tar.gz`.
    pub filename: String,
    /// The tarball.
    pub bytes: Vec<u8>,
}

impl PackageIndex {
    /// The tarball of `owner/repo` at a tag, by GitHub's API at this address (`https://api.github.com`); `None` where there
    /// is no such repository, no such tag, or no right to read it. The token is sent to that address alone.
    ///
    /// # Errors
    /// Could not be checked: no answer after retries, too large, offline.
    pub async fn tarball(
        &self,
        api: &str,
        repository: &Repository,
        tag: &str,
        token: Option<&str>,
    ) -> Result<Option<Tarball>> {
        let wrong = |why: String| Error::Usage(format!("the address of GitHub's API: {why}"));
        let mut url = Url::parse(api.trim()).map_err(|error| wrong(error.to_string()))?;
        self.web.admit(&url).map_err(wrong)?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("repos");
            path.extend(repository.as_str().split('/')).push("tarball");
            // A tag may have slashes.
            path.extend(tag.split('/'));
        }
        if self.config.offline {
            return Err(Error::CouldNotCheck(format!(
                "{repository} at {tag} is asked for each time, and nothing may be asked (--offline)"
            )));
        }
        let mut ask = Ask::new(url, self.config.max_artifact);
        ask.credentials = token.and_then(|token| Credentials::new(&ask.url, &format!("Bearer {token}")));
        match self.web.get(&ask).await? {
            Answer::Found(body) => Ok(Some(Tarball {
                filename: format!("{repository}-{tag}.tar.gz").replace('/', "-"),
                bytes: body.bytes,
            })),
            Answer::Absent | Answer::Unchanged => Ok(None),
            Answer::TooLarge(_) => Err(Error::CouldNotCheck(format!(
                "{} has more than the {} MB that an artifact may have",
                shown(&ask.url),
                self.config.max_artifact / 1_000_000
            ))),
        }
    }
}
