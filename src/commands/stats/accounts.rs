//! Whose a batch is: the author of the merged pull request that brought it. Never believes what a batch or a commit says of itself.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;
use tokio::task::JoinSet;

use super::shelf::{BatchName, Lying};
use crate::cli::StatsMerge;
use crate::commands::World;
use crate::commands::connection::{addresses, repository};
use crate::commands::history::{History, history};
use crate::error::{Error, Result};
use crate::io::files;
use crate::io::github::GitHub;
use crate::model::name::Repository;
use crate::model::owner::AccountId;

/// Batches that are asked about at once; more trips GitHub's secondary limits.
const AT_ONCE: usize = 4;
/// Bytes of a line of the file of accounts, at the least.
const SHORTEST: usize = 58;
/// After so many batches in a row without an answer there is no use in asking on.
const SILENCE: usize = 8;

/// Whose a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// An account's.
    Account(AccountId),
    /// Nobody's: why.
    Nobody(String),
    /// It could not be asked: why.
    Unchecked(String),
}

/// Who knows it.
pub struct Accounts {
    source: Source,
    known: HashMap<String, Whose>,
    silent: usize,
}

enum Source {
    /// By name, sorted; of two of one name the later counts.
    File(Vec<(BatchName, AccountId)>),
    GitHub(GitHub, Repository),
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    batch: Cow<'a, str>,
    account: AccountId,
}

impl Accounts {
    /// The file that was named, or GitHub.
    ///
    /// # Errors
    /// Wrong usage.
    pub fn new(world: &World, args: &StatsMerge) -> Result<Self> {
        let source = match &args.accounts {
            Some(path) => Source::File(read(&world.dir.join(path))?),
            None => {
                let repository = repository(args.place.repo.as_deref(), &world.env)?;
                Source::GitHub(
                    addresses(&args.place.connection, &world.env).github(world)?,
                    repository,
                )
            }
        };
        Ok(Self {
            source,
            known: HashMap::new(),
            silent: 0,
        })
    }

    /// Whose these are, each asked about once.
    pub async fn of(&mut self, lying: &[Lying]) -> Vec<Whose> {
        // Asked again where somebody was faster.
        self.known
            .retain(|_, whose| !matches!(whose, Whose::Unchecked(_)));
        let unknown = lying
            .iter()
            .filter(|batch| !self.known.contains_key(&batch.path()));
        let unknown: Vec<&Lying> = unknown.collect();
        match &self.source {
            Source::File(accounts) => {
                let of = |name: &BatchName| {
                    let end = accounts.partition_point(|(known, _)| known <= name);
                    let (known, account) = accounts.get(end.checked_sub(1)?)?;
                    (known == name).then_some(*account)
                };
                let whose = |batch: &Lying| match of(&batch.name) {
                    Some(account) => Whose::Account(account),
                    None => Whose::Nobody("the file of accounts does not name it".into()),
                };
                return lying.iter().map(whose).collect();
            }
            Source::GitHub(github, repository) => {
                let (github, repository) = (github.clone(), repository.clone());
                self.ask(&github, &repository, &unknown).await;
            }
        }
        let of = |batch: &Lying| self.known.get(&batch.path()).cloned();
        let not_asked = || Whose::Unchecked("GitHub did not answer for others before it".into());
        lying
            .iter()
            .map(|batch| of(batch).unwrap_or_else(not_asked))
            .collect()
    }

    async fn ask(&mut self, github: &GitHub, repository: &Repository, unknown: &[&Lying]) {
        let mut rest = unknown.iter();
        while rest.len() > 0 && self.silent < SILENCE {
            let mut running = JoinSet::new();
            for batch in rest.by_ref().take(AT_ONCE) {
                let (github, repository, path) = (github.clone(), repository.clone(), batch.path());
                running.spawn(async move {
                    let found = history(&github, &repository, &path).await;
                    (path, found)
                });
            }
            for (path, found) in running.join_all().await {
                let whose = match found {
                    Ok(History::Brought {
                        author: Some(author), ..
                    }) => Whose::Account(author.id),
                    Ok(History::Brought { number, .. }) => {
                        Whose::Nobody(format!("the account that opened #{number} is gone"))
                    }
                    Ok(History::Nobody(why)) => Whose::Nobody(why),
                    Err(error) => Whose::Unchecked(error.to_string()),
                };
                match whose {
                    Whose::Unchecked(_) => self.silent += 1,
                    _ => self.silent = 0,
                }
                self.known.insert(path, whose);
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<(BatchName, AccountId)>> {
    let (file, length) = files::open_text(path)?;
    // Had at once: what grows step by step takes twice as much.
    let mut accounts = Vec::with_capacity(usize::try_from(length).unwrap_or_default() / SHORTEST);
    for (number, line) in file.lines().enumerate() {
        let wrong = |error: &dyn std::fmt::Display| {
            Error::Usage(format!("the file of accounts, line {}: {error}", number + 1))
        };
        let line = line.map_err(|error| wrong(&error))?;
        if !line.trim().is_empty() {
            let Line { batch, account } = serde_json::from_str(&line).map_err(|error| wrong(&error))?;
            accounts.push((BatchName::new(&batch), account));
        }
    }
    accounts.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(accounts)
}
