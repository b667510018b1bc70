//! Why a push is refused for good, in words that say what to do. Never asks again, and never shows a token.

use super::push::{No, Refusal};
use crate::error::Error;
use crate::io::git::source::Source;

/// The refusal as an error.
pub(super) fn explain(source: &Source, branch: &str, refusal: &Refusal) -> Error {
    let (host, said) = (source.host(), &refusal.said);
    let text = match refusal.kind {
        No::Rules => format!(
            "{host} does not let this token push to {branch}: {said}. A job's own token cannot pass a protected branch. \
             Pass `push-token` (GISTRY_PUSH_TOKEN): the token of a GitHub App that is installed in the registry with \
             `contents: write` and stands on the bypass list of the branch's rules. If one is passed already, its App \
             is not on that list"
        ),
        No::Forbidden => format!(
            "{host} does not let this token write: {said}. Give the job `permissions: contents: write`, or pass \
             `push-token` (GISTRY_PUSH_TOKEN) of an App with `contents: write`"
        ),
        No::Unknown => format!(
            "{host} does not know who pushes: {said}. Pass a token that may write to the registry: the job's \
             (GITHUB_TOKEN, with `permissions: contents: write`), or `push-token` (GISTRY_PUSH_TOKEN); one that is \
             passed has ended or was copied wrongly"
        ),
        No::Missing => format!(
            "{host} has no such repository for this token: {said}. Check its name, and that the token was made for it"
        ),
        No::Moved => format!("the repository has another address now: {said}. Use that one"),
    };
    Error::Usage(text)
}
