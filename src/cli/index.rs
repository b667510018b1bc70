//! What `gistry index` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Connection;

/// `gistry index`
#[derive(Debug, Args)]
#[command(after_help = INDEX_HELP)]
pub struct Index {
    /// Write nothing; exit 1 and show the first difference where the index is not current
    #[arg(long)]
    pub check: bool,
    /// Write an index that lost more than 5 % and at least 10 of its entries all the same
    #[arg(long)]
    pub allow_shrink: bool,
    /// The registry's folder
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// The form of what is told on standard output
    #[arg(long, value_enum, default_value_t = Telling::Human)]
    pub format: Telling,
    /// Keep what files mean here [default: in git's own folder; outside git nowhere]
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,
    /// Build on the newest commit of the registry on GitHub, commit and push; again where somebody was faster
    #[arg(long, conflicts_with = "check")]
    pub push: bool,
    /// The registry on GitHub, with --push [default: GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME", requires = "push")]
    pub repo: Option<String>,
    /// The branch, with --push [default: the registry's default branch]
    #[arg(long, value_name = "NAME", requires = "push")]
    pub branch: Option<String>,
    /// How to reach GitHub.
    #[command(flatten)]
    pub connection: Connection,
}

const INDEX_HELP: &str = "\
Writes INDEX.json, index/, osv/ and the -latest links from the files of the registry, and takes away
those that are stale. Only what differs is written. The same tree gives the same bytes, so that a
second run changes nothing. The cache may be deleted at any time.

A source that cannot be read is reported, and the index keeps what it had of it; everything else is
written, and the exit code is 1.

With --push nothing in the folder is touched. Tokens come from the environment: GISTRY_PUSH_TOKEN
where the branch is protected, else GITHUB_TOKEN.

Exit codes: 0 current, 1 a source is broken, or the index is not current (--check), or it lost too
much, 2 wrong usage or a push that is refused, 3 GitHub could not be reached (--push), 70 unexpected
error.";

/// The forms of what an index run tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Telling {
    /// For people
    Human,
    /// For programs
    Json,
}
