//! What `gistry owners` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Connection;

/// `gistry owners`
#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub enum Owners {
    /// Bind the publishers of a registry that is there already, by the accounts of their gists
    Init(Box<OwnersInit>),
    /// Bind publishers whose binding is missing, by the merged pull request that brought them
    Repair(Box<OwnersRepair>),
    /// Give a folder to another account, with the approving review of its owner
    Transfer(Box<OwnersTransfer>),
}

/// `gistry owners init`
#[derive(Debug, Args)]
#[command(after_help = INIT_HELP)]
pub struct OwnersInit {
    /// Where it reads and writes.
    #[command(flatten)]
    pub place: RegistryPlace,
}

/// `gistry owners repair`
#[derive(Debug, Args)]
#[command(after_help = REPAIR_HELP)]
pub struct OwnersRepair {
    /// Look at no more than this many publishers, others on other days
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub most: u64,
    /// Where it reads and writes.
    #[command(flatten)]
    pub place: RegistryPlace,
}

/// `gistry owners transfer`
#[derive(Debug, Args)]
#[command(after_help = TRANSFER_HELP)]
pub struct OwnersTransfer {
    /// The new owner's pull request, open or merged
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub pull: u64,
    /// Where it reads and writes.
    #[command(flatten)]
    pub place: RegistryPlace,
}

/// Where what changes a registry reads and writes.
#[derive(Debug, Args)]
pub struct RegistryPlace {
    /// The registry on GitHub [default: GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// The registry's folder: read, and written to without --push; with --push its clone
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// Commit on the default branch's newest commit and push; nothing is written to the folder
    #[arg(long)]
    pub push: bool,
    /// The branch to push to [default: the repository's default branch]
    #[arg(long, value_name = "NAME", requires = "push")]
    pub branch: Option<String>,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The form of what is told on standard output
    #[arg(long, value_enum, default_value_t = Told::Human)]
    pub format: Told,
    /// How to reach GitHub.
    #[command(flatten)]
    pub connection: Connection,
}

/// The forms of what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Told {
    /// For people
    Human,
    /// For programs
    Json,
}

const HELP: &str = "\
A binding is owners/{login}.json: the number of the GitHub account to which a publisher's
folder belongs. Logins change hands, numbers do not. Running any of these again changes
nothing.";

const INIT_HELP: &str = "\
A folder is bound where every module that is not yanked has a public gist, all gists belong to
one account, and that account's login is the folder's name. All others are told with the
reason, and stay for a maintainer. Bindings that are there are never changed.

Tokens come from the environment: GISTRY_GIST_TOKEN for gists; with --push GISTRY_PUSH_TOKEN,
or GISTRY_GITHUB_TOKEN or GITHUB_TOKEN.

Exit codes: 0 every publisher is bound, 2 wrong usage, 3 something could not be asked (what was
found is written), 4 some are left for a maintainer, 70 unexpected error.";

const REPAIR_HELP: &str = "\
For each publisher without a binding: the oldest commit of its registry.json on the default
branch, the merged pull request that brought it, and that pull request's author. It is bound
where the author's login is the folder's name, or where every gist of the folder belongs to the
author: then the account was renamed. Bindings that are there are never changed.

Tokens come from the environment: GISTRY_GITHUB_TOKEN or GITHUB_TOKEN; GISTRY_GIST_TOKEN for
the gists of renamed accounts; with --push GISTRY_PUSH_TOKEN, where the branch is protected.

Exit codes: 0 done, also where some are left for a maintainer; 2 wrong usage, 3 something could
not be asked (what was found is written), 70 unexpected error.";

const TRANSFER_HELP: &str = "\
For a maintainer. The pull request is the new owner's, and changes files in the folder. The
account to which the folder is bound has approved its head as it is now; its last word counts.
The binding is then written to the new owner's account. A folder keeps its name, whatever the
new owner's login is.

Exit codes: 0 done, or done before; 1 something is missing; 2 wrong usage, 3 something could
not be asked, 70 unexpected error.";
