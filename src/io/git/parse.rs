//! What git prints, as data. Never panics, whatever it is given; never runs git.

use std::collections::BTreeSet;

use crate::model::file::Mode;
use crate::model::name::{CommitId, Name, ObjectId};

/// An entry of a tree or of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Side {
    /// The mode as git writes it.
    pub mode: u32,
    /// The blob, or a submodule's commit.
    pub id: ObjectId,
}

impl Side {
    /// What kind of entry it is.
    pub fn mode(&self) -> Mode {
        Mode::from_octal(self.mode)
    }
}

/// A path with its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// The path's bytes.
    pub path: Vec<u8>,
    /// What is there.
    pub side: Side,
}

/// A path that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Differing {
    /// The path's bytes.
    pub path: Vec<u8>,
    /// In the first tree.
    pub before: Option<Side>,
    /// In the second.
    pub after: Option<Side>,
}

/// A path of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staged {
    /// What is there.
    pub listed: Listed,
    /// Whether a sparse checkout leaves it out of the working tree.
    pub skipped: bool,
}

/// The records of output under `-z`; what has no end is no record.
fn records(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let Some((0, whole)) = bytes.split_last() else {
        return bytes.is_empty().then(Vec::new);
    };
    Some(whole.split(|&byte| byte == 0).collect())
}

/// Splits at the first `separator`.
fn cut(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == separator)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn side(mode: &str, id: &str) -> Option<Side> {
    let octal = (1..=6).contains(&mode.len()) && mode.bytes().all(|byte| byte.is_ascii_digit());
    Some(Side {
        mode: u32::from_str_radix(mode, 8).ok().filter(|_| octal)?,
        id: ObjectId::parse(id).ok()?,
    })
}

/// `git diff-tree --raw -z --no-abbrev --no-renames`.
pub(super) fn raw_diff(bytes: &[u8]) -> Option<Vec<Differing>> {
    let records = records(bytes)?;
    let pairs = records.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| {
            let fields: Vec<&str> = text(pair[0])?.strip_prefix(':')?.split(' ').collect();
            let [old_mode, new_mode, old_id, new_id, _status] = fields[..] else {
                return None;
            };
            let present = |side: &Side| side.mode != 0;
            Some(Differing {
                path: path(pair[1])?,
                before: Some(side(old_mode, old_id)?).filter(present),
                after: Some(side(new_mode, new_id)?).filter(present),
            })
        })
        .collect()
}

fn path(bytes: &[u8]) -> Option<Vec<u8>> {
    (!bytes.is_empty()).then(|| bytes.to_vec())
}

/// `git ls-tree -z`, with `-r` or not.
pub(super) fn tree_listing(bytes: &[u8]) -> Option<Vec<Listed>> {
    let entry = |record: &&[u8]| {
        let (head, name) = cut(record, b'\t')?;
        let fields: Vec<&str> = text(head)?.split(' ').collect();
        let [mode, _kind, id] = fields[..] else {
            return None;
        };
        Some(Listed {
            path: path(name)?,
            side: side(mode, id)?,
        })
    };
    records(bytes)?.iter().map(entry).collect()
}

/// `git ls-files -z -t -s`: the index. A path that is not merged comes several times.
pub(super) fn index_listing(bytes: &[u8]) -> Option<Vec<Staged>> {
    let entry = |record: &&[u8]| {
        let (head, name) = cut(record, b'\t')?;
        let fields: Vec<&str> = text(head)?.split(' ').collect();
        let [tag, mode, id, _stage] = fields[..] else {
            return None;
        };
        let listed = Listed {
            path: path(name)?,
            side: side(mode, id)?,
        };
        Some(Staged {
            listed,
            skipped: tag.eq_ignore_ascii_case("S"),
        })
    };
    records(bytes)?.iter().map(entry).collect()
}

/// `git ls-files -z`: paths alone.
pub(super) fn paths(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    records(bytes)?.into_iter().map(path).collect()
}

/// `git cat-file --batch-check`: an object's size, or nothing where the object is not here.
pub(super) fn sizes(bytes: &[u8]) -> Option<Vec<(ObjectId, Option<u64>)>> {
    text(bytes)?
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            match fields[..] {
                [id, "missing"] => Some((ObjectId::parse(id).ok()?, None)),
                [id, _kind, size] => Some((ObjectId::parse(id).ok()?, Some(size.parse().ok()?))),
                _ => None,
            }
        })
        .collect()
}

/// `git cat-file --batch`: the objects that are here.
pub(super) fn objects(mut bytes: &[u8]) -> Option<Vec<(ObjectId, &[u8])>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (head, rest) = cut(bytes, b'\n')?;
        let fields: Vec<&str> = text(head)?.split(' ').collect();
        match fields[..] {
            [_, "missing"] => bytes = rest,
            [id, _kind, size] => {
                let size: usize = size.parse().ok()?;
                let content = rest.get(..size)?;
                let (b'\n', after) = rest[size..].split_first()? else {
                    return None;
                };
                found.push((ObjectId::parse(id).ok()?, content));
                bytes = after;
            }
            _ => return None,
        }
    }
    Some(found)
}

/// `git ls-remote`: names and commits. Lines that are none are passed over, since servers may say more.
pub(super) fn refs(bytes: &[u8]) -> Vec<(&str, CommitId)> {
    bytes
        .split(|&byte| byte == b'\n')
        .filter_map(|line| {
            let (id, name) = cut(line, b'\t')?;
            Some((text(name)?, CommitId::parse(text(id)?).ok()?))
        })
        .collect()
}

