//! A text at an address beside the package index, such as a list of packages. Never sends what opens the index.

use url::Url;

use super::PackageIndex;
use super::address::shown;
use super::web::{Answer, Ask};
use crate::error::{Error, Result};

/// Most bytes of such a text.
const LARGEST: u64 = 64 << 20;

impl PackageIndex {
    /// The text at an address.
    ///
    /// # Errors
    /// Usage, where it is no address that may be asked; could not be checked: no answer after retries, no text, offline.
    pub async fn text(&self, address: &str) -> Result<String> {
        let wrong = |why: String| Error::Usage(format!("{address}: {why}"));
        let url = Url::parse(address.trim()).map_err(|error| wrong(error.to_string()))?;
        self.web.admit(&url).map_err(wrong)?;
        let failed = |why: &str| Error::CouldNotCheck(format!("{}: {why}", shown(&url)));
        if self.config.offline {
            return Err(failed("nothing may be asked (--offline)"));
        }
        match self.web.get(&Ask::new(url.clone(), LARGEST)).await? {
            Answer::Found(body) => String::from_utf8(body.bytes).map_err(|_| failed("it is no text")),
            Answer::Absent | Answer::Unchanged => Err(failed("it is not there (404)")),
            Answer::TooLarge(_) => Err(failed("it is too large for a list")),
        }
    }
}
