//! Zip archives, inflated on all threads. What the central directory says holds, as for installers; a file whose own header says otherwise is left out.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipFileHeaderRecord, ZipSliceArchive};
use rayon::prelude::*;

use super::{Entry, LeftOut, Limits, Take, bytes as shown, path};

/// A file that is to be read.
struct Wanted<'a> {
    path: &'a str,
    take: Take,
    raw_path: Vec<u8>,
    method: CompressionMethod,
    crc: u32,
    size: u64,
    way: ZipArchiveEntryWayfinder,
}

/// The wanted files of a zip archive.
pub fn read(
    bytes: &[u8],
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
    left_out: &mut LeftOut,
) -> Result<Vec<Entry>, String> {
    let archive = ZipArchive::from_slice(bytes).map_err(|error| format!("no zip archive: {error}"))?;
    let wanted = directory(&archive, limits, take, left_out)?;
    let total = wanted.iter().fold(0u64, |sum, one| sum.saturating_add(one.size));
    if total > limits.unpacked(bytes.len()) {
        return Err(limits.beyond(bytes.len()));
    }
    let inflater = || Decompress::new(false);
    let read: Vec<Result<Vec<u8>, &'static str>> = match wanted.as_slice() {
        // Threads would cost more.
        [only] => vec![contents(&archive, only, &mut inflater())],
        // In small pieces: who hashes the archive meanwhile comes later.
        all => all
            .par_iter()
            .with_max_len(8)
            .map_init(inflater, |inflater, one| contents(&archive, one, inflater))
            .collect(),
    };
    let mut files = Vec::with_capacity(read.len());
    for (one, read) in wanted.into_iter().zip(read) {
        match read {
            Ok(bytes) => files.push(Entry {
                path: one.path.to_owned(),
                bytes,
            }),
            Err(why) => left_out.add(one.path.as_bytes(), why),
        }
    }
    Ok(files)
}

/// What the central directory lists of what is wanted. Takes memory for that alone.
fn directory<'a>(
    archive: &'a ZipSliceArchive<&'a [u8]>,
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
    left_out: &mut LeftOut,
) -> Result<Vec<Wanted<'a>>, String> {
    let too_many = |count: u64| format!("{count} entries, more than {}", limits.entries);
    let said = archive.entries_hint();
    if said > limits.entries {
        return Err(too_many(said));
    }
    let mut wanted: Vec<Wanted<'a>> = Vec::new();
    let mut places: HashMap<&'a str, usize> = HashMap::new();
    let mut count = 0u64;
    for record in archive.entries() {
        let record = record.map_err(|error| format!("its directory is damaged: {error}"))?;
        count += 1;
        if count > limits.entries {
            return Err(format!("more than {} entries", limits.entries));
        }
        if record.is_dir() {
            continue;
        }
        let one = match judge(&record, limits, take) {
            Ok(Some(one)) => one,
            Ok(None) => continue,
            Err(why) => {
                left_out.add(record.file_path().as_bytes(), &why);
                continue;
            }
        };
        match places.entry(one.path) {
            Slot::Vacant(free) => {
                free.insert(wanted.len());
                wanted.push(one);
            }
            Slot::Occupied(place) => {
                left_out.add(
                    one.path.as_bytes(),
                    "there more than once; the last counts, as in an installation",
                );
                wanted[*place.get()] = one;
            }
        }
    }
    if count != said {
        return Err(format!(
            "its directory is damaged: it has {count} entries and says {said}"
        ));
    }
    Ok(wanted)
}

/// Whether a file is wanted, or why it is left out.
fn judge<'a>(
    record: &ZipFileHeaderRecord<'a>,
    limits: &Limits,
    take: &(dyn Fn(&str) -> Take + Sync),
) -> Result<Option<Wanted<'a>>, String> {
    let raw = record.file_path().as_bytes();
    let path = path::safe(raw)?;
    if record.mode().is_symlink() {
        return Err("a link".to_owned());
    }
    let take = take(path);
    if take == Take::Nothing {
        return Ok(None);
    }
    let method = record.compression_method();
    let size = if take == Take::Bytes {
        record.uncompressed_size_hint()
    } else {
        0
    };
    if record.flags().is_encrypted() {
        return Err("encrypted".to_owned());
    }
    if method != CompressionMethod::STORE && method != CompressionMethod::DEFLATE {
        return Err(format!("packed by {method}, which is not read"));
    }
    if size > limits.file {
        return Err(format!("{}, more than {}", shown(size), shown(limits.file)));
    }
    Ok(Some(Wanted {
        path,
        take,
        raw_path: raw.to_vec(),
        method,
        crc: record.crc32(),
        size,
        way: record.wayfinder(),
    }))
}

/// What is in a file, whose size and checksum are the promised ones.
fn contents(
    archive: &ZipSliceArchive<&[u8]>,
    one: &Wanted<'_>,
    inflater: &mut Decompress,
) -> Result<Vec<u8>, &'static str> {
    let entry = archive
        .get_entry(one.way)
        .map_err(|_| "damaged: its header is not where the directory says")?;
    let own = entry.local_header();
    let differs = own.file_path().as_bytes() != one.raw_path
        || own.compression_method() != one.method
        || own.flags().is_encrypted()
        // A size and a checksum that follow the file are zero in its header.
        || !own.flags().has_data_descriptor()
            && (own.crc32() != one.crc
                || own.uncompressed_size_hint() != one.way.uncompressed_size_hint()
                || own.compressed_size_hint() != one.way.compressed_size_hint());
    if differs {
        return Err("its own header and the directory differ");
    }
    if one.take == Take::Name {
        return Ok(Vec::new());
    }
    let packed = entry.data();
    let bytes = if one.method == CompressionMethod::STORE {
        packed.to_vec()
    } else {
        inflate(packed, one.size, inflater)?
    };
    if bytes.len() as u64 != one.size {
        return Err("damaged: another size than it says");
    }
    let mut crc = Crc::new();
    crc.update(&bytes);
    if crc.sum() != one.crc {
        return Err("damaged: its checksum is wrong");
    }
    Ok(bytes)
}

/// Inflates no more than so many bytes.
fn inflate(packed: &[u8], size: u64, inflater: &mut Decompress) -> Result<Vec<u8>, &'static str> {
    inflater.reset(false);
    // Beyond the promised size there is room for one byte, in which a longer one shows itself.
    let room = usize::try_from(size).map_err(|_| "too large for this machine")?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(room + 1)
        .map_err(|_| "too large for this machine")?;
    loop {
        let (taken, before) = (inflater.total_in(), bytes.len());
        let rest = usize::try_from(taken)
            .ok()
            .and_then(|taken| packed.get(taken..))
            .unwrap_or_default();
        match inflater.decompress_vec(rest, &mut bytes, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) => return Ok(bytes),
            Ok(_) if bytes.len() > room => return Err("damaged: larger than it says"),
            Ok(_) if inflater.total_in() > taken || bytes.len() > before => {}
            Ok(_) => return Err("damaged: it ends too early"),
            Err(_) => return Err("damaged: it cannot be inflated"),
        }
    }
}
