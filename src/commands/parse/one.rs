//! One release, from the package index to its file. Never stops at what is wrong with it: that becomes its outcome.

use std::time::Instant;

use tokio::sync::Mutex;

use super::bars::Bar;
use super::place::{self, How, Made, Place, There};
use crate::commands::package::{self, Obtained, Wanted};
use crate::error::Error;
use crate::io::derive::{DNA_VERSION, Derived, Manner};
use crate::io::pypi::PackageIndex;
use crate::model::artifact::Project;
use crate::model::packages::Pick;
use crate::model::version::Version;
use crate::parsing::order::is_with_sdist;
use crate::parsing::plan::{Work, has_place, path};
use crate::parsing::report::{Done, Outcome};

/// What every release of a run shares.
pub struct Shop {
    /// Where artifacts are had.
    pub index: PackageIndex,
    /// How they are parsed.
    pub manner: Manner,
    /// Where files are put.
    pub place: Place,
    /// How they are put.
    pub how: How,
    /// Where below the place, such as `with-tests/`.
    pub below: String,
    /// One is parsed at a time, by all threads; others are downloaded meanwhile.
    pub gate: Mutex<()>,
}

/// A release that is wanted.
#[derive(Debug, Clone)]
pub struct Order {
    /// Of which package, and which one.
    pub pick: Pick,
    /// The artifact, where a plan says it.
    pub artifact: Option<String>,
    /// Whether the sdist is read beside a wheel.
    pub sdist: bool,
}

impl From<&Work> for Order {
    fn from(work: &Work) -> Self {
        Self {
            pick: Pick {
                package: work.package.clone(),
                version: Some(work.release.clone()),
            },
            artifact: Some(work.artifact.clone()),
            sdist: work.sdist,
        }
    }
}

/// Why a release goes no further.
pub struct Stop(pub Outcome, pub String);

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let outcome = match error {
            Error::CouldNotCheck(_) => Outcome::Unasked,
            Error::Usage(_) | Error::Unexpected(_) => Outcome::Failed,
        };
        Self(outcome, error.to_string())
    }
}

impl Stop {
    fn failed(why: impl ToString) -> Self {
        Self(Outcome::Failed, why.to_string())
    }

    fn differs(why: impl ToString) -> Self {
        Self(Outcome::Differs, why.to_string())
    }
}

impl Shop {
    /// Does everything for one release.
    pub async fn release(&self, order: &Order, bar: &Bar) -> Done {
        let start = Instant::now();
        let mut done = Done {
            package: order.pick.package.to_string(),
            release: order.pick.version.clone(),
            ..Done::default()
        };
        if let Err(Stop(outcome, why)) = self.steps(order, bar, &mut done).await {
            (done.outcome, done.why) = (outcome, Some(why));
        }
        done.seconds = start.elapsed().as_secs_f64();
        bar.end();
        done
    }

    async fn steps(&self, order: &Order, bar: &Bar, done: &mut Done) -> Result<(), Stop> {
        let package = &order.pick.package;
        bar.says("asking the package index");
        let project = self.index.project(package).await?;
        let mut project = project.ok_or_else(|| Stop::failed(package::Lack::Package(package.clone())))?;
        let (wanted, there) = self.wanted(&project, order)?;
        let choice = package::choose(&self.index, &mut project, &wanted).await?;
        let choice = choice.map_err(Stop::failed)?;
        done.release = Some(choice.file.version.to_string());
        done.artifact = Some(choice.file.filename.clone());
        if self.place.is_registry() && choice.file.sha256.is_none() {
            let why = "the package index promises no sha256 of it, and nobody could check the file later";
            return Err(Stop::failed(format!("{}: {why}", choice.file.filename)));
        }
        bar.says(&format!("downloading {}", choice.file.filename));
        let obtained = package::fetch(&self.index, package, choice).await?;
        let derived = self.derive(obtained, bar).await?;
        self.put(&derived, there.as_ref(), done)
    }

