//! What `gistry verify` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::PackageSource;

/// `gistry verify`
#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub struct Verify {
    /// DNA files, or a package and its version in the registry
    #[arg(value_name = "FILE|PACKAGE VERSION", required_unless_present = "all")]
    pub what: Vec<String>,
    /// Every DNA file of the registry
    #[arg(long, conflicts_with = "what")]
    pub all: bool,
    /// The registry's folder
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub registry: PathBuf,
    /// The form of the answer on standard output
    #[arg(long, value_enum, default_value_t = VerifyFormat::Human)]
    pub format: VerifyFormat,
    /// How packages are had.
    #[command(flatten)]
    pub packages: PackageSource,
}

const VERIFY_HELP: &str = "\
Downloads the artifact that the file's head names, parses it again and compares the bytes. Where they differ,
the first difference is told: the module, the member, the key, what the file says and what the artifact says.
A release that is yanked stays as it is; that is pointed out, and so is a mark that is out of date.

Exit codes: 0 every file is what its artifact gives, 1 one is not: it differs, is damaged, has another
package's name, or its release was deleted; 2 wrong usage, 3 one could not be checked: it is of another
dna_version or not from a package index, or the index did not answer; 70 unexpected error.";

/// The forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// For people: a line a file, and what differs
    Human,
    /// For programs
    Json,
}
