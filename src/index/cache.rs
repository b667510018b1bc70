//! What sources meant the last time, by their ids, as bytes. Never trusted: an id decides, and bytes that are not as we wrote them are
//! none.

use rayon::prelude::*;

use super::source::Entry;
use crate::model::blob::BlobId;

/// What the cache's bytes begin with: the format, and the gistry that wrote it, since another may mean something else.
const HEAD: &[u8] = concat!("gistry index cache 1 ", env!("CARGO_PKG_VERSION"), "\n").as_bytes();
/// How many parts it has; an entry is in the part of its id's first byte.
const PARTS: usize = 256;

/// A part: entries by id, sorted, and its bytes.
#[derive(Debug, Default)]
struct Part<'a> {
    entries: Vec<(BlobId, Entry<'a>)>,
    bytes: &'a [u8],
}

/// What sources meant.
#[derive(Debug)]
pub struct Cache<'a> {
    parts: Vec<Part<'a>>,
}

impl Default for Cache<'_> {
    fn default() -> Self {
        let parts = (0..PARTS).map(|_| Part::default()).collect();
        Self { parts }
    }
}

impl<'a> Cache<'a> {
    /// Reads a cache; a part that is not as it was written is empty.
    pub fn read(bytes: &'a [u8]) -> Self {
        let Some(rest) = bytes.strip_prefix(HEAD) else {
            return Self::default();
        };
        let mut slices = Vec::with_capacity(PARTS);
        let mut rest = rest;
        for _ in 0..PARTS {
            let Some((length, after)) = rest.split_first_chunk() else {
                return Self::default();
            };
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let Some((part, after)) = after.split_at_checked(length) else {
                return Self::default();
            };
            slices.push(part);
            rest = after;
        }
        Self {
            parts: slices
                .into_par_iter()
                .map(|bytes| Part::read(bytes).unwrap_or_default())
                .collect(),
        }
    }

    /// What a source of this id meant. The same bytes can be more than one kind of source: the wanted one says so.
    pub fn get(&self, id: &BlobId, is_wanted: impl Fn(&Entry<'a>) -> bool) -> Option<&Entry<'a>> {
        let entries = &self.parts[usize::from(id.bytes()[0])].entries;
        let start = entries.partition_point(|(known, _)| known < id);
        let same = entries[start..].iter().take_while(|(known, _)| known == id);
        same.map(|(_, entry)| entry).find(|entry| is_wanted(entry))
    }

    /// The bytes of a cache of these entries, which may be borrowed from this one; nothing where it would be the same.
    pub fn renewed(&self, entries: Vec<(BlobId, &Entry<'_>)>) -> Option<Vec<u8>> {
        let mut parts: Vec<Vec<(BlobId, &Entry<'_>)>> = vec![Vec::new(); PARTS];
        for (id, entry) in entries {
            parts[usize::from(id.bytes()[0])].push((id, entry));
        }
        let renew = |(mut new, old): (Vec<(BlobId, &Entry<'_>)>, &Part<'_>)| {
            new.sort_by_key(|(id, _)| *id);
            let same = |((id, entry), (old_id, old)): (&(BlobId, &Entry<'_>), &(BlobId, Entry<'_>))| {
                // One that was kept is the very same; comparing it deeply is for those that were read anew.
                id == old_id
                    && (std::ptr::eq(
                        std::ptr::from_ref(*entry).cast::<u8>(),
                        std::ptr::from_ref(old).cast::<u8>(),
                    ) || *entry == old)
            };
            let is_same = new.len() == old.entries.len() && new.iter().zip(&old.entries).all(same);
            if is_same && !old.bytes.is_empty() {
                None
            } else {
                Some(write(&new))
            }
        };
        let renewed: Vec<Option<Vec<u8>>> = parts.into_par_iter().zip(&self.parts).map(renew).collect();
        if renewed.iter().all(Option::is_none) {
            return None;
        }
        let mut bytes = HEAD.to_vec();
        for (new, old) in renewed.iter().zip(&self.parts) {
            let part = new.as_deref().unwrap_or(old.bytes);
            // A part beyond 4 GiB would not be read again, and so is left out.
            let (length, part) = u32::try_from(part.len()).map_or((0, &b""[..]), |length| (length, part));
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(part);
        }
        Some(bytes)
    }
}

impl<'a> Part<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (sum, packed) = bytes.split_first_chunk()?;
        if BlobId::of(packed) != BlobId::new(*sum) {
            return None;
        }
        let entries = rmp_serde::from_slice(packed).ok()?;
        Some(Self { entries, bytes })
    }
}

fn write(entries: &[(BlobId, &Entry<'_>)]) -> Vec<u8> {
    let packed = rmp_serde::to_vec(entries).unwrap_or_default();
    [&BlobId::of(&packed).bytes()[..], &packed].concat()
}

#[cfg(test)]
mod tests {
    use super::super::row::Text;
    use super::super::used::Installs;
    use super::*;

    fn entry(id: &str) -> Entry<'static> {
        Entry::Aggregates(Installs {
            modules: vec![(Text(id.to_owned().into()), Text::from("x"), 1)],
            broken: None,
        })
    }

    fn is_any(_: &Entry<'_>) -> bool {
        true
    }

    #[test]
    fn what_was_written_comes_back_and_is_not_written_again() {
        let ids: Vec<BlobId> = (0..600_u16).map(|n| BlobId::of(&n.to_le_bytes())).collect();
        let entries: Vec<Entry<'_>> = (0..600).map(|n| entry(&n.to_string())).collect();
        let pairs = |cut: usize| ids.iter().copied().zip(&entries).take(cut).collect::<Vec<_>>();
        let bytes = Cache::default().renewed(pairs(600)).unwrap();
        let cache = Cache::read(&bytes);
        for (id, entry) in pairs(600) {
            assert_eq!(cache.get(&id, is_any), Some(entry));
            assert_eq!(cache.get(&id, |_| false), None);
        }
        assert_eq!(cache.renewed(pairs(600)), None);
        let fewer = cache.renewed(pairs(599)).unwrap();
        assert_eq!(fewer, Cache::default().renewed(pairs(599)).unwrap());
        assert_eq!(Cache::read(&fewer).get(&ids[599], is_any), None);
    }

    #[test]
    fn whatever_is_wrong_with_it_is_as_if_it_were_not_there() {
        let (id, entry) = (BlobId::of(b"x"), entry("A-1"));
        let bytes = Cache::default().renewed(vec![(id, &entry)]).unwrap();
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            let found = Cache::read(&bad).get(&id, is_any).cloned();
            assert!(found.is_none_or(|found| found == entry), "byte {at}");
            assert!(
                Cache::read(&bytes[..at]).get(&id, is_any).is_none(),
                "cut at {at}"
            );
        }
    }
}
