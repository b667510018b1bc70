//! From what each source says to what the registry is: publishers in order, one for each login, and what is carried over from the index
//! that was there before. Never reads; the previous index is asked for by path.

use std::ops::Deref;

use super::advice::Advice;
use super::advisory::{self, Place, Places};
use super::packages::Package;
use super::publisher::{Publisher, PublisherFile};
use super::shard;
use super::source::{Broken, Entry, Kind, Source};
use super::used::Installs;
use super::{Content, Output};
use crate::finding::{Finding, Severity};
use crate::model::blob::BlobId;
use crate::model::path::RepoPath;

/// What is known of a source now.
#[derive(Debug)]
pub enum Known<'a> {
    /// What it means.
    Sound {
        /// The id of its bytes.
        id: BlobId,
        /// What they mean.
        entry: &'a Entry<'a>,
        /// Its own file in the index, where it has one.
        file: Content<Vec<u8>>,
    },
    /// It cannot be read, or not all of it: its id where that is known, and what was read.
    Broken(Option<BlobId>, Broken),
}

/// Something that is kept elsewhere, or here. (`Cow` cannot hold what borrows for a shorter time than it is for.)
#[derive(Debug)]
pub enum Held<'a, T> {
    /// Elsewhere.
    Kept(&'a T),
    /// Here.
    Own(T),
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Kept(kept) => kept,
            Self::Own(own) => own,
        }
    }
}

/// A publisher as it goes into the index.
#[derive(Debug)]
pub struct Standing<'a> {
    /// What the index must know.
    pub publisher: Held<'a, Publisher<'a>>,
    /// Its file in the index.
    pub file: Content<Vec<u8>>,
}

/// A package as it goes into the index.
#[derive(Debug)]
pub struct Packed<'a> {
    /// What the index must know.
    pub package: Held<'a, Package>,
    /// Its file in the index.
    pub file: Content<Output>,
    /// Its link, where that is not there.
    pub link: Option<Output>,
}

/// What is known of the advisories' export before the advisories are.
#[derive(Debug)]
pub enum Export {
    /// It is made anew, for a registry of this name, with these files of advisories that cannot be read.
    Anew(Option<String>, Vec<Output>),
    /// The registry's settings cannot be read, and so nobody knows its name: the export stays as it is.
    Stays,
}

impl Default for Export {
    fn default() -> Self {
        Self::Anew(None, Vec::new())
    }
}

/// A registry as its sources say it.
#[derive(Debug, Default)]
pub struct Registry<'a> {
    /// By login.
    pub publishers: Vec<Standing<'a>>,
    /// Advisory files: path, id, meaning.
    pub advice: Vec<(&'a str, BlobId, Held<'a, Advice>)>,
    /// Advisories whose file cannot be read any more, by id.
    pub carried_advisories: Places,
    /// Weeks of aggregates: path, id, meaning.
    pub weeks: Vec<(&'a str, BlobId, Held<'a, Installs<'a>>)>,
    /// Packages by name.
    pub packages: Vec<Packed<'a>>,
    /// The advisories' export, as far as it stays what it was.
    pub export: Export,
    /// What is broken.
    pub faults: Vec<Finding>,
    /// The sources that cannot be read and of which the index keeps what it had.
    pub carried: Vec<String>,
}

/// The files of the index before, by path; nothing where there is none.
pub type Previous<'p> = &'p dyn Fn(&str) -> Option<Vec<u8>>;

/// Puts together what the sources say. `shards` are the paths of the previous `index/advisory/`.
pub fn gather<'a>(
    sources: Vec<(Source<'a>, Known<'a>)>,
    shards: &[String],
    previous: Previous<'_>,
) -> Registry<'a> {
    let mut registry = Registry::default();
    let mut advised = None;
    for (source, known) in sources {
        match known {
            Known::Sound { id, entry, file } => registry.add(&source, Some(id), borrowed(entry), file),
            Known::Broken(id, Broken { faults, lost, rest }) => {
                registry.faults.extend(faults);
                match source.kind {
                    Kind::Publisher if registry.carry(&source, id, lost, rest.is_none(), previous) => {
                        continue;
                    }
                    Kind::Advisories => {
                        let old = advised.get_or_insert_with(|| places(shards, previous));
                        registry.carry_advisories(&source, rest.as_deref(), old);
                    }
                    Kind::Publisher | Kind::Aggregates | Kind::Release => {}
                }
                if let Some(rest) = rest {
                    let file = rest.1.map_or(Content::There, Content::Here);
                    registry.add(&source, id, owned(rest.0), file);
                }
            }
        }
    }
    registry.order();
    registry
}

/// What a source means, borrowed or not.
enum Part<'a> {
    Nothing,
    Publisher(Held<'a, Publisher<'a>>),
    Advice(Held<'a, Advice>),
    Week(Held<'a, Installs<'a>>),
}

