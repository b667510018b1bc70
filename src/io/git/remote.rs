//! What is asked of a repository over the network: the refs of a pull request, and the objects of its merge. Never checks anything out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Counter;
use super::objects::Objects;
use super::parse;
use super::process::{Call, Git, Output, one_line};
use super::source::Source;
use super::store::Store;
use crate::error::{Error, Result};
use crate::model::name::{CommitId, ObjectId};

/// The refs of a pull request at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refs {
    /// The tip of its base branch.
    pub base_tip: Option<CommitId>,
    /// Its head.
    pub head: Option<CommitId>,
    /// What would land; GitHub keeps an old one while there is a conflict.
    pub merge: Option<CommitId>,
}

/// What became of fetching a merge.
#[derive(Debug)]
pub enum Fetched {
    /// The objects are here.
    Objects(Box<Objects>),
    /// Git refused them as unsound, which is the author's to mend: why, in one line.
    Refused(String),
    /// The ref is another commit now, or gone.
    Moved,
}

/// Pauses between attempts.
const PAUSES: &[Duration] = &[
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(6),
];
/// How long asking for refs may take, retries included.
const REFS_TIME: Duration = Duration::from_secs(60);

/// Where the fetch keeps the base and the merge in a repository of our own.
const BASE: &str = "refs/gistry/base";
const MERGE: &str = "refs/gistry/merge";

/// Asks for the refs of a pull request, all at once.
///
/// # Errors
/// [`Error::CouldNotCheck`] when the repository does not answer; [`Error::Usage`] for an address that is none.
pub async fn pull_refs(source: &Source, number: u64, base_branch: &str, counter: &Counter) -> Result<Refs> {
    let (directory, git) = repository()?;
    let base = branch_ref(base_branch)?;
    let (head, merge) = (
        format!("refs/pull/{number}/head"),
        format!("refs/pull/{number}/merge"),
    );
    let args = ["ls-remote", "--quiet", &source.url, &base, &head, &merge];
    let asked = ask(&git, source, &args, &[], Instant::now() + REFS_TIME, counter).await?;
    drop(directory);
    let answer = match asked {
        Asked::Done(bytes) => bytes,
        Asked::NoSuchRef | Asked::Refused(_) => Vec::new(),
    };
    // Git matches the end of names: refs/heads/refs/pull/1/head would match, too.
    let found = parse::refs(&answer);
    let named = |wanted: &str| {
        found
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, id)| id.clone())
    };
    Ok(Refs {
        base_tip: named(&base),
        head: named(&head),
        merge: named(&merge),
    })
}

/// Fetches what would land, and looks at every new object. Files larger than `blob_limit` bytes are left out.
/// `deadline` holds for everything that is fetched later on, too.
///
/// # Errors
/// [`Error::CouldNotCheck`] when the repository does not answer in time; [`Error::Usage`] for an address that is none.
pub async fn fetch_merge(
    source: &Source,
    number: u64,
    base_branch: &str,
    merge: &CommitId,
    blob_limit: u64,
    deadline: Instant,
    counter: &Counter,
) -> Result<Fetched> {
    let remote = Remote::new(source, deadline, counter);
    let base = branch_ref(base_branch)?;
    fetch_two(
        remote,
        &base,
        &format!("refs/pull/{number}/merge"),
        merge,
        blob_limit,
    )
    .await
}

/// The same of a commit that has landed: its difference from the parent on which it landed.
///
/// # Errors
/// As [`fetch_merge`].
pub async fn fetch_landed(
    source: &Source,
    parent: &CommitId,
    commit: &CommitId,
    blob_limit: u64,
    deadline: Instant,
    counter: &Counter,
) -> Result<Fetched> {
    let remote = Remote::new(source, deadline, counter);
    fetch_two(remote, parent.as_str(), commit.as_str(), commit, blob_limit).await
}

