//! What a tree holds: every path with its mode and object id, sorted. Never holds what is in a file.

use super::blob::BlobId;
use super::file::Mode;

/// A path of a tree that is no folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The path's bytes, `/` between components.
    pub path: Box<[u8]>,
    /// The mode as git writes it; 0 for what git would not record, such as a named pipe.
    pub mode: u32,
    /// Its object id, or why there is none.
    pub id: Result<BlobId, Box<str>>,
}

impl Item {
    /// The path, where it is text.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.path).ok()
    }

    /// What kind of entry it is.
    pub fn mode(&self) -> Mode {
        Mode::from_octal(self.mode)
    }

    /// Whether it is a file whose bytes are its own.
    pub fn is_file(&self) -> bool {
        matches!(self.mode(), Mode::Regular | Mode::Executable)
    }
}

/// A tree's items, sorted by their paths' bytes, each path once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing(Vec<Item>);

impl Listing {
    /// A tree of these; of two with one path the first stays.
    pub fn new(mut items: Vec<Item>) -> Self {
        if !items.is_sorted_by(|a, b| a.path < b.path) {
            items.sort_by(|a, b| a.path.cmp(&b.path));
            items.dedup_by(|later, first| later.path == first.path);
        }
        Self(items)
    }

    /// All of them.
    pub fn items(&self) -> &[Item] {
        &self.0
    }

    /// What is at a path.
    pub fn get(&self, path: &str) -> Option<&Item> {
        let at = self.0.binary_search_by(|item| (*item.path).cmp(path.as_bytes()));
        at.ok().map(|at| &self.0[at])
    }

    /// Everything whose path begins so.
    pub fn below(&self, prefix: &str) -> &[Item] {
        let prefix = prefix.as_bytes();
        let start = self.0.partition_point(|item| &*item.path < prefix);
        let count = self.0[start..].partition_point(|item| item.path.starts_with(prefix));
        &self.0[start..start + count]
    }

    /// Puts these in the place of what is at their paths, which are sorted, each once; nothing takes away what is there.
    pub fn replace<'p>(&mut self, changed: impl ExactSizeIterator<Item = (&'p [u8], Option<Item>)>) {
        let mut items = Vec::with_capacity(self.0.len() + changed.len());
        let mut rest = std::mem::take(&mut self.0).into_iter();
        for (path, item) in changed {
            let before = rest.as_slice().partition_point(|known| *known.path < *path);
            items.extend(rest.by_ref().take(before));
            if rest.as_slice().first().is_some_and(|known| *known.path == *path) {
                rest.next();
            }
            items.extend(item);
        }
        items.extend(rest);
        self.0 = items;
    }

    /// Corrects the id at a place: the file was read, and was not what was listed.
    pub fn correct(&mut self, at: usize, id: BlobId) {
        self.0[at].id = Ok(id);
    }
}

/// Finds items whose paths are asked for in their order, or nearly: where one was found, the next is looked for behind it first.
#[derive(Debug, Clone)]
pub struct Cursor<'l> {
    items: &'l [Item],
    next: usize,
}

impl<'l> Cursor<'l> {
    /// Over these items of a listing.
    pub fn new(items: &'l [Item]) -> Self {
        Self { items, next: 0 }
    }

    /// What is at a path.
    pub fn get(&mut self, path: &str) -> Option<&'l Item> {
        let path = path.as_bytes();
        let is = |item: &&Item| *item.path == *path;
        if self.items.get(self.next).filter(is).is_none() {
            self.next = self.items.binary_search_by(|item| (*item.path).cmp(path)).ok()?;
        }
        self.next += 1;
        self.items.get(self.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_so_is_found() {
        let item = |path: &str| Item {
            path: path.as_bytes().into(),
            mode: 0o100_644,
            id: Ok(BlobId::of(path.as_bytes())),
        };
        let listing = Listing::new(
            ["index/b", "a", "index.md", "index/a", "z", "index/a"]
                .map(item)
                .to_vec(),
        );
        assert_eq!(listing.items().len(), 5);
        let names: Vec<_> = listing.below("index/").iter().filter_map(Item::text).collect();
        assert_eq!(names, ["index/a", "index/b"]);
        assert!(
            listing.get("z").is_some() && listing.get("index").is_none() && listing.below("x").is_empty()
        );
    }

    #[test]
    fn what_is_replaced_is_there_and_the_rest_stays() {
        let item = |path: &str, mode| Item {
            path: path.as_bytes().into(),
            mode,
            id: Ok(BlobId::of(path.as_bytes())),
        };
        let listing = |items: &[(&str, u32)]| {
            Listing::new(items.iter().map(|(path, mode)| item(path, *mode)).collect())
        };
        let before = listing(&[("b", 1), ("c", 1), ("d", 1), ("f", 1)]);
        for (changed, after) in [
            (&[][..], listing(&[("b", 1), ("c", 1), ("d", 1), ("f", 1)])),
            (
                &[
                    ("a", Some(2)),
                    ("c", None),
                    ("d", Some(2)),
                    ("e", None),
                    ("g", Some(2)),
                ],
                listing(&[("a", 2), ("b", 1), ("d", 2), ("f", 1), ("g", 2)]),
            ),
            (
                &[("b", None), ("c", None), ("d", None), ("f", None)],
                Listing::default(),
            ),
        ] {
            let mut listing = before.clone();
            let one = |(path, mode): &(&'static str, Option<u32>)| {
                (path.as_bytes(), mode.map(|mode| item(path, mode)))
            };
            listing.replace(changed.iter().map(one));
            assert_eq!(listing, after);
        }
    }

    #[test]
    fn a_cursor_finds_what_the_listing_finds() {
        let item = |path: &str| Item {
            path: path.as_bytes().into(),
            mode: 0o100_644,
            id: Ok(BlobId::of(path.as_bytes())),
        };
        let listing = Listing::new(["a", "b", "c", "d", "f"].map(item).to_vec());
        let mut cursor = Cursor::new(listing.items());
        for path in ["a", "b", "d", "f", "g", "e", "", "f", "a", "a", "c", "d"] {
            assert_eq!(cursor.get(path), listing.get(path), "{path}");
        }
        assert_eq!(Cursor::new(&[]).get("a"), None);
    }
}
