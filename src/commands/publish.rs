//! What every command that pushes needs: the clone, the registry's address, its branch, and who commits. Never decides what is committed.

use std::path::Path;

use crate::error::{Error, Result};
use crate::io::git::{Bot, Draft, LocalClone, Published, Snapshot, Source, default_branch, publish};
use crate::model::name::Repository;

use super::World;
use super::connection::{Addresses, repository};

/// A registry that can be pushed to.
pub struct Target {
    /// The clone whose objects are used.
    pub clone: LocalClone,
    /// The registry.
    pub repository: Repository,
    /// Where it is, with the token that pushes.
    pub source: Source,
    /// The branch that is published to.
    pub branch: String,
    /// Who commits.
    pub bot: Bot,
}

impl Target {
    /// Finds out what was not typed: the registry from the job's environment, the branch from the registry.
    ///
    /// # Errors
    /// Usage where there is no clone, no registry or no token; could not be checked where the registry does not answer.
    pub async fn find(
        world: &World,
        addresses: &Addresses,
        typed_repository: Option<&str>,
        typed_branch: Option<&str>,
        dir: &Path,
    ) -> Result<Self> {
        let target = Self::to_read(world, addresses, typed_repository, typed_branch, dir).await?;
        if target.source.token.is_none() {
            return Err(Error::Usage(
                "pushing needs a token: set GITHUB_TOKEN, or GISTRY_PUSH_TOKEN (`push-token`) where the branch is \
                 protected"
                    .into(),
            ));
        }
        Ok(target)
    }

    /// The same for whoever only wants to know what would be pushed: a public registry needs no token for that.
    ///
    /// # Errors
    /// As [`Target::find`], but for the token.
    pub async fn to_read(
        world: &World,
        addresses: &Addresses,
        typed_repository: Option<&str>,
        typed_branch: Option<&str>,
        dir: &Path,
    ) -> Result<Self> {
        let clone = LocalClone::open(dir).await?;
        let repository = repository(typed_repository, &world.env)?;
        let source = addresses.push_source(&repository);
        let branch = match typed_branch {
            Some(branch) => branch.to_owned(),
            None => default_branch(&source).await?,
        };
        Ok(Self {
            clone,
            repository,
            source,
            branch,
            bot: bot(world),
        })
    }

    /// Commits what `build` makes of the branch's tip, and pushes it; see [`publish`].
    ///
    /// # Errors
    /// As [`publish`].
    pub async fn publish<F>(&self, world: &World, build: F) -> Result<Published>
    where
        F: AsyncFnMut(&Snapshot) -> Result<Option<Draft>>,
    {
        let progress = world.progress();
        publish(
            &self.clone,
            &self.source,
            &self.branch,
            &self.bot,
            &*progress,
            build,
        )
        .await
    }
}

/// Who commits: gistry's own name, unless the job gives another.
pub fn bot(world: &World) -> Bot {
    let own = Bot::new(world.now.clone());
    let given = |name: &str| world.env.first(&[name]).map(|text| text.trim().to_owned());
    Bot {
        name: given("GISTRY_BOT_NAME").unwrap_or(own.name),
        email: given("GISTRY_BOT_EMAIL").unwrap_or(own.email),
        now: own.now,
    }
}

/// A commit's message that starts no workflow: what is pushed with a token other than the job's own would.
pub fn message(subject: &str) -> String {
    format!("{subject}\n\n[skip ci]\n")
}
