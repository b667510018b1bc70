//! Git's trees as they are stored, read without a copy of each name. Never panics, whatever the bytes are; never runs git.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use crate::model::name::ObjectId;

/// How long an object's id is, in bytes (SHA-1).
const ID: usize = 20;
/// The mode of a folder.
pub(super) const FOLDER: u32 = 0o040_000;

/// A tree: the names in one folder. Cheap to clone, and cheap to walk through: a registry's root has a name for each publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    bytes: Box<[u8]>,
    /// Where each name's record begins, and where the last ends.
    ends: Vec<u32>,
}

/// A name in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node<'t> {
    /// The mode as git writes it.
    pub mode: u32,
    /// The name's bytes.
    pub name: &'t [u8],
    /// The object's id as bytes.
    pub id: &'t [u8; ID],
}

impl Tree {
    /// A tree of these bytes, where they are one.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        // A record is seldom shorter than this.
        let mut ends = Vec::with_capacity(bytes.len() / 30 + 1);
        ends.push(0);
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = &rest[record(rest)?..];
            ends.push(u32::try_from(bytes.len() - rest.len()).ok()?);
        }
        let bytes = bytes.into();
        Some(Self(Arc::new(Inner { bytes, ends })))
    }

    /// The names, in the order of the tree.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Node<'_>> {
        self.records(0..self.len()).filter_map(node)
    }

    fn len(&self) -> usize {
        self.0.ends.len() - 1
    }

    fn record(&self, at: usize) -> &[u8] {
        &self.0.bytes[self.0.ends[at] as usize..self.0.ends[at + 1] as usize]
    }

    fn records(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = &[u8]> {
        range.map(|at| self.record(at))
    }

    /// What has this name. Of two of one name, which no sound tree has, the first.
    pub fn get(&self, name: &str) -> Option<Node<'_>> {
        // Behind the mode, and before a zero and the id.
        let rest = name.len() + 1 + ID;
        let has = |record: &&[u8]| {
            let at = record.len().checked_sub(rest).filter(|at| *at > 0);
            at.is_some_and(|at| record[at - 1] == b' ' && record[at..].starts_with(name.as_bytes()))
        };
        self.records(0..self.len())
            .filter(has)
            .filter_map(node)
            .find(|node| node.name == name.as_bytes())
    }

    /// The folder of this name.
    pub fn folder(&self, name: &str) -> Option<ObjectId> {
        self.get(name).filter(Node::is_folder).map(|node| node.object())
    }
}

impl Node<'_> {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.mode == FOLDER
    }

    /// Whether it is a file with a content of its own: no link, no submodule.
    pub fn is_file(&self) -> bool {
        matches!(self.mode, 0o100_644 | 0o100_755)
    }

    /// The object's id.
    pub fn object(&self) -> ObjectId {
        ObjectId::from_bytes(self.id)
    }

    /// How git sorts names: a folder as if a slash followed.
    fn key(&self) -> impl Iterator<Item = u8> {
        let end = self.is_folder().then_some(b'/');
        self.name.iter().copied().chain(end)
    }
}

/// How long the first record of a tree's bytes is.
fn record(bytes: &[u8]) -> Option<usize> {
    let space = bytes.iter().take(7).position(|&byte| byte == b' ')?;
    let name = space + 1;
    let zero = name + bytes[name..].iter().position(|&byte| byte == 0)?;
    let (digits, end) = (&bytes[..space], zero + 1 + ID);
    let octal = !digits.is_empty() && digits.iter().all(|byte| matches!(byte, b'0'..=b'7'));
    (octal && zero > name && end <= bytes.len()).then_some(end)
}

/// A record as [`record`] found it.
fn node(record: &[u8]) -> Option<Node<'_>> {
    let (rest, id) = record.split_last_chunk()?;
    let space = rest.iter().position(|&byte| byte == b' ')?;
    let mode = rest[..space]
        .iter()
        .fold(0, |mode, digit| mode * 8 + u32::from(digit - b'0'));
    let name = &rest[space + 1..rest.len() - 1];
    Some(Node { mode, name, id })
}

