//! What `gistry validate` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Connection;

/// `gistry validate`
#[derive(Debug, Args)]
#[command(after_help = VALIDATE_HELP)]
pub struct Validate {
    /// The number of the pull request to judge
    #[arg(long, value_name = "N", group = "what", value_parser = clap::value_parser!(u64).range(1..))]
    pub pull: Option<u64>,
    /// Judge the difference between a commit and the working tree: check before you push
    #[arg(long, value_name = "REV", group = "what")]
    pub base: Option<String>,
    /// Judge the whole tree as it stands
    #[arg(long, group = "what")]
    pub all: bool,
    /// The registry on GitHub [default: GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// Ask nobody; rules that need the network do not run, and the verdict is at best undecided
    #[arg(long, conflicts_with_all = ["local", "pull"])]
    pub offline: bool,
    /// Judge by the rules that need no network, and by those alone
    #[arg(long, conflicts_with = "pull")]
    pub local: bool,
    /// The account that will open the pull request, with --base
    #[arg(long = "as", value_name = "LOGIN", conflicts_with_all = ["pull", "all"])]
    pub author: Option<String>,
    /// The registry's folder, with --base and --all
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// The form of the report on standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Write the report as JSON to this file, too
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Judge without writing anything to GitHub
    #[arg(long)]
    pub dry_run: bool,
    /// Where DNA files must be made again first, say which and judge nothing: `gistry derive` makes them
    #[arg(long, conflicts_with_all = ["base", "all"])]
    pub defer: bool,
    /// How long to wait for GitHub to merge the pull request provisionally, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=3600))]
    pub wait: u64,
    /// How to reach GitHub.
    #[command(flatten)]
    pub connection: Connection,
}

const VALIDATE_HELP: &str = "\
In GitHub Actions, without --pull, --base or --all, the event says which pull request is meant:
pull_request_target, pull_request (advisory: nothing is written), issue_comment with `/gistry check`
or `/gistry allow RULE SHA REASON`, workflow_dispatch with the input `number`, and schedule (all
undecided ones; exits 0 when every one of them is decided now).

Tokens come from the environment: GISTRY_GITHUB_TOKEN or GITHUB_TOKEN for the registry, and
GISTRY_GIST_TOKEN for gists, which the token of GitHub Actions cannot read.

A contributed DNA file is made again and compared. On your machine that is done at once; in GitHub Actions
it takes a job without rights, between --defer and the verdict: see `gistry derive --help`.

Exit codes: 0 pass, 1 fail, 2 wrong usage, 3 undecided, 4 for a maintainer to review,
70 unexpected error.";

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, as a compiler speaks
    Human,
    /// For programs; `gistry schema report` describes it
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub Actions turns into annotations
    Github,
}