fn borrowed<'a>(entry: &'a Entry<'a>) -> Part<'a> {
    match entry {
        Entry::Package(_) | Entry::File(_) | Entry::Index(_) => Part::Nothing,
        Entry::Publisher(publisher) => Part::Publisher(Held::Kept(publisher)),
        Entry::Advisories(advice) => Part::Advice(Held::Kept(advice)),
        Entry::Aggregates(installs) => Part::Week(Held::Kept(installs)),
    }
}

fn owned(entry: Entry<'static>) -> Part<'static> {
    match entry {
        Entry::Package(_) | Entry::File(_) | Entry::Index(_) => Part::Nothing,
        Entry::Publisher(publisher) => Part::Publisher(Held::Own(publisher)),
        Entry::Advisories(advice) => Part::Advice(Held::Own(advice)),
        Entry::Aggregates(installs) => Part::Week(Held::Own(installs)),
    }
}

fn places(shards: &[String], previous: Previous<'_>) -> Places {
    let files = shards.iter().filter_map(|path| advisory::parse(&previous(path)?));
    files.flatten().collect()
}

impl<'a> Registry<'a> {
    fn add(&mut self, source: &Source<'a>, id: Option<BlobId>, part: Part<'a>, file: Content<Vec<u8>>) {
        match (part, id) {
            (Part::Publisher(publisher), _) => self.publishers.push(Standing { publisher, file }),
            (Part::Advice(advice), Some(id)) => self.advice.push((source.path, id, advice)),
            (Part::Week(installs), Some(id)) => self.weeks.push((source.path, id, installs)),
            // Packages are made of several files, and come by themselves.
            (_, None) | (Part::Nothing, _) => {}
        }
    }

    /// Keeps what the index had of a publisher, where less could be read now. What was made from this very file is no better.
    fn carry(
        &mut self,
        source: &Source<'_>,
        id: Option<BlobId>,
        lost: Option<Vec<String>>,
        nothing_left: bool,
        previous: Previous<'_>,
    ) -> bool {
        let path = shard::publisher_path(&source.folder().to_ascii_lowercase());
        let Some(bytes) = previous(&path) else {
            return false;
        };
        let Some(mut file) = PublisherFile::parse(&bytes) else {
            return false;
        };
        let is_missed = lost.is_none_or(|lost| lost.iter().any(|name| file.modules.has(name)));
        if !nothing_left && (!is_missed || id == Some(file.blob)) {
            return false;
        }
        file.carried = true;
        let (publisher, bytes) = file.make();
        self.publishers.push(Standing {
            publisher: Held::Own(publisher),
            file: Content::Here(bytes),
        });
        self.carried.push(source.path.to_owned());
        true
    }

    fn carry_advisories(
        &mut self,
        source: &Source<'_>,
        rest: Option<&(Entry<'static>, Option<Vec<u8>>)>,
        old: &Places,
    ) {
        let read: Vec<&str> = match rest {
            Some((Entry::Advisories(advice), _)) => advice.ids().collect(),
            _ => Vec::new(),
        };
        let mut any = false;
        for (id, places) in old.iter().filter(|(id, _)| !read.contains(&id.as_str())) {
            for place in places.iter().filter(|place| place.path == source.path) {
                self.carried_advisories
                    .entry(id.clone())
                    .or_default()
                    .push(place.clone());
                any = true;
            }
        }
        if any {
            self.carried.push(source.path.to_owned());
        }
    }

    /// Publishers by login, one for each: of folders that differ in case alone the first by bytes.
    fn order(&mut self) {
        fn key<'s>(standing: &'s Standing<'_>) -> (&'s str, &'s str) {
            (
                standing.publisher.login.as_str(),
                standing.publisher.folder.as_str(),
            )
        }
        self.publishers.sort_by(|a, b| key(a).cmp(&key(b)));
        let faults = &mut self.faults;
        self.publishers.dedup_by(|later, first| {
            let same = later.publisher.login == first.publisher.login;
            if same {
                let (kept, path) = (first.publisher.folder.as_str(), later.publisher.folder.as_str());
                let path = format!("{path}/registry.json");
                let message = format!(
                    "{kept}/registry.json is the same publisher's: logins that differ in case are one"
                );
                let finding = Finding::new("path-safe", Severity::Error, path.clone(), message);
                let help = "merge the two folders into one";
                faults.push(finding.path(&RepoPath::new(&path)).help(help));
            }
            same
        });
        self.weeks.sort_by_key(|(path, ..)| *path);
        self.carried.sort_unstable();
        self.faults.sort_by(|a, b| {
            let place = |finding: &Finding| finding.place.as_ref().map(|place| (place.line, place.column));
            (&a.path, place(a), a.rule, &a.message).cmp(&(&b.path, place(b), b.rule, &b.message))
        });
    }

    /// Every advisory with the files that hold it.
    pub fn places(&self) -> Places {
        let mut places = self.carried_advisories.clone();
        for (path, blob, advice) in &self.advice {
            for id in advice.ids() {
                places.entry(id.to_owned()).or_default().push(Place {
                    path: (*path).to_owned(),
                    blob: *blob,
                });
            }
        }
        places
    }
}
