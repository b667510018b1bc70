//! One file of a registry: its bytes as git or the disk gave them, and what they mean, read at most once. Never reads by itself.

use std::sync::{Arc, OnceLock};

use super::advisory::Advisories;
use super::batch::Batch;
use super::decode::{Format, Problem, ProblemKind, Problems};
use super::json::{self, Oddity, SyntaxError};
use super::name::ObjectId;
use super::owner::Owner;
use super::path::Place;
use super::policy::Policy;
use super::publisher::Publisher;
use super::text::Span;

/// JSON texts longer than this are not read, whatever the settings say. In bytes.
pub const MAX_JSON_BYTES: usize = 4 << 20;

/// What kind of entry of a git tree it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 100644
    Regular,
    /// 100755
    Executable,
    /// 120000
    Symlink,
    /// 160000
    Submodule,
    /// Anything else, as git gave it.
    Other(u32),
}

impl Mode {
    /// Reads git's octal mode.
    pub fn from_octal(mode: u32) -> Self {
        match mode {
            0o100_644 => Self::Regular,
            0o100_755 => Self::Executable,
            0o120_000 => Self::Symlink,
            0o160_000 => Self::Submodule,
            other => Self::Other(other),
        }
    }

    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Regular => "a regular file",
            Self::Executable => "an executable file",
            Self::Symlink => "a symbolic link",
            Self::Submodule => "a submodule",
            Self::Other(_) => "a file of an unusual mode",
        }
    }
}

/// A file's bytes, or why they are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes. For a symbolic link: its target.
    Bytes(Arc<[u8]>),
    /// Larger than what was asked for; its size in bytes where that is known.
    TooBig(Option<u64>),
    /// Nothing judges what is in it, so it was not read; its size in bytes where that is known.
    NotRead(Option<u64>),
    /// A submodule has none.
    None,
    /// It was there and could not be read: why.
    Unreadable(String),
}

/// A file at one moment.
#[derive(Debug)]
pub struct File {
    /// Its mode.
    pub mode: Mode,
    /// Its git object id, where git was asked.
    pub blob: Option<ObjectId>,
    /// Its bytes.
    pub content: Content,
    place: Place,
    /// Boxed, so that a tree of files that nobody reads stays small.
    parsed: OnceLock<Box<Parsed>>,
}

/// What a file's bytes mean.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The JSON is broken here.
    pub syntax: Option<SyntaxError>,
    /// It is too large to be read as JSON.
    pub too_big: bool,
    /// What the JSON grammar allows and we do not.
    pub oddities: Vec<Oddity>,
    /// The deepest nesting.
    pub depth: usize,
    /// Where it is first that deep.
    pub deepest: Span,
    /// Where the format is broken, in the order of the file.
    pub problems: Vec<Problem>,
    /// What is sound of it.
    pub decoded: Decoded,
}

/// A file's meaning by its place in the layout.
#[derive(Debug, Default)]
pub enum Decoded {
    /// `{username}/registry.json`
    Publisher(Publisher),
    /// Either kind of advisories file.
    Advisories(Advisories),
    /// `owners/{login}.json`
    Owner(Owner),
    /// `stats/inbox/{week}/{batch}.json`
    Batch(Box<Batch>),
    /// `registry.toml`
    Policy(Box<Policy>),
    /// Nothing that gistry decodes, or nothing that can be decoded.
    #[default]
    Nothing,
}

impl File {
    /// A file at a place of the layout.
    pub fn new(place: Place, mode: Mode, blob: Option<ObjectId>, content: Content) -> Self {
        Self {
            mode,
            blob,
            content,
            place,
            parsed: OnceLock::new(),
        }
    }

    /// A regular file with these bytes, for places where git is not asked.
    pub fn regular(place: Place, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::new(place, Mode::Regular, None, Content::Bytes(bytes.into()))
    }

    /// Where the layout has it.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The bytes, where they are here and the entry is a file.
    pub fn bytes(&self) -> Option<&[u8]> {
        match (&self.content, self.mode) {
            (Content::Bytes(bytes), Mode::Regular | Mode::Executable) => Some(bytes),
            _ => None,
        }
    }

