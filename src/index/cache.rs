//! What sources meant the last time, by their ids, as bytes. Never trusted: an id decides, and bytes that are not as we wrote them are
//! none.
//!
//! It is written whole once, in parts that several cores read. Afterwards what is new is added at its end, so that a small change costs
//! a small write, until too much of it is new or of no use any more.

use rayon::prelude::*;

use super::source::Entry;
use crate::model::blob::BlobId;

/// What the cache's bytes begin with: the format, and the gistry that wrote it, since another may mean something else.
const HEAD: &[u8] = concat!("gistry index cache 3 ", env!("CARGO_PKG_VERSION"), "\n").as_bytes();
/// How many parts it has when it is written whole; an entry is in the part of its id's first byte.
const PARTS: usize = 256;
/// Where more than one entry in so many was added, or is of no use, it is written whole again.
const SHARE: usize = 4;

/// Entries by id, sorted.
type Part<'a> = Vec<(BlobId, Entry<'a>)>;

/// What sources meant.
#[derive(Debug, Default)]
pub struct Cache<'a> {
    /// By their ids' first bytes; none where there is no cache.
    parts: Vec<Part<'a>>,
    /// What was added since it was written whole.
    added: Part<'a>,
    /// How many bytes there are.
    length: usize,
    /// How many of them are as we wrote them, or at least as long as that: what follows is cut short.
    sound: usize,
}

/// How a cache is brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// It is these bytes.
    Whole(Vec<u8>),
    /// Bytes come to what it has.
    More {
        /// How many bytes it had when it was read; where it has others by now, it is left alone.
        read: usize,
        /// How many of those stay.
        stay: usize,
        /// What follows them.
        bytes: Vec<u8>,
    },
}

impl Renewal {
    /// Brings the bytes of the cache that was read up to date.
    pub fn apply(&self, kept: &mut Vec<u8>) {
        match self {
            Self::Whole(bytes) => kept.clone_from(bytes),
            Self::More { stay, bytes, .. } => {
                kept.truncate(*stay);
                kept.extend_from_slice(bytes);
            }
        }
    }
}

impl<'a> Cache<'a> {
    /// Reads a cache; a part that is not as it was written is empty.
    pub fn read(bytes: &'a [u8]) -> Self {
        let Some(mut rest) = bytes.strip_prefix(HEAD) else {
            return Self::default();
        };
        let mut slices = Vec::with_capacity(PARTS);
        while let Some((part, after)) = split(rest) {
            slices.push(part);
            rest = after;
        }
        if slices.len() < PARTS {
            return Self::default();
        }
        let read = |bytes| read(bytes).unwrap_or_default();
        let mut parts: Vec<Part<'a>> = slices.into_par_iter().map(read).collect();
        let mut added: Part<'a> = parts.drain(PARTS..).flatten().collect();
        added.sort_by_key(|(id, _)| *id);
        Self {
            parts,
            added,
            length: bytes.len(),
            sound: bytes.len() - rest.len(),
        }
    }

