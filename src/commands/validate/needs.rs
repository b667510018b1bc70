//! What a pull request needs made before it can be judged: the settings, what would land, and which DNA files of that nobody has made
//! again. Never judges, and asks for nothing but that.

use std::time::Instant;

use crate::error::{Error, Result};
use crate::io::evidence::{self, Rooms};
use crate::io::git::{self, Fetched, Objects};
use crate::io::github::Pull;
use crate::model::evidence::{Answer, Ask, Unavailable};
use crate::model::name::CommitId;
use crate::model::path::RepoPath;
use crate::model::policy::{Automerge, MAX_FILE_BYTES, Policy};
use crate::model::submission::Submission;
use crate::rules;

use super::dna;
use super::landing::Found;
use super::local::settings_of;
use super::pull::Judge;

impl Judge<'_> {
    /// Notes which DNA files must be made again before this pull request can be judged. Gives what the default branch says about
    /// merging, where that could be read.
    ///
    /// # Errors
    /// What is needed could not be asked.
    pub async fn note_needs(&self, number: u64) -> Result<Option<Automerge>> {
        let pull = self.pull(number).await?;
        if !pull.open {
            return Ok(None);
        }
        let (pull, found) = self.find(pull).await?;
        match found {
            Found::Merge { base, merge, objects } => self.note(&pull, &base, merge, &objects).await,
            Found::Conflict { .. } | Found::Refused { .. } | Found::Waiting { .. } => Ok(None),
        }
    }

    /// Whether no job makes more files at once than are noted.
    pub fn is_full(&self) -> bool {
        self.orders.is_full()
    }

    /// Writes what was noted where the job that makes it finds it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn tell_needs(&self) -> Result<()> {
        self.orders.tell(self.world)
    }

    /// The same of a commit that has landed, before [`Judge::landed`] judges it there.
    ///
    /// # Errors
    /// As [`Judge::note_needs`].
    pub async fn note_needs_of_landed(
        &self,
        pull: &Pull,
        parent: &CommitId,
        commit: &CommitId,
    ) -> Result<()> {
        if let Some(objects) = self.fetch_landed(parent, commit).await? {
            self.note(pull, parent, commit.clone(), &objects).await?;
        }
        Ok(())
    }

    async fn note(
        &self,
        pull: &Pull,
        base: &CommitId,
        merge: CommitId,
        objects: &Objects,
    ) -> Result<Option<Automerge>> {
        let Ok(policy) = self.policy(pull, base, objects).await? else {
            return Ok(None);
        };
        let submission = self.landing(pull, base, merge, objects, &policy).await?;
        let mut asks = rules::asks(&submission, &policy);
        let derivations = dna::taken(&mut asks);
        if !derivations.is_empty() {
            // Of the package index, what it lists; of GitHub, what the account brought lately: whether it is worth to be made.
            asks.retain(|ask| matches!(ask, Ask::Release(..) | Ask::DnaFilesOf(..)));
            let packages = dna::packages(self.world, &policy, &asks)?;
            let not_read = |_: &Ask| Answer::Unknown(Unavailable::Failed("the base was not read".into()));
            let rooms = Rooms {
                github: Some(&self.github),
                repository: Some(&self.repository),
                registry: &not_read,
                packages: packages.as_ref(),
                offline: Unavailable::Offline,
            };
            let mut evidence = evidence::gather(rooms, asks, &*self.world.progress()).await;
            let (world, means) = (self.world, &self.means);
            let later = dna::answer(world, means, &submission, &policy, derivations, &mut evidence).await?;
            self.orders.note(pull.number, &policy, later);
        }
        Ok(Some(policy.automerge))
    }

    /// The settings of the default branch, or what is wrong with them; elsewhere nobody's are believed: a maintainer decides anyway.
    pub(super) async fn policy(
        &self,
        pull: &Pull,
        base: &CommitId,
        objects: &Objects,
    ) -> Result<std::result::Result<Policy, Error>> {
        if pull.base_branch != pull.default_branch {
            return Ok(Ok(Policy::default()));
        }
        let file = objects.file(base, &RepoPath::new("registry.toml")).await?;
        Ok(file.map_or_else(
            || Ok(Policy::default()),
            |file| settings_of(&file, "registry.toml of the default branch"),
        ))
    }

    /// What this merge would change in the base.
    pub(super) async fn landing(
        &self,
        pull: &Pull,
        base: &CommitId,
        merge: CommitId,
        objects: &Objects,
        policy: &Policy,
    ) -> Result<Submission> {
        let limits = git::Limits {
            file_bytes: policy.limits.file_bytes,
            ..git::Limits::default()
        };
        let difference = objects.difference(base, &merge, &limits).await?;
        Ok(self.submission(pull, base, Some(merge), None, difference))
    }

    /// A commit that has landed, with its parent; nothing where it cannot be had.
    pub(super) async fn fetch_landed(&self, parent: &CommitId, commit: &CommitId) -> Result<Option<Objects>> {
        let until = Instant::now() + self.budget;
        let calls = &self.git_calls;
        let fetched = git::fetch_landed(&self.source, parent, commit, MAX_FILE_BYTES, until, calls);
        match fetched.await? {
            Fetched::Objects(objects) => Ok(Some(*objects)),
            Fetched::Refused(_) | Fetched::Moved => Ok(None),
        }
    }
}
