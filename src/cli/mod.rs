//! The command line: what a person can type, as types. Never reads the environment and never acts.

mod bundle;
mod connection;
mod derive;
mod export;
mod index;
mod merge;
mod owners;
mod package;
mod parse;
mod query;
mod show;
mod stats;
mod sweep;
mod validate;
mod verify;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use bundle::{Bundle, Platform};
pub use connection::Connection;
pub use derive::Derive;
pub use export::{Export, ExportFormat, Shelves};
pub use index::{Index, Telling};
pub use merge::Merge;
pub use owners::{Owners, OwnersInit, OwnersRepair, OwnersTransfer, RegistryPlace, Told};
pub use package::PackageSource;
pub use parse::Parse;
pub use query::{DefinitionKind, Query};
pub use show::Show;
pub use stats::{Stats, StatsMerge, StatsShow, StatsTop, StatsVerify, Weeks};
pub use sweep::Sweep;
pub use validate::{Format, Validate};
pub use verify::{Verify, VerifyFormat};

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "gistry",
    version,
    about = "A package registry without servers: judges its pull requests, on GitHub and before you push",
    after_help = "Exit codes: 0 pass, 1 fail, 2 wrong usage, 3 undecided, 4 for a maintainer to review, 70 unexpected error.",
    max_term_width = 100,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How much is said.
    #[command(flatten)]
    pub talk: Talk,
}

/// How much is said, and how.
#[derive(Debug, Args)]
pub struct Talk {
    // The same place in every help, however many subcommands there are.
    /// Say nothing but the result
    #[arg(short, long, global = true, conflicts_with = "verbose", display_order = 900)]
    pub quiet: bool,
    /// Say more: each request; twice, everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, display_order = 901)]
    pub verbose: u8,
    /// Whether to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", display_order = 902)]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Yes
    Always,
    /// No
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a pull request, your changes before you push them, or a whole registry
    Validate(Box<Validate>),
    /// Rebuild INDEX.json, the sparse index and the -latest links from the registry's files
    Index(Box<Index>),
    /// Parse packages into DNA files: every module, class and function with signature and docstring
    Parse(Box<Parse>),
    /// Bind publishers' folders to GitHub accounts, so that a folder stays with its owner
    #[command(subcommand)]
    Owners(Owners),
    /// Merge the pull requests that pass, where the registry's settings say so, and bind new owners
    Merge(Box<Merge>),
    /// Check by night whether the modules' gists are still there, and mark those that are not
    Sweep(Box<Sweep>),
    /// Show a package's DNA: an overview, or one definition with its signature and docstring
    Show(Show),
    /// Find functions, classes and everything else of packages by name or text
    Query(Query),
    /// Get a package's DNA: from a registry, from .repolex, or by parsing it here
    Export(Box<Export>),
    /// Get the DNA of everything that a project depends on as one archive
    Bundle(Box<Bundle>),
    /// Check that DNA files are what their artifacts give, by parsing those again
    Verify(Box<Verify>),
    /// Make DNA files again for `gistry validate`, in a job without rights
    Derive(Derive),
    /// Fold shared statistics into aggregates, check these, and show what is used
    #[command(subcommand)]
    Stats(Stats),
    /// Tell what a rule asks, why, and how to mend a breach; without a rule, list them all
    Explain {
        /// The rule, such as gist-owner
        rule: Option<String>,
    },
    /// Print the JSON Schema of a file format, for editors; without a format, list them all
    Schema {
        /// The format, such as registry
        format: Option<String>,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}