/// Fetches a base and what lies on it.
async fn fetch_two(
    remote: Remote,
    base: &str,
    merge: &str,
    expected: &CommitId,
    blob_limit: u64,
) -> Result<Fetched> {
    let (directory, git) = repository()?;
    let url = remote.source.url.clone();
    let base = format!("+{base}:{BASE}");
    let args = fetch(&["--depth=1", Below::Nothing.filter(), &url, &base]);
    match remote.ask(&git, &args, &[]).await? {
        Asked::Done(_) => {}
        Asked::NoSuchRef => return Ok(Fetched::Moved),
        Asked::Refused(why) => return Err(unsound_base(&remote.source, &why)),
    }
    let store = Store { git };
    let Some(tip) = store.commit(BASE).await? else {
        return Ok(Fetched::Moved);
    };
    // Before the merge, whose root comes as a difference from this one: git would fetch what it lacks for that, and with
    // it all that is below.
    let root = BTreeSet::from([store.head(&tip).await?.0]);
    if store.sizes(&root).await?.is_empty() {
        remote.objects(&store.git, Below::Nothing, &root).await?;
    }
    let (filter, refspec) = (
        // Git leaves out what has the limit's size, too.
        format!("--filter=blob:limit={}", blob_limit.saturating_add(1)),
        format!("+{merge}:{MERGE}"),
    );
    let mut args = vec!["-c", "fetch.fsckObjects=true", "-c", "transfer.fsckObjects=true"];
    args.extend(fetch(&["--depth=2", &filter, &url, &refspec]));
    match remote.ask(&store.git, &args, &[]).await? {
        Asked::Done(_) => {}
        Asked::NoSuchRef => return Ok(Fetched::Moved),
        Asked::Refused(why) => return Ok(Fetched::Refused(why)),
    }
    if store.commit(MERGE).await?.as_ref() != Some(expected) {
        return Ok(Fetched::Moved);
    }
    let objects = Objects::new(directory, store, remote, tip, expected.clone());
    Ok(Fetched::Objects(Box::new(objects)))
}

/// What comes with a tree that is fetched by its id. A file that is fetched so comes alone, and whatever its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    /// Nothing: the tree alone.
    Nothing,
    /// All trees below it.
    Trees,
}

impl Below {
    /// Servers that allow filters at all allow these two; trees of a greater depth are not allowed everywhere.
    fn filter(self) -> &'static str {
        match self {
            Self::Nothing => "--filter=tree:0",
            Self::Trees => "--filter=blob:none",
        }
    }
}

/// A repository on the network for as long as a pull request is judged.
#[derive(Debug)]
pub(super) struct Remote {
    /// Its address.
    pub source: Source,
    /// When everything must be done.
    pub deadline: Instant,
    /// How often it was asked.
    pub counter: Counter,
}

impl Remote {
    pub fn new(source: &Source, deadline: Instant, counter: &Counter) -> Self {
        Self {
            source: source.clone(),
            deadline,
            counter: counter.clone(),
        }
    }

    /// Fetches objects of the base by their ids.
    pub async fn objects(&self, git: &Git, below: Below, ids: &BTreeSet<ObjectId>) -> Result<()> {
        // The way in which git itself asks for single objects of a partial clone.
        let mut args = vec!["-c", "fetch.negotiationAlgorithm=noop"];
        args.extend(fetch(&[below.filter(), "--stdin", &self.source.url]));
        let ids: String = ids.iter().map(|id| format!("{id}\n")).collect();
        match self.ask(git, &args, ids.as_bytes()).await? {
            Asked::Done(_) => Ok(()),
            Asked::NoSuchRef => Err(Error::CouldNotCheck(format!(
                "{} does not have the base's files any more; try again",
                self.source.host()
            ))),
            Asked::Refused(why) => Err(unsound_base(&self.source, &why)),
        }
    }

    async fn ask(&self, git: &Git, args: &[&str], input: &[u8]) -> Result<Asked> {
        ask(git, &self.source, args, input, self.deadline, &self.counter).await
    }
}

/// The arguments of a fetch that writes nothing but the refs that it is told to.
pub(super) fn fetch<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
    ];
    args.extend(more);
    args
}

