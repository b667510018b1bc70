//! Dotted paths: of what a relative import names, and whether a value is one. Never looks one up.

use crate::dna::layout::Place;

/// The absolute name of what `from ..a import` imports from.
pub(super) fn from_module(place: &Place, level: u32, module: &str) -> Option<String> {
    if level == 0 {
        return Some(module.to_owned());
    }
    let mut parts: Vec<&str> = place.module.split('.').collect();
    let up = level as usize - usize::from(place.package);
    if up >= parts.len() && up > 0 {
        return None;
    }
    parts.truncate(parts.len() - up);
    if !module.is_empty() {
        parts.push(module);
    }
    Some(parts.join("."))
}

/// Whether a value is a name, or names with dots between them.
pub(super) fn is_path(value: &str) -> bool {
    value.split('.').all(|part| {
        part.chars()
            .next()
            .is_some_and(|first| first.is_alphabetic() || first == '_')
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
    })
}
