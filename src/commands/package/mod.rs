//! What every command that makes DNA shares: where the package index is, how an artifact is had, and how it is parsed. Never writes.

mod again;
mod obtain;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::cli::PackageSource;
use crate::dna::Options;
use crate::error::{Error, Result};
use crate::io::archive::Limits;
use crate::io::derive::{self, DNA_VERSION, Derived, Manner, Material};
use crate::io::files;
use crate::io::pypi::{Config, PackageIndex};
use crate::model::decode::{Problem, ProblemKind};
use crate::model::packages::Packages;
use crate::model::policy::Policy;
use crate::model::progress::Progress;

use super::{Environment, World};

pub use again::{Again, NoDna, again};
pub use obtain::{Choice, Lack, Obtained, Wanted, choose, fetch, obtain, offered, release, stated};

/// Where packages come from when nobody says otherwise.
pub const PYPI: &str = "https://pypi.org/simple";
/// How long one artifact may take, retries included.
const BUDGET: Duration = Duration::from_secs(600);

/// What a registry's folder says about packages; the defaults where it has no `registry.toml`.
///
/// # Errors
/// Wrong usage, with the line, where that section cannot be read.
pub fn settings(registry: &Path) -> Result<Packages> {
    let path = registry.join("registry.toml");
    let Some(bytes) = files::read_if_there(&path)? else {
        return Ok(Packages::default());
    };
    read_settings(&bytes, &path.display().to_string())
}

