//! A whole package for people: what the file is made from, how much is in it, its modules, its public names. Never judges the package.

use std::collections::BTreeMap;

use super::definition::{Depth, heading, kind};
use super::paper::{Ink, Paper, one_line};
use super::tree;
use crate::dna::lookup::{self, Found};
use crate::dna::record::Kind;
use crate::dna::{Counts, Dna, Head};
use crate::render::visible::visible;

/// Public paths that nobody can follow, as far as they are shown.
const UNRESOLVED: usize = 10;

/// The overview of a DNA file.
pub fn overview(dna: &Dna, depth: Depth, paper: Paper) -> String {
    head(&dna.head, paper)
        + &tree::all(dna, depth, paper)
        + &names(dna, depth, paper)
        + &unresolved(dna, paper)
}

fn head(head: &Head, paper: Paper) -> String {
    let title = format!("{} {}", head.package, visible(&head.release));
    let mut text = format!("{}\n", paper.ink(&title, Ink::Title));
    if let Some(summary) = &head.summary {
        text += &paper.doc(&one_line(summary), 0);
    }
    if let Some(reason) = &head.yanked {
        let reason = one_line(reason);
        let reason = if reason.is_empty() {
            "no reason is given"
        } else {
            &reason
        };
        text += &format!("{}\n", paper.ink(&format!("yanked: {reason}"), Ink::Warning));
    }
    text.push('\n');
    let source = &head.source;
    let mut facts = vec![
        (
            "artifact",
            format!(
                "{} ({}, {})",
                visible(&source.artifact),
                visible(&source.kind),
                visible(&source.origin)
            ),
        ),
        ("size", format!("{} bytes", grouped(source.size))),
        ("sha256", source.sha256.to_string()),
    ];
    if let Some(time) = &source.upload_time {
        facts.push(("uploaded", time.to_string()));
    }
    if let Some(python) = &head.requires_python {
        facts.push(("python", one_line(python)));
    }
    facts.push((
        "made by",
        format!("{}, DNA version {}", visible(&head.generator), head.dna_version),
    ));
    if head.profile != "default" {
        facts.push(("profile", visible(&head.profile)));
    }
    facts.push(("holds", counts(&head.counts)));
    for (name, value) in facts {
        let value = paper.doc(&value, 12);
        let value = value.trim();
        text += &format!("  {} {value}\n", paper.ink(&format!("{name:<9}"), Ink::Aside));
    }
    text
}

fn counts(counts: &Counts) -> String {
    let mut parts: Vec<String> = [
        (counts.modules, "module", "modules"),
        (counts.classes, "class", "classes"),
        (counts.functions, "function", "functions"),
        (counts.methods, "method", "methods"),
        (counts.attributes, "attribute", "attributes"),
        (counts.overloads, "overload", "overloads"),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, one, many)| format!("{} {}", grouped(count), if count == 1 { one } else { many }))
    .collect();
    let files = |count| if count == 1 { "file" } else { "files" };
    if counts.tests > 0 {
        parts.push(format!(
            "without {} {} of tests",
            grouped(counts.tests),
            files(counts.tests)
        ));
    }
    if counts.failed > 0 {
        let failed = grouped(counts.failed);
        parts.push(format!(
            "{failed} {} could not be read completely",
            files(counts.failed)
        ));
    }
    parts.join(", ")
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The names of the outermost modules that others may use, by what they are.
fn names(dna: &Dna, depth: Depth, paper: Paper) -> String {
    let mut text = String::new();
    for root in lookup::roots(dna) {
        let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, words) in public_names(dna, root, depth) {
            groups.entry(words).or_default().push(name);
        }
        let count = groups.values().map(Vec::len).sum();
        if count == 0 {
            continue;
        }
        text += &heading(&format!("public names of {}", visible(root)), count, paper);
        for (words, names) in [
            ("class", "classes"),
            ("function", "functions"),
            ("attribute", "attributes"),
            ("type alias", "type aliases"),
            ("module", "modules"),
            ("elsewhere", "of other packages"),
        ]
        .into_iter()
        .filter_map(|(one, many)| Some((many, groups.get(one)?)))
        {
            text += &format!("  {}\n", paper.ink(words, Ink::Aside));
            text += &paper.list(names.iter().map(String::as_str), 4);
        }
    }
    text
}

/// Names right below a module, each with what it is.
fn public_names(dna: &Dna, root: &str, depth: Depth) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    let prefix = format!("{root}.");
    for path in dna.body.public.keys() {
        let Some(name) = path.strip_prefix(&prefix).filter(|name| !name.contains('.')) else {
            continue;
        };
        let words = match lookup::find(dna, path) {
            Found::Definition(definition) => definition
                .members
                .first()
                .map_or("attribute", |member| words_of(member)),
            Found::Module(_) => "module",
            Found::Elsewhere(_) | Found::Nothing(_) => "elsewhere",
        };
        found.insert(name.to_owned(), words);
    }
    let own = dna.body.modules.iter().find(|module| module.name == root);
    for member in own.into_iter().flat_map(|module| &module.members) {
        let open = lookup::is_open(&member.name, member.visibility) && !lookup::is_special(&member.name);
        if open || depth.all {
            found
                .entry(member.name.to_string())
                .or_insert_with(|| words_of(member));
        }
    }
    found
}

fn words_of(member: &crate::dna::record::Member<'_>) -> &'static str {
    match member.kind {
        Kind::Method | Kind::Property => "function",
        _ => kind(member),
    }
}

fn unresolved(dna: &Dna, paper: Paper) -> String {
    let all = &dna.body.unresolved;
    if all.is_empty() {
        return String::new();
    }
    let shown = all.iter().take(UNRESOLVED).map(AsRef::as_ref);
    let mut text = heading(
        "public names that only running the package can tell",
        all.len(),
        paper,
    );
    text += &paper.list(shown, 4);
    if all.len() > UNRESOLVED {
        text += &format!("    … and {} more\n", all.len() - UNRESOLVED);
    }
    text
}
