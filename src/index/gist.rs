//! `index/gist/{xx}.json`: which modules are in a gist. Never lists a yanked module.

use rayon::prelude::*;

use super::publisher::Publisher;
use super::shard;
use super::{Output, Written};

/// A module that is in a gist.
type Claim<'a> = (&'a str, &'a str, &'a Publisher<'a>);

/// The files, by path.
pub fn build(publishers: &[&Publisher<'_>]) -> Vec<Output> {
    let mut shards: Vec<(&str, Vec<Claim<'_>>)> = Vec::new();
    let mut claims: Vec<Claim<'_>> = Vec::with_capacity(publishers.len() * 4);
    for publisher in publishers {
        let live = publisher.modules.iter().filter(|(_, _, live)| *live);
        claims.extend(live.map(|(name, gist, _)| (gist.as_str(), name.as_str(), *publisher)));
    }
    // In the order of gists, then publishers, then names: publishers come sorted, and so do their modules.
    claims.par_sort_by(|(a, ..), (b, ..)| a.cmp(b));
    for claim in claims {
        let shard = shard::of_gist(claim.0);
        match shards.last_mut() {
            Some((last, claims)) if *last == shard => claims.push(claim),
            _ => shards.push((shard, vec![claim])),
        }
    }
    // The digits of a shard sort as its claims do, but for ids of one digit, which stand before those that begin so.
    shards
        .par_iter()
        .map(|(shard, claims)| output(shard, claims))
        .collect()
}

fn output(shard: &str, claims: &[Claim<'_>]) -> Output {
    let mut text = String::with_capacity(claims.len() * 160 + 40);
    text.push_str("{\"version\":1,\"gists\":{");
    let mut last = None;
    for (gist, module, publisher) in claims {
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
        path: format!("index/gist/{shard}.json"),
        content: Written::File(text.into_bytes()),
    }
}
