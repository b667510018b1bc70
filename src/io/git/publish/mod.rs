//! Commits of the bot, pushed: made of objects on the newest tip, and made anew when somebody was faster. Never touches a working
//! tree, an index or a ref of the clone, never forces a branch that people use, and never commits the same thing twice.

mod borrowed;
mod push;
mod refusal;
mod snapshot;
mod state;
mod stream;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::push::default_branch;
pub use self::snapshot::{Snapshot, TreeEntry};
pub use self::state::{State, StateWritten, read_state, write_state};

use self::borrowed::Borrowed;
use self::push::Pushed;
use super::local::LocalClone;
use super::source::Source;
use crate::error::{Error, Result};
use crate::io::random::random;
use crate::model::name::{CommitId, Timestamp};
use crate::model::progress::Progress;

/// How often a push is tried before it is given up, races and faults together.
const ATTEMPTS: u32 = 20;
/// How many of these may fail without an answer.
const FAULTS: u32 = 6;
/// How long all attempts may take together.
const TIME: Duration = Duration::from_secs(600);
/// The pause after the first attempt; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Who commits, and when.
#[derive(Debug, Clone)]
pub struct Bot {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The date of its commits.
    pub now: Timestamp,
}

impl Bot {
    /// gistry's own.
    pub fn new(now: Timestamp) -> Self {
        Self {
            name: "gistry[bot]".into(),
            email: "gistry[bot]@users.noreply.github.com".into(),
            now,
        }
    }
}

/// What a path shall hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// A file with these bytes.
    File(Vec<u8>),
    /// A symbolic link to this target.
    Link(String),
}

/// One path that shall be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// From the root, `/` between components.
    pub path: String,
    /// What it shall hold; nothing deletes it.
    pub content: Option<Stored>,
}

/// What is to be committed on a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The commit's message.
    pub message: String,
    /// Every path that shall differ, each once. What is so already does no harm.
    pub edits: Vec<Edit>,
}

/// What became of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// There was nothing to commit.
    Nothing,
    /// The branch has the commit.
    Commit {
        /// Its id.
        id: CommitId,
        /// How often it was tried; 1 where nobody was in the way.
        attempts: u32,
    },
}

/// Commits on the tip of a branch what `build` makes of it, and pushes that. `build` is called again, with the new tip, when
/// somebody was faster: it must look at nothing but the snapshot for what is there. `source` needs a token that may push.
///
/// # Errors
/// [`Error::Usage`] when the repository refuses the push, with what is to be done: it is not tried again;
/// [`Error::CouldNotCheck`] when it does not answer, or others were always faster; whatever `build` fails with.
pub async fn publish<F>(
    clone: &LocalClone,
    source: &Source,
    branch: &str,
    bot: &Bot,
    progress: &(dyn Progress + Send + Sync),
    mut build: F,
) -> Result<Published>
where
    F: AsyncFnMut(&Snapshot) -> Result<Option<Draft>>,
{
    let store = Arc::new(Borrowed::from_clone(clone, source, Instant::now() + TIME).await?);
    let mut tip = tip(&store, branch).await?;
    let mut course = Course::new(branch, progress);
    loop {
        let snapshot = Snapshot::new(tip.clone(), store.clone());
        let Some(draft) = build(&snapshot).await? else {
            return Ok(Published::Nothing);
        };
        let Some(commit) = store.commit(Some(&tip), bot, &draft).await? else {
            return Ok(Published::Nothing);
        };
        // The same commit again while the tip is the same; a new one when it moved.
        let new_tip = loop {
            let pushed = store.push(&commit, branch, Some(&tip)).await?;
            course.attempts += 1;
            let (said, may_have_landed) = match pushed {
                Pushed::Landed => return Ok(course.landed(commit)),
                Pushed::Refused(why) => return Err(refusal::explain(source, branch, &why)),
                Pushed::Faster { said, sent } => (said, sent),
                Pushed::Unsure(said) => {
                    course.faults += 1;
                    (said, true)
                }
            };
            course.pause(&said, store.deadline).await?;
            let now = self::tip(&store, branch).await?;
            if may_have_landed
                && (now == commit || now != tip && store.newest(branch).await?.contains(&commit))
            {
                progress.note("the answer to a push was lost; the commit is there");
                return Ok(course.landed(commit));
            }
            if now != tip {
                break now;
            }
        };
        tip = new_tip;
    }
}

async fn tip(store: &Borrowed, branch: &str) -> Result<CommitId> {
    store.tip(branch).await?.ok_or_else(|| {
        Error::Usage(format!(
            "there is no branch {branch} at {}; name one with --branch",
            store.source.host()
        ))
    })
}

/// How far publishing has come.
struct Course<'a> {
    branch: &'a str,
    progress: &'a (dyn Progress + Send + Sync),
    attempts: u32,
    faults: u32,
}

impl<'a> Course<'a> {
    fn new(branch: &'a str, progress: &'a (dyn Progress + Send + Sync)) -> Self {
        Self {
            branch,
            progress,
            attempts: 0,
            faults: 0,
        }
    }

    fn landed(&self, id: CommitId) -> Published {
        let attempts = self.attempts;
        let short = &id.as_str()[..10];
        let after = if attempts > 1 {
            format!(" at attempt {attempts}")
        } else {
            String::new()
        };
        self.progress
            .note(&format!("pushed {short} to {}{after}", self.branch));
        Published::Commit { id, attempts }
    }

    /// Says that an attempt was in vain, and waits; an error when there may be no other.
    async fn pause(&self, said: &str, deadline: Instant) -> Result<()> {
        let Self { branch, attempts, .. } = self;
        let double = FIRST_PAUSE * 2_u32.saturating_pow((attempts - 1).min(6));
        let pause = double.min(LONGEST_PAUSE).mul_f64(0.2 + 0.8 * random());
        if *attempts >= ATTEMPTS || self.faults >= FAULTS || Instant::now() + pause >= deadline {
            return Err(Error::CouldNotCheck(format!(
                "the push to {branch} did not come through in {attempts} attempts (the last: {said}); run it again, \
                 nothing is lost and nothing is done twice"
            )));
        }
        self.progress.note(&format!(
            "attempt {attempts} to push to {branch}: {said}; trying again"
        ));
        tokio::time::sleep(pause).await;
        Ok(())
    }
}
