//! How packages are had, for every command that makes DNA. Never reads the environment.

use std::path::PathBuf;

use clap::Args;

/// How packages are had.
#[derive(Debug, Clone, Args)]
pub struct PackageSource {
    // The text is help first, where brackets around an address would only disturb.
    #[allow(rustdoc::bare_urls)]
    /// The package index's address [default: PIP_INDEX_URL, registry.toml's packages.index, https://pypi.org/simple]
    #[arg(long, value_name = "URL")]
    pub index_url: Option<String>,
    /// Ask nobody; only what is in the cache can be used
    #[arg(long, conflicts_with = "no_cache")]
    pub offline: bool,
    /// Where downloads are kept [default: GISTRY_CACHE_DIR, or gistry/ in the user's cache folder]
    #[arg(long, value_name = "PATH")]
    pub cache_dir: Option<PathBuf>,
    /// Keep no downloads
    #[arg(long, conflicts_with = "cache_dir")]
    pub no_cache: bool,
    /// How many threads parse [default: one for each core]; the result is the same
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub jobs: Option<u64>,
    /// The largest artifact that is downloaded, in MB
    #[arg(long, value_name = "MB", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=4_000))]
    pub max_artifact: u64,
}
