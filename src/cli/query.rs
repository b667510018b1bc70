//! What `gistry query` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `gistry query`
#[derive(Debug, Args)]
#[command(after_help = QUERY_HELP)]
pub struct Query {
    /// A name, part of a name, a path, words of a docstring, or a regular expression
    #[arg(value_name = "TEXT|REGEX", allow_hyphen_values = true)]
    pub text: String,
    /// DNA files, or folders of them [default: the registry in this folder, and .repolex]
    #[arg(value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// Only this kind; may be repeated
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Vec<DefinitionKind>,
    /// Only what is meant for others
    #[arg(long)]
    pub public: bool,
    /// At most so many, the best ones; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Take the text as it is, whatever letters it has
    #[arg(short = 'F', long)]
    pub fixed: bool,
    /// Of folders: every version of a package, not only the latest
    #[arg(long)]
    pub all_versions: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Where what is searched is kept, so that each file is decoded once [default: the user's cache folder]
    #[arg(long, value_name = "PATH")]
    pub cache_dir: Option<PathBuf>,
    /// Neither read nor write what is kept
    #[arg(long)]
    pub no_cache: bool,
}

/// A kind of definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DefinitionKind {
    /// A module
    Module,
    /// `def` outside of a class
    Function,
    /// `def` in a class
    Method,
    /// `class`
    Class,
    /// A method that is read as an attribute
    Property,
    /// A name bound to a value
    Attribute,
    /// `type X = …`
    TypeAlias,
}

const QUERY_HELP: &str = "\
Upper and lower case are the same. A text with a dot is looked for in paths; one with any of
^ $ * + ? ( ) [ ] { } | \\ is a regular expression, unless --fixed is given. The best come first:
the name itself, names that begin with it, names with a word that begins with it, names that have
it inside, paths, and last docstrings, which are looked through where names do not fill the limit.

Exit codes: 0 found, 1 nothing found, 2 wrong usage, 3 a file could not be read (what the others
hold is printed), 70 unexpected error.";
