//! What of a working tree may be otherwise than git's index has it, by what git noted of each file when it looked last. Never says what it is
//! now, which is for git to say; and never passes over what git would look into.

use std::fs::{self, File};
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::time::UNIX_EPOCH;

use rayon::prelude::*;

use super::asked::passed_over;
use super::checkout::Top;
use super::index_file::{self, Indexed};
use crate::io::disk::{self, Root, Seen};
use crate::io::folder;
use crate::model::blob::BlobId;
use crate::model::file::Mode;
use crate::model::listing::Item;
use crate::model::progress::Progress;

/// Where more files than this are not as git noted, they are not read: git does the same, and knows more.
const MOST_READ: usize = 4096;
/// Larger files are not read, in bytes.
const LARGE: u64 = 1 << 20;

/// What git is to be asked about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Doubts {
    /// Files of its index, by path.
    pub known: Vec<Vec<u8>>,
    /// Files and folders of which its index has nothing, by path, without a slash at the end.
    pub new: Vec<Vec<u8>>,
}

/// The files of git's index but for those below these names, and what may be otherwise; nothing where only git can tell.
pub(super) fn look(found: &Top, without: &[&str], progress: &dyn Progress) -> Option<(Vec<Item>, Doubts)> {
    // Elsewhere the disk does not say what git notes there.
    if !cfg!(target_os = "linux") {
        return None;
    }
    let mut file = File::open(found.git_dir().join("index")).ok()?;
    let data = file.metadata().ok()?;
    let time = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    // A byte more, so that the end is met without more room being made.
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).ok()? + 1);
    file.read_to_end(&mut bytes).ok()?;
    let mut indexed = index_file::read(&bytes)?;
    drop(bytes);
    for range in passed_over(&indexed.items, without) {
        indexed.items.drain(range.clone());
        indexed.stamps.drain(range);
    }
    let is_without = |name: &[u8]| without.iter().any(|without| without.as_bytes() == name);
    let root = Root::open(found.top()).ok()?.without(is_without);
    let doubts = doubts(found.top(), &root, &indexed, u32::try_from(time).ok()?, progress);
    Some((indexed.items, doubts))
}

/// What was seen of a part of the tree.
#[derive(Default)]
struct Part {
    /// Where the files that are as git noted stand in its index.
    same: Vec<Range<usize>>,
    new: Vec<Vec<u8>>,
}

/// What may be otherwise below `top`, which `root` is, than in git's index, which was written in that second of the clock.
///
/// A file that was written in that second or later may have been so after git looked, as git has it (Documentation/technical/racy-git.txt).
fn doubts(top: &Path, root: &Root, indexed: &Indexed, time: u32, progress: &dyn Progress) -> Doubts {
    let items = &indexed.items;
    let enter = |start: &[u8]| {
        let at = items.partition_point(|item| *item.path < *start);
        items.get(at).is_some_and(|item| item.path.starts_with(start))
    };
    let file = |part: &mut Part, seen: Seen<'_>| {
        let path = seen.bytes();
        let next = part.same.last().map_or(0, |range| range.end);
        let is_next = items.get(next).is_some_and(|item| *item.path == *path);
        let found = match is_next {
            true => Ok(next),
            false => items.binary_search_by(|item| (*item.path).cmp(path)),
        };
        let Ok(at) = found else {
            return part.new.push(path.to_vec());
        };
        match (seen.stamp(), items[at].mode()) {
            // A folder in the place of a submodule, or of a file.
            (None, Mode::Submodule) if seen.is_folder() => {}
            (None, _) if seen.is_folder() => return part.new.push(path.to_vec()),
            (Some((mode, stamp)), recorded) => {
                // Of what git was handed without a look it has the size 0.
                let is_empty = || items[at].id == Ok(BlobId::of(b""));
                let is_sure = stamp.written[0] < time && (stamp.size != 0 || is_empty());
                if !is_sure || mode != recorded || indexed.stamps[at] != Some(stamp) {
                    return;
                }
            }
            (None, _) => return,
        }
        match part.same.last_mut().filter(|range| range.end == at) {
            Some(range) => range.end += 1,
            None => part.same.push(at..at + 1),
        }
    };
    let parts = root.walk_into(progress, enter, file, |part| part);
    let mut same: Vec<Range<usize>> = Vec::new();
    let mut doubts = Doubts::default();
    for part in parts {
        same.extend(part.same);
        doubts.new.extend(part.new);
    }
    // A submodule is in the place of a folder on the disk, and in that of a file in the index.
    same.sort_by_key(|range| range.start);
    let starts = same.iter().map(|range| range.end);
    let ends = same.iter().map(|range| range.start);
    let gaps = std::iter::once(0)
        .chain(starts)
        .zip(ends.chain(std::iter::once(items.len())));
    let known: Vec<&Item> = gaps.flat_map(|(start, end)| &items[start..end]).collect();
    let is_read = known.len() <= MOST_READ;
    let is_otherwise = |item: &&&Item| !is_read || !is_same(top, item);
    doubts.known = known
        .par_iter()
        .filter(is_otherwise)
        .map(|item| item.path.to_vec())
        .collect();
    doubts
}

/// Whether the disk has just what the index says, by its bytes.
fn is_same(top: &Path, item: &Item) -> bool {
    let path = &*item.path;
    let mut ends = memchr::memchr_iter(b'/', path);
    let is_folder = |end| {
        let at = disk::below(top, &path[..end])?;
        let data = fs::symlink_metadata(at).ok()?;
        data.is_dir().then_some(())
    };
    let mut read = || {
        // What lies behind a link is none of git's.
        ends.try_for_each(is_folder)?;
        let at = disk::below(top, path)?;
        let data = fs::symlink_metadata(&at).ok()?;
        let mode = disk::mode(&data);
        match mode {
            _ if mode != item.mode() => None,
            Mode::Symlink => {
                let target = fs::read_link(&at).ok()?;
                Some(BlobId::of(&disk::bytes(target.as_os_str())))
            }
            Mode::Regular | Mode::Executable if data.len() <= LARGE => folder::identify(&at).ok(),
            _ => None,
        }
    };
    read().is_some_and(|id| item.id == Ok(id))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
