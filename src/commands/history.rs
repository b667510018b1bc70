//! Which merged pull request brought a file, and who opened that. Never decides what follows from it.

use crate::error::Result;
use crate::io::github::{CommitPull, GitHub};
use crate::model::evidence::Account;
use crate::model::name::{Repository, Timestamp};

/// What the history says of one file.
pub enum History {
    /// A merged pull request brought it.
    Brought {
        /// Its number.
        number: u64,
        /// Who opened it; nobody when the account is gone.
        author: Option<Account>,
        /// When it was merged.
        merged_at: Timestamp,
    },
    /// No merged pull request brought it: why not.
    Nobody(String),
}

/// Asks for the oldest commit of the default branch that touches the path, and for that commit's pull requests.
///
/// # Errors
/// It could not be asked.
pub async fn history(github: &GitHub, repository: &Repository, path: &str) -> Result<History> {
    let Some(commit) = github.oldest_commit(repository, path).await? else {
        return Ok(History::Nobody(format!(
            "no commit of the default branch has {path}"
        )));
    };
    let short = commit.as_str().get(..7).unwrap_or_default().to_owned();
    let pulls = github.pulls_of(repository, &commit).await?;
    let mut merged: Vec<(CommitPull, Timestamp)> = pulls
        .into_iter()
        .filter(|pull| pull.to_default_branch)
        .filter_map(|mut pull| Some((pull.merged_at.take()?, pull)))
        .map(|(at, pull)| (pull, at))
        .collect();
    merged.sort_by_key(|(pull, at)| (at.moment(), pull.number));
    let authors = |(pull, _): &(CommitPull, Timestamp)| pull.author.as_ref().map(|author| author.id);
    let first = merged.first().map(authors);
    if merged.iter().any(|pull| Some(authors(pull)) != first) {
        let numbers: Vec<String> = merged
            .iter()
            .map(|(pull, _)| format!("#{}", pull.number))
            .collect();
        return Ok(History::Nobody(format!(
            "its first commit {short} belongs to pull requests of different authors: {}",
            numbers.join(", ")
        )));
    }
    Ok(match merged.into_iter().next() {
        Some((pull, merged_at)) => History::Brought {
            number: pull.number,
            author: pull.author,
            merged_at,
        },
        None => History::Nobody(format!(
            "its first commit {short} came by no pull request that was merged into the default branch"
        )),
    })
}
