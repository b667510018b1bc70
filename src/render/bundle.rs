//! DNA files as one archive that is the same whoever packs it: sorted, without times and owners. Never reads a file.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use serde::Serialize;
use tar::{Builder, EntryType, Header};

/// The version of manifest.json.
const VERSION: u32 = 1;

/// A package's DNA in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What wrote the file.
    pub dna_version: u32,
    /// The digest of the file.
    pub sha256: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What is not in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// The requirement, as it was written.
    pub requirement: String,
    /// Why there is nothing.
    pub why: String,
}

#[derive(Serialize)]
struct Manifest<'m> {
    version: u32,
    packages: Vec<Row<'m>>,
    missing: &'m [Missing],
}

#[derive(Serialize)]
struct Row<'m> {
    name: &'m str,
    version: &'m str,
    file: String,
    size: usize,
    sha256: &'m str,
    dna_version: u32,
}

impl Packed {
    fn path(&self) -> String {
        format!("{0}/{0}-{1}.msgpack", self.name, self.version)
    }
}

/// The bytes of the archive.
///
/// # Errors
/// A path that tar cannot hold.
pub fn archive(packed: &[Packed], missing: &[Missing]) -> std::io::Result<Vec<u8>> {
    let mut packed: Vec<&Packed> = packed.iter().collect();
    packed.sort_by_key(|one| one.path());
    packed.dedup_by_key(|one| one.path());
    let mut missing = missing.to_vec();
    missing.sort();
    missing.dedup();
    let rows = packed.iter().map(|one| Row {
        name: &one.name,
        version: &one.version,
        file: one.path(),
        size: one.bytes.len(),
        sha256: &one.sha256,
        dna_version: one.dna_version,
    });
    let manifest = Manifest {
        version: VERSION,
        packages: rows.collect(),
        missing: &missing,
    };
    let manifest = serde_json::to_string_pretty(&manifest)? + "\n";
    // No time and no name in gzip's header either; 255 is an unknown system.
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::new(6));
    let mut tar = Builder::new(gzip);
    add(&mut tar, "manifest.json", manifest.as_bytes())?;
    for one in packed {
        add(&mut tar, &one.path(), &one.bytes)?;
    }
    tar.into_inner()?.finish()
}

fn add(tar: &mut Builder<impl Write>, path: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(&mut header, path, bytes)
}
