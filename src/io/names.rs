//! What `query` searches of DNA files, kept in a folder of the cache so that files are decoded once. Never trusted over the files: what
//! does not belong to the file as it is, or is damaged, counts as not there and is made anew.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::dna;
use crate::dna::query::table::Sections;

/// Changes when what is kept is laid out otherwise or made otherwise.
const MAGIC: &[u8; 8] = b"gistryN2";
/// Bytes of the head: the magic, the stamp, length and sum of each section, the length of the title, and a sum over these.
const HEAD: usize = 8 + 40 + 4 * 12 + 4 + 4;
/// The largest DNA file that is read. The largest one that was met has 40 MB.
pub const LARGEST: u64 = 512 * 1024 * 1024;
/// A file that was changed so shortly ago may be changed again without its times telling.
const FRESH: Duration = Duration::from_millis(100);

/// When and as what a file was last written.
type Stamp = [u8; 40];

/// A DNA file, as `query` sees it.
pub struct Book {
    path: PathBuf,
    /// The package and its version.
    pub title: (String, String),
    kept: Option<Kept>,
    sections: [OnceCell<Vec<u8>>; 4],
}

/// What was kept of a file, checked as far as its head goes.
struct Kept {
    path: PathBuf,
    /// Where each section begins, how long it is, and its sum.
    places: [(u64, usize, u32); 4],
}

/// A part of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Rows and names.
    Rows,
    /// Paths.
    Paths,
    /// What is shown.
    Views,
    /// Docstrings.
    Docs,
}

impl Book {
    /// Opens a file: by what is kept of it below `cache`, or by decoding it, which is then kept where that is possible.
    ///
    /// # Errors
    /// A sentence that says why this is no DNA file that can be read.
    pub fn open(path: &Path, cache: Option<&Path>) -> Result<Self, String> {
        let stamp = stamp(path)?;
        let place = cache
            .zip(fs::canonicalize(path).ok())
            .map(|(cache, path)| cache.join(name(&path)));
        if let Some(book) = place.as_deref().and_then(|place| Self::kept(path, place, &stamp)) {
            return Ok(book);
        }
        let book = Self::decoded(path)?;
        if let Some(place) = place.filter(|_| is_settled(path)) {
            // A cache that cannot be written makes the next question slower, and nothing else.
            let _ = book.keep(&place, &stamp);
        }
        Ok(book)
    }

    /// A section. Where what was kept of it is damaged, the file is decoded after all.
    ///
    /// # Errors
    /// As [`Book::open`].
    pub fn section(&self, section: Section) -> Result<&[u8], String> {
        let cell = &self.sections[section as usize];
        if let Some(bytes) = cell.get() {
            return Ok(bytes);
        }
        let kept = self.kept.as_ref();
        if let Some(bytes) = kept.and_then(|kept| kept.read(section)) {
            return Ok(cell.get_or_init(|| bytes));
        }
        if let Some(kept) = kept {
            let _ = fs::remove_file(&kept.path);
        }
        let decoded = sections(&self.path)?.1;
        let all = [decoded.rows, decoded.paths, decoded.views, decoded.docs];
        for (cell, bytes) in self.sections.iter().zip(all) {
            // One that was read already is as good.
            let _ = cell.set(bytes);
        }
        cell.get().map(Vec::as_slice).ok_or_else(String::new)
    }

    fn decoded(path: &Path) -> Result<Self, String> {
        let (title, sections) = sections(path)?;
        let all = [sections.rows, sections.paths, sections.views, sections.docs];
        Ok(Self {
            path: path.to_owned(),
            title,
            kept: None,
            sections: all.map(OnceCell::from),
        })
    }

