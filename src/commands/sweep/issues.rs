//! The issues about dead modules: what is there is read, what should be is worked out, the difference is written once. Never writes
//! more in a night than GitHub takes from one who writes politely.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::io::github::{GitHub, Issue, IssueWrite, WriteError};
use crate::model::name::{Login, Repository};
use crate::render::sweep_issue::{self, LABEL, MASS_TITLE};
use crate::sweep::{Changes, Found, Issues, Lines, Registry, Report, Todo, Wish, todo, tolerated};

/// Most issues that are written in a run. GitHub takes about 80 a minute and 500 an hour, of everybody who shares the token.
const WRITES: usize = 60;
/// Most requests that it all may take.
pub const REQUESTS: u64 = 250;

/// Makes the issues as they should be.
pub struct Desk<'a> {
    /// GitHub, with an allowance.
    pub github: &'a GitHub,
    /// The registry.
    pub repository: &'a Repository,
    /// Its modules.
    pub registry: &'a Registry,
    /// The dead ones.
    pub lines: &'a Lines,
    /// What this run changed.
    pub changes: &'a Changes,
    /// Whether nothing is to be written.
    pub dry_run: bool,
}

impl Desk<'_> {
    /// Writes what is missing, up to a bound; says in the report what it did, and what went wrong.
    pub async fn reconcile(&self, report: &mut Report) {
        let found = match self.found().await {
            Ok(found) => found,
            Err(error) => return report.failed(format!("the issues could not be read: {error}")),
        };
        let todo = todo(self.lines, self.changes.held_back, &found);
        let (mut done, mut issues) = (0, Issues::default());
        let mut people = BTreeMap::new();
        for step in todo.iter().take(WRITES) {
            if !self.dry_run
                && let Err(error) = self.step(step, &mut people, report).await
            {
                let error = Error::from(error);
                report.failed(format!("an issue could not be written: {error}"));
                break;
            }
            done += 1;
            *match step {
                Todo::Open(_) | Todo::OpenMass(_) => &mut issues.opened,
                Todo::Reopen(..) | Todo::ReopenMass(..) => &mut issues.reopened,
                Todo::Rewrite(..) => &mut issues.rewritten,
                Todo::Close(..) | Todo::CloseMass(_) => &mut issues.closed,
            } += 1;
        }
        issues.waiting = todo.len() - done;
        report.issues = Some(issues);
    }

    /// The issues with our label and marker that we opened.
    async fn found(&self) -> Result<Vec<Found>> {
        let issues = self.github.issues(self.repository, LABEL).await?;
        let marked: Vec<Issue> = issues
            .into_iter()
            .filter(|issue| issue.body.contains("<!-- gistry:"))
            .collect();
        if marked.is_empty() {
            return Ok(Vec::new());
        }
        let viewer = self.github.viewer().await?;
        let by_us = |issue: &Issue| {
            issue
                .author
                .as_ref()
                .is_some_and(|author| author.login.eq_ignore_ascii_case(&viewer))
        };
        let found = marked.into_iter().filter(by_us);
        Ok(found
            .map(
                |Issue {
                     number, open, body, ..
                 }| Found { number, open, body },
            )
            .collect())
    }

    async fn step(
        &self,
        step: &Todo,
        people: &mut BTreeMap<Login, Option<Login>>,
        report: &Report,
    ) -> Result<(), WriteError> {
        let close = IssueWrite {
            open: Some(false),
            ..IssueWrite::default()
        };
        let (number, change) = match step {
            Todo::Close(number, _) | Todo::CloseMass(number) => (*number, close),
            Todo::OpenMass(dead) => return self.open(MASS_TITLE, &self.mass(*dead, report)).await,
            Todo::ReopenMass(number, dead) => {
                let body = Some(self.mass(*dead, report));
                (
                    *number,
                    IssueWrite {
                        body,
                        open: Some(true),
                        ..IssueWrite::default()
                    },
                )
            }
            Todo::Open(wish) => {
                let Some(body) = self.body(wish, people).await else {
                    return Ok(());
                };
                return self.open(&sweep_issue::title(wish), &body).await;
            }
            Todo::Reopen(number, wish) | Todo::Rewrite(number, wish) => {
                let Some(body) = self.body(wish, people).await else {
                    return Ok(());
                };
                let title = Some(sweep_issue::title(wish));
                (
                    *number,
                    IssueWrite {
                        title,
                        body: Some(body),
                        open: Some(true),
                    },
                )
            }
        };
        self.github.update_issue(self.repository, number, &change).await
    }

    async fn open(&self, title: &str, body: &str) -> Result<(), WriteError> {
        self.github
            .create_issue(self.repository, title, body, LABEL)
            .await
            .map(drop)
    }

    fn mass(&self, dead: usize, report: &Report) -> String {
        let modules: Vec<String> = report
            .pending
            .iter()
            .map(|pending| pending.module.clone())
            .collect();
        sweep_issue::mass(dead, tolerated(self.registry.targets.len()), &modules)
    }

    /// The text of an issue. Its publisher is called by the login that the account has now, and only if that could be asked.
    async fn body(&self, wish: &Wish, people: &mut BTreeMap<Login, Option<Login>>) -> Option<String> {
        let line = self.lines.get(&wish.module)?;
        let folder = &wish.module.publisher;
        if !people.contains_key(folder) {
            let account = match self.registry.bound.get(folder) {
                Some(id) => self.github.account_by_id(*id).await.ok().flatten(),
                None => None,
            };
            let login = account
                .filter(|account| account.person)
                .map(|account| account.login);
            people.insert(folder.clone(), login);
        }
        let publisher = people.get(folder).and_then(Option::as_ref);
        Some(sweep_issue::body(wish, &line.gist, publisher))
    }
}
