//! The DNA of a GitHub repository at a tag. Never kept and never for a registry: a tag can be moved, and nobody promises a digest.

use super::shelves::Had;
use crate::cli::Export;
use crate::commands::{World, connection, package};
use crate::dna::{self, Options};
use crate::error::{Error, Result};
use crate::io::derive::{Material, Stated};
use crate::model::artifact::ArtifactKind;
use crate::model::artifact::normalise;
use crate::model::name::Repository;

/// Downloads and parses. `Ok(Err(…))` says in one line why there is nothing.
///
/// # Errors
/// Usage, or GitHub did not answer.
pub async fn had(world: &World, args: &Export) -> Result<Result<Had, String>> {
    let repository = connection::repository(Some(&args.package), &world.env)?;
    let tag = args.release.as_deref();
    let tag = tag.ok_or_else(|| Error::Usage(format!("which tag of {repository}? add it as VERSION")))?;
    let (_, name) = repository.as_str().split_once('/').unwrap_or_default();
    let package = normalise(name).ok_or_else(|| Error::Usage(format!("{name:?} is no name of a package")))?;
    let addresses = connection::addresses(&args.shelves.connection, &world.env);
    let typed = &args.shelves.source;
    let index = package::index(
        world,
        typed,
        &package::settings(&world.dir.join(&args.shelves.registry))?,
        world.progress(),
    )?;
    let token = addresses.github_token.as_deref();
    let Some(tarball) = index.tarball(&addresses.api, &repository, tag, token).await? else {
        return Ok(Err(lack(&repository, tag)));
    };
    let artifact = format!("{repository}@{tag}");
    let source = Stated {
        origin: "github".to_owned(),
        artifact: artifact.clone(),
        sha256: None,
        upload_time: None,
    };
    let material = Material {
        package: package.clone(),
        release: tag.to_owned(),
        source,
        kind: ArtifactKind::Tarball,
        yanked: None,
        bytes: &tarball.bytes,
        beside: None,
    };
    let derived = match package::derive(&material, &package::manner(typed, Options::default()))? {
        Ok(derived) => derived,
        Err(why) => return Ok(Err(format!("{artifact}: {why}"))),
    };
    Ok(Ok(Had {
        package,
        dna: dna::read(&derived.bytes).map_err(Error::Unexpected)?,
        bytes: derived.bytes,
        from: format!("{artifact}, parsed here"),
        notes: derived.notes,
    }))
}

fn lack(repository: &Repository, tag: &str) -> String {
    format!("GitHub knows no {repository}, or no tag {tag} of it, or the token may not read it")
}