/// `git cat-file --batch-check='%(objecttype) %(objectname)'`: the objects of one kind.
pub(super) fn of_kind(bytes: &[u8], kind: &str) -> Option<BTreeSet<ObjectId>> {
    let of_kind = |line: &str| {
        line.split_once(' ')
            .map(|(known, id)| (known == kind, id.to_owned()))
    };
    let lines: Vec<_> = text(bytes)?.lines().map(of_kind).collect::<Option<_>>()?;
    let wanted = lines.into_iter().filter(|(is, _)| *is);
    wanted.map(|(_, id)| ObjectId::parse(&id).ok()).collect()
}

/// The tree that a commit names.
pub(super) fn tree_of(commit: &[u8]) -> Option<ObjectId> {
    let line = commit.split(|&byte| byte == b'\n').next()?;
    ObjectId::parse(text(line.strip_prefix(b"tree ")?)?).ok()
}

/// The parents that a commit names.
pub(super) fn parents(commit: &[u8]) -> Vec<CommitId> {
    commit
        .split(|&byte| byte == b'\n')
        .take_while(|line| !line.is_empty())
        .filter_map(|line| CommitId::parse(text(line.strip_prefix(b"parent ")?)?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";
    const NONE: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn a_raw_difference() {
        let bytes = format!(":000000 100644 {NONE} {ID} A\0a b\n\t:c\0:120000 000000 {ID} {NONE} D\0d\0");
        let found = raw_diff(bytes.as_bytes()).unwrap();
        assert_eq!(found[0].path, b"a b\n\t:c");
        assert!(found[0].before.is_none() && found[0].after.as_ref().unwrap().mode == 0o100_644);
        assert!(found[1].after.is_none() && found[1].before.as_ref().unwrap().mode == 0o120_000);
        assert_eq!(raw_diff(b""), Some(vec![]));
        for bad in ["x\0", "\0", "a\0b\0", &bytes[..bytes.len() - 1]] {
            assert_eq!(raw_diff(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn listings() {
        let tree = tree_listing(format!("100644 blob {ID}\ta\tb\0").as_bytes()).unwrap();
        assert_eq!(tree[0].path, b"a\tb");
        let index = index_listing(format!("S 100644 {ID} 0\ta\0H 100755 {ID} 2\tb\0").as_bytes()).unwrap();
        assert_eq!((index[0].skipped, index[1].skipped), (true, false));
        assert_eq!(paths(b"a\0b\0"), Some(vec![b"a".to_vec(), b"b".to_vec()]));
        assert_eq!(paths(b"\0"), None);
    }

    #[test]
    fn objects_and_their_sizes() {
        let id = || ObjectId::parse(ID).unwrap();
        let checked = sizes(format!("{ID} blob 5\n{ID} missing\n").as_bytes()).unwrap();
        assert_eq!(checked, [(id(), Some(5)), (id(), None)]);
        let bytes = format!("{ID} missing\n{ID} blob 3\na\nb\n{ID} blob 0\n\n");
        let read = objects(bytes.as_bytes()).unwrap();
        assert_eq!(read, [(id(), &b"a\nb"[..]), (id(), &b""[..])]);
        for bad in [
            format!("{ID} blob 9\na\n"),
            format!("{ID} blob 18446744073709551615\na\n"),
        ] {
            assert_eq!(objects(bad.as_bytes()), None);
        }
    }

    #[test]
    fn refs_and_parents() {
        let bytes = format!("{ID}\trefs/heads/main\nnoise\n{ID}\trefs/x\ty\n");
        let commit = CommitId::parse(ID).unwrap();
        let expected = [("refs/heads/main", commit.clone()), ("refs/x\ty", commit.clone())];
        assert_eq!(refs(bytes.as_bytes()), expected);
        let text = format!("tree {ID}\nparent {ID}\nauthor x\n\nparent {ID}\n");
        assert_eq!(parents(text.as_bytes()), [commit]);
        assert_eq!(tree_of(text.as_bytes()).unwrap().as_str(), ID);
        assert_eq!(tree_of(b"parent x\n"), None);
    }

    #[test]
    fn objects_of_one_kind() {
        let text = format!("tree {ID}\nblob {NONE}\n");
        let found = of_kind(text.as_bytes(), "tree").unwrap();
        assert_eq!(found, BTreeSet::from([ObjectId::parse(ID).unwrap()]));
        assert_eq!(of_kind(b"tree\n", "tree"), None);
        assert_eq!(of_kind(b"tree x\n", "tree"), None);
    }

    /// Bytes that look a little like what git prints, so that the parsers get past their first line.
    fn nearly() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just(ID.as_bytes().to_vec()),
            Just(NONE.as_bytes().to_vec()),
            Just(b"blob".to_vec()),
            Just(b"missing".to_vec()),
            Just(b":100644".to_vec()),
            Just(b"parent ".to_vec()),
            Just(b"H".to_vec()),
            Just(b"18446744073709551615".to_vec()),
            Just(b"\0".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\t".to_vec()),
            Just(b" ".to_vec()),
            prop::collection::vec(any::<u8>(), 0..5),
        ];
        prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_panic(bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), nearly()]) {
            let _ = (raw_diff(&bytes), tree_listing(&bytes), index_listing(&bytes), paths(&bytes));
            let _ = (sizes(&bytes), objects(&bytes), refs(&bytes), parents(&bytes));
            let _ = (of_kind(&bytes, "tree"), tree_of(&bytes));
        }
    }
}