/// The same of the bytes of a `registry.toml`, which has this name in messages.
///
/// # Errors
/// As [`settings`].
pub fn read_settings(bytes: &[u8], name: &str) -> Result<Packages> {
    let (policy, problems) = Policy::decode(bytes);
    let concerns = |problem: &&Problem| {
        let pointer = problem.pointer.as_str();
        let here = pointer.is_empty() || pointer == "packages" || pointer.starts_with("packages.");
        here && problem.kind == ProblemKind::Format
    };
    let Some(problem) = problems.iter().find(concerns) else {
        return Ok(policy.packages);
    };
    let before = &bytes[..problem.span.start.min(bytes.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let Problem { pointer, message, .. } = problem;
    Err(Error::Usage(format!("{name}:{line}: {pointer}: {message}")))
}

/// That the registry takes the files that this gistry makes.
///
/// # Errors
/// Could not be checked, where it pins another dna_version.
pub fn may_derive(settings: &Packages) -> Result<()> {
    match settings.dna_version {
        Some(pinned) if pinned != u64::from(DNA_VERSION) => Err(Error::CouldNotCheck(format!(
            "the registry takes files of dna_version {pinned}, and this gistry makes {DNA_VERSION}: \
             use the gistry that makes {pinned}, or set packages.dna_version in registry.toml"
        ))),
        _ => Ok(()),
    }
}

/// The address of the package index: what was typed, pip's variable, the registry's, PyPI.
pub fn address(typed: &PackageSource, env: &Environment, settings: &Packages) -> String {
    let text = typed.index_url.as_deref().or(env.first(&["PIP_INDEX_URL"]));
    let text = text.or(settings.index.as_deref()).unwrap_or(PYPI);
    text.trim().trim_end_matches('/').to_owned()
}

/// The package index that is asked.
///
/// # Errors
/// Wrong usage, where its address cannot be used.
pub fn index(
    world: &World,
    typed: &PackageSource,
    settings: &Packages,
    progress: Arc<dyn Progress + Send + Sync>,
) -> Result<PackageIndex> {
    index_at(world, typed, address(typed, &world.env, settings), progress)
}

/// The same at an address that is known already.
///
/// # Errors
/// As [`index`].
pub fn index_at(
    world: &World,
    typed: &PackageSource,
    url: String,
    progress: Arc<dyn Progress + Send + Sync>,
) -> Result<PackageIndex> {
    let config = Config {
        url,
        cache: cache(world, typed),
        offline: typed.offline,
        budget: BUDGET,
        max_artifact: typed.max_artifact * 1_000_000,
    };
    PackageIndex::in_surroundings(config, progress, &|name| world.env.0.get(name).cloned())
}

/// Where downloads are kept; nowhere, if that is wanted or nobody knows where.
pub fn cache(world: &World, typed: &PackageSource) -> Option<PathBuf> {
    if typed.no_cache {
        return None;
    }
    cache_folder(world, typed.cache_dir.as_deref())
}

/// The folder of everything that can be had again, as it was typed or where this machine keeps such things.
pub fn cache_folder(world: &World, typed: Option<&Path>) -> Option<PathBuf> {
    let env = &world.env;
    let own = typed
        .map(Path::to_owned)
        .or(env.first(&["GISTRY_CACHE_DIR"]).map(PathBuf::from));
    let users = || {
        let named = env.first(&["XDG_CACHE_HOME", "LOCALAPPDATA"]).map(PathBuf::from);
        let home = || env.first(&["HOME"]).map(|home| Path::new(home).join(".cache"));
        named.or_else(home).map(|folder| folder.join("gistry"))
    };
    own.or_else(users).map(|folder| world.dir.join(folder))
}

/// How archives are read, and on how many threads.
pub fn manner(typed: &PackageSource, options: Options) -> Manner {
    Manner {
        options,
        jobs: typed.jobs.and_then(|jobs| usize::try_from(jobs).ok()),
        limits: Limits::DEFAULT,
    }
}

/// Makes the DNA of a release's artifact, while other work goes on.
///
/// # Errors
/// As [`derive::artifact`]; unexpected, where it panics.
pub async fn derived(obtained: Obtained, manner: Manner) -> Result<Result<Derived, String>> {
    let work = move || derive::artifact(&obtained.material(), &manner);
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|error| Error::Unexpected(error.to_string()))?
}

/// Makes the DNA of an artifact; this task waits, the others go on meanwhile. Not for tasks of a `LocalSet`.
///
/// # Errors
/// As [`derive::artifact`].
pub fn derive(material: &Material<'_>, manner: &Manner) -> Result<Result<Derived, String>> {
    aside(|| derive::artifact(material, manner))
}

/// Does something long, while other tasks go on where there are threads for them.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(index_url: Option<&str>) -> PackageSource {
        PackageSource {
            index_url: index_url.map(str::to_owned),
            offline: false,
            cache_dir: None,
            no_cache: false,
            jobs: None,
            max_artifact: 1,
        }
    }

    #[test]
    fn the_nearest_address_counts() {
        let env = |pairs: &[(&str, &str)]| {
            Environment(
                pairs
                    .iter()
                    .map(|(key, value)| ((*key).into(), (*value).into()))
                    .collect(),
            )
        };
        let pip = env(&[("PIP_INDEX_URL", "https://pip.example/simple/")]);
        let empty = env(&[("PIP_INDEX_URL", "")]);
        let settings = read_settings(b"[packages]\nindex = \"https://own.example/simple\"\n", "x").unwrap();
        let nothing = Packages::default();
        assert_eq!(address(&typed(Some("http://t/")), &pip, &settings), "http://t");
        assert_eq!(
            address(&typed(None), &pip, &settings),
            "https://pip.example/simple"
        );
        assert_eq!(
            address(&typed(None), &empty, &settings),
            "https://own.example/simple"
        );
        assert_eq!(address(&typed(None), &empty, &nothing), PYPI);
    }

    #[test]
    fn broken_settings_are_refused_with_their_line_and_others_do_not_matter() {
        let wrong = read_settings(b"version = 1\n[packages]\nindex = 3\n", "registry.toml").unwrap_err();
        assert!(
            wrong
                .to_string()
                .starts_with("registry.toml:3: packages.index: expected"),
            "{wrong}"
        );
        assert!(read_settings(b"[packages\n", "registry.toml").is_err());
        assert!(read_settings(b"[limits]\nopen_pulls = 0\n", "registry.toml").is_ok());
        let other = read_settings(b"[packages]\ndna_version = 77\n", "registry.toml").unwrap();
        assert_eq!(may_derive(&other).unwrap_err().exit_code(), 3);
        assert!(may_derive(&Packages::default()).is_ok());
    }
}
