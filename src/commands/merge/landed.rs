//! What must follow a merge: the new owner's binding, and a look at where it landed. Done again by the next run where this one dies.
//! Never reverts anything: that is proposed.

use std::collections::BTreeMap;

use crate::commands::validate::pull::{Judged, Landing};
use crate::commands::validate::speak::CHECK;
use crate::error::{Error, Result};
use crate::finding::{Report, Verdict};
use crate::io::github::{CheckRunWrite, Conclusion, GitHub, Pull, WriteError};
use crate::merge::{Entry, Fate, Landed, external_id};
use crate::model::name::{CommitId, Repository};
use crate::owners::Brought;
use crate::render::{check, revert_issue};

use super::Run;

/// How many of the newest commits are looked at for what a run that died has left undone.
const NEWEST: usize = 30;

/// A squash commit that landed on another parent than the one that was judged.
pub(super) struct Moved {
    pub pull: Pull,
    pub said: Landed,
    pub commit: CommitId,
    pub parent: CommitId,
}

/// Those of the newest commits that landed elsewhere than they were judged, and that nobody has looked at since: the run that
/// merged them died. What could not be asked about one of them is in its place.
pub(super) async fn unfinished(github: &GitHub, repository: &Repository) -> Result<Vec<Result<Moved>>> {
    let mut found = Vec::new();
    for commit in github.commits(repository, None, None, NEWEST).await? {
        let ([parent], Some(said)) = (commit.parents.as_slice(), Landed::read(&commit.message)) else {
            continue;
        };
        if *parent == said.base {
            continue;
        }
        let parent = parent.clone();
        let moved = unlooked(github, repository, commit.id, parent, said).await;
        found.extend(moved.transpose());
    }
    Ok(found)
}

async fn unlooked(
    github: &GitHub,
    repository: &Repository,
    commit: CommitId,
    parent: CommitId,
    said: Landed,
) -> Result<Option<Moved>> {
    let runs = github.check_runs(repository, &commit, CHECK).await?;
    let id = external_id(said.number, &said.head, &parent);
    if runs.iter().any(|run| run.external_id.as_ref() == Some(&id)) {
        return Ok(None);
    }
    // A message is anybody's text: what GitHub says of the pull request counts.
    let pull = github.pull(repository, said.number).await?;
    let is_this = |pull: &Pull| {
        pull.merge_commit.as_ref() == Some(&commit) && pull.merged && pull.head_sha == said.head
    };
    Ok(pull.filter(is_this).map(|pull| Moved {
        pull,
        said: said.clone(),
        commit: commit.clone(),
        parent,
    }))
}

