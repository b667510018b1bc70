//! Archives read in memory: wheels, sdists and tarballs, under limits. Never writes a file, never runs one.

mod left_out;
mod path;
mod pax;
mod tar;
mod zip;

use left_out::LeftOut;

use crate::model::artifact::ArtifactKind;
use crate::model::name::CommitId;

/// How much an archive may hold. The same everywhere: what is left out for its size is part of a DNA file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of all files together, unpacked: of a zip those that are read, of a tarball all of it.
    pub total: u64,
    /// Most bytes of one file, unpacked; a larger one is left out and counted.
    pub file: u64,
    /// Most entries.
    pub entries: u64,
    /// How many times larger than the archive the unpacked files may be, where they are large.
    pub ratio: u64,
}

impl Limits {
    /// What holds where nobody says otherwise.
    pub const DEFAULT: Self = Self {
        total: 512 << 20,
        file: 32 << 20,
        entries: 200_000,
        ratio: 200,
    };

    /// Up to this many bytes nobody asks how small they were packed: a page of blanks is no bomb.
    const FREE: u64 = 16 << 20;

    /// What an archive of this size may become.
    fn unpacked(&self, packed: usize) -> u64 {
        let packed = packed as u64;
        let by_ratio = packed.saturating_mul(self.ratio).max(Self::FREE);
        self.total.min(by_ratio)
    }

    /// Why an archive of this size may not become this large.
    fn beyond(&self, packed: usize) -> String {
        if self.unpacked(packed) == self.total {
            format!("more than {} unpacked, which is the limit", bytes(self.total))
        } else {
            format!(
                "more than {} times as large unpacked as packed: it is taken for a bomb",
                self.ratio
            )
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path within the archive; for an sdist or tarball without the leading folder.
    pub path: String,
    /// What is in it; empty for a compiled module, of which only the name counts.
    pub bytes: Vec<u8>,
}

/// What an archive holds, as far as it is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Its `.py`, `.pyi` and compiled modules, and its metadata, sorted by path.
    pub files: Vec<Entry>,
    /// What was left out, and why, sorted: `path: why`. A hundred lines at the most.
    pub left_out: Vec<String>,
    /// How much was left out.
    pub left_out_count: u64,
    /// The commit that a tarball of a repository was made from, where it says it.
    pub commit: Option<CommitId>,
}

/// How much of a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Nothing; it is not looked at.
    Nothing,
    /// That it is there.
    Name,
    /// What is in it.
    Bytes,
}

impl Take {
    /// What is usually wanted: sources, the names of compiled modules, metadata.
    pub fn usual(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let metadata = [
            "METADATA",
            "PKG-INFO",
            "pyproject.toml",
            "setup.cfg",
            "top_level.txt",
        ]
        .contains(&name);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            _ if metadata => Self::Bytes,
            Some("py" | "pyi") => Self::Bytes,
            Some("so" | "pyd") => Self::Name,
            _ => Self::Nothing,
        }
    }
}

/// Unpacks what is wanted of an archive. The error says what is wrong with it, in one line.
///
/// # Errors
/// It is no archive of that kind, it is damaged, or beyond a limit.
pub fn open(bytes: &[u8], kind: ArtifactKind, filename: &str, limits: &Limits) -> Result<Contents, String> {
    open_some(bytes, kind, filename, limits, &Take::usual)
}

/// As [`open`], of files that somebody chooses by their path.
///
/// # Errors
/// As [`open`].
pub fn open_some(
    bytes: &[u8],
    kind: ArtifactKind,
    filename: &str,
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
) -> Result<Contents, String> {
    let mut left_out = LeftOut::default();
    // What is in it counts, not what it is called: some indexes hand out zips under a tarball's name.
    let (mut files, commit) = match (kind, bytes) {
        (ArtifactKind::Folder, _) => return Err(format!("{filename} is a folder, no archive")),
        (_, []) => return Err(format!("{filename} is empty")),
        (ArtifactKind::Wheel, _) => (zip::read(bytes, limits, take, &mut left_out)?, None),
        (_, [b'P', b'K', ..]) => {
            let take = |path: &str| take(path::below_first(path));
            (zip::read(bytes, limits, &take, &mut left_out)?, None)
        }
        (_, [b'B', b'Z', b'h', ..]) => {
            return Err(format!("{filename} is packed by bzip2, which is not read"));
        }
        (_, [0xfd, b'7', b'z', b'X', b'Z', ..]) => {
            return Err(format!("{filename} is packed by xz, which is not read"));
        }
        _ => {
            let take = |path: &str| take(path::below_first(path));
            tar::read(bytes, limits, &take, &mut left_out)?
        }
    };
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if kind != ArtifactKind::Wheel {
        path::without_leading_folder(&mut files);
    }
    let (left_out, left_out_count) = left_out.into_lines();
    Ok(Contents {
        files,
        left_out,
        left_out_count,
        commit,
    })
}

/// A number of bytes for people.
fn bytes(count: u64) -> String {
    match count {
        0..1_000_000 => format!("{count} bytes"),
        1_000_000..10_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{} MB", count / 1_000_000),
    }
}
