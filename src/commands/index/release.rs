//! Reads a DNA file from the first byte to the last, for its digests, and its head on the way. Never holds more of it than a piece.

use std::io::{self, Read};

use sha2::{Digest, Sha256 as Sha256Digest};

use crate::dna::head::{self, Head, HeadFault};
use crate::finding::Finding;
use crate::index::package::{self, FileFacts, Release};
use crate::index::source::{Source, fault};
use crate::model::blob::Hasher;
use crate::model::name::{Name, Sha256};
use crate::model::path::{Place, RepoPath};

use super::tree::Tree;

/// How large the pieces are, in bytes.
const PIECE: usize = 128 << 10;

/// A DNA file as a file, and its head.
pub type Dna = (FileFacts, Result<Head, HeadFault>);

/// What a release is; or what is wrong with it.
pub fn read(tree: &dyn Tree, source: &Source<'_>) -> Result<Release, Box<Finding>> {
    let Place::Release { package, version } = RepoPath::new(source.path).place() else {
        return Err(Box::new(fault(source, "it is no DNA file by its name")));
    };
    match tree.dna(source.item) {
        Ok((_, Err(HeadFault::Unreadable(why)))) | Err(why) => Err(Box::new(fault(source, &why))),
        Ok((facts, head)) => package::release(&package, &version, facts, head),
    }
}

/// What a DNA file of this size is as a file, and its head.
pub fn digest(reader: impl Read, size: u64) -> Result<Dna, String> {
    let mut whole = Whole {
        reader,
        blob: Hasher::new("blob", size),
        sha256: Sha256Digest::new(),
        left: size,
        changed: false,
    };
    let head = head::read(&mut whole, head::MAX_HEAD);
    whole
        .finish()
        .map_err(|error| format!("it cannot be read: {error}"))?;
    if whole.changed || whole.left > 0 {
        return Err("it changed while it was read".into());
    }
    let digest: String = whole
        .sha256
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let facts = FileFacts {
        blob: whole.blob.finish(),
        sha256: Sha256::parse(&digest).map_err(|invalid| invalid.to_string())?,
        size,
    };
    Ok((facts, head))
}

/// A reader that hashes what passes through it.
struct Whole<R> {
    reader: R,
    blob: Hasher,
    sha256: Sha256Digest,
    left: u64,
    changed: bool,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.blob.update(&buffer[..count]);
        self.sha256.update(&buffer[..count]);
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => self.changed = true,
        }
        Ok(count)
    }
}

impl<R: Read> Whole<R> {
    /// Reads what the head has left.
    fn finish(&mut self) -> io::Result<()> {
        let mut piece = vec![0; PIECE.min(usize::try_from(self.left).unwrap_or(PIECE) + 1)];
        while !self.changed {
            match self.read(&mut piece) {
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}
