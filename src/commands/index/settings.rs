//! The registry's name, from its settings: the ids of exported advisories begin with it. Never decides anything else by them.

use crate::finding::Finding;
use crate::index::advisory::Places;
use crate::index::gather::{Export, Previous};
use crate::index::osv;
use crate::index::publisher::finding;
use crate::index::{Output, Written};
use crate::model::decode::ProblemKind;
use crate::model::file::File;
use crate::model::path::{Place, RepoPath};

use super::tree::Tree;

/// Largest file of settings that is read, in bytes.
const MOST: u64 = 1 << 20;

/// What becomes of the advisories' export. Settings that are broken leave it as it is, and are a fault.
pub fn export(
    tree: &dyn Tree,
    carried: &Places,
    previous: Previous<'_>,
    faults: &mut Vec<Finding>,
) -> Export {
    let path = RepoPath::new("registry.toml");
    let name = match tree
        .listing()
        .get(path.as_str())
        .map(|item| tree.read(item, MOST))
    {
        None => None,
        Some(Err(why)) => {
            let finding = Finding::new("unreadable", crate::finding::Severity::Error, path.as_str(), why);
            faults.push(
                finding
                    .path(&path)
                    .help("put a regular file that can be read in its place"),
            );
            return Export::Stays;
        }
        Some(Ok((bytes, _))) => {
            let file = File::regular(Place::Settings, &*bytes);
            let problems = file
                .parsed()
                .problems
                .iter()
                .filter(|problem| problem.kind == ProblemKind::Format);
            let broken: Vec<Finding> = problems.map(|problem| finding(&path, &file, problem)).collect();
            if !broken.is_empty() {
                faults.extend(broken);
                return Export::Stays;
            }
            file.policy().and_then(|policy| policy.name.clone())
        }
    };
    let kept = carried.keys().filter_map(|id| {
        let path = osv::path(id, name.as_deref());
        let content = Written::File(previous(&path)?);
        Some(Output { path, content })
    });
    let kept = kept.collect();
    Export::Anew(name, kept)
}
