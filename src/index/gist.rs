//! `index/gist/{xx}.json`: which modules are in a gist. Never lists a yanked module.

use foldhash::HashMap;
use rayon::prelude::*;

use super::build::{Desk, Planned};
use super::publisher::Publisher;
use super::shard;
use super::{Output, Written};
use crate::model::blob::{BlobId, Hasher};
use crate::model::listing::Listing;

/// A module that is in a gist: what the gist's id begins with, so that most ids are told apart without looking at them; the id; the
/// module's name; its publisher.
type Claim<'a> = (u64, &'a str, &'a str, &'a Publisher<'a>);

/// The files, each with the digest of what it is made of: the files of the publishers that are in it, by their ids.
pub fn build(listing: &Listing, publishers: &[&Publisher<'_>], desk: Desk<'_>) -> Vec<(BlobId, Planned)> {
    let mut shards: HashMap<&str, Vec<u8>> = HashMap::default();
    for publisher in publishers {
        let id = publisher.written.bytes();
        for (_, gist, _) in publisher.modules.iter().filter(|(_, _, live)| *live) {
            let ids = shards.entry(shard::of_gist(gist.as_str())).or_default();
            if !ids.ends_with(id) {
                ids.extend_from_slice(id);
            }
        }
    }
    let shards: Vec<(&str, Vec<u8>)> = shards.into_iter().collect();
    let looked: Vec<(&str, BlobId, Option<Planned>)> = shards
        .into_par_iter()
        .map(|(shard, ids)| {
            let key = Hasher::new("gists", ids.len() as u64).with(&ids).finish();
            (shard, key, desk.there(listing, path(shard), &key))
        })
        .collect();
    let stale: HashMap<&str, BlobId> = looked
        .iter()
        .filter(|(.., there)| there.is_none())
        .map(|(shard, key, _)| (*shard, *key))
        .collect();
    let mut claims: Vec<Claim<'_>> = Vec::new();
    for publisher in publishers.iter().filter(|_| !stale.is_empty()) {
        let live = publisher.modules.iter().filter(|(_, _, live)| *live);
        let stale = live.filter(|(_, gist, _)| stale.contains_key(shard::of_gist(gist.as_str())));
        claims.extend(
            stale.map(|(name, gist, _)| (start(gist.as_str()), gist.as_str(), name.as_str(), *publisher)),
        );
    }
    // In the order of gists, then publishers, then names: publishers come sorted, and so do their modules.
    claims.par_sort_by(|(x, a, ..), (y, b, ..)| x.cmp(y).then_with(|| a.cmp(b)));
    // The digits of a shard sort as its claims do, but for ids of one digit, which stand before those that begin so.
    let anew = claims
        .chunk_by(|(_, a, ..), (_, b, ..)| shard::of_gist(a) == shard::of_gist(b))
        .collect::<Vec<_>>()
        .into_par_iter()
        .filter_map(|claims| {
            let (_, gist, ..) = claims.first()?;
            let key = stale.get(shard::of_gist(gist))?;
            Some((*key, desk.planned(output(shard::of_gist(gist), claims))))
        });
    let mut files: Vec<(BlobId, Planned)> = anew.collect();
    files.extend(
        looked
            .into_iter()
            .filter_map(|(_, key, there)| Some((key, there?))),
    );
    files
}

fn path(shard: &str) -> String {
    format!("index/gist/{shard}.json")
}

/// The first eight letters of an id, in their order as a number.
fn start(gist: &str) -> u64 {
    let mut start = [0; 8];
    for (letter, byte) in start.iter_mut().zip(gist.bytes()) {
        *letter = byte;
    }
    u64::from_be_bytes(start)
}

fn output(shard: &str, claims: &[Claim<'_>]) -> Output {
    let mut text = String::with_capacity(claims.len() * 160 + 40);
    text.push_str("{\"version\":1,\"gists\":{");
    let mut last = None;
    for (_, gist, module, publisher) in claims {
        // None of these can hold what JSON escapes: they are hexadecimal digits, logins, module names.
        if last == Some(*gist) {
            text.truncate(text.len() - 1);
            text.push(',');
        } else {
            text.push_str(if last.is_some() { ",\n\"" } else { "\n\"" });
            text.push_str(gist);
            text.push_str("\":[");
        }
        text.push_str("{\"module\":\"@");
        text.push_str(publisher.login.as_str());
        text.push('/');
        text.push_str(module);
        text.push_str("\",\"path\":\"");
        text.push_str(publisher.folder.as_str());
        text.push_str("/registry.json\",\"blob\":\"");
        publisher.blob.write_hex(&mut text);
        text.push_str("\"}]");
        last = Some(*gist);
    }
    text.push_str("\n}}\n");
    Output {
        path: path(shard),
        content: Written::File(text.into_bytes()),
    }
}
