//! `stats/quarantine/{year}/W{nn}.jsonl`: batches that do not count, each with its reason. Never decides which these are.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::model::name::{Name, ObjectId, Sha256};
use crate::model::owner::AccountId;

/// A batch that does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aside {
    /// The file's name without its extension: whatever it was.
    pub batch: String,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// Whose it is, where that is known.
    pub account: Option<AccountId>,
    /// The git blob that holds its bytes, in the registry's history.
    pub blob: ObjectId,
    /// Why it does not count.
    pub reason: Reason,
}

/// Why a batch does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Another batch of the account counts, the one with the smaller id.
    SecondOfAccount,
    /// Another batch with the id counts, the one with the smaller digest.
    SameId,
    /// It is broken, too much or too odd, or nobody's: why.
    Unsound(String),
}

impl Reason {
    const SECOND: &str = "a second batch of its account for this week; the one with the smaller id counts";
    const SAME_ID: &str = "another batch has its id; the one with the smaller digest counts";

    /// In words.
    pub fn text(&self) -> &str {
        match self {
            Self::SecondOfAccount => Self::SECOND,
            Self::SameId => Self::SAME_ID,
            Self::Unsound(why) => why,
        }
    }

    fn of(text: String) -> Self {
        match text.as_str() {
            Self::SECOND => Self::SecondOfAccount,
            Self::SAME_ID => Self::SameId,
            _ => Self::Unsound(text),
        }
    }
}

#[derive(Deserialize)]
struct Line {
    batch: String,
    sha256: String,
    account: Option<AccountId>,
    blob: String,
    reason: String,
}

/// The lines that can be read, and the number of the first that cannot, from 1.
pub fn read(bytes: &[u8]) -> (Vec<Aside>, Option<usize>) {
    let (mut found, mut broken) = (Vec::new(), None);
    let lines = bytes.split(|&byte| byte == b'\n').enumerate();
    for (number, text) in lines.filter(|(_, line)| !line.is_empty()) {
        let aside = serde_json::from_slice::<Line>(text).ok().and_then(|line| {
            Some(Aside {
                batch: line.batch,
                sha256: Sha256::parse(&line.sha256).ok()?,
                account: line.account,
                blob: ObjectId::parse(&line.blob).ok()?,
                reason: Reason::of(line.reason),
            })
        });
        match aside {
            Some(aside) => found.push(aside),
            None => broken = broken.or(Some(number + 1)),
        }
    }
    (found, broken)
}

/// The file's text, sorted.
pub fn write(batches: &[Aside]) -> String {
    let mut sorted: Vec<&Aside> = batches.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut text = String::new();
    for aside in sorted {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let account = aside.account.map_or("null".to_owned(), |id| id.to_string());
        let _ = writeln!(
            text,
            "{{\"batch\":{},\"sha256\":\"{}\",\"account\":{account},\"blob\":\"{}\",\"reason\":{}}}",
            quoted(&aside.batch),
            aside.sha256,
            aside.blob,
            quoted(aside.reason.text())
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let aside = |batch: &str, account, reason| Aside {
            batch: batch.into(),
            sha256: Sha256::parse(&"a".repeat(64)).unwrap(),
            account,
            blob: ObjectId::parse(&"b".repeat(40)).unwrap(),
            reason,
        };
        let all = vec![
            aside("\"\n", None, Reason::Unsound("no \u{7}".into())),
            aside("1", Some(7), Reason::SameId),
            aside("2", Some(7), Reason::SecondOfAccount),
        ];
        assert_eq!(read(write(&all).as_bytes()), (all, None));
        assert_eq!(read(b"x\n").1, Some(1));
    }
}
