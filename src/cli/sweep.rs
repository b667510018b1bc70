//! What `gistry sweep` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::Args;

use super::{Connection, Telling};

/// `gistry sweep`
#[derive(Debug, Args)]
#[command(after_help = SWEEP_HELP)]
pub struct Sweep {
    /// The registry's folder; with --push, a clone of it
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// The registry on GitHub [default: GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// How many requests a night may send to ask about gists and accounts, repeated ones included
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub requests: u64,
    /// Read the default branch of the registry on GitHub, commit availability.jsonl to it, and keep what is remembered on
    /// the branch gistry-state
    #[arg(long, conflicts_with = "state")]
    pub push: bool,
    /// With --push: the branch [default: the repository's default branch]
    #[arg(long, value_name = "NAME", requires = "push")]
    pub branch: Option<String>,
    /// Without --push: the file that remembers one night for the next [default: gistry/sweep.json in the clone's git folder]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Open, rewrite and close issues; always so in GitHub Actions
    #[arg(long)]
    pub issues: bool,
    /// Do not judge undecided pull requests again, which is done wherever issues are written
    #[arg(long)]
    pub no_pulls: bool,
    /// Mark dead modules even if very many died at once
    #[arg(long)]
    pub allow_deaths: bool,
    /// Ask, and tell what would be done; write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The form of the report on standard output
    #[arg(long, value_enum, default_value_t = Telling::Human)]
    pub format: Telling,
    /// How to reach GitHub.
    #[command(flatten)]
    pub connection: Connection,
}

const SWEEP_HELP: &str = "\
Asks GitHub, some each night, whether every module's gist is still there, public and its
publisher's. What looks dead twice, at least 24 hours apart, is marked in availability.jsonl and has
an issue for its publisher, which is closed when the gist is back. If more than max(20, 1 % of the
modules) look dead at once, nothing is marked: one issue asks the maintainers, who say
--allow-deaths if it is true.

Runs within 12 hours are one night: they share its requests and ask nothing twice. Beside --requests
there is a reserve of 250 requests for issues (at most 60 are written, the rest the next night) and
of 500 for judging undecided pull requests. Answers that GitHub confirms unchanged (304) count here,
though not for GitHub's own limit.

Tokens come from the environment: GISTRY_GITHUB_TOKEN or GITHUB_TOKEN for the registry,
GISTRY_GIST_TOKEN for gists, which the token of GitHub Actions cannot read, and GISTRY_PUSH_TOKEN
for a protected branch.

Exit codes: 0 done, 2 wrong usage, 3 not everything could be asked or written (what was learned is
kept), 4 very many modules look dead and nothing was marked, 70 unexpected error.";
