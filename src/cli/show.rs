//! What `gistry show` takes, and its help. Never acts.

use clap::Args;

/// `gistry show`
#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
pub struct Show {
    /// The DNA file, `-` for standard input, or a package and optionally its version; then the path of a definition
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub file: Option<String>,
    /// A module, class, function or attribute, such as pandas.DataFrame.merge
    #[arg(value_name = "PATH", num_args = 0..=2)]
    pub path: Vec<String>,
    /// Show private names and every module, too
    #[arg(long)]
    pub all: bool,
    /// Print JSON: the whole file as it is decoded, or the one definition
    #[arg(long, group = "form")]
    pub json: bool,
    /// Print a line of JSON for each module and definition
    #[arg(long, group = "form")]
    pub jsonl: bool,
    /// Print the JSON Schema of the decoded file
    #[arg(long, group = "form")]
    pub schema: bool,
}

const SHOW_HELP: &str = "\
Without a path: what the file is made from, how much is in it, its modules and its public names. A
path may be the public one (pandas.DataFrame) or that of the definition itself
(pandas.core.frame.DataFrame), and may leave out the package's name.

`gistry show pandas 2.2.0 DataFrame` reads the file of a release from the registry in this folder,
or from .repolex; without a version, that of the latest one.

Exit codes: 0 shown, 1 there is no such definition, or the file is no DNA file that can be read,
2 wrong usage, 70 unexpected error.";
