//! A package's modules as a tree with counts. Never longer than a screen, unless everything is asked for.

use std::collections::BTreeMap;

use super::definition::{Depth, heading};
use super::paper::Paper;
use crate::dna::Dna;
use crate::dna::record::{Kind, Member, Module, Tag};
use crate::render::visible::visible;

/// How many lines a tree may have before its deepest levels are folded.
const LINES: usize = 40;

/// A module's place in the tree; one that is only a folder has no module.
#[derive(Default)]
struct Node<'d> {
    module: Option<&'d Module<'static>>,
    below: BTreeMap<&'d str, Node<'d>>,
}

/// The modules within a module.
pub(super) fn below(dna: &Dna, name: &str, depth: Depth, paper: Paper) -> String {
    let root = grow(dna);
    let mut node = &root;
    for part in name.split('.') {
        let Some(next) = node.below.get(part) else {
            return String::new();
        };
        node = next;
    }
    shown(node, depth, paper)
}

/// All modules.
pub(super) fn all(dna: &Dna, depth: Depth, paper: Paper) -> String {
    shown(&grow(dna), depth, paper)
}

fn grow(dna: &Dna) -> Node<'_> {
    let mut root = Node::default();
    for module in &dna.body.modules {
        let mut node = &mut root;
        for part in module.name.split('.') {
            node = node.below.entry(part).or_default();
        }
        node.module = Some(module);
    }
    root
}

fn shown(node: &Node<'_>, depth: Depth, paper: Paper) -> String {
    let count = size(node) - usize::from(node.module.is_some());
    if count == 0 {
        return String::new();
    }
    // The deepest level at which the tree is no longer than a screen; the first is always there.
    let levels = 1.max(
        (1..=64)
            .take_while(|level| depth.all || lines(node, *level, depth) <= LINES)
            .last()
            .unwrap_or(1),
    );
    let mut rows = Vec::new();
    let mut hidden = 0;
    list(node, 0, levels, depth, &mut rows, &mut hidden);
    let mut text = heading("modules", count, paper) + &paper.table(&rows, 2);
    if hidden > 0 {
        text += &format!("  … and {hidden} private ones (--all shows them)\n");
    }
    text
}

fn is_private(name: &str) -> bool {
    name.starts_with('_')
}

fn size(node: &Node<'_>) -> usize {
    usize::from(node.module.is_some()) + node.below.values().map(size).sum::<usize>()
}

fn lines(node: &Node<'_>, level: usize, depth: Depth) -> usize {
    let open = node
        .below
        .iter()
        .filter(|(name, _)| depth.all || !is_private(name));
    open.map(|(_, child)| {
        1 + if level > 1 {
            lines(child, level - 1, depth)
        } else {
            0
        }
    })
    .sum()
}

fn list(
    node: &Node<'_>,
    indent: usize,
    levels: usize,
    depth: Depth,
    rows: &mut Vec<(String, String)>,
    hidden: &mut usize,
) {
    for (name, child) in &node.below {
        if is_private(name) && !depth.all {
            *hidden += size(child);
            continue;
        }
        let name = format!("{}{}", "  ".repeat(indent), visible(name));
        let folded = levels == 1 && !child.below.is_empty();
        rows.push((name, beside(child, folded)));
        if levels > 1 {
            list(child, indent + 1, levels - 1, depth, rows, hidden);
        }
    }
}

/// What is in a module; of a folded one, in all of them.
fn beside(node: &Node<'_>, folded: bool) -> String {
    let mut counts = [0; 3];
    add(node, folded, &mut counts);
    let words = [
        ("class", "classes"),
        ("function", "functions"),
        ("attribute", "attributes"),
    ];
    let mut parts: Vec<String> = counts
        .iter()
        .zip(words)
        .filter(|(count, _)| **count > 0)
        .map(|(count, (one, many))| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    if folded {
        parts.push(format!("in {} modules", size(node)));
    }
    if let Some(tag) = node.module.and_then(|module| module.tag) {
        parts.push(
            match tag {
                Tag::Test => "tests",
                Tag::Vendored => "a copy of another package's",
                Tag::Example => "examples",
            }
            .to_owned(),
        );
    }
    if node.module.is_some_and(|module| !module.problems.is_empty()) {
        parts.push("could not be read completely".to_owned());
    }
    parts.join(", ")
}

fn add(node: &Node<'_>, folded: bool, counts: &mut [usize; 3]) {
    for member in node.module.into_iter().flat_map(|module| &module.members) {
        counts[slot(member)] += 1;
    }
    if folded {
        for child in node.below.values() {
            add(child, true, counts);
        }
    }
}

fn slot(member: &Member<'_>) -> usize {
    match member.kind {
        Kind::Class => 0,
        Kind::Function | Kind::Method | Kind::Property => 1,
        Kind::Attribute | Kind::TypeAlias => 2,
    }
}
