//! A branch that remembers something from one run to the next: one file in one commit without parents, replaced as a whole. Never holds
//! anything that cannot be found out again.

use std::time::{Duration, Instant};

use super::borrowed::Borrowed;
use super::push::Pushed;
use super::snapshot::Snapshot;
use super::{Bot, Draft, Edit, Stored, refusal};
use crate::error::{Error, Result};
use crate::io::git::source::Source;
use crate::io::random::random;
use crate::model::name::CommitId;
use crate::model::progress::Progress;

/// How long reading or writing may take, repetitions included.
const TIME: Duration = Duration::from_secs(180);
/// How often a write is tried that gets no answer.
const ATTEMPTS: u32 = 5;
/// The longest pause between two of them.
const PAUSE: Duration = Duration::from_secs(4);

/// What a state branch holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its commit, which a write replaces.
    pub commit: CommitId,
    /// The file; nothing where the branch has no such file.
    pub content: Option<Vec<u8>>,
}

/// What became of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateWritten {
    /// The branch has this commit.
    Written(CommitId),
    /// The branch is not what was read: another run is at work, and its state stays.
    Lost,
}

/// Reads a file of a state branch; nothing where there is no such branch.
///
/// # Errors
/// [`Error::CouldNotCheck`] when the repository does not answer.
pub async fn read_state(source: &Source, branch: &str, path: &str) -> Result<Option<State>> {
    let store = std::sync::Arc::new(Borrowed::alone(source, Instant::now() + TIME)?);
    let Some(commit) = store.tip(branch).await? else {
        return Ok(None);
    };
    let content = Snapshot::new(commit.clone(), store).file(path).await?;
    Ok(Some(State { commit, content }))
}

/// Replaces a state branch by one commit with one file, if the branch is still at `replaces` (of [`State`]), or not there.
///
/// # Errors
/// [`Error::Usage`] when the repository refuses it, with what is to be done; [`Error::CouldNotCheck`] when it does not answer.
pub async fn write_state(
    source: &Source,
    branch: &str,
    path: &str,
    content: Vec<u8>,
    replaces: Option<&CommitId>,
    bot: &Bot,
    progress: &(dyn Progress + Send + Sync),
) -> Result<StateWritten> {
    let store = Borrowed::alone(source, Instant::now() + TIME)?;
    let draft = Draft {
        message: format!("State of the bot; may be deleted at any time\n\n{path} [skip ci]\n"),
        edits: vec![Edit {
            path: path.into(),
            content: Some(Stored::File(content)),
        }],
    };
    let made = store.commit(None, bot, &draft).await?;
    let commit = made.ok_or_else(|| Error::Unexpected("a commit without parents has no tree".into()))?;
    let mut attempt = 1;
    loop {
        let said = match store.push(&commit, branch, replaces).await? {
            Pushed::Landed => return Ok(StateWritten::Written(commit)),
            Pushed::Refused(why) => return Err(refusal::explain(source, branch, &why)),
            Pushed::Faster { said, .. } | Pushed::Unsure(said) => said,
        };
        let now = store.tip_id(branch).await?;
        if now.as_ref() == Some(&commit) {
            return Ok(StateWritten::Written(commit));
        }
        if now.as_ref() != replaces {
            return Ok(StateWritten::Lost);
        }
        if attempt == ATTEMPTS {
            return Err(Error::CouldNotCheck(format!(
                "the push to {branch} did not come through in {attempt} attempts (the last: {said}); run it again"
            )));
        }
        progress.note(&format!(
            "attempt {attempt} to push to {branch}: {said}; trying again"
        ));
        tokio::time::sleep(PAUSE.mul_f64(f64::from(attempt) / f64::from(ATTEMPTS) * random())).await;
        attempt += 1;
    }
}
