//! What `gistry parse` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::Args;

use super::{Connection, PackageSource, Telling};
use crate::parsing::plan::Shard;

/// `gistry parse`
#[derive(Debug, Args)]
#[command(after_help = PARSE_HELP)]
pub struct Parse {
    /// Packages, each with its versions or without: pandas 2.2.0 2.1.0 requests numpy==1.26.3; or owner/repo@tag
    #[arg(value_name = "PKG [VERSION…]")]
    pub words: Vec<String>,
    /// The registry's folder: DNA files are written into it
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub registry: PathBuf,
    /// Write into this folder instead, which is no registry: nothing in it is protected
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Parse a wheel, an sdist or a folder of this machine; the name and version are in it, or PKG VERSION
    #[arg(long, value_name = "FILE|DIR", conflicts_with_all = ["plan", "shard", "collect"])]
    pub source: Option<PathBuf>,
    /// Take in tests, vendored copies and examples, too; such a file enters no registry
    #[arg(long, conflicts_with_all = ["plan", "shard", "collect"])]
    pub include_tests: bool,
    /// Read the sdist beside a wheel, for docstrings that are compiled into it
    #[arg(long, conflicts_with_all = ["shard", "collect", "source"])]
    pub with_sdist: bool,
    /// Make files of another dna_version anew
    #[arg(long)]
    pub regenerate: bool,
    /// Do everything but write
    #[arg(long)]
    pub dry_run: bool,
    /// The form of the table on standard output
    #[arg(long, value_enum, default_value_t = Telling::Human)]
    pub format: Telling,
    /// Say what is to be parsed, as JSON; with PKG nothing else
    #[arg(long, group = "mode", conflicts_with = "format")]
    pub plan: bool,
    /// With --plan: into how many parts it is split [default: one for every 25 releases, at most 20]
    #[arg(long, value_name = "N", requires = "plan", value_parser = clap::value_parser!(u64).range(1..=256))]
    pub shards: Option<u64>,
    /// With --plan: no more releases than this
    #[arg(long, value_name = "N", requires = "plan", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub limit: u64,
    /// With --plan: where the most used packages are listed [default: registry.toml's packages.popular]
    #[arg(long, value_name = "FILE|URL", requires = "plan")]
    pub popular: Option<String>,
    /// The plan's file: written by --plan, read by --shard and --collect
    #[arg(long, value_name = "FILE")]
    pub plan_file: Option<PathBuf>,
    /// Do this part of a plan: i/N, into --output
    #[arg(
        long,
        value_name = "i/N",
        group = "mode",
        requires = "plan_file",
        requires = "output"
    )]
    pub shard: Option<Shard>,
    /// Join what shards wrote: every file is verified and put into the registry
    #[arg(long, value_name = "DIR", group = "mode", num_args = 1.., conflicts_with = "output")]
    pub collect: Vec<PathBuf>,
    /// With --collect: commit the files with a new index on the registry's newest commit on GitHub, and push
    #[arg(long, requires = "collect", conflicts_with = "dry_run")]
    pub push: bool,
    /// The registry on GitHub, with --push [default: GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME", requires = "push")]
    pub repo: Option<String>,
    /// The branch, with --push [default: the registry's default branch]
    #[arg(long, value_name = "NAME", requires = "push")]
    pub branch: Option<String>,
    /// How packages are had.
    #[command(flatten)]
    pub packages: PackageSource,
    /// How to reach GitHub.
    #[command(flatten)]
    pub connection: Connection,
}

const PARSE_HELP: &str = "\
Downloads a release's artifact (the pure wheel, else the smallest platform wheel, else the sdist),
checks its digest, reads it in memory, and writes {package}/{package}-{version}.msgpack. Nothing of
a package is ever run. Without a VERSION the newest release is meant.

A release's file never changes: where one is there, its artifact and options are used again; the same
bytes are left alone, other bytes are an error that says what differs. Only `yanked` may change, and
with --regenerate a file of another dna_version is made anew. Files of --source, owner/repo@tag and
--include-tests go to .repolex/ or to --output, never into a registry.

In GitHub Actions: --plan writes the outputs `matrix` and `count`, each job does one --shard, and one
job does --collect with --push. A package that fails stops no other, and is told in the end.

Exit codes: 0 done, 1 a package failed or differs from the file that is there, 2 wrong usage,
3 something could not be asked, or the registry pins another dna_version, 70 unexpected error.
With --shard, packages that fail are in the report that --collect reads, and the exit code is 0.";
