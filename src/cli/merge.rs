//! What `gistry merge` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::Args;

use super::{Connection, Telling};

/// `gistry merge`
#[derive(Debug, Args)]
#[command(after_help = MERGE_HELP)]
pub struct Merge {
    /// The pull requests, by number [default in GitHub Actions: what the event says]
    #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "all")]
    pub numbers: Vec<u64>,
    /// All open pull requests, the oldest of those that passed last time first
    #[arg(long)]
    pub all: bool,
    /// The registry on GitHub [default: GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// A clone of the registry; nothing in it is touched
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// How many requests may be sent to judge; what is left over is for the next run
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u64).range(100..=100_000))]
    pub requests: u64,
    /// How long to wait for GitHub's provisional merge of each, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub wait: u64,
    /// Judge, and say what would be merged; write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where DNA files must be made again first, say which and do nothing else: `gistry derive` makes them
    #[arg(long)]
    pub defer: bool,
    /// The form of the report on standard output
    #[arg(long, value_enum, default_value_t = Telling::Human)]
    pub format: Telling,
    /// How to reach GitHub.
    #[command(flatten)]
    pub connection: Connection,
}

const MERGE_HELP: &str = "\
Off by default: registry.toml of the default branch switches it on with `enabled = true` under
[automerge]. Each pull request is judged again, whatever its check run says, told its verdict, and
merged by squash if it passes and its head is still the one that was judged. Drafts, other base
branches, the label `gistry: hold` and changes that a maintainer requested keep it from being merged.
A new publisher waits `wait_new` days from when gistry first saw the head, or from a later force
push, reopening or retargeting; a commit's own dates are anybody's claim and count for nothing. With
`paused = true` everything is judged and nothing is merged.

Before anything is merged, missing owners are bound. After a merge the new publisher's owner is
bound, and where the default branch had moved meanwhile, what landed is judged there: if it is
wrong, an issue proposes to revert it. Then the others are judged again, and in the end the index is
made. A run that was stopped is finished by the next one.

DNA files are made again before they are merged. On your machine that is done at once; in GitHub
Actions it takes a job without rights, between --defer and the merge: see `gistry derive --help`.
What was not made waits for the next run, and its verdict stays as it was told.

Tokens come from the environment: GISTRY_GITHUB_TOKEN or GITHUB_TOKEN, GISTRY_GIST_TOKEN for gists,
and GISTRY_PUSH_TOKEN where the branch is protected: it then merges, too.

Exit codes: 0 done, 1 reverting something is proposed, GitHub refuses to merge, or the index is
broken; 2 wrong usage, 3 something could not be asked or written (the next run goes on), 70
unexpected error. Where pull requests are named, also their verdicts: 1 fail, 3 undecided, 4 review.";
