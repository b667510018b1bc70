//! The head of a DNA file: what it is about, before the definitions. Reads no further than that, and never judges whether it is true.

use std::fmt;
use std::io::{BufReader, ErrorKind, Read, Take, Write};

use rmp_serde::Deserializer;
use rmp_serde::decode::{Error, ReadReader};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::model::name::{PackageName, Sha256, Timestamp};

/// What the key `format` says in each DNA file.
pub const FORMAT: &str = "gistry-dna";
/// The most bytes in which a head must end. A real one has about one thousand.
pub const MAX_HEAD: u64 = 256 * 1024;
/// How deeply values may be nested. The head itself needs two levels; the rest is for keys that a later version adds.
const MAX_DEPTH: usize = 32;
/// The keys with which the definitions begin.
const BODY: [&str; 2] = ["public", "modules"];

/// The head of a DNA file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Changes when the bytes of the same artifact's DNA do.
    pub dna_version: u32,
    /// The package.
    pub package: PackageName,
    /// The version, as the package index writes it.
    pub release: String,
    /// What made the file.
    pub generator: String,
    /// What the file was made from.
    pub source: Source,
    /// The sdist that was read beside it, for docstrings that are compiled in.
    pub beside: Option<Source>,
    /// For which versions of Python the package is.
    pub requires_python: Option<String>,
    /// The package in one line.
    pub summary: Option<String>,
    /// How much is in the file.
    pub counts: Counts,
    /// What was taken in and what was left out.
    pub profile: String,
    /// Why nobody should use this release any more (PEP 592).
    pub yanked: Option<String>,
}

/// The artifact that a DNA file was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where it comes from: `pypi`.
    pub origin: String,
    /// The file's name.
    pub artifact: String,
    /// What it is: `wheel`, `sdist`.
    pub kind: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// When it was uploaded, in whole seconds; some mirrors do not say.
    #[serde(default)]
    pub upload_time: Option<Timestamp>,
}

/// How much is in a DNA file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Modules.
    pub modules: u64,
    /// Classes.
    pub classes: u64,
    /// Functions outside of classes.
    pub functions: u64,
    /// Functions in classes.
    pub methods: u64,
    /// Attributes.
    pub attributes: u64,
    /// Overloads.
    pub overloads: u64,
    /// Files that were read.
    pub files: u64,
    /// Files of tests, which were left out.
    pub tests: u64,
    /// Files that could not be read as Python.
    pub failed: u64,
}

/// Why a file has no head that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadFault {
    /// The file could not be read at all; says nothing about what is in it.
    Unreadable(String),
    /// The file ends within the head.
    Truncated,
    /// The head does not end where it must.
    TooLarge {
        /// The most bytes.
        limit: u64,
    },
    /// It is no MessagePack map with texts as keys, or its `format` says something else.
    NotDna,
    /// A key is not there before the definitions begin.
    Missing(&'static str),
    /// A key is there twice.
    Twice(String),
    /// The value of a key is not what it must be.
    Wrong {
        /// The key.
        key: String,
        /// What is wrong.
        message: String,
    },
}

impl fmt::Display for HeadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "the file could not be read: {why}"),
            Self::Truncated => f.write_str("the file ends within its head"),
            Self::TooLarge { limit } => write!(f, "the head does not end within {limit} bytes"),
            Self::NotDna => {
                f.write_str("not a DNA file: a MessagePack map that begins with format: gistry-dna")
            }
            Self::Missing(key) => write!(f, "the key {key:?} is missing before the definitions begin"),
            Self::Twice(key) => write!(f, "the key {key:?} is there twice"),
            Self::Wrong { key, message } => write!(f, "the value of {key:?}: {message}"),
        }
    }
}

impl std::error::Error for HeadFault {}

/// Reads a head and stops where the definitions begin. Reads at most `limit` bytes (usually [`MAX_HEAD`]), and takes in
/// memory what it reads and no more, whatever lengths the file claims.
///
/// # Errors
/// [`HeadFault`], for files of any bytes.
pub fn read(reader: impl Read, limit: u64) -> Result<Head, HeadFault> {
    let mut reader = BufReader::with_capacity(4096, reader).take(limit);
    let entries = match rmp::decode::read_map_len(&mut reader) {
        Ok(entries) => entries,
        Err(error) => return Err(fault(reader.limit(), limit, None, error.into())),
    };
    let mut decoder = Deserializer::new(reader);
    decoder.set_max_depth(MAX_DEPTH);
    let mut values = Values { decoder, limit };
    let mut fields = Fields::default();
    for _ in 0..entries {
        let key: String = values.next(None)?;
        if BODY.contains(&key.as_str()) {
            return fields.head();
        }
        fields.take(&key, &mut values)?;
    }
    Err(fields.head().err().unwrap_or(HeadFault::Missing(BODY[0])))
}

/// The keys and values of a file, one after the other.
struct Values<R: Read> {
    decoder: Deserializer<ReadReader<Take<R>>>,
    limit: u64,
}

impl<R: Read> Values<R> {
    fn next<T: DeserializeOwned>(&mut self, key: Option<&str>) -> Result<T, HeadFault> {
        T::deserialize(&mut self.decoder).map_err(|error| {
            let left = self.decoder.get_ref().limit();
            fault(left, self.limit, key, error)
        })
    }
}

