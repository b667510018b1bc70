//! Git's index as a file, where it is plain: of version 2 or 3, in one piece, with every file in the working tree. Never guesses: where it is
//! anything else, git itself is asked.

use rayon::prelude::*;

use super::said::is_inside;
use crate::io::disk::Stamp;
use crate::model::blob::BlobId;
use crate::model::listing::Item;

/// How git writes a folder, which a sparse index has.
const FOLDER: u32 = 0o040_000;
/// The flag that says that more flags follow.
const EXTENDED: u16 = 0x4000;
/// The flags that say that git is not sure of the file: it is not merged, or nobody is to look at it.
const DOUBTFUL: u16 = 0xb000;
/// The longest name whose length is written down.
const LONG: u16 = 0x0fff;
/// Of the flags that follow: the file is new and has no content yet.
const INTENDED: u16 = 0x2000;

/// Takes bytes from the beginning.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }
}

/// The files of git's index, by path.
#[derive(Debug, Default)]
pub(super) struct Indexed {
    /// Each once, even where it is not merged.
    pub items: Vec<Item>,
    /// What the disk said of each when git looked last; nothing where git is not sure of it.
    pub stamps: Vec<Option<Stamp>>,
}

/// The files. Nothing where the file is not plain, or no index at all.
pub(super) fn read(bytes: &[u8]) -> Option<Indexed> {
    let (body, _sum) = bytes.split_last_chunk::<20>()?;
    let mut rest = Rest(body);
    let (b"DIRC", version @ 2..=3) = (rest.take(4)?, rest.number()?) else {
        return None;
    };
    let count = usize::try_from(rest.number()?).ok()?;
    // An entry has more than 62 bytes.
    let mut entries = Vec::with_capacity(count.min(body.len() / 62));
    for _ in 0..count {
        let entry = Entry::cut(&mut rest, version)?;
        // What is not merged comes several times, and git is not sure of it.
        let is_same = |last: &Entry<'_>| last.path == entry.path;
        if !entries.last().is_some_and(is_same) {
            entries.push(entry);
        }
    }
    while !rest.0.is_empty() {
        // What need not be understood begins with a capital letter. What must be is a part of the index elsewhere, or has whole folders.
        let signature = rest.take(4)?;
        let size = rest.number()?;
        rest.take(usize::try_from(size).ok()?)?;
        signature.first().filter(|letter| letter.is_ascii_uppercase())?;
    }
    let read = |entry: &Entry<'_>| (entry.item(), entry.stamp());
    let (items, stamps) = entries.par_iter().with_min_len(1024).map(read).unzip();
    Some(Indexed { items, stamps })
}

/// An entry as it stands there.
struct Entry<'a> {
    /// What comes before the path but for the flags that are not always there.
    fixed: &'a [u8; 62],
    path: &'a [u8],
    is_sure: bool,
}

impl<'a> Entry<'a> {
    fn cut(rest: &mut Rest<'a>, version: u32) -> Option<Self> {
        let before = rest.0.len();
        let fixed: &[u8; 62] = rest.take(62)?.try_into().ok()?;
        let flags = u16::from_be_bytes([fixed[60], fixed[61]]);
        let mut is_sure = flags & DOUBTFUL == 0;
        if flags & EXTENDED != 0 {
            // A file that a sparse checkout leaves out is for git to judge.
            let more = rest.short()?;
            if version < 3 || more & !INTENDED != 0 {
                return None;
            }
            is_sure &= more & INTENDED == 0;
        }
        let length = match flags & LONG {
            LONG => memchr::memchr(0, rest.0)?,
            length => usize::from(length),
        };
        let path = rest.take(length).filter(|path| is_inside(path))?;
        // One to eight zeros end it, so that the next one begins at an eighth byte.
        let used = before - rest.0.len();
        let zeros = rest.take(8 - used % 8)?;
        let entry = Self { fixed, path, is_sure };
        let is_whole = zeros.iter().all(|&byte| byte == 0) && entry.number(24) != FOLDER;
        is_whole.then_some(entry)
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(std::array::from_fn(|byte| self.fixed[at + byte]))
    }

    fn item(&self) -> Item {
        Item {
            path: self.path.into(),
            mode: self.number(24),
            id: Ok(BlobId::new(std::array::from_fn(|byte| self.fixed[40 + byte]))),
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        // Behind the times stands the device, which git does not heed either.
        let stamp = || Stamp {
            changed: [self.number(0), self.number(4)],
            written: [self.number(8), self.number(12)],
            inode: self.number(20),
            user: self.number(28),
            group: self.number(32),
            size: self.number(36),
        };
        self.is_sure.then(stamp)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use proptest::prelude::*;

    use super::super::said::staged;
    use super::*;

    fn git(at: &Path, words: &[&str]) -> Vec<u8> {
        let mut command = Command::new("git");
        for (name, value) in [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")] {
            command.env(name, value);
        }
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "a")
                .env(format!("GIT_{role}_EMAIL"), "a@example.org");
        }
        command.args(words).current_dir(at).output().unwrap().stdout
    }

