//! What `gistry bundle` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Shelves;

/// `gistry bundle`
#[derive(Debug, Args)]
#[command(after_help = BUNDLE_HELP)]
pub struct Bundle {
    /// requirements.txt, pyproject.toml or uv.lock; may be repeated
    #[arg(short, long = "requirements", value_name = "FILE", required = true)]
    pub requirements: Vec<PathBuf>,
    /// Where to write; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "dependencies.tar.gz")]
    pub output: PathBuf,
    /// An extra of pyproject.toml; may be repeated
    #[arg(long, value_name = "NAME")]
    pub extra: Vec<String>,
    /// A dependency group of pyproject.toml; may be repeated
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,
    /// The version of Python for which markers are judged
    #[arg(long, value_name = "VERSION", default_value = "3.13")]
    pub python: String,
    /// The system for which markers are judged
    #[arg(long, value_enum, default_value_t = Platform::Linux)]
    pub platform: Platform,
    /// Write the archive without what cannot be had; manifest.json names it
    #[arg(long)]
    pub allow_missing: bool,
    /// Where DNA files are had.
    #[command(flatten)]
    pub shelves: Shelves,
}

/// An operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    /// Linux
    Linux,
    /// macOS
    Macos,
    /// Windows
    Windows,
}

const BUNDLE_HELP: &str = "\
The archive has the DNA file of each package that the files name, and manifest.json. The same files
give the same archive, byte for byte. What a file does not pin is the newest release that will do,
which is said. Nothing is resolved: dependencies of dependencies are in it where a lock file names
them.

Exit codes: 0 written, 1 a file cannot be understood, 2 wrong usage, 3 something is missing (with
--allow-missing: written without it), 70 unexpected error.";
