//! An sdist beside the artifact: which of its files may add docstrings to what is compiled. Never reads one for anything else.

use std::collections::HashSet;

use super::evaluate::ADD;
use super::layout::{self, Language, Place};
use super::package::Source;

/// Begins the name of a module that is beside the artifact: no name in Python does, so nothing of the package means it.
const MARK: char = '+';
/// Folders of an sdist in which its packages may lie.
const ROOTS: [&str; 2] = ["src/", "lib/"];

/// Whether a module is beside the artifact.
pub fn is(module: &str) -> bool {
    module.starts_with(MARK)
}

/// The files of an sdist that are not in the artifact and speak of docstrings that they add, with the places of their own that they have.
pub fn choose<'a>(sdist: &[Source<'a>], known: &HashSet<&str>) -> Vec<(Source<'a>, Place)> {
    let first = |path: &'a str| path.split_once('/').map(|(first, _)| first);
    let top = sdist.first().and_then(|source| first(source.path));
    // `name-1.0/`, where it is still there: no package's folder has a hyphen.
    let top =
        top.filter(|top| top.contains('-') && sdist.iter().all(|source| first(source.path) == Some(top)));
    let mut chosen = Vec::new();
    for source in sdist {
        let below = top.and_then(|top| source.path.strip_prefix(top)?.strip_prefix('/'));
        let path = below.unwrap_or(source.path);
        let path = ROOTS
            .iter()
            .find_map(|root| path.strip_prefix(root))
            .unwrap_or(path);
        let Some(mut place) = layout::place(path) else {
            continue;
        };
        let speaks = || memchr::memmem::find(source.bytes, ADD.as_bytes()).is_some();
        if place.language != Language::Python || place.tag.is_some() || known.contains(path) || !speaks() {
            continue;
        }
        place.module.insert(0, MARK);
        chosen.push((*source, place));
    }
    chosen.sort_by(|(a, _), (b, _)| a.path.cmp(b.path));
    chosen.dedup_by(|(a, _), (b, _)| a.path == b.path);
    chosen
}
