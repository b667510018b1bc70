//! `index/folder/{xx}.json`: git's tree id of every folder of the root, so that a reader sees which publishers changed since. Never reads a
//! tree; the ids follow from paths, modes and blob ids.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::publisher::line;
use super::shard;
use super::{Output, Written};
use crate::model::blob::BlobId;
use crate::model::listing::{Item, Listing};
use crate::model::path::RESERVED;

/// How git sorts and writes a folder in a tree.
const FOLDER: u32 = 0o040_000;

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

/// The files, by path. `links` are the `-latest` links as they will be: what is listed of the kind and is not among them goes.
pub fn build(
    listing: &Listing,
    links: &BTreeMap<String, BlobId>,
    is_link: impl Fn(&str) -> bool + Sync,
) -> Vec<Output> {
    let ids = ids(listing, links, is_link);
    let mut shards: Vec<BTreeMap<&str, BlobId>> = vec![BTreeMap::new(); 256];
    for (shard, folder, id) in &ids {
        shards[usize::from(*shard)].insert(folder, *id);
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

/// Every folder with its shard and its tree id.
fn ids<'a>(
    listing: &'a Listing,
    links: &BTreeMap<String, BlobId>,
    is_link: impl Fn(&str) -> bool + Sync,
) -> Vec<(u8, &'a str, BlobId)> {
    let parts: Vec<(&str, &[Item])> = folders(listing);
    let id = |(folder, items): (&'a str, &'a [Item])| {
        let start = format!("{folder}/");
        let skip = start.len();
        let mut below: Vec<Below<'_>> = Vec::with_capacity(items.len());
        for item in items {
            let goes = item.text().is_some_and(&is_link);
            if let (Ok(id), false, true) = (&item.id, goes, item.mode != 0) {
                below.push((&item.path[skip..], item.mode, *id));
            }
        }
        let new = links
            .range(start.clone()..)
            .take_while(|(path, _)| path.starts_with(&start));
        let before = below.len();
        below.extend(new.map(|(path, id)| (&path.as_bytes()[skip..], 0o120_000, *id)));
        if below.len() > before {
            below.sort_by(|a, b| a.0.cmp(b.0));
            below.dedup_by(|later, first| later.0 == first.0);
        }
        (!below.is_empty()).then(|| (shard::hashed_byte(folder), folder, tree(&below)))
    };
    parts.into_par_iter().with_min_len(64).filter_map(id).collect()
}

/// The folders of the root that are listed, with what is in each.
fn folders(listing: &Listing) -> Vec<(&str, &[Item])> {
    let (mut found, mut rest) = (Vec::new(), listing.items());
    while let Some(item) = rest.first() {
        let Some(slash) = item.path.iter().position(|&byte| byte == b'/') else {
            rest = &rest[1..];
            continue;
        };
        let start = &item.path[..=slash];
        // Most folders hold a file or two; the large ones are few.
        let near = rest
            .iter()
            .take(8)
            .take_while(|item| item.path.starts_with(start))
            .count();
        let count = match near {
            8 => rest.partition_point(|item| item.path.starts_with(start)),
            near => near,
        };
        let folder = std::str::from_utf8(&item.path[..slash]);
        if let Ok(folder) = folder
            && is_listed(folder)
        {
            found.push((folder, &rest[..count]));
        }
        rest = &rest[count..];
    }
    found
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
        let _ = std::io::Write::write_fmt(&mut bytes, format_args!("{mode:o} "));
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(id.bytes());
        rest = &rest[count..];
    }
    BlobId::of_tree(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &str, mode: u32, content: &str) -> Item {
        Item {
            path: path.as_bytes().into(),
            mode,
            id: Ok(BlobId::of(content.as_bytes())),
        }
    }

    fn none(_: &str) -> bool {
        false
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
        let ids = ids(&listing, &BTreeMap::new(), none);
        let ids: Vec<(&str, String)> = ids
            .into_iter()
            .map(|(_, folder, id)| (folder, id.hex()))
            .collect();
        let expected = [
            ("advisories", "8748a00aa34eacc083824b8ae08ba912f315bf7f"),
            ("alice", "91eb4abaac398094305cfc2f50f673355db2db71"),
        ];
        assert_eq!(ids, expected.map(|(folder, id)| (folder, id.to_owned())));
    }

    #[test]
    fn links_are_as_they_will_be() {
        let is_link = |path: &str| path.ends_with("-latest");
        let before = Listing::new(vec![
            item("p/a", 0o100_644, "a"),
            item("p/p-latest", 0o120_000, "old"),
            item("q/q-latest", 0o120_000, "x"),
        ]);
        let after = Listing::new(vec![
            item("p/a", 0o100_644, "a"),
            item("p/p-latest", 0o120_000, "new"),
        ]);
        let links = BTreeMap::from([("p/p-latest".to_owned(), BlobId::of(b"new"))]);
        assert_eq!(build(&before, &links, is_link), build(&after, &links, is_link));
        assert_eq!(
            build(&before, &links, is_link),
            build(&after, &BTreeMap::new(), none)
        );
    }
}
