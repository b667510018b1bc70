//! What `gistry export` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Connection, PackageSource};

/// `gistry export`
#[derive(Debug, Args)]
#[command(after_help = EXPORT_HELP)]
pub struct Export {
    /// msgpack, the DNA file as it is; or jsonl, a line of JSON for each definition
    #[arg(value_enum)]
    pub format: ExportFormat,
    /// The package, or OWNER/REPO on GitHub
    #[arg(value_name = "PKG")]
    pub package: String,
    /// The version [default: the latest]; of a repository, the tag
    #[arg(value_name = "VERSION")]
    pub release: Option<String>,
    /// Where to write; `-` for standard output [default: {package}-{version}.msgpack or .jsonl here]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Open a pull request that brings it to the registry of --repo, which lacks it
    #[arg(long)]
    pub push: bool,
    /// Where DNA files are had.
    #[command(flatten)]
    pub shelves: Shelves,
}

/// Where DNA files are had.
#[derive(Debug, Args)]
pub struct Shelves {
    /// A checkout of a registry
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub registry: PathBuf,
    /// A registry on GitHub [default: GISTRY_REPO]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// Parse here, whatever registries and .repolex have
    #[arg(long)]
    pub parse: bool,
    /// How to reach GitHub.
    #[command(flatten)]
    pub connection: Connection,
    /// How packages are had.
    #[command(flatten)]
    pub source: PackageSource,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// The DNA file
    Msgpack,
    /// A line of JSON for each definition
    Jsonl,
}

const EXPORT_HELP: &str = "\
Looks into the registry in this folder, then into the one on GitHub, then into .repolex, and else
takes the package from the package index and parses it here, which .repolex keeps. Whatever is
found is decoded and compared with the digest in the registry's index before it is used, and
standard error says where it is from. --push makes or uses a fork of the account whose token is
in GISTRY_GITHUB_TOKEN or GITHUB_TOKEN; the pull request shows that account.

Exit codes: 0 exported, 1 there is no such package or version, or nothing of it can be read, 2 wrong
usage, 3 somebody could not be asked, 70 unexpected error.";