    fn file(at: &Path) -> Option<Vec<Item>> {
        items(&std::fs::read(at.join(".git/index")).unwrap())
    }

    fn items(bytes: &[u8]) -> Option<Vec<Item>> {
        let indexed = read(bytes)?;
        assert_eq!(indexed.items.len(), indexed.stamps.len());
        Some(indexed.items)
    }

    fn listed(at: &Path) -> Vec<Item> {
        staged(&git(at, &["ls-files", "-s", "-t", "-z"]), |_| false)
            .unwrap()
            .0
    }

    fn once(at: &Path) -> Vec<Item> {
        let mut items = listed(at);
        items.dedup_by(|later, first| later.path == first.path);
        items
    }

    #[test]
    fn it_has_what_git_lists_or_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        git(at, &["init", "-q", "-b", "main"]);
        for number in 0..20 {
            let name = "n".repeat(number + 1);
            std::fs::create_dir_all(at.join(&name)).unwrap();
            std::fs::write(at.join(&name).join("f"), name.as_bytes()).unwrap();
        }
        let long = [["d"; 200].concat(), "e".repeat(200)].join("/").repeat(2);
        std::fs::write(at.join("n/f"), "n").unwrap();
        let id = String::from_utf8(git(at, &["hash-object", "-w", "n/f"])).unwrap();
        let id = id.trim();
        // A longer path than the file has room for in its flags, a submodule, a link.
        let deep = format!("{}/f", [long.as_str(); 12].join("/"));
        for (mode, path) in [("100755", deep.as_str()), ("160000", "sub"), ("120000", "link")] {
            git(
                at,
                &[
                    "update-index",
                    "--add",
                    "--cacheinfo",
                    &format!("{mode},{id},{path}"),
                ],
            );
        }
        let plain = |what: &str| {
            let items = file(at).unwrap_or_else(|| panic!("{what} is plain"));
            assert_eq!(items, once(at), "{what}");
            items.len()
        };
        assert_eq!(plain("no commit"), 3);
        // No disk has room for that path.
        git(at, &["update-index", "--force-remove", &deep]);
        assert_eq!(plain("without it"), 2);
        git(at, &["add", "-A", "n", "nn"]);
        git(at, &["commit", "-q", "-m", "x"]);
        assert!(plain("a commit") >= 2);
        git(at, &["add", "-N", "."]);
        assert!(plain("what is intended") >= 20);
        git(at, &["add", "-A"]);
        git(at, &["commit", "-q", "-m", "x"]);
        for (branch, text) in [("one", "1"), ("two", "2")] {
            git(at, &["checkout", "-q", "-b", branch, "main"]);
            std::fs::write(at.join("n/f"), text).unwrap();
            git(at, &["commit", "-q", "-a", "-m", branch]);
        }
        git(at, &["merge", "-q", "one"]);
        plain("a conflict");
        let sides = listed(at);
        assert_eq!(sides.iter().filter(|item| *item.path == *b"n/f").count(), 3);
        git(at, &["reset", "-q", "--hard"]);
        git(at, &["update-index", "--assume-unchanged", "n/f"]);
        plain("what is not looked at");
        for (how, words, back) in [
            (
                "left out",
                ["update-index", "--skip-worktree", "n/f"],
                ["update-index", "--no-skip-worktree", "n/f"],
            ),
            (
                "of version 4",
                ["update-index", "--index-version", "4"],
                ["update-index", "--index-version", "2"],
            ),
            (
                "split",
                ["update-index", "--split-index", "n/f"],
                ["update-index", "--no-split-index", "n/f"],
            ),
        ] {
            git(at, &words);
            assert_eq!(file(at), None, "{how}");
            git(at, &back);
            plain("as before");
        }
        let bytes = std::fs::read(at.join(".git/index")).unwrap();
        for cut in 0..bytes.len() {
            // Behind the files it may be cut where nobody can tell, git neither.
            let read = items(&bytes[..cut]);
            assert!(read.is_none_or(|items| items == once(at)), "cut at {cut}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), version in 1..5_u32, count in 0..4_u32) {
            let head = [&b"DIRC"[..], &version.to_be_bytes(), &count.to_be_bytes()].concat();
            let _ = (read(&bytes), read(&[head, bytes].concat()));
        }
    }
}
