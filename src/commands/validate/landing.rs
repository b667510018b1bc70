//! What would land: GitHub's provisional merge of the base's tip and the head of now, waited for within bounds. Never judges it.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::finding::Report;
use crate::io::git::{self, Fetched, Objects};
use crate::io::github::Pull;
use crate::model::name::CommitId;
use crate::model::policy::MAX_FILE_BYTES;

use super::pull::Judge;

/// What there is to judge.
pub(super) enum Found {
    Merge {
        base: CommitId,
        merge: CommitId,
        objects: Box<Objects>,
    },
    Conflict {
        base: CommitId,
    },
    Refused {
        base: CommitId,
        why: String,
    },
    Waiting {
        base: Option<CommitId>,
        why: String,
    },
}

impl Judge<'_> {
    /// Waits, within bounds, until GitHub's provisional merge is the one of the base's tip and the head of now.
    pub(super) async fn find(&self, mut pull: Pull) -> Result<(Pull, Found)> {
        let number = pull.number;
        let deadline = Instant::now() + self.wait;
        let mut pause = Duration::from_millis(500);
        loop {
            let refs = git::pull_refs(&self.source, number, &pull.base_branch, &self.git_calls).await?;
            let base = refs.base_tip.clone();
            let why = match (&base, refs.head.as_ref() == Some(&pull.head_sha)) {
                (Some(base), true) => match self.fetch(&pull, base, refs.merge.as_ref()).await? {
                    Ok(found) => return Ok((pull, found)),
                    Err(why) => why,
                },
                (None, _) => format!("the branch {} is not there", pull.base_branch),
                (_, false) => "GitHub's API and its git name different heads".to_owned(),
            };
            if Instant::now() + pause > deadline {
                return Ok((pull, Found::Waiting { base, why }));
            }
            self.world.progress().note(&format!("#{number}: {why}; waiting"));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(15));
            pull = self.pull(number).await?;
        }
    }

    /// A commit that has landed, judged as what it changed in its parent. Nothing where it cannot be had.
    pub async fn landed(&self, pull: &Pull, parent: &CommitId, commit: &CommitId) -> Result<Option<Report>> {
        let Some(objects) = self.fetch_landed(parent, commit).await? else {
            return Ok(None);
        };
        let comments = self.github.issue_comments(&self.repository, pull.number).await?;
        let judged = self.merged(pull, parent, commit.clone(), &objects, Some(&comments));
        let (mut report, _) = judged.await?;
        self.name_origins(pull, parent, &mut report).await;
        Ok(Some(report))
    }

    async fn fetch(
        &self,
        pull: &Pull,
        base: &CommitId,
        merge: Option<&CommitId>,
    ) -> Result<Result<Found, String>> {
        if pull.mergeable == Some(false) {
            return Ok(Ok(Found::Conflict { base: base.clone() }));
        }
        let not_yet = || "GitHub has not merged it provisionally yet".to_owned();
        let Some(merge) = merge else {
            return Ok(Err(not_yet()));
        };
        let fetched = git::fetch_merge(
            &self.source,
            pull.number,
            &pull.base_branch,
            merge,
            MAX_FILE_BYTES,
            Instant::now() + self.budget,
            &self.git_calls,
        );
        match fetched.await? {
            Fetched::Refused(why) => Ok(Ok(Found::Refused {
                base: base.clone(),
                why,
            })),
            Fetched::Moved => Ok(Err(not_yet())),
            Fetched::Objects(objects) => {
                let parents = objects.parents(merge).await?;
                if parents != [base.clone(), pull.head_sha.clone()] {
                    return Ok(Err(
                        "GitHub's provisional merge is of an older base or head".to_owned()
                    ));
                }
                Ok(Ok(Found::Merge {
                    base: base.clone(),
                    merge: merge.clone(),
                    objects,
                }))
            }
        }
    }
}
