//! Where a release's DNA is had: a registry here, one on GitHub, `.repolex`, and else by parsing it here. Never hands out bytes that are
//! not DNA of that release, or not those that the registry's index names.

use std::path::PathBuf;

use sha2::{Digest, Sha256 as Hasher};

use super::kept::Kept;
use super::remote::Remote;
use crate::cli;
use crate::commands::package::{self, Wanted};
use crate::commands::{World, connection};
use crate::dna::{self, Dna, Options};
use crate::error::{Error, Result};
use crate::index::package::{Entry, PackageFile, package_path};
use crate::io::derive::{DNA_VERSION, Manner};
use crate::io::pypi::PackageIndex;
use crate::io::{files, names};
use crate::model::name::{PackageName, Sha256};
use crate::model::version::{self, Version};
use crate::render::visible::visible;

/// Where DNA is looked for, in this order.
pub struct Shelves {
    registry: PathBuf,
    remote: Option<Remote>,
    kept: Option<Kept>,
    index: PackageIndex,
    manner: Manner,
    /// Nothing of the network is used.
    offline: bool,
    /// Only parsing will do.
    parse: bool,
}

/// A release's DNA.
pub struct Had {
    /// The package.
    pub package: PackageName,
    /// The file.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub dna: Dna,
    /// Where it is from, in words.
    pub from: String,
    /// What went wrong before it was had.
    pub notes: Vec<String>,
}

impl Had {
    /// The version, as the package index writes it.
    pub fn release(&self) -> &str {
        &self.dna.head.release
    }

    /// The digest of the file.
    pub fn sha256(&self) -> String {
        format!("{:x}", Hasher::digest(&self.bytes))
    }
}

impl Shelves {
    /// The shelves that were typed.
    ///
    /// # Errors
    /// Usage, where an address cannot be used.
    pub fn open(world: &World, typed: &cli::Shelves) -> Result<Self> {
        let registry = world.dir.join(&typed.registry);
        let settings = package::settings(&registry)?;
        let repo = typed.repo.as_deref().or(world.env.first(&["GISTRY_REPO"]));
        let remote = match repo {
            Some(name) if !typed.source.offline => {
                let repository = connection::repository(Some(name), &world.env)?;
                let github = connection::addresses(&typed.connection, &world.env).github(world)?;
                Some(Remote { github, repository })
            }
            _ => None,
        };
        Ok(Self {
            registry,
            remote,
            kept: (!typed.source.no_cache).then(|| Kept::new(world.dir.join(".repolex"))),
            index: package::index(world, &typed.source, &settings, world.progress())?,
            manner: package::manner(&typed.source, Options::default()),
            offline: typed.source.offline,
            parse: typed.parse,
        })
    }

    /// The registry on GitHub, where something is to be offered to it.
    ///
    /// # Errors
    /// Usage: it is not said which.
    pub fn remote(&self, wanted: bool) -> Result<Option<Remote>> {
        match (&self.remote, wanted) {
            (_, false) => Ok(None),
            (Some(remote), true) => Ok(Some(remote.clone())),
            (None, true) => Err(Error::Usage(
                "--push to which registry? add --repo owner/name".to_owned(),
            )),
        }
    }

    /// The package index.
    pub fn index(&self) -> &PackageIndex {
        &self.index
    }

    /// Whether the package index may be asked.
    pub fn is_online(&self) -> bool {
        !self.offline
    }

    /// The versions of a package that are here already: in the registry, and in `.repolex`.
    pub fn here(&self, package: &PackageName) -> Vec<Version> {
        let folders = [
            Some(self.registry.as_path()),
            self.kept.as_ref().map(Kept::folder),
        ];
        let mut versions: Vec<Version> = (folders.into_iter().flatten())
            .flat_map(|folder| names::files(&folder.join(package.as_str())).unwrap_or_default())
            .filter_map(|file| names::release_of(&file))
            .filter(|(name, _)| name == package.as_str())
            .map(|(_, version)| Version::new(&version))
            .collect();
        versions.sort();
        versions.dedup();
        versions
    }

