//! module-duplicate: no two modules of a publisher have names that people hold for one. Never speaks of equal keys; those are json-duplicate-key's.

use std::collections::HashMap;

use crate::finding::{Finding, Severity};
use crate::model::evidence::Evidence;
use crate::model::name::{ModuleName, Timestamp};
use crate::model::policy::Policy;
use crate::model::submission::Submission;
use crate::model::text::{self, Spanned};
use crate::rules::{Group, Meta, Rule, few};

/// The rule.
pub struct ModuleDuplicate;

static META: Meta = Meta {
    id: "module-duplicate",
    group: Group::Modules,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "Two modules of a publisher differ by more than case, hyphens and underscores.",
    why: "Nobody remembers whether it was `json-utils` or `jsonutils`. Who guesses wrong gets another module without noticing.",
    mend: "Keep one of the two names, or give the newer one a name of its own.",
    example: "\"json-utils\": {…}, \"jsonutils\": {…}",
};

impl Rule for ModuleDuplicate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, submission: &Submission, _: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        for of in submission.publishers() {
            let mut known = First::of(&of.publisher.names);
            let twice = of.publisher.names.iter().filter_map(|name| {
                let known = known.with_the_name_of(name);
                (known.value != name.value).then_some((name, known))
            });
            findings.extend(few(&META, of.path, twice, |(name, known)| {
                let message = format!("{:?} is the same name as {:?}", name.value, known.value);
                let line = of
                    .file
                    .bytes()
                    .map(|bytes| text::position(bytes, known.span.start).line);
                Finding::new(META.id, META.severity, &*name.value, message)
                    .at(of.path, of.file, name.span)
                    .help(META.mend)
                    .related(of.path, line, format!("{:?} is here", known.value))
            }));
        }
        findings
    }
}

type Written = Spanned<Box<str>>;

/// Publishers with more modules than this are searched by hashing.
const FEW: usize = 16;

/// Who had a name first, be it written differently.
enum First<'s> {
    Few(&'s [Written]),
    Many(HashMap<String, &'s Written>),
}

impl<'s> First<'s> {
    fn of(names: &'s [Written]) -> Self {
        match names.len() {
            0..=FEW => Self::Few(names),
            _ => Self::Many(HashMap::with_capacity(names.len())),
        }
    }

    /// The first of the names so far that is this one; itself, where there was none.
    fn with_the_name_of(&mut self, name: &'s Written) -> &'s Written {
        match self {
            Self::Few(names) => names
                .iter()
                .find(|other| same(&other.value, &name.value))
                .unwrap_or(name),
            Self::Many(first) => first.entry(ModuleName::fold(&name.value)).or_insert(name),
        }
    }
}

fn same(left: &str, right: &str) -> bool {
    // Nearly all differ in their first letter already.
    let first = |name: &str| name.bytes().next().filter(u8::is_ascii_alphanumeric);
    let differ = |(left, right): (u8, u8)| !left.eq_ignore_ascii_case(&right);
    !first(left).zip(first(right)).is_some_and(differ)
        && ModuleName::folded(left).eq(ModuleName::folded(right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Span;

    #[test]
    fn few_and_many_names_are_compared_alike() {
        let names = [
            "json-utils",
            "a",
            "Json_Utils",
            "b",
            "jsonutils",
            "ÄB",
            "ä-b",
            "A",
        ];
        let names: Vec<Written> = names
            .iter()
            .map(|name| Spanned::new((*name).into(), Span::at(0)))
            .collect();
        fn found<'s>(names: &'s [Written], mut first: First<'s>) -> Vec<&'s str> {
            let first = |name| &*first.with_the_name_of(name).value;
            names.iter().map(first).collect()
        }
        let few = found(&names, First::of(&names));
        assert_eq!(
            few,
            [
                "json-utils",
                "a",
                "json-utils",
                "b",
                "json-utils",
                "ÄB",
                "ÄB",
                "a"
            ]
        );
        assert_eq!(few, found(&names, First::Many(HashMap::new())));
    }
}
