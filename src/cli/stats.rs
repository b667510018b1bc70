//! What `gistry stats` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::RegistryPlace;

/// `gistry stats`
#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub enum Stats {
    /// Fold the inbox into the weeks' aggregates, in one commit
    Merge(Box<StatsMerge>),
    /// Make the aggregates again from the history, and compare
    Verify(StatsVerify),
    /// List what is used the most
    Top(StatsTop),
    /// Show one module or package week by week
    Show(StatsShow),
}

/// `gistry stats merge`
#[derive(Debug, Args)]
#[command(after_help = MERGE_HELP)]
pub struct StatsMerge {
    /// Fold no more than this many batches, the oldest weeks first
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(1..))]
    pub most: u64,
    /// Read whose a batch is from a file instead of asking GitHub: lines of {"batch": …, "account": …}
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// Where it reads and writes; GitHub is asked whose a batch is.
    #[command(flatten)]
    pub place: RegistryPlace,
}

/// `gistry stats verify`
#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub struct StatsVerify {
    /// The registry's clone
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// The commit that is checked
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub rev: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Which weeks are looked at.
#[derive(Debug, Args)]
pub struct Weeks {
    /// The registry's folder
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// Look at this many weeks: the newest that there are
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=520))]
    pub weeks: u16,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `gistry stats top`
#[derive(Debug, Args)]
#[command(after_help = TOP_HELP)]
pub struct StatsTop {
    /// List this many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub most: u16,
    /// Count this: install, update, cache-hit, export-hit or export-miss
    #[arg(long, value_name = "EVENT", default_value = "install")]
    pub event: String,
    /// Which weeks.
    #[command(flatten)]
    pub weeks: Weeks,
}

/// `gistry stats show`
#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
pub struct StatsShow {
    /// The module or package: @alice/json-utils, pandas
    #[arg(value_name = "MODULE")]
    pub module: String,
    /// Which weeks.
    #[command(flatten)]
    pub weeks: Weeks,
}

const HELP: &str = "\
Statistics are shared by people, one batch for each account and week, in pull requests that
show the account. The bot folds them into stats/{year}/W{nn}.jsonl.";

const MERGE_HELP: &str = "\
What a week's aggregates say follows from the set of its batches: folding them in another order,
again, or in several runs gives the same bytes. Folded files leave the inbox. Batches that are
broken, beyond the caps or far from what others counted are set aside in stats/quarantine/, each
with its reason.

Whose a batch is says the history: the author of the merged pull request that brought it. That
takes two requests a batch, of the 1,000 an hour that a job's own token has; what is beyond
--most or could not be asked stays in the inbox for the next run.

Tokens come from the environment: GISTRY_GITHUB_TOKEN or GITHUB_TOKEN; with --push
GISTRY_PUSH_TOKEN, where the branch is protected.

Exit codes: 0 done, also where batches were set aside; 2 wrong usage, 3 something could not be
asked (the rest is written), 70 unexpected error.";

const VERIFY_HELP: &str = "\
Each week is summed again from the batches that its ledger names, which git still has, and
compared with its aggregates to the byte. A batch that was ever in the inbox must be in a
ledger, in the quarantine or still in the inbox. Needs the whole history: fetch-depth 0.

Exit codes: 0 all is as it should be, 1 it is not, 2 wrong usage, 3 something is missing, 70
unexpected error.";

const TOP_HELP: &str = "\
Ranks are by contributors: the accounts that shared it, not the number that they shared. Of
several weeks it is the most of one, since those of two weeks may be the same people. What has
fewer than stats.k contributors (default 5) is left out, as a courtesy: the batches are public.";

const SHOW_HELP: &str = "\
Numbers with fewer than stats.k contributors (default 5) are not shown, as a courtesy: the
batches are public.";
