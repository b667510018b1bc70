//! Why a command could not do its work: wrong usage, could not be checked, or unexpected. Never a broken rule; that is a finding.

use std::fmt;

/// The ways in which a command fails to do its work.
#[derive(Debug)]
pub enum Error {
    /// The user must say it differently. Exit code 2.
    Usage(String),
    /// Something outside could not be asked, after retries. Exit code 3.
    CouldNotCheck(String),
    /// gistry's own fault, or the machine's. Exit code 70.
    Unexpected(String),
}

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The documented exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::CouldNotCheck(_) => 3,
            Self::Unexpected(_) => 70,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::CouldNotCheck(text) => f.write_str(text),
            Self::Unexpected(text) => write!(
                f,
                "{text}\nthis should not happen; please report it with the command that you ran"
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Unexpected(error.to_string())
    }
}
