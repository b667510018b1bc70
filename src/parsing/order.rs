//! Who wants which releases of a package, and in which order: the most wanted first, each once. Never asks an index.

use std::collections::{BTreeMap, HashSet};

use super::plan::{Why, Work, has_place};
use crate::model::artifact::{ArtifactKind, Project};
use crate::model::name::PackageName;
use crate::model::packages::Pick;
use crate::model::version::Version;

/// A release that the registry has, by its file's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The version, as in its file's name.
    pub release: String,
    /// The artifact that it was made from.
    pub artifact: String,
    /// What made it.
    pub dna_version: u32,
    /// With which options.
    pub profile: String,
    /// Why nobody should use it, as the file says.
    pub yanked: Option<String>,
}

/// Somebody's wish for a package, or one release of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Who.
    pub why: Why,
    /// What.
    pub pick: Pick,
}

/// All wishes, by package; the first wish is the strongest.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    all: BTreeMap<PackageName, Vec<(Why, usize, Option<String>)>>,
    count: usize,
}

/// How a plan is made.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// How many newest releases are wanted of a package where no release is named.
    pub versions: u64,
    /// What is passed over, unless it was asked for by hand.
    pub skip: &'a [Pick],
    /// Whether the sdist is read beside new releases' wheels.
    pub with_sdist: bool,
    /// Whether files of another dna_version are made anew.
    pub regenerate: bool,
    /// What this gistry makes.
    pub dna_version: u32,
}

/// A release and how much it is wanted: the least comes first.
type Ranked = ((Why, usize), Work);

/// What came of all packages.
#[derive(Debug, Default)]
pub struct Sorter {
    ranked: Vec<Ranked>,
    /// Releases that the index does not list any more: `pandas 2.2.0`.
    pub deleted: Vec<String>,
    /// What somebody named and the index does not have, a line each.
    pub lacking: Vec<String>,
}

impl Wishes {
    /// Adds a wish; earlier ones of the same reason come first.
    pub fn add(&mut self, why: Why, pick: Pick) {
        self.count += 1;
        self.all
            .entry(pick.package)
            .or_default()
            .push((why, self.count, pick.version));
    }

    /// The versions of a package that somebody named.
    pub fn versions(&self, package: &PackageName) -> Vec<String> {
        let wishes = self.all.get(package).into_iter().flatten();
        wishes.filter_map(|(_, _, version)| version.clone()).collect()
    }

    /// The packages, sorted by name.
    pub fn packages(&self) -> impl Iterator<Item = &PackageName> {
        self.all.keys()
    }
}

impl Sorter {
    /// Takes in what the index lists of a package; `None` where it knows no such package.
    pub fn look(
        &mut self,
        package: &PackageName,
        project: Option<&Project>,
        known: &[Known],
        wishes: &Wishes,
        manner: &Manner<'_>,
    ) {
        let wishes = wishes.all.get(package).map_or(&[][..], Vec::as_slice);
        let Some(project) = project else {
            self.deleted
                .extend(known.iter().map(|known| format!("{package} {}", known.release)));
            let named = wishes
                .iter()
                .any(|(why, ..)| matches!(why, Why::Asked | Why::Listed));
            if named && known.is_empty() {
                self.lacking
                    .push(format!("{package}: the package index does not know it"));
            }
            return;
        };
        for known in known {
            self.there(project, known, manner);
        }
        for (why, rank, version) in wishes {
            for version in self.wanted(project, *why, version.as_deref(), manner) {
                let is_known = known
                    .iter()
                    .any(|known| Version::new(&known.release).is_same_release(&version));
                let skipped =
                    *why != Why::Asked && manner.skip.iter().any(|pick| pick.means(package, &version));
                if is_known || skipped {
                    continue;
                }
                if let Some(work) = work(project, &version, *why, manner.with_sdist) {
                    self.ranked.push(((*why, *rank), work));
                } else if *why <= Why::Listed {
                    self.lacking.push(format!(
                        "{package} {version}: it has no file with a digest that can be read"
                    ));
                }
            }
        }
    }

    /// A release that the registry has.
    fn there(&mut self, project: &Project, known: &Known, manner: &Manner<'_>) {
        let Some(file) = project.file(&known.artifact) else {
            self.deleted.push(format!("{} {}", project.name, known.release));
            return;
        };
        let is_ours = known.dna_version == manner.dna_version;
        let why = match (is_ours, file.yanked != known.yanked) {
            (true, true) => Why::Yanked,
            (false, _) if manner.regenerate => Why::Outdated,
            _ => return,
        };
        let work = Work {
            package: project.name.clone(),
            release: known.release.clone(),
            artifact: known.artifact.clone(),
            size: file.size,
            sdist: is_with_sdist(&known.profile),
            why,
        };
        self.ranked.push(((why, 0), work));
    }

    /// The releases that a wish means.
    fn wanted(
        &mut self,
        project: &Project,
        why: Why,
        version: Option<&str>,
        manner: &Manner<'_>,
    ) -> Vec<Version> {
        let Some(text) = version else {
            return newest(project, manner.versions);
        };
        let wanted = Version::new(text);
        let versions = project.versions();
        let exact = versions.iter().find(|known| known.as_str() == text);
        match exact.or_else(|| versions.iter().find(|known| known.is_same_release(&wanted))) {
            Some(version) => vec![(*version).clone()],
            None => {
                if why <= Why::Listed {
                    self.lacking.push(format!(
                        "{} {text}: the package index has no such release",
                        project.name
                    ));
                }
                Vec::new()
            }
        }
    }

    /// The work, the most wanted first, each release once, no more than `limit`; and how much more there was.
    pub fn sorted(&mut self, limit: usize) -> (Vec<Work>, usize) {
        let mut ranked = std::mem::take(&mut self.ranked);
        // Releases of one wish are newest first already.
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut seen = HashSet::new();
        ranked.retain(|(_, work)| seen.insert((work.package.clone(), work.release.clone())));
        let beyond = ranked.len().saturating_sub(limit);
        ranked.truncate(limit);
        for lines in [&mut self.deleted, &mut self.lacking] {
            lines.sort_unstable();
            lines.dedup();
        }
        (ranked.into_iter().map(|(_, work)| work).collect(), beyond)
    }
}

/// Whether a profile says that the sdist was read beside the wheel.
pub fn is_with_sdist(profile: &str) -> bool {
    profile.split('+').any(|part| part == "sdist")
}

fn work(project: &Project, version: &Version, why: Why, with_sdist: bool) -> Option<Work> {
    let file = project.choose(version)?;
    // Nobody could say later that the bytes are the right ones.
    file.sha256.as_ref()?;
    let release = file.version.as_str().to_owned();
    let sdist = with_sdist && file.kind == ArtifactKind::Wheel && project.sdist(version).is_some();
    has_place(&project.name, &release).then(|| Work {
        package: project.name.clone(),
        release,
        artifact: file.filename.clone(),
        size: file.size,
        sdist,
        why,
    })
}

/// The newest releases that can be parsed, newest first: none that is yanked, and no prerelease while there is a release.
pub fn newest(project: &Project, count: u64) -> Vec<Version> {
    let good: Vec<&Version> = project
        .versions()
        .into_iter()
        .filter(|version| {
            let file = project
                .choose(version)
                .filter(|file| file.yanked.is_none() && file.sha256.is_some());
            version.is_pep440() && file.is_some() && has_place(&project.name, version.as_str())
        })
        .collect();
    let released = good.iter().any(|version| !version.is_prerelease());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let wanted = good
        .into_iter()
        .filter(|version| !(released && version.is_prerelease()));
    wanted.take(count).cloned().collect()
}