    fn kept(path: &Path, place: &Path, stamp: &Stamp) -> Option<Self> {
        let mut file = File::open(place).ok()?;
        let length = file.metadata().ok()?.len();
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let (said, sum) = head.split_at(HEAD - 4);
        if crc32fast::hash(said).to_le_bytes() != sum
            || !said.starts_with(MAGIC)
            || said.get(8..48) != Some(stamp)
        {
            return None;
        }
        let number = |at: usize| Some(u32::from_le_bytes(said.get(at..at + 4)?.try_into().ok()?));
        let wide = |at: usize| Some(u64::from_le_bytes(said.get(at..at + 8)?.try_into().ok()?));
        let mut title = vec![
            0;
            usize::try_from(number(96)?)
                .ok()
                .filter(|length| *length < 4096)?
        ];
        file.read_exact(&mut title).ok()?;
        let title = String::from_utf8(title).ok()?;
        let (package, release) = title.split_once('\0')?;
        let mut start = (HEAD + title.len()) as u64;
        let mut places = [(0, 0, 0); 4];
        for (section, place) in places.iter_mut().enumerate() {
            let size = wide(48 + section * 12)?;
            *place = (start, usize::try_from(size).ok()?, number(56 + section * 12)?);
            start = start.checked_add(size)?;
        }
        let book = Self {
            path: path.to_owned(),
            title: (package.to_owned(), release.to_owned()),
            kept: Some(Kept {
                path: place.to_owned(),
                places,
            }),
            sections: Default::default(),
        };
        (start == length).then_some(book)
    }

    fn keep(&self, place: &Path, stamp: &Stamp) -> std::io::Result<()> {
        let title = format!("{}\0{}", self.title.0, self.title.1);
        let mut bytes = Vec::with_capacity(HEAD + title.len());
        bytes.extend(MAGIC);
        bytes.extend(stamp);
        let sections = || self.sections.iter().filter_map(OnceCell::get);
        for section in sections() {
            bytes.extend((section.len() as u64).to_le_bytes());
            bytes.extend(crc32fast::hash(section).to_le_bytes());
        }
        bytes.extend((title.len() as u32).to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend(title.as_bytes());
        let folder = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // No fsync: what is lost is made anew, and what is half there is noticed.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&bytes)?;
        for section in sections() {
            file.write_all(section)?;
        }
        file.persist(place).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Kept {
    fn read(&self, section: Section) -> Option<Vec<u8>> {
        let (start, length, sum) = self.places[section as usize];
        let mut file = File::open(&self.path).ok()?;
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut bytes = Vec::with_capacity(length);
        file.take(length as u64).read_to_end(&mut bytes).ok()?;
        (bytes.len() == length && crc32fast::hash(&bytes) == sum).then_some(bytes)
    }
}

/// A DNA file whole.
///
/// # Errors
/// A sentence that says why it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    bounded(file)
}

/// All of a reader, up to the largest DNA file.
///
/// # Errors
/// As [`read`].
pub fn bounded(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    Ok(bytes)
}

fn sections(path: &Path) -> Result<((String, String), Sections), String> {
    let dna = dna::read(&read(path)?)?;
    let title = (dna.head.package.to_string(), dna.head.release.replace('\0', " "));
    Ok((title, dna::query::sections(&dna)))
}

/// A name for what is kept of the file of this path.
fn name(path: &Path) -> String {
    let digest = format!("{:x}", Sha256::digest(path.as_os_str().as_encoded_bytes()));
    format!("{}.names", digest.get(..32).unwrap_or_default())
}

fn stamp(path: &Path) -> Result<Stamp, String> {
    let data = fs::metadata(path).map_err(|error| error.to_string())?;
    if !data.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut stamp = [0; 40];
    let mut at = 0;
    let mut add = |number: i64| {
        stamp[at..at + 8].copy_from_slice(&number.to_le_bytes());
        at += 8;
    };
    add(data.len().cast_signed());
    let modified = data
        .modified()
        .ok()
        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let modified = modified.unwrap_or_default();
    add(modified.as_secs().cast_signed());
    add(i64::from(modified.subsec_nanos()));
    // A copy can have the times of what it is copied from, but not this one.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        add(data.ctime());
        add(data.ctime_nsec());
    }
    Ok(stamp)
}

fn is_settled(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|data| data.modified());
    modified.is_ok_and(|time| {
        SystemTime::now()
            .duration_since(time)
            .is_ok_and(|age| age > FRESH)
    })
}

/// The DNA files of a registry, a cache or any folder: in it and in the folders right below it. Links are passed over. Sorted.
///
/// # Errors
/// The folder itself cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            let inner = fs::read_dir(entry.path()).into_iter().flatten().flatten();
            found.extend(
                inner
                    .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
                    .map(|entry| entry.path()),
            );
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found.retain(|path| path.extension().is_some_and(|ending| ending == "msgpack"));
    found.sort();
    Ok(found)
}

/// The package and version that a file's name says.
pub fn release_of(path: &Path) -> Option<(String, String)> {
    let (package, version) = path.file_stem()?.to_str()?.rsplit_once('-')?;
    Some((package.to_owned(), version.to_owned()))
}
