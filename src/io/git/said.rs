//! What git says of a working tree, as data: what its index has, and what is otherwise on the disk. Never runs git, and never looks at the disk.

use crate::model::blob::BlobId;
use crate::model::listing::Item;

/// Whether git would have a file at a path, as verify_path in its read-cache.c says: each part is a name, and none is git's own.
pub(super) fn is_inside(path: &[u8]) -> bool {
    let is_name = |part: &[u8]| !matches!(part, b"" | b"." | b"..") && !part.eq_ignore_ascii_case(b".git");
    path.split(|&byte| byte == b'/').all(is_name)
}

/// A path that differs between git's index and the disk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change<'a> {
    /// The path.
    pub path: &'a [u8],
    /// The mode that git would record; 0 where it does not say.
    pub recorded: u32,
    /// Whether there is nothing on the disk.
    pub gone: bool,
}

/// `git status --porcelain=v2 -z --untracked-files=no --no-renames`: which of git's files the working tree has otherwise than the index.
pub(super) fn changes(bytes: &[u8]) -> Option<Vec<Change<'_>>> {
    let mut found = Vec::new();
    for record in bytes.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let (kind, rest) = (record.first()?, record.get(2..)?);
        // The field in which the mode of the working tree stands, and how many fields come before the path.
        let (mode_at, fields) = match kind {
            b'1' => (4, 7),
            b'u' => (5, 9),
            b'#' | b'!' | b'?' => continue,
            _ => return None,
        };
        let mut parts = rest.splitn(fields + 1, |&byte| byte == b' ');
        let states = parts.next()?;
        let recorded = parts
            .nth(mode_at - 1)
            .and_then(|text| std::str::from_utf8(text).ok());
        let recorded = u32::from_str_radix(recorded?, 8).ok()?;
        let path = parts.nth(fields - mode_at - 1)?;
        if *kind == b'1' && states.get(1) == Some(&b'.') || recorded == 0o160_000 {
            continue;
        }
        found.push(Change {
            path,
            recorded,
            gone: recorded == 0,
        });
    }
    Some(found)
}

/// `git ls-files -z --others`: files that git does not have.
pub(super) fn others(bytes: &[u8]) -> impl Iterator<Item = Change<'_>> {
    let records = bytes.split(|&byte| byte == 0);
    // With a slash at its end it is a repository in the repository.
    let files = records.filter(|path| !path.is_empty() && !path.ends_with(b"/"));
    files.map(|path| Change {
        path,
        recorded: 0,
        gone: false,
    })
}

/// `git ls-files -s -t -z`: the files, and the first one that a sparse checkout leaves out of the working tree and that is not passed over.
pub(super) fn staged(
    bytes: &[u8],
    is_passed_over: impl Fn(&[u8]) -> bool,
) -> Option<(Vec<Item>, Option<String>)> {
    let mut items = Vec::with_capacity(bytes.len() / 80);
    let mut left_out = None;
    for record in bytes.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        // tag, space, mode, space, 40 digits, space, stage, tab, path
        let (tag, record) = record.split_at_checked(2)?;
        let (mode, rest) = record.split_at_checked(6)?;
        let mode = u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok()?;
        let id = BlobId::from_hex(rest.get(1..41)?)?;
        // A longer id is no SHA-1.
        let (b' ', b'\t') = (*rest.get(41)?, *rest.get(43)?) else {
            return None;
        };
        let path = rest.get(44..).filter(|path| !path.is_empty())?;
        if tag.first() == Some(&b'S') && left_out.is_none() && !is_passed_over(path) {
            left_out = Some(String::from_utf8_lossy(path).into_owned());
        }
        items.push(Item {
            path: path.into(),
            mode,
            id: Ok(id),
        });
    }
    Some((items, left_out))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_git_says_is_read() {
        let id = "ce013625030ba8dba906f756967f9e9ca394464a";
        let text = format!(
            "1 .M N... 100644 100644 100755 {id} {id} a b\0\
             1 M. N... 100644 100644 100644 {id} {id} staged\0\
             1 .D N... 100644 100644 000000 {id} {id} gone\0\
             u UU N... 100644 100644 100644 100644 {id} {id} {id} both sides\0"
        );
        let found: Vec<_> = changes(text.as_bytes())
            .unwrap()
            .into_iter()
            .chain(others(b"new\0nested/\0"))
            .map(|change| {
                (
                    String::from_utf8_lossy(change.path).into_owned(),
                    change.recorded,
                    change.gone,
                )
            })
            .collect();
        let expected = [
            ("a b", 0o100_755, false),
            ("gone", 0, true),
            ("both sides", 0o100_644, false),
            ("new", 0, false),
        ];
        assert_eq!(
            found,
            expected.map(|(path, mode, gone)| (path.to_owned(), mode, gone))
        );
        let text = format!("H 100644 {id} 0\ta b\0S 100644 {id} 0\tb\0S 120000 {id} 0\tc\td\0");
        let (items, left_out) = staged(text.as_bytes(), |path| path == b"b").unwrap();
        assert_eq!((items[2].mode, items[2].text()), (0o120_000, Some("c\td")));
        assert_eq!(left_out.as_deref(), Some("c\td"));
        assert!(staged(b"H 100644 x", |_| false).is_none() && changes(b"2 x").is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[1u?] [.M]{2} (N... |100644 |x ){0,9}.{0,5}\\x00?") {
            let _ = (changes(&bytes), others(&bytes).count(), staged(&bytes, |_| false));
            let _ = (changes(text.as_bytes()), staged(text.as_bytes(), |_| false));
        }
    }
}
