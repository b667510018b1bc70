//! What a decorator says by its name and its literal arguments. Never follows it.

use std::borrow::Cow;

use super::record::Deprecated;

/// `b` of `a.b(c)`.
pub fn last_name(text: &str) -> &str {
    let before = text.split('(').next().unwrap_or_default().trim_end();
    before.rsplit('.').next().unwrap_or_default().trim()
}

/// Decorators that make an attribute of a method, known by their names: those of the standard library and their kin.
pub(super) fn is_property(decorator: &str) -> bool {
    let name = last_name(decorator);
    let accessor = ["setter", "getter", "deleter"].contains(&name) && decorator.contains('.');
    accessor || name.ends_with("property")
}

/// What PEP 702's decorator says, or one like it with keywords.
pub(super) fn deprecation(decorator: &str) -> Deprecated<'static> {
    let arguments = super::python::strings(decorator);
    let named = |names: &[&str]| {
        let found = arguments
            .iter()
            .find(|(name, _)| name.as_deref().is_some_and(|name| names.contains(&name)));
        found.map(|(_, text)| Cow::Owned(text.clone()))
    };
    let first = arguments
        .iter()
        .find(|(name, _)| name.is_none())
        .map(|(_, text)| Cow::Owned(text.clone()));
    Deprecated {
        since: named(&["version", "since"]),
        message: first.or_else(|| named(&["reason", "message"])),
    }
}