/// The names that differ between two folders, either of which may be missing: what each has. Git's own order and likeness.
pub(super) fn differing<'t>(
    before: Option<&'t Tree>,
    after: Option<&'t Tree>,
) -> Vec<(Option<Node<'t>>, Option<Node<'t>>)> {
    let (olds, news) = middle(before, after);
    let nodes = |tree: Option<&'t Tree>, range| tree.map(|tree| tree.records(range).filter_map(node));
    let (mut olds, mut news) = (nodes(before, olds), nodes(after, news));
    let (mut old, mut new, mut found) = (None, None, Vec::new());
    loop {
        old = old.or_else(|| olds.as_mut().and_then(Iterator::next));
        new = new.or_else(|| news.as_mut().and_then(Iterator::next));
        let order = match (&old, &new) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) if a.name == b.name && a.is_folder() == b.is_folder() => Ordering::Equal,
            (Some(a), Some(b)) => a.key().cmp(b.key()),
        };
        match order {
            Ordering::Less => found.push((old.take(), None)),
            Ordering::Greater => found.push((None, new.take())),
            Ordering::Equal if old == new => (old, new) = (None, None),
            Ordering::Equal => found.push((old.take(), new.take())),
        }
    }
}

/// What is left of two trees without the records that they have in common at their beginning and at their end: of a root nearly
/// nothing.
fn middle(before: Option<&Tree>, after: Option<&Tree>) -> (Range<usize>, Range<usize>) {
    let len = |tree: Option<&Tree>| tree.map_or(0, Tree::len);
    let (old, new) = (0..len(before), 0..len(after));
    let (Some(before), Some(after)) = (before, after) else {
        return (old, new);
    };
    let same = |(a, b): &(&[u8], &[u8])| a == b;
    let pairs = before.records(old.clone()).zip(after.records(new.clone()));
    let first = pairs.take_while(same).count();
    let pairs = before
        .records(first..old.end)
        .rev()
        .zip(after.records(first..new.end).rev());
    let last = pairs.take_while(same).count();
    (first..old.end - last, first..new.end - last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree(entries: &[(&str, &str, u8)]) -> Tree {
        let entry = |(mode, name, id): &(&str, &str, u8)| {
            [format!("{mode} {name}\0").as_bytes(), &[*id; ID]].concat()
        };
        Tree::parse(&entries.iter().flat_map(entry).collect::<Vec<u8>>()).unwrap()
    }

    #[test]
    fn names_are_read_as_they_are_stored() {
        let tree = tree(&[("100644", "a b", 0x0a), ("40000", "c", 0xff), ("120000", "d", 1)]);
        let names: Vec<_> = tree
            .nodes()
            .map(|node| (node.name, node.is_folder(), node.is_file()))
            .collect();
        let expected: [(&[u8], bool, bool); 3] =
            [(b"a b", false, true), (b"c", true, false), (b"d", false, false)];
        assert_eq!(names, expected);
        assert_eq!(tree.folder("c").unwrap().as_str(), "ff".repeat(ID));
        assert_eq!(tree.get("a b").unwrap().object().as_str(), "0a".repeat(ID));
        assert!(tree.folder("a b").is_none() && tree.get("a").is_none());
        for other in [
            "",
            " ",
            "b",
            "0644 a b",
            "100644 a b",
            "40000 c",
            "a name that is longer than any",
        ] {
            assert!(tree.get(other).is_none(), "{other:?}");
        }
        for bad in [
            &b"100644 a"[..],
            b"100644 a\0xx",
            b"x a\0",
            b"100644 \0aaaaaaaaaaaaaaaaaaaa",
            b"+44 a\0",
        ] {
            assert_eq!(Tree::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_differs_is_found_in_gits_order() {
        let before = tree(&[
            ("100644", "a", 1),
            ("100644", "b.c", 3),
            ("40000", "b", 2),
            ("40000", "e", 9),
        ]);
        let after = tree(&[
            ("100644", "a", 1),
            ("100644", "b", 4),
            ("100644", "b.c", 5),
            ("40000", "d", 6),
        ]);
        let name = |node: Option<Node<'_>>| node.map(|node| (node.name.to_vec(), node.id[0]));
        let found: Vec<_> = differing(Some(&before), Some(&after))
            .into_iter()
            .map(|(old, new)| (name(old), name(new)))
            .collect();
        let node = |name: &str, id: u8| Some((name.as_bytes().to_vec(), id));
        let expected = [
            (None, node("b", 4)),
            (node("b.c", 3), node("b.c", 5)),
            (node("b", 2), None),
            (None, node("d", 6)),
            (node("e", 9), None),
        ];
        assert_eq!(found, expected);
        assert_eq!(differing(None, Some(&after)).len(), 4);
        assert!(differing(Some(&before), Some(&before)).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_panic(a in prop::collection::vec(any::<u8>(), 0..80), b in "(100644|40000) [a-c]{1,3}\\x00[a-b]{20}") {
            let (a, b) = (Tree::parse(&a), Tree::parse(b.as_bytes()));
            let _ = differing(a.as_ref(), b.as_ref());
        }
    }
}