    /// What is wanted, where a file of that release may be there already: its artifact and its options are used again.
    fn wanted<'o>(&self, project: &Project, order: &'o Order) -> Result<(Wanted<'o>, Option<There>), Stop> {
        let package = &order.pick.package;
        let mut wanted = Wanted {
            package,
            version: order.pick.version.as_deref(),
            artifact: order.artifact.as_deref().map(str::to_owned),
            with_sdist: order.sdist,
        };
        let version = match wanted.version {
            Some(text) => package::release(project, text)
                .cloned()
                .unwrap_or_else(|| Version::new(text)),
            None => project
                .latest()
                .cloned()
                .ok_or_else(|| Stop::failed(package::Lack::AnyRelease(package.clone())))?,
        };
        let there = self.place.there(package, &version).map_err(Stop::differs)?;
        let Some(there) = there.filter(|_| self.place.is_registry()) else {
            return Ok((wanted, None));
        };
        let file = path(package, &there.release);
        let head = place::head_of(&there.bytes)
            .map_err(|why| Stop::differs(format!("{file} is there and is no DNA file: {why}; remove it")))?;
        if head.dna_version != DNA_VERSION && !self.how.regenerate {
            return Err(Stop::differs(format!(
                "{file} is there with dna_version {}, and this gistry makes {DNA_VERSION}: --regenerate makes it anew",
                head.dna_version
            )));
        }
        if order.sdist && !is_with_sdist(&head.profile) {
            return Err(Stop::differs(format!(
                "{file} is there, made without the sdist (profile {}), and the options of a release never change",
                head.profile
            )));
        }
        if let Some(file) = project.file(&head.source.artifact)
            && file
                .sha256
                .as_ref()
                .is_some_and(|promised| *promised != head.source.sha256)
        {
            return Err(Stop::differs(format!(
                "artifact differs: the package index promises another sha256 of {} than the one that the registry's file was \
                 made from",
                file.filename
            )));
        }
        wanted.with_sdist = is_with_sdist(&head.profile);
        wanted.artifact = Some(head.source.artifact);
        Ok((wanted, Some(there)))
    }

    async fn derive(&self, obtained: Obtained, bar: &Bar) -> Result<Derived, Stop> {
        bar.says("waiting for a core");
        let _one = self.gate.lock().await;
        bar.says("parsing");
        package::derived(obtained, self.manner)
            .await?
            .map_err(Stop::failed)
    }

    /// Puts what was derived where it belongs, and writes down what it is.
    pub fn put(&self, derived: &Derived, there: Option<&There>, done: &mut Done) -> Result<(), Stop> {
        let head = &derived.head;
        done.modules = head.counts.modules;
        done.functions = head.counts.functions + head.counts.methods;
        done.failed_files = head.counts.failed;
        done.bytes = derived.bytes.len() as u64;
        done.notes.clone_from(&derived.notes);
        if self.place.is_registry() && !has_place(&head.package, &head.release) {
            let why = "its version cannot be the name of a file of a registry";
            return Err(Stop::failed(format!("{} {}: {why}", head.package, head.release)));
        }
        let made = Made {
            path: format!("{}{}", self.below, file_path(&head.package, &head.release)),
            bytes: &derived.bytes,
            head,
        };
        let there = match there {
            Some(there) => Some(there.clone()),
            None => self.place.exactly(&made.path).map_err(Stop::differs)?,
        };
        let put = self.place.put(&made, there.as_ref(), &self.how)?;
        done.path = Some(made.path);
        (done.outcome, done.why) = (put.outcome, put.why);
        Ok(())
    }
}

/// The name of a release's file; of a tag, which may hold what no file name can, with `_` in its place.
fn file_path(package: &crate::model::name::PackageName, release: &str) -> String {
    let plain =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '!' | '+' | '-' | '_');
    let release: String = release
        .chars()
        .map(|letter| if plain(letter) { letter } else { '_' })
        .collect();
    path(package, &release)
}
