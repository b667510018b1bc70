//! A case at another moment than its own: the binary has a real clock, and weeks go by. Never changes what a case shows.

use std::collections::BTreeMap;

use gistry::model::batch::BatchId;
use gistry::model::name::{Name, Timestamp};
use gistry::model::week::Week;

use super::{Case, Entry, NOW, Tree};

/// Of a hostile file only the beginning is looked at, in bytes of ASCII.
const LONG: usize = 10_000;
/// How many weeks before its own a case may name.
const BACK: u32 = 60;
/// How many after it.
const AHEAD: u32 = 10;

impl Case {
    /// The same as if it were written for this moment: weeks, the ids of batches, and when accounts were made.
    #[must_use]
    pub fn at(mut self, now: &Timestamp) -> Self {
        let own = Timestamp::parse(NOW).unwrap();
        self.now = Some(now.to_string());
        for created in self.account_created.values_mut() {
            let moment = Timestamp::parse(created).unwrap().moment() + (now.moment() - own.moment());
            *created = Timestamp::new(moment).to_string();
        }
        let words = self.words(Week::of(own.moment()), Week::of(now.moment()));
        if words.is_empty() {
            return self;
        }
        for tree in [&mut self.base, &mut self.change, &mut self.moved] {
            *tree = moved(tree, &words);
        }
        let deleted = self.pull.iter_mut().flat_map(|pull| &mut pull.delete);
        for text in self.findings.iter_mut().chain(deleted) {
            *text = replaced(text, &words);
        }
        // Other ids have another order.
        self.findings.sort();
        self
    }

    /// What is written otherwise then.
    fn words(&self, own: Week, now: Week) -> BTreeMap<String, String> {
        let about_weeks = |tree: &Tree| tree.keys().any(|path| path.starts_with(b"stats/"));
        if own == now || ![&self.base, &self.change].into_iter().any(about_weeks) {
            return BTreeMap::new();
        }
        let week = |weeks: u32, of: Week| of.forward(AHEAD).back(weeks);
        let weeks = (0..BACK + AHEAD).map(|weeks| (week(weeks, own), week(weeks, now)));
        let mut words = BTreeMap::new();
        for (from, to) in weeks {
            words.insert(from.to_string(), to.to_string());
            let files = |week: Week| [week.aggregates(), week.ledger()];
            words.extend(files(from).into_iter().zip(files(to)));
            for account in self.accounts.values() {
                let id = |week| BatchId::of(*account, week).to_string();
                words.insert(id(from), id(to));
            }
        }
        words
    }
}

fn moved(tree: &Tree, words: &BTreeMap<String, String>) -> Tree {
    let entry = |(path, entry): (&Vec<u8>, &Entry)| {
        let path = match std::str::from_utf8(path) {
            Ok(path) => replaced(path, words).into_bytes(),
            Err(_) => path.clone(),
        };
        let content = match std::str::from_utf8(&entry.content) {
            Ok(text) if path.starts_with(b"stats/") => {
                let (head, rest) = text.split_at(text.len().min(LONG));
                (replaced(head, words) + rest).into_bytes()
            }
            _ => entry.content.clone(),
        };
        (
            path,
            Entry {
                mode: entry.mode,
                content,
            },
        )
    };
    tree.iter().map(entry).collect()
}

/// Each word once, from the left: what was put in is not looked at again.
fn replaced(text: &str, words: &BTreeMap<String, String>) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while !rest.is_empty() {
        let found = match rest.as_bytes()[0] {
            b'0'..=b'9' | b'a'..=b'f' | b's' => {
                words.iter().find(|(from, _)| rest.starts_with(from.as_str()))
            }
            _ => None,
        };
        let step = match found {
            Some((from, to)) => {
                out.push_str(to);
                from.len()
            }
            None => {
                let letter = rest.chars().next().unwrap();
                out.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[step..];
    }
    out
}
