//! `index/folder/{xx}.json`: git's tree id of every folder of the root, so that a reader sees which publishers changed since. Never reads a
//! tree; the ids follow from paths, modes and blob ids.

use std::collections::BTreeMap;

use foldhash::HashMap;
use rayon::prelude::*;

use super::part::Parts;
use super::publisher::line;
use super::{Output, Written};
use crate::model::blob::BlobId;
use crate::model::listing::{Item, Listing};
use crate::model::path::RESERVED;

/// How git sorts and writes a folder in a tree.
const FOLDER: u32 = 0o040_000;
/// How it writes a symbolic link.
const LINK: u32 = 0o120_000;

/// An entry below a folder: the rest of the path, the mode, the id.
type Below<'a> = (&'a [u8], u32, BlobId);

/// Whether a folder of the root is in these files.
pub fn is_listed(folder: &str) -> bool {
    !folder.starts_with(['_', '.']) && (folder == "advisories" || !RESERVED.contains(&folder))
}

/// The file of a shard: folders by name with their tree ids. This is the one place that says how its bytes are, for those who
/// compare them by id as well.
pub fn render(folders: &BTreeMap<&str, BlobId>) -> Vec<u8> {
    let mut text = b"{\"version\":1,\"folders\":{".to_vec();
    for (at, (folder, id)) in folders.iter().enumerate() {
        text.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        line(folder, &mut text);
        text.push(b':');
        line(id, &mut text);
    }
    text.extend_from_slice(b"\n}}\n");
    text
}

/// The files, by path. `links` are the ids of the `-latest` links as they will be, by their folders: what is listed of the kind and is not
/// among them goes.
pub fn build(listing: &Listing, parts: &Parts, links: &HashMap<&str, BlobId>) -> Vec<Output> {
    let mut shards: Vec<BTreeMap<&str, BlobId>> = vec![BTreeMap::new(); 256];
    for part in parts.listed() {
        let name = part.name();
        if let Some((shard, id)) = part.tree(listing, links.get(name).copied()) {
            shards[usize::from(shard)].insert(name, id);
        }
    }
    let filled = shards
        .into_par_iter()
        .enumerate()
        .filter(|(_, folders)| !folders.is_empty());
    let output = |(shard, folders): (usize, BTreeMap<&str, BlobId>)| Output {
        path: format!("index/folder/{shard:02x}.json"),
        content: Written::File(render(&folders)),
    };
    filled.map(output).collect()
}

/// Whether what is listed is the `-latest` link of a folder, with this id.
pub fn is_link(item: &Item, folder: &str, id: BlobId) -> bool {
    let file = item
        .path
        .strip_prefix(folder.as_bytes())
        .and_then(|path| path.strip_prefix(b"/"));
    let name = file.and_then(|file| file.strip_suffix(b"-latest.msgpack"));
    name == Some(folder.as_bytes()) && item.mode == LINK && item.id == Ok(id)
}

/// The tree id of a folder with these items, but for those that go, and with a link of this name and id; nothing where it holds nothing.
/// The items' paths begin with so many bytes of the folder itself.
pub(super) fn id(
    items: &[Item],
    skip: usize,
    link: Option<(String, BlobId)>,
    goes: impl Fn(&str) -> bool,
) -> Option<BlobId> {
    let mut below: Vec<Below<'_>> = Vec::with_capacity(items.len() + 1);
    for item in items {
        if let (Ok(id), false, true) = (&item.id, item.text().is_some_and(&goes), item.mode != 0) {
            below.push((&item.path[skip..], item.mode, *id));
        }
    }
    if let Some((name, id)) = &link {
        below.push((name.as_bytes(), LINK, *id));
        below.sort_by(|a, b| a.0.cmp(b.0));
        below.dedup_by(|later, first| later.0 == first.0);
    }
    (!below.is_empty()).then(|| tree(&below))
}