    /// A release's DNA; without a version, the latest's. `Ok(Err(…))` says in one line why there is none.
    ///
    /// # Errors
    /// Could not be checked: somebody did not answer.
    pub async fn had(&self, package: &PackageName, version: Option<&str>) -> Result<Result<Had, String>> {
        let mut notes = Vec::new();
        let mut search = Search {
            package,
            version: version.map(Version::new),
            sha256: None,
        };
        if !self.parse {
            if let Some(had) = self.in_registry(&mut search, &mut notes)? {
                return Ok(Ok(had.after(notes)));
            }
            if let Some(had) = self.elsewhere(&mut search, &mut notes).await? {
                return Ok(Ok(had.after(notes)));
            }
            if let Some(had) = self.in_cache(&search, &mut notes) {
                return Ok(Ok(had.after(notes)));
            }
        }
        // Why what is there was of no use belongs to why there is nothing in the end.
        let told = |why: String| [notes.clone(), vec![why]].concat().join("\n");
        match self.parsed(&search).await {
            Ok(Ok(had)) => Ok(Ok(had.after(notes))),
            Ok(Err(why)) => Ok(Err(told(why))),
            Err(Error::CouldNotCheck(why)) => Err(Error::CouldNotCheck(told(why))),
            Err(error) => Err(error),
        }
    }

    fn in_registry(&self, search: &mut Search<'_>, notes: &mut Vec<String>) -> Result<Option<Had>> {
        let package = search.package;
        let listed = files::read_if_there(&self.registry.join(package_path(package)))?;
        let listed = listed.as_deref().and_then(PackageFile::parse);
        let folder = self.registry.join(package.as_str());
        let mut versions: Vec<(Version, PathBuf)> = (names::files(&folder).unwrap_or_default().into_iter())
            .filter_map(|file| Some((names::release_of(&file)?, file)))
            .filter(|((name, _), _)| name == package.as_str())
            .map(|((_, version), file)| (Version::new(&version), file))
            .collect();
        versions.sort_by(|a, b| a.0.cmp(&b.0));
        if search.version.is_none() {
            let latest = listed
                .as_ref()
                .and_then(|file| file.latest.as_deref())
                .map(Version::new);
            let newest = || version::latest(versions.iter().map(|(version, _)| (version, false))).cloned();
            search.version = latest.or_else(newest);
        }
        let found = versions.into_iter().find(|(version, _)| search.means(version));
        let Some((version, file)) = found else {
            return Ok(None);
        };
        let entry = listed
            .as_ref()
            .and_then(|listed| listed.releases.get(version.as_str()));
        let promised = entry.filter(|entry| !entry.carried).map(|entry| &entry.sha256);
        let read = names::read(&file).and_then(|bytes| sound(bytes, package, version.as_str(), promised));
        Ok(match read {
            Ok((bytes, dna)) => Some(Had::new(
                package,
                bytes,
                dna,
                format!("the registry here ({})", file.display()),
            )),
            Err(why) => {
                notes.push(format!("{} is not used: {}", file.display(), visible(&why)));
                None
            }
        })
    }

    async fn elsewhere(&self, search: &mut Search<'_>, notes: &mut Vec<String>) -> Result<Option<Had>> {
        let Some(remote) = &self.remote else {
            return Ok(None);
        };
        let Some(listed) = remote.find(search.package, search.version.as_ref()).await? else {
            return Ok(None);
        };
        search.version = Some(Version::new(listed.version()));
        let promised: Option<&Entry> = listed.entry();
        search.sha256 = promised.map(|entry| entry.sha256.clone());
        // What was downloaded once is not downloaded again.
        if search.sha256.is_some()
            && let Some(had) = self.in_cache(search, &mut Vec::new())
        {
            return Ok(Some(had));
        }
        let bytes = remote.bytes(&listed).await?;
        match sound(bytes, search.package, listed.version(), search.sha256.as_ref()) {
            Ok((bytes, dna)) => {
                self.keep(search.package, listed.version(), &bytes, notes);
                let from = format!("the registry {}", remote.repository);
                Ok(Some(Had::new(search.package, bytes, dna, from)))
            }
            Err(why) => {
                notes.push(format!(
                    "what {} has is not used: {}",
                    remote.repository,
                    visible(&why)
                ));
                search.sha256 = None;
                Ok(None)
            }
        }
    }

