//! A file of advisories -> what the index keeps of it. Never knows which modules exist.

use serde::{Deserialize, Serialize};

use super::osv::{self, Record};
use super::publisher::{finding, opaque};
use crate::finding::Finding;
use crate::model::decode::{Problem, ProblemKind};
use crate::model::file::File;
use crate::model::path::RepoPath;

/// The advisories of a file, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Each of them.
    pub records: Vec<Record>,
}

impl Advice {
    /// Their ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(|record| record.id.as_str())
    }

    /// What can be read of a file, and what is wrong where that is not all.
    pub fn read(path: &str, bytes: &[u8]) -> (Option<Self>, Vec<Finding>) {
        let path = RepoPath::new(path);
        let source = File::regular(path.place(), bytes);
        let Some(advisories) = source.advisories() else {
            return (None, vec![opaque(&path, &source)]);
        };
        let problems = source.parsed().problems.iter().filter(|problem| hides(problem));
        let faults = problems.map(|problem| finding(&path, &source, problem)).collect();
        let records = osv::records(&path, advisories);
        (Some(Self { records }), faults)
    }
}

/// Whether a fault of the format hides an advisory: its id, the advisory itself, or the list of them.
fn hides(problem: &Problem) -> bool {
    if problem.kind == ProblemKind::NearMiss {
        return false;
    }
    let says = |what: &str| problem.message.contains(what);
    match problem.pointer.as_str() {
        "" => says("\"advisories\"") || says("an object"),
        "/advisories" => says("an array"),
        pointer => match pointer
            .strip_prefix("/advisories/")
            .map(|rest| rest.split_once('/'))
        {
            Some(None) => says("\"id\"") || says("an object"),
            Some(Some((_, key))) => key == "id",
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_an_advisory_is_said_and_nothing_else() {
        let read = |text: &str| {
            let (advice, faults) = Advice::read("bob/advisories.json", text.as_bytes());
            let faults: Vec<String> = faults.into_iter().map(|fault| fault.subject).collect();
            (
                advice.map(|advice| advice.ids().map(String::from).collect::<Vec<_>>()),
                faults,
            )
        };
        let ids = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            read(r#"{"advisories": [{"id": "MLLD-1"}, {"id": "MLLD-2", "created": 7}]}"#),
            (ids(&["MLLD-1", "MLLD-2"]), vec![])
        );
        let (found, faults) = read(r#"{"advisories": [{"id": 7}, 5, {}, {"id": "MLLD-1"}]}"#);
        assert_eq!((found, faults.len()), (ids(&["MLLD-1"]), 3));
        assert_eq!(read("{}").1, [""]);
        assert_eq!(read(r#"{"advisories": 1}"#).1, ["/advisories"]);
        assert_eq!(read("{").0, None);
    }
}
