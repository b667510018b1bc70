//! Offers a release's DNA to the registry that lacks it: a fork, a commit, a pull request. Never for what a registry would not take.

use super::remote::Remote;
use super::shelves::Had;
use crate::error::{Error, Result};
use crate::io::github::WriteError;

/// What became of it.
pub enum Offer {
    /// The pull request's address.
    Opened(String),
    /// Why there is nothing to offer.
    Needless(String),
    /// Why it is not allowed.
    Refused(String),
}

/// Opens the pull request.
///
/// # Errors
/// GitHub could not be asked, or did not answer.
pub async fn offer(remote: &Remote, had: &Had) -> Result<Offer> {
    let (registry, github) = (&remote.repository, &remote.github);
    let head = &had.dna.head;
    let is_canonical = matches!(head.profile.as_str(), "default" | "default+sdist");
    if head.source.origin != "pypi" || !is_canonical {
        let why = "registries take DNA of artifacts of the package index alone, without tests";
        return Ok(Offer::Refused(why.to_owned()));
    }
    let (package, release) = (&had.package, had.release());
    let path = format!("{package}/{package}-{release}.msgpack");
    if github.file(registry, &path).await?.is_some() {
        return Ok(Offer::Needless(format!("{registry} has it already")));
    }
    let Some(base) = github.default_branch(registry).await? else {
        return Ok(Offer::Refused(format!(
            "GitHub knows no {registry}, or the token may not read it"
        )));
    };
    let tip = github.branch_tip(registry, &base).await?;
    let tip = tip.ok_or_else(|| Error::CouldNotCheck(format!("{registry} has no branch {base}")))?;
    let digest = had.sha256();
    // The same bytes have the same branch, so that two runs do not open two pull requests.
    let branch = format!(
        "gistry/{package}-{release}-{}",
        digest.get(..12).unwrap_or_default()
    );
    let steps = async {
        let fork = github.fork(registry, &base).await?;
        let there = github
            .branch_tip(&fork, &branch)
            .await
            .map_err(WriteError::Failed)?;
        if there.is_some() {
            let why = format!("{fork} has the branch {branch} already: it was offered before");
            return Ok(Offer::Needless(why));
        }
        github.create_branch(&fork, &branch, &tip).await?;
        let message = format!("Add the DNA of {package} {release}");
        github
            .add_file(&fork, &branch, &path, &had.bytes, &message)
            .await?;
        let owner = fork.as_str().split('/').next().unwrap_or_default();
        let body = format!(
            "Made from `{}` (sha256 `{}`) by {}.\nThe file's sha256 is `{digest}`. Whoever makes it again gets the same bytes: `gistry verify {package} {release}`.\n",
            head.source.artifact, head.source.sha256, head.generator
        );
        let opened = github
            .open_pull(registry, (&format!("{owner}:{branch}"), &base), &message, &body)
            .await?;
        Ok(Offer::Opened(opened.1))
    };
    match steps.await {
        Ok(offer) => Ok(offer),
        Err(WriteError::Forbidden(why)) => Ok(Offer::Refused(format!(
            "{why}; --push needs a token that may fork and open pull requests: a classic one with public_repo, or that of `gh auth token`"
        ))),
        Err(WriteError::Failed(error)) => Err(error),
    }
}
