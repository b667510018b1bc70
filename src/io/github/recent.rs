//! How many DNA files an account brought within a day, over all of its pull requests. Never says how many it may bring.

use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;

use super::GitHub;
use super::account::User;
use super::failure::Kind;
use super::pages::read;
use crate::error::Result;
use crate::model::name::{Login, Name, Repository, Timestamp};
use crate::model::path::{Place, RepoPath};

/// Pages of pull requests that are looked through.
const PAGES: usize = 100;
/// Pull requests of one account whose files are counted; one with more is beyond every quota that makes sense.
const PULLS: usize = 50;

#[derive(Deserialize)]
struct Shape {
    number: u64,
    created_at: String,
    user: Option<User>,
}

impl Shape {
    fn created(&self) -> Result<DateTime<Utc>, String> {
        let created = Timestamp::parse(&self.created_at).map_err(|invalid| invalid.to_string())?;
        Ok(created.moment())
    }
}

impl GitHub {
    /// How many DNA files an account's pull requests bring, whatever became of them, that were opened within the day before this one.
    /// Of very many pull requests each further one counts as one file. Since nothing that is counted changes later, whoever waits
    /// is neither better nor worse off.
    ///
    /// # Errors
    /// They could not all be asked for.
    pub async fn dna_files_before(&self, repository: &Repository, login: &Login, number: u64) -> Result<u64> {
        let numbers = self.pulls_before(repository, login, number).await?;
        let mut count = numbers.len().saturating_sub(PULLS) as u64;
        for number in numbers.into_iter().take(PULLS) {
            let files = self.pull_files(repository, number).await?;
            let dna = |path: &&String| matches!(RepoPath::new(path).place(), Place::Release { .. });
            count += files.paths.iter().filter(dna).count() as u64;
        }
        Ok(count)
    }

    /// The numbers of the pull requests that an account opened within the day before this one, newest first.
    async fn pulls_before(&self, repository: &Repository, login: &Login, number: u64) -> Result<Vec<u64>> {
        let path = format!("/repos/{repository}/pulls?state=all&sort=created&direction=desc&per_page=100");
        let unreadable = |why: String| self.unreadable(&path, self.job(), &why);
        let mut call = self.call(http::Method::GET, &path, None);
        let (mut numbers, mut opened) = (Vec::new(), None);
        for _ in 0..PAGES {
            let answer = self.exchange(&call).await?;
            let pulls: Vec<Shape> = read(&call, &answer)?;
            for pull in pulls.into_iter().filter(|pull| pull.number <= number) {
                let created = pull.created().map_err(unreadable)?;
                let opened = *opened.get_or_insert(created);
                if created < opened - Duration::days(1) {
                    return Ok(numbers);
                }
                let by_them = |user: User| user.login.eq_ignore_ascii_case(login.as_str());
                if pull.number < number && pull.user.is_some_and(by_them) {
                    numbers.push(pull.number);
                }
            }
            let Some(next) = &answer.next else {
                return Ok(numbers);
            };
            call.url = self.own(&call, next)?;
        }
        let why = format!("the pull request is not among the newest {PAGES} pages of them");
        Err(call.failure(Kind::Unreadable, &why).into())
    }
}