    /// What a source of this id meant. The same bytes can be more than one kind of source: the wanted one says so.
    pub fn get(&self, id: &BlobId, mut is_wanted: impl FnMut(&Entry<'a>) -> bool) -> Option<&Entry<'a>> {
        let part = self.parts.get(usize::from(id.bytes()[0]))?;
        [part, &self.added].into_iter().find_map(|entries| {
            let start = entries.partition_point(|(known, _)| known < id);
            let same = entries[start..].iter().take_while(|(known, _)| known == id);
            same.map(|(_, entry)| entry).find(|entry| is_wanted(entry))
        })
    }

    /// How it becomes a cache of these entries, of which some were kept in it; nothing where it is that already.
    pub fn renewed(&self, kept: &[(BlobId, &Entry<'_>)], fresh: &[(BlobId, &Entry<'_>)]) -> Option<Renewal> {
        // The same bytes may have been read again, since what was made of them was gone.
        let is_new = |(id, entry): &&(BlobId, &Entry<'_>)| self.get(id, |known| known == *entry).is_none();
        let new: Vec<(BlobId, &Entry<'_>)> = fresh.iter().filter(is_new).copied().collect();
        let has = self.added.len() + self.parts.iter().map(Vec::len).sum::<usize>();
        let unused = (has + new.len()).saturating_sub(kept.len() + fresh.len());
        let much = |count: usize| count * SHARE > has;
        if self.sound == 0 || much(unused) || much(self.added.len() + new.len()) {
            return (self.sound == 0 || unused > 0 || !new.is_empty())
                .then(|| whole(&[kept, fresh].concat()));
        }
        (!new.is_empty()).then(|| Renewal::More {
            read: self.length,
            stay: self.sound,
            bytes: write(new),
        })
    }
}

fn whole(entries: &[(BlobId, &Entry<'_>)]) -> Renewal {
    let mut parts: Vec<Vec<(BlobId, &Entry<'_>)>> = vec![Vec::new(); PARTS];
    for (id, entry) in entries {
        parts[usize::from(id.bytes()[0])].push((*id, entry));
    }
    let parts: Vec<Vec<u8>> = parts.into_par_iter().map(write).collect();
    Renewal::Whole(
        [HEAD]
            .into_iter()
            .chain(parts.iter().map(Vec::as_slice))
            .collect::<Vec<_>>()
            .concat(),
    )
}

/// The first part of these bytes, and the rest; nothing where it is cut short.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

fn read(bytes: &[u8]) -> Option<Part<'_>> {
    let (sum, packed) = bytes.split_first_chunk()?;
    if BlobId::of(packed) != BlobId::new(*sum) {
        return None;
    }
    rmp_serde::from_slice(packed).ok()
}

/// A part: its length, its digest, its entries.
fn write(mut entries: Vec<(BlobId, &Entry<'_>)>) -> Vec<u8> {
    entries.sort_by_key(|(id, _)| *id);
    let packed = rmp_serde::to_vec(&entries).unwrap_or_default();
    let sum = BlobId::of(&packed);
    // A part beyond 4 GiB could not be read again, and so is left out.
    match u32::try_from(packed.len() + sum.bytes().len()) {
        Ok(length) => [&length.to_le_bytes()[..], sum.bytes(), &packed].concat(),
        Err(_) => vec![0; 4],
    }
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

    fn fresh(entries: &[(BlobId, &Entry<'_>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        Cache::default().renewed(&[], entries).unwrap().apply(&mut bytes);
        bytes
    }

    #[test]
    fn what_was_written_comes_back_and_is_not_written_again() {
        let ids: Vec<BlobId> = (0..600_u16).map(|n| BlobId::of(&n.to_le_bytes())).collect();
        let entries: Vec<Entry<'_>> = (0..600).map(|n| entry(&n.to_string())).collect();
        let pairs: Vec<_> = ids.iter().copied().zip(&entries).collect();
        let bytes = fresh(&pairs);
        let cache = Cache::read(&bytes);
        for (id, entry) in &pairs {
            assert_eq!(cache.get(id, is_any), Some(*entry));
            assert_eq!(cache.get(id, |_| false), None);
        }
        let (kept, read) = pairs.split_at(400);
        assert_eq!(cache.renewed(kept, read), None);
        assert_eq!(cache.renewed(&pairs[..599], &[]), None);
        // Half of it is of no use.
        let Some(Renewal::Whole(fewer)) = cache.renewed(&pairs[..300], &[]) else {
            panic!()
        };
        assert_eq!(fewer, fresh(&pairs[..300]));
        assert_eq!(Cache::read(&fewer).get(&ids[599], is_any), None);
    }

    #[test]
    fn what_is_new_is_added_until_it_is_much() {
        let ids: Vec<BlobId> = (0..100_u16).map(|n| BlobId::of(&n.to_le_bytes())).collect();
        let entries: Vec<Entry<'_>> = (0..100).map(|n| entry(&n.to_string())).collect();
        let pairs: Vec<_> = ids.iter().copied().zip(&entries).collect();
        let mut bytes = fresh(&pairs[..60]);
        let (mut more, mut whole) = (0, 0);
        for at in 60..100 {
            let renewal = Cache::read(&bytes)
                .renewed(&pairs[..at], &pairs[at..=at])
                .unwrap();
            let before = bytes.len();
            match &renewal {
                Renewal::More { read, stay, .. } => {
                    assert_eq!((*read, *stay), (before, before));
                    more += 1;
                }
                Renewal::Whole(bytes) => {
                    assert_eq!(*bytes, fresh(&pairs[..=at]));
                    whole += 1;
                }
            }
            renewal.apply(&mut bytes);
            let cache = Cache::read(&bytes);
            for (id, entry) in &pairs[..=at] {
                assert_eq!(cache.get(id, is_any), Some(*entry));
            }
            // One that is cut short is without what was added last, and the next run writes over it.
            if matches!(renewal, Renewal::More { .. }) {
                for cut in before..bytes.len() {
                    let cache = Cache::read(&bytes[..cut]);
                    assert!(
                        cache.get(&ids[at - 1], is_any).is_some() && cache.get(&ids[at], is_any).is_none()
                    );
                    let mut mended = bytes[..cut].to_vec();
                    cache
                        .renewed(&pairs[..at], &pairs[at..=at])
                        .unwrap()
                        .apply(&mut mended);
                    assert_eq!(mended, bytes);
                }
            }
        }
        assert!(more > 30 && whole > 0, "{more} {whole}");
    }

    #[test]
    fn whatever_is_wrong_with_it_is_as_if_it_were_not_there() {
        let (id, first) = (BlobId::of(b"x"), entry("A-1"));
        let (later, second) = (BlobId::of(b"y"), entry("A-2"));
        let base = fresh(&[(id, &first)]);
        let more = Renewal::More {
            read: base.len(),
            stay: base.len(),
            bytes: write(vec![(later, &second)]),
        };
        let mut bytes = base.clone();
        more.apply(&mut bytes);
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            let bad = Cache::read(&bad);
            for (id, entry) in [(id, &first), (later, &second)] {
                let found = bad.get(&id, is_any);
                assert!(found.is_none_or(|found| found == entry), "byte {at}");
            }
            let cut = Cache::read(&bytes[..at]);
            assert_eq!(cut.get(&id, is_any).is_some(), at >= base.len(), "cut at {at}");
            assert!(cut.get(&later, is_any).is_none(), "cut at {at}");
        }
    }
}
