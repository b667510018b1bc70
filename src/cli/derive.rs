//! What `gistry derive` takes, and its help. Never acts.

use std::path::PathBuf;

use clap::Args;

/// `gistry derive`
#[derive(Debug, Args)]
#[command(after_help = DERIVE_HELP)]
pub struct Derive {
    /// What to make again, as `gistry validate --defer` or `gistry merge --defer` says it [default: the variable GISTRY_ORDER]
    #[arg(long, value_name = "FILE")]
    pub order: Option<PathBuf>,
    /// How many threads parse [default: one for each core]; the result is the same
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub jobs: Option<u64>,
    /// How long all files together may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=21_600))]
    pub time: u64,
}

const DERIVE_HELP: &str = "\
A contributed DNA file is believed when the artifact that it names gives the same file again. Making it means
to parse a package that anybody may have written, so it is done apart: in a job without any right and without
any secret. `gistry validate --defer` says what is to be made, this command makes it and answers with digests,
`gistry validate` reads them from the variable GISTRY_DERIVED. validate.yml does all three; so does
merge.yml, with `gistry merge` in the place of `gistry validate`.

The answer is printed, and written to the output `derived` in GitHub Actions. What could not be made is said
in the answer, too, and leaves the verdict undecided.

Exit codes: 0 answered, 2 wrong usage or no such order, 70 unexpected error.";