/// What an error of the decoder means, when so many bytes of the limit are left. There is no key where the key itself
/// could not be read.
fn fault(left: u64, limit: u64, key: Option<&str>, error: Error) -> HeadFault {
    match (error, key) {
        (Error::InvalidMarkerRead(error) | Error::InvalidDataRead(error), _) => match error.kind() {
            ErrorKind::UnexpectedEof if left == 0 => HeadFault::TooLarge { limit },
            ErrorKind::UnexpectedEof => HeadFault::Truncated,
            _ => HeadFault::Unreadable(error.to_string()),
        },
        (_, None) => HeadFault::NotDna,
        (error, Some(key)) => wrong(key, error.to_string()),
    }
}

fn wrong(key: &str, message: impl Into<String>) -> HeadFault {
    HeadFault::Wrong {
        key: key.chars().take(80).collect(),
        message: message.into(),
    }
}

/// The head's values, as far as they were met.
#[derive(Default)]
struct Fields {
    format: Option<String>,
    dna_version: Option<u32>,
    package: Option<PackageName>,
    release: Option<String>,
    generator: Option<String>,
    source: Option<Source>,
    beside: Option<Option<Source>>,
    requires_python: Option<Option<String>>,
    summary: Option<Option<String>>,
    counts: Option<Counts>,
    profile: Option<String>,
    yanked: Option<Option<String>>,
}

impl Fields {
    fn take<R: Read>(&mut self, key: &str, values: &mut Values<R>) -> Result<(), HeadFault> {
        match key {
            "format" => {
                put(&mut self.format, key, values)?;
                let right = self.format.as_deref() == Some(FORMAT);
                if right { Ok(()) } else { Err(HeadFault::NotDna) }
            }
            "dna_version" => put(&mut self.dna_version, key, values),
            "package" => put(&mut self.package, key, values),
            "release" => put(&mut self.release, key, values),
            "generator" => put(&mut self.generator, key, values),
            "source" => put(&mut self.source, key, values),
            "beside" => put(&mut self.beside, key, values),
            "requires_python" => put(&mut self.requires_python, key, values),
            "summary" => put(&mut self.summary, key, values),
            "counts" => put(&mut self.counts, key, values),
            "profile" => put(&mut self.profile, key, values),
            "yanked" => put(&mut self.yanked, key, values),
            _ => values.next::<IgnoredAny>(Some(key)).map(drop),
        }
    }

    fn head(self) -> Result<Head, HeadFault> {
        fn there<T>(value: Option<T>, key: &'static str) -> Result<T, HeadFault> {
            value.ok_or(HeadFault::Missing(key))
        }
        if self.format.is_none() {
            return Err(HeadFault::NotDna);
        }
        Ok(Head {
            dna_version: there(self.dna_version, "dna_version")?,
            package: there(self.package, "package")?,
            release: there(self.release, "release")?,
            generator: there(self.generator, "generator")?,
            source: there(self.source, "source")?,
            beside: self.beside.flatten(),
            requires_python: self.requires_python.flatten(),
            summary: self.summary.flatten(),
            counts: there(self.counts, "counts")?,
            profile: there(self.profile, "profile")?,
            yanked: self.yanked.flatten(),
        })
    }
}

fn put<T: DeserializeOwned, R: Read>(
    slot: &mut Option<T>,
    key: &str,
    values: &mut Values<R>,
) -> Result<(), HeadFault> {
    let value = values.next(Some(key))?;
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(HeadFault::Twice(key.to_owned())),
    }
}

/// Writes a head as the beginning of a map that has so many more entries, the first of them `public`.
///
/// # Errors
/// Those of the writer.
pub fn write(head: &Head, entries_after: u32, writer: &mut impl Write) -> std::io::Result<()> {
    let mut fields: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut field = |key, value: Result<Vec<u8>, rmp_serde::encode::Error>| {
        value
            .map(|bytes| fields.push((key, bytes)))
            .map_err(std::io::Error::other)
    };
    field("format", rmp_serde::to_vec_named(FORMAT))?;
    field("dna_version", rmp_serde::to_vec_named(&head.dna_version))?;
    field("package", rmp_serde::to_vec_named(&head.package))?;
    field("release", rmp_serde::to_vec_named(&head.release))?;
    field("generator", rmp_serde::to_vec_named(&head.generator))?;
    field("source", rmp_serde::to_vec_named(&head.source))?;
    if let Some(beside) = &head.beside {
        field("beside", rmp_serde::to_vec_named(beside))?;
    }
    if let Some(requires_python) = &head.requires_python {
        field("requires_python", rmp_serde::to_vec_named(requires_python))?;
    }
    if let Some(summary) = &head.summary {
        field("summary", rmp_serde::to_vec_named(summary))?;
    }
    field("counts", rmp_serde::to_vec_named(&head.counts))?;
    field("profile", rmp_serde::to_vec_named(&head.profile))?;
    if let Some(yanked) = &head.yanked {
        field("yanked", rmp_serde::to_vec_named(yanked))?;
    }
    // Twelve at the most.
    let entries = entries_after.saturating_add(fields.len() as u32);
    rmp::encode::write_map_len(writer, entries)?;
    for (key, value) in fields {
        rmp::encode::write_str(writer, key)?;
        writer.write_all(&value)?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
