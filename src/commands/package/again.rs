//! A DNA file made again from the artifact that its head names. Never compares: rules and `gistry verify` do.

use std::fmt;
use std::time::Duration;

use crate::dna::{Options, VERSION};
use crate::error::{Error, Result};
use crate::io::derive;
use crate::io::pypi::PackageIndex;
use crate::model::artifact::DistFile;
use crate::model::derivation::Derivation;

use super::{Wanted, obtain};
use crate::io::archive::Limits;
use crate::io::derive::{Derived, Manner, Material};

/// What came of it.
pub struct Again {
    /// The file as the package index lists it now.
    pub listed: DistFile,
    /// The DNA.
    pub derived: Derived,
}

/// Why a DNA file cannot be made again, now or ever. A fact, as far as the package index is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDna {
    /// The index does not offer the artifact, or not any more.
    Gone(String),
    /// It does, and the artifact has no DNA.
    Empty(String),
}

impl fmt::Display for NoDna {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(why) | Self::Empty(why) => f.write_str(why),
        }
    }
}

/// Makes a DNA file again. `Ok(Err(…))` says why that cannot be.
///
/// # Errors
/// Could not be checked: the index did not answer, another dna_version, not done in time.
pub async fn again(
    index: &PackageIndex,
    wanted: &Derivation,
    jobs: Option<usize>,
    time: Duration,
) -> Result<Result<Again, NoDna>> {
    let (options, with_sdist) = match wanted.profile.as_str() {
        "default" => (Options::default(), false),
        "default+sdist" => (Options::default(), true),
        "with-tests" => (Options { include_tests: true }, false),
        "with-tests+sdist" => (Options { include_tests: true }, true),
        other => {
            return Err(Error::CouldNotCheck(format!(
                "this gistry knows no profile {other:?}"
            )));
        }
    };
    if wanted.dna_version != VERSION {
        let made = wanted.dna_version;
        let message = format!("it is of dna_version {made}, and this gistry makes {VERSION}");
        return Err(Error::CouldNotCheck(message));
    }
    let files = Wanted {
        package: &wanted.package,
        version: Some(&wanted.release),
        artifact: Some(wanted.artifact.clone()),
        with_sdist,
    };
    let obtained = match obtain(index, &files).await? {
        Ok(obtained) => obtained,
        Err(lack) => return Ok(Err(NoDna::Gone(lack.to_string()))),
    };
    let listed = obtained.choice.file.clone();
    if listed.sha256.as_ref() != Some(&wanted.sha256) {
        let why = format!(
            "the package index has another file under the name {}",
            listed.filename
        );
        return Ok(Err(NoDna::Gone(why)));
    }
    let manner = Manner {
        options,
        jobs,
        limits: Limits::DEFAULT,
    };
    let yanked = wanted.yanked.clone();
    // On a thread of its own: one that is not done in time ends with the process, and nobody waits for it.
    let (done, made) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let material = Material {
            yanked,
            ..obtained.material()
        };
        let _ = done.send(derive::artifact(&material, &manner));
    });
    match tokio::time::timeout(time, made).await {
        Ok(Ok(made)) => Ok(made?
            .map(|derived| Again { listed, derived })
            .map_err(NoDna::Empty)),
        Ok(Err(_)) => Err(Error::Unexpected("the derivation broke off".to_owned())),
        Err(_) => {
            let seconds = time.as_secs();
            Err(Error::CouldNotCheck(format!(
                "it was not done within {seconds} seconds"
            )))
        }
    }
}