fn unsound_base(source: &Source, why: &str) -> Error {
    Error::CouldNotCheck(format!("{} sent a base that git refuses: {why}", source.host()))
}

/// An empty bare repository of our own.
pub(super) fn repository() -> Result<(tempfile::TempDir, Git)> {
    let directory = tempfile::Builder::new().prefix("gistry-").tempdir()?;
    let at = directory.path();
    lay_out(at)?;
    let git = Git::own(at);
    Ok((directory, git))
}

/// What `git init --bare` would write, without templates and without a process.
fn lay_out(at: &Path) -> std::io::Result<()> {
    fs::create_dir(at.join("objects"))?;
    fs::create_dir(at.join("refs"))?;
    fs::write(at.join("HEAD"), "ref: refs/heads/none\n")?;
    fs::write(
        at.join("config"),
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
    )
}

/// A branch as a ref that git takes for nothing else.
pub(super) fn branch_ref(branch: &str) -> Result<String> {
    let sound = !branch.is_empty()
        && !branch.contains("..")
        && !branch
            .chars()
            .any(|letter| letter.is_control() || " ~^:?*[\\".contains(letter));
    if sound {
        return Ok(format!("refs/heads/{branch}"));
    }
    Err(Error::Usage(format!("{branch:?} is not the name of a branch")))
}

/// What came of asking, when there was an answer.
pub(super) enum Asked {
    /// Git's answer.
    Done(Vec<u8>),
    /// There is no such ref.
    NoSuchRef,
    /// Git took what came for unsound: why, in one line.
    Refused(String),
}

/// Asks over the network, and again while that may help and there is time.
pub(super) async fn ask(
    git: &Git,
    source: &Source,
    args: &[&str],
    input: &[u8],
    deadline: Instant,
    counter: &Counter,
) -> Result<Asked> {
    let mut pauses = PAUSES.iter();
    loop {
        counter.fetch_add(1, Ordering::Relaxed);
        let mut call = Call::local(args);
        (call.input, call.deadline, call.remote) = (input.to_vec(), deadline, Some(source));
        let output = git.run(call).await?;
        if output.ok {
            return Ok(Asked::Done(output.stdout));
        }
        let pause = match complaint(&output) {
            Complaint::NoSuchRef => return Ok(Asked::NoSuchRef),
            Complaint::Unsound(why) => return Ok(Asked::Refused(why)),
            Complaint::Denied => None,
            Complaint::Other => pauses.next().filter(|pause| Instant::now() + **pause < deadline),
        };
        let Some(pause) = pause else {
            let said = source.redacted(one_line(&output.stderr));
            return Err(Error::CouldNotCheck(format!(
                "git could not read from {}: {said}",
                source.host()
            )));
        };
        tokio::time::sleep(*pause).await;
    }
}

enum Complaint {
    NoSuchRef,
    Unsound(String),
    /// Asking again will not help.
    Denied,
    Other,
}

const NO_SUCH_REF: &[&str] = &["couldn't find remote ref", "not our ref"];
const DENIED: &[&str] = &[
    "Authentication failed",
    "could not read Username",
    "terminal prompts disabled",
    "error: 401",
    "error: 403",
    "error: 404",
    "error: 301",
    "error: 302",
    "' not found",
    "does not appear to be a git repository",
    "unable to update url base from redirection",
];

/// What a failure means. What the server sent as a message to people is not asked.
fn complaint(output: &Output) -> Complaint {
    let lines = || output.stderr.lines().filter(|line| !line.starts_with("remote:"));
    let said = |texts: &[&str]| lines().any(|line| texts.iter().any(|text| line.contains(text)));
    if lines().any(|line| line.starts_with("fatal: fsck error")) {
        let errors: Vec<&str> = lines().filter_map(|line| line.strip_prefix("error: ")).collect();
        return Complaint::Unsound(one_line(&errors.join("\n")));
    }
    if said(NO_SUCH_REF) {
        Complaint::NoSuchRef
    } else if said(DENIED) {
        Complaint::Denied
    } else {
        Complaint::Other
    }
}
