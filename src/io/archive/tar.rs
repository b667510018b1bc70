//! Tarballs, read as they are inflated. Never follows a link, never holds what is not wanted.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use tar::EntryType;

use super::pax::{self, Pax};
use super::{Entry, LeftOut, Limits, Take, bytes as shown, path};
use crate::model::name::{CommitId, Name};

/// Most bytes of a long name or of extended headers.
const EXTENSION: u64 = 1 << 20;

/// The wanted files of a tarball, and the commit that it says to be made from.
pub fn read(
    bytes: &[u8],
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
    left_out: &mut LeftOut,
) -> Result<(Vec<Entry>, Option<CommitId>), String> {
    let beyond = Cell::new(false);
    let left = limits.unpacked(bytes.len());
    let read = if bytes.starts_with(&[0x1f, 0x8b]) {
        let inner = MultiGzDecoder::new(bytes);
        entries(
            Bounded {
                inner,
                left,
                beyond: &beyond,
            },
            limits,
            take,
            left_out,
        )
    } else if bytes.get(257..262) == Some(b"ustar") {
        entries(
            Bounded {
                inner: bytes,
                left,
                beyond: &beyond,
            },
            limits,
            take,
            left_out,
        )
    } else {
        return Err("neither a tarball nor a zip archive".to_owned());
    };
    match read {
        Err(_) if beyond.get() => Err(limits.beyond(bytes.len())),
        read => read,
    }
}

/// A reader that ends in an error beyond a limit.
struct Bounded<'c, R> {
    inner: R,
    left: u64,
    beyond: &'c Cell<bool>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                self.beyond.set(true);
                return Err(io::Error::other("beyond the limit"));
            }
        }
        Ok(count)
    }
}

/// What the entries before a file say of it.
#[derive(Default)]
struct Before {
    name: Option<Vec<u8>>,
    pax: Pax,
}

fn entries(
    reader: impl Read,
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
    left_out: &mut LeftOut,
) -> Result<(Vec<Entry>, Option<CommitId>), String> {
    let damaged = |error: io::Error| format!("a damaged tarball: {error}");
    let mut archive = tar::Archive::new(reader);
    // Raw: the library would read a long name whole, however long.
    let all = archive.entries().map_err(damaged)?.raw(true);
    let mut files: Vec<Entry> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut commit = None;
    let mut before = Before::default();
    let mut count = 0u64;
    for entry in all {
        let mut entry = entry.map_err(damaged)?;
        count += 1;
        if count > limits.entries {
            return Err(format!("more than {} entries", limits.entries));
        }
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                let mut name = extension(&mut entry)?;
                while name.last() == Some(&0) {
                    name.pop();
                }
                before.name = Some(name);
            }
            EntryType::GNULongLink => {
                extension(&mut entry)?;
            }
            EntryType::XHeader => {
                before.pax =
                    pax::read(&extension(&mut entry)?).ok_or("a damaged tarball: its extended headers")?;
            }
            EntryType::XGlobalHeader => {
                let global =
                    pax::read(&extension(&mut entry)?).ok_or("a damaged tarball: its extended headers")?;
                let text = global.comment.and_then(|comment| String::from_utf8(comment).ok());
                commit = commit.or_else(|| CommitId::parse(text?.trim()).ok());
            }
            kind => {
                let Before { name, pax } = std::mem::take(&mut before);
                let raw = pax
                    .path
                    .clone()
                    .or(name)
                    .unwrap_or_else(|| entry.header().path_bytes().into_owned());
                let judged = judge(&raw, kind, &pax, entry.size(), limits, take);
                let (path, take) = match judged {
                    Ok(Some(wanted)) => wanted,
                    Ok(None) => continue,
                    Err(why) => {
                        left_out.add(&raw, &why);
                        continue;
                    }
                };
                let mut bytes = Vec::new();
                if take == Take::Bytes {
                    entry.read_to_end(&mut bytes).map_err(damaged)?;
                    if bytes.len() as u64 != entry.size() {
                        return Err("a damaged tarball: it ends too early".to_owned());
                    }
                }
                let file = Entry {
                    path: path.to_owned(),
                    bytes,
                };
                if let Some(place) = places.get(path) {
                    left_out.add(
                        &raw,
                        "there more than once; the last counts, as in an installation",
                    );
                    files[*place] = file;
                } else {
                    places.insert(path.to_owned(), files.len());
                    files.push(file);
                }
            }
        }
    }
    if count == 0 {
        return Err("an empty tarball".to_owned());
    }
    Ok((files, commit))
}

/// What an entry says of the one behind it.
fn extension(entry: &mut impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = entry.take(EXTENSION + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("a damaged tarball: {error}"))?;
    if bytes.len() as u64 > EXTENSION {
        return Err(format!("a name or header of more than {}", shown(EXTENSION)));
    }
    Ok(bytes)
}

/// Whether a file is wanted, or why it is left out.
fn judge<'a>(
    raw: &'a [u8],
    kind: EntryType,
    pax: &Pax,
    size: u64,
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
) -> Result<Option<(&'a str, Take)>, String> {
    if kind == EntryType::Directory {
        return Ok(None);
    }
    let path = path::safe(raw)?;
    match kind {
        EntryType::Regular | EntryType::Continuous => {}
        EntryType::Symlink | EntryType::Link => return Err("a link".to_owned()),
        EntryType::Char | EntryType::Block | EntryType::Fifo => return Err("a device".to_owned()),
        _ => return Err("of a kind that is not read".to_owned()),
    }
    let take = take(path);
    if take == Take::Nothing {
        return Ok(None);
    }
    if pax.sparse {
        return Err("of a kind that is not read".to_owned());
    }
    if pax.size.is_some_and(|said| said != size) {
        return Err("its two headers differ".to_owned());
    }
    if take == Take::Bytes && size > limits.file {
        return Err(format!("{}, more than {}", shown(size), shown(limits.file)));
    }
    Ok(Some((path, take)))
}