/// The tree id of sorted entries.
fn tree(entries: &[Below<'_>]) -> BlobId {
    let mut bytes = Vec::with_capacity(entries.len() * 48);
    let mut rest = entries;
    while let Some((path, mode, id)) = rest.first() {
        let (name, mode, id, count) = match path.iter().position(|&byte| byte == b'/') {
            None => (*path, *mode, *id, 1),
            Some(slash) => {
                let start = &path[..=slash];
                let count = rest
                    .iter()
                    .take_while(|(path, ..)| path.starts_with(start))
                    .count();
                let below: Vec<Below<'_>> = rest[..count]
                    .iter()
                    .map(|(path, mode, id)| (&path[slash + 1..], *mode, *id))
                    .collect();
                (&path[..slash], FOLDER, tree(&below), count)
            }
        };
        match mode {
            0o100_644 => bytes.extend_from_slice(b"100644 "),
            mode => bytes.extend_from_slice(format!("{mode:o} ").as_bytes()),
        }
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(id.bytes());
        rest = &rest[count..];
    }
    BlobId::of_tree(&bytes)
}

#[cfg(test)]
mod tests {
    use super::super::part::Part;
    use super::*;

    fn item(path: &str, mode: u32, content: &str) -> Item {
        Item {
            path: path.as_bytes().into(),
            mode,
            id: Ok(BlobId::of(content.as_bytes())),
        }
    }

    #[test]
    fn ids_are_those_of_git() {
        // git mktree: x is a file, x.sh is executable, x-dir/y is below; git sorts x, x-dir/, x.sh.
        let listing = Listing::new(vec![
            item("alice/x", 0o100_644, "a\n"),
            item("alice/x.sh", 0o100_755, "a\n"),
            item("alice/x-dir/y", 0o100_644, "b\n"),
            item("README.md", 0o100_644, "a\n"),
            item("_index/x", 0o100_644, "a\n"),
            item("stats/x", 0o100_644, "a\n"),
            item("advisories/x", 0o100_644, "a\n"),
        ]);
        let parts = Parts::of(&listing);
        let id = |part| Part::tree(part, &listing, None).map(|(_, id)| id.hex());
        let ids: Vec<(&str, String)> = parts
            .listed()
            .filter_map(|part| Some((part.name(), id(part)?)))
            .collect();
        let expected = [
            ("advisories", "8748a00aa34eacc083824b8ae08ba912f315bf7f"),
            ("alice", "91eb4abaac398094305cfc2f50f673355db2db71"),
        ];
        assert_eq!(ids, expected.map(|(folder, id)| (folder, id.to_owned())));
    }

    #[test]
    fn links_are_as_they_will_be() {
        let link =
            |folder: &str, target: &str| item(&format!("{folder}/{folder}-latest.msgpack"), LINK, target);
        let file = item("p/a", 0o100_644, "a");
        let before = Listing::new(vec![file.clone(), link("p", "old"), link("q", "x")]);
        let after = Listing::new(vec![file.clone(), link("p", "new")]);
        let without = Listing::new(vec![file.clone()]);
        let beside = item("p/.gistry-1-1.tmp", 0o100_644, "new");
        let killed = Listing::new(vec![file.clone(), link("p", "new"), beside]);
        let plain = item("p/p-latest.msgpack", 0o100_644, "new");
        let no_link = Listing::new(vec![file, plain]);
        let build = |listing: &Listing, links: &[(&'static str, BlobId)]| {
            super::build(listing, &Parts::of(listing), &links.iter().copied().collect())
        };
        let new = [("p", BlobId::of(b"new"))];
        let expected = build(&after, &new);
        for listing in [&before, &without, &killed, &no_link] {
            assert_eq!(build(listing, &new), expected);
        }
        for listing in [&before, &after, &killed, &no_link] {
            assert_eq!(build(listing, &[]), build(&without, &[]));
        }
        assert_ne!(build(&without, &[]), expected);
    }
}