impl Run<'_> {
    /// Binds the new publisher, and looks where the commit landed.
    pub(super) async fn landed(
        &mut self,
        judged: &Judged,
        landing: &Landing,
        commit: &CommitId,
        entry: &mut Entry,
    ) -> Result<()> {
        if !landing.newcomers.is_empty() {
            self.bind_newcomers(judged, landing).await?;
        }
        let from = Some(commit.as_str());
        let found = self.after.github.commits(&self.repository, from, None, 1).await;
        let parent = found.map(|found| {
            found
                .into_iter()
                .next()
                .and_then(|it| it.parents.into_iter().next())
        });
        let parent = match parent {
            Ok(Some(parent)) => parent,
            Ok(None) => return Ok(()),
            Err(error) => {
                let number = judged.pull.number;
                self.report
                    .failed(format!("where #{number} landed could not be asked: {error}"));
                return Ok(());
            }
        };
        if parent == judged.base {
            return Ok(());
        }
        entry.why = "it passed; the default branch moved meanwhile".into();
        let moved = Moved {
            pull: judged.pull.clone(),
            said: Landed {
                number: judged.pull.number,
                head: judged.pull.head_sha.clone(),
                base: judged.base.clone(),
            },
            commit: commit.clone(),
            parent,
        };
        entry.revert = self.look(&moved).await?;
        if entry.revert.is_none() && self.report.complete {
            entry.why += ", and it passes there, too";
        }
        Ok(())
    }

    /// By what GitHub says of the pull request now: when it was merged is part of the binding.
    async fn bind_newcomers(&mut self, judged: &Judged, landing: &Landing) -> Result<()> {
        let number = judged.pull.number;
        let merged_at = match self.after.github.pull(&self.repository, number).await {
            Ok(now) => now.and_then(|now| now.merged_at),
            Err(Error::CouldNotCheck(_)) => None,
            Err(error) => return Err(error),
        };
        let brought = Brought {
            number,
            author: judged.pull.author.clone(),
            merged_at: merged_at.unwrap_or_else(|| self.world.now.clone()),
        };
        let folders = landing.newcomers.iter().map(|folder| folder.to_ascii_lowercase());
        let brought: BTreeMap<_, _> = folders.map(|folder| (folder, brought.clone())).collect();
        self.bind(brought).await;
        Ok(())
    }

    /// Looks at what a run that died has merged and not looked at.
    pub(super) async fn finish_landed(&mut self) {
        let all = match unfinished(&self.after.github, &self.repository).await {
            Ok(all) => all,
            Err(error) => return self.unfinished(&error),
        };
        for moved in all {
            let done = match moved {
                Ok(moved) => self.finish_one(moved).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                self.unfinished(&error);
            }
        }
    }

    fn unfinished(&mut self, error: &Error) {
        let text = format!("what an earlier run may have left undone could not be looked at: {error}");
        self.report.failed(text);
    }

    async fn finish_one(&mut self, moved: Moved) -> Result<()> {
        let revert = self.look(&moved).await?;
        let why =
            "an earlier run merged it as the default branch moved, and did not look at what became of it";
        let mut entry = Entry::new(moved.said.number, Fate::Merged, why);
        (entry.commit, entry.revert) = (Some(moved.commit), revert);
        if revert.is_some() {
            self.report.pulls.push(entry);
        }
        Ok(())
    }

    /// Judges what landed where it landed. Where it is wrong, an issue proposes to revert it; gives its number. That it was
    /// looked at is recorded on the commit.
    async fn look(&mut self, moved: &Moved) -> Result<Option<u64>> {
        let number = moved.said.number;
        self.world.say(&format!(
            "#{number} landed on {}, and was judged against {}: judging it there",
            moved.parent, moved.said.base
        ))?;
        let landed = self.after.landed(&moved.pull, &moved.parent, &moved.commit).await;
        let report = match landed {
            Ok(Some(report)) if report.verdict != Verdict::Undecided => report,
            Ok(_) => {
                let why = format!(
                    "what #{number} became where it landed is undecided; the next run judges it again"
                );
                self.report.failed(why);
                return Ok(None);
            }
            Err(error @ Error::CouldNotCheck(_)) => {
                self.report
                    .failed(format!("what #{number} became where it landed: {error}"));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let issue = match report.verdict {
            Verdict::Pass => None,
            _ => match self.propose(moved, &report).await {
                Ok(issue) => Some(issue),
                Err(error) => {
                    self.report.failed(format!(
                        "#{number} is wrong where it landed, and no issue could say so: {error}"
                    ));
                    return Ok(None);
                }
            },
        };
        self.record(moved, &report).await;
        Ok(issue)
    }

    /// The issue that proposes to revert it; the one that is there, open or closed, where there is one.
    async fn propose(&self, moved: &Moved, report: &Report) -> Result<u64> {
        let (github, repository) = (&self.after.github, &self.repository);
        let marker = revert_issue::marker(&moved.commit);
        let issues = github.issues(repository, revert_issue::LABEL).await?;
        let mut marked = issues
            .into_iter()
            .filter(|issue| issue.body.contains(&marker))
            .peekable();
        if marked.peek().is_some() {
            let viewer = github.viewer().await?;
            let ours = marked.find(|issue| {
                let author = issue.author.as_ref();
                author.is_some_and(|author| author.login.eq_ignore_ascii_case(&viewer))
            });
            if let Some(issue) = ours {
                return Ok(issue.number);
            }
        }
        let number = moved.said.number;
        let body = revert_issue::body(number, &moved.commit, &moved.parent, &moved.said.base, report);
        let title = revert_issue::title(number);
        let made = github.create_issue(repository, &title, &body, revert_issue::LABEL);
        Ok(made.await?.number)
    }

    /// A check run on the commit says how it stands, and that it was looked at. Without the right to make one, the next runs
    /// look again, which costs and does no harm.
    async fn record(&mut self, moved: &Moved, report: &Report) {
        let text = check::check(report);
        let run = CheckRunWrite {
            name: CHECK.to_owned(),
            head: moved.commit.clone(),
            external_id: external_id(moved.said.number, &moved.said.head, &moved.parent),
            conclusion: match report.verdict {
                Verdict::Pass => Conclusion::Success,
                Verdict::Review => Conclusion::ActionRequired,
                Verdict::Fail | Verdict::Undecided => Conclusion::Failure,
            },
            title: text.title,
            summary: text.summary,
            text: None,
            annotations: Vec::new(),
        };
        match self.after.github.create_check_run(&self.repository, &run).await {
            Ok(_) | Err(WriteError::Forbidden(_)) => {}
            Err(WriteError::Failed(error)) => {
                let text = format!(
                    "that {} was looked at could not be recorded: {error}",
                    moved.commit
                );
                self.report.failed(text);
            }
        }
    }
}