    /// The size in bytes, where it is known.
    pub fn size(&self) -> Option<u64> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::TooBig(size) | Content::NotRead(size) => *size,
            Content::None | Content::Unreadable(_) => None,
        }
    }

    /// Whether the layout makes it a JSON file.
    pub fn is_json(&self) -> bool {
        match self.place {
            Place::PublisherModules { .. }
            | Place::PublisherAdvisories { .. }
            | Place::MaintainerAdvisory { .. } => true,
            Place::StatsBatch { .. } | Place::Owner { .. } => true,
            Place::Release { .. }
            | Place::Settings
            | Place::BotOwned
            | Place::PassedOver
            | Place::Unknown => false,
        }
    }

    /// What the bytes mean; read at the first call.
    pub fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| Box::new(self.parse()))
    }

    /// Whether what is in it ought to be judged and cannot be: it is no plain file, or too large, or its JSON is broken.
    pub fn is_opaque(&self) -> bool {
        let parsed = self.parsed();
        let plain = matches!(self.mode, Mode::Regular | Mode::Executable)
            && matches!(self.content, Content::Bytes(_) | Content::NotRead(_));
        !plain || parsed.too_big || parsed.syntax.is_some()
    }

    /// The publisher's file, where this is one.
    pub fn publisher(&self) -> Option<&Publisher> {
        if let Decoded::Publisher(publisher) = &self.parsed().decoded {
            Some(publisher)
        } else {
            None
        }
    }

    /// The advisories, where this is a file of them.
    pub fn advisories(&self) -> Option<&Advisories> {
        if let Decoded::Advisories(advisories) = &self.parsed().decoded {
            Some(advisories)
        } else {
            None
        }
    }

    /// The binding, where this is one.
    pub fn owner(&self) -> Option<&Owner> {
        if let Decoded::Owner(owner) = &self.parsed().decoded {
            Some(owner)
        } else {
            None
        }
    }

    /// The batch of statistics, where this is one.
    pub fn batch(&self) -> Option<&Batch> {
        if let Decoded::Batch(batch) = &self.parsed().decoded {
            Some(batch)
        } else {
            None
        }
    }

    /// The settings, where this is the file of them.
    pub fn policy(&self) -> Option<&Policy> {
        if let Decoded::Policy(policy) = &self.parsed().decoded {
            Some(policy)
        } else {
            None
        }
    }

    fn parse(&self) -> Parsed {
        let Some(bytes) = self.bytes() else {
            return Parsed::default();
        };
        if self.place == Place::Settings {
            let (policy, problems) = Policy::decode(bytes);
            return Parsed {
                problems,
                decoded: Decoded::Policy(Box::new(policy)),
                ..Parsed::default()
            };
        }
        if !self.is_json() {
            return Parsed::default();
        }
        if bytes.len() > MAX_JSON_BYTES {
            return Parsed {
                too_big: true,
                ..Parsed::default()
            };
        }
        let document = match json::parse(bytes) {
            Ok(document) => document,
            Err(error) => {
                return Parsed {
                    syntax: Some(error),
                    ..Parsed::default()
                };
            }
        };
        let mut problems = Problems::default();
        let decoded = match self.place {
            Place::PublisherModules { .. } => Decoded::Publisher(Publisher::decode(&document, &mut problems)),
            Place::PublisherAdvisories { .. } | Place::MaintainerAdvisory { .. } => {
                Decoded::Advisories(Advisories::decode(&document, &mut problems))
            }
            Place::Owner { .. } => Decoded::Owner(Owner::decode(&document, &mut problems)),
            Place::StatsBatch { .. } => {
                let batch = Batch::decode(&document, &mut problems);
                problems
                    .0
                    .iter_mut()
                    .for_each(|problem| problem.kind = ProblemKind::Batch);
                Decoded::Batch(Box::new(batch))
            }
            _ => Decoded::Nothing,
        };
        let mut problems = problems.0;
        problems.sort_by_key(|problem| problem.span);
        Parsed {
            oddities: document.oddities,
            depth: document.depth,
            deepest: document.deepest,
            problems,
            decoded,
            ..Parsed::default()
        }
    }
}