    fn in_cache(&self, search: &Search<'_>, notes: &mut Vec<String>) -> Option<Had> {
        let (kept, wanted) = (self.kept.as_ref()?, search.version.as_ref()?);
        let (file, version) = kept.find(search.package, wanted)?;
        let read = kept.read(&file).and_then(|bytes| {
            let (bytes, dna) = sound(bytes, search.package, version.as_str(), search.sha256.as_ref())?;
            if search.sha256.is_none() && dna.head.dna_version != DNA_VERSION {
                return Err(format!(
                    "it has dna_version {}, and this gistry makes {DNA_VERSION}",
                    dna.head.dna_version
                ));
            }
            Ok((bytes, dna))
        });
        match read {
            Ok((bytes, dna)) => Some(Had::new(
                search.package,
                bytes,
                dna,
                format!("{}", file.display()),
            )),
            Err(why) => {
                notes.push(format!("{} is not used: {}", file.display(), visible(&why)));
                None
            }
        }
    }

    async fn parsed(&self, search: &Search<'_>) -> Result<Result<Had, String>> {
        let wanted = Wanted {
            package: search.package,
            version: search.version.as_ref().map(Version::as_str),
            artifact: None,
            with_sdist: false,
        };
        let obtained = match package::obtain(&self.index, &wanted).await? {
            Ok(obtained) => obtained,
            Err(lack) => return Ok(Err(lack.to_string())),
        };
        let artifact = obtained.choice.file.filename.clone();
        let derived = match package::derive(&obtained.material(), &self.manner)? {
            Ok(derived) => derived,
            Err(why) => return Ok(Err(format!("{artifact}: {why}"))),
        };
        let mut notes = derived.notes;
        let dna = dna::read(&derived.bytes).map_err(Error::Unexpected)?;
        self.keep(search.package, &dna.head.release, &derived.bytes, &mut notes);
        let had = Had::new(
            search.package,
            derived.bytes,
            dna,
            format!("{artifact}, parsed here"),
        );
        Ok(Ok(had.after(notes)))
    }

    fn keep(&self, package: &PackageName, release: &str, bytes: &[u8], notes: &mut Vec<String>) {
        let kept = self
            .kept
            .as_ref()
            .map_or(Ok(()), |kept| kept.keep(package, release, bytes));
        notes.extend(kept.err().map(|why| format!("it is not kept: {why}")));
    }
}

/// What is looked for, as far as it is known.
struct Search<'s> {
    package: &'s PackageName,
    version: Option<Version>,
    /// The digest that the registry names.
    sha256: Option<Sha256>,
}

impl Search<'_> {
    fn means(&self, version: &Version) -> bool {
        self.version
            .as_ref()
            .is_some_and(|wanted| wanted.is_same_release(version))
    }
}

impl Had {
    fn new(package: &PackageName, bytes: Vec<u8>, dna: Dna, from: String) -> Self {
        Self {
            package: package.clone(),
            bytes,
            dna,
            from,
            notes: Vec::new(),
        }
    }

    fn after(mut self, mut notes: Vec<String>) -> Self {
        notes.append(&mut self.notes);
        Self { notes, ..self }
    }
}

/// The bytes with what they mean, where they are DNA of this release and the ones that were promised.
fn sound(
    bytes: Vec<u8>,
    package: &PackageName,
    release: &str,
    promised: Option<&Sha256>,
) -> Result<(Vec<u8>, Dna), String> {
    let digest = format!("{:x}", Hasher::digest(&bytes));
    if let Some(promised) = promised.filter(|promised| promised.as_str() != digest) {
        return Err(format!(
            "its sha256 is {digest}, and the registry's index says {promised}"
        ));
    }
    let dna = dna::read(&bytes)?;
    let head = &dna.head;
    if head.package != *package || !Version::new(&head.release).is_same_release(&Version::new(release)) {
        return Err(format!("it is the DNA of {} {}", head.package, head.release));
    }
    Ok((bytes, dna))
}
