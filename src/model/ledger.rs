//! `stats/ledger/{year}/W{nn}.jsonl`: the batches that a week's aggregates were made from. Never says what they counted.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::batch::BatchId;
use super::name::{Name, ObjectId, Sha256};
use super::owner::AccountId;

/// A batch that was counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// Its id.
    pub batch: BatchId,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// Whose it is, by what the history says.
    pub account: AccountId,
    /// The git blob that holds its bytes, in the registry's history.
    pub blob: ObjectId,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    batch: BatchId,
    #[serde(borrow)]
    sha256: std::borrow::Cow<'a, str>,
    account: AccountId,
    #[serde(borrow)]
    blob: std::borrow::Cow<'a, str>,
}

impl Serialize for BatchId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BatchId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Counted {
    /// A line of the file; nothing where it is none.
    pub fn read(line: &[u8]) -> Option<Self> {
        let Line {
            batch,
            sha256,
            account,
            blob,
        } = serde_json::from_slice(line).ok()?;
        Some(Self {
            batch,
            sha256: Sha256::parse(&sha256).ok()?,
            account,
            blob: ObjectId::parse(&blob).ok()?,
        })
    }

    /// The line, with its end.
    pub fn write(&self, text: &mut String) {
        let Self {
            batch,
            sha256,
            account,
            blob,
        } = self;
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{{\"batch\":\"{batch}\",\"sha256\":\"{sha256}\",\"account\":{account},\"blob\":\"{blob}\"}}"
        );
    }
}

/// The lines of a ledger, and the number of the first that is none, from 1.
pub fn read(bytes: &[u8]) -> (Vec<Counted>, Option<usize>) {
    let (mut counted, mut broken) = (Vec::new(), None);
    let lines = bytes.split(|&byte| byte == b'\n').enumerate();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match Counted::read(line) {
            Some(line) => counted.push(line),
            None => broken = broken.or(Some(number + 1)),
        }
    }
    (counted, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let counted = Counted {
            batch: BatchId::parse(&"0a".repeat(16)).unwrap(),
            sha256: Sha256::parse(&"1b".repeat(32)).unwrap(),
            account: 1001,
            blob: ObjectId::parse(&"2c".repeat(20)).unwrap(),
        };
        let mut text = String::new();
        counted.write(&mut text);
        assert_eq!(read(text.as_bytes()), (vec![counted], None));
        assert_eq!(read(b"\n{\"batch\":1}\n\n").1, Some(2));
    }
}
