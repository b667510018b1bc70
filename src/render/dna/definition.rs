//! One definition or module for people: where it is, how it is called, what it says of itself, what is in it. Never shortens a docstring.

use super::paper::{Ink, Paper, first_line, one_line};
use super::signature;
use super::tree;
use crate::dna::Dna;
use crate::dna::lookup::{self, Definition};
use crate::dna::record::{DocStatus, Kind, Member, Module, Provenance, Tag};
use crate::render::visible::visible;

/// Other public paths that are shown of one definition.
const OTHER_PATHS: usize = 6;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Private names, and every module.
    pub all: bool,
}

/// A definition, and others of the same name after it.
pub fn definition(dna: &Dna, asked: &str, found: &Definition<'_>, depth: Depth, paper: Paper) -> String {
    let mut text = String::new();
    for (number, member) in found.members.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        text += &title(kind(member), asked, paper);
        text += &whereabouts(dna, asked, found, member, paper);
        text.push('\n');
        text += &signature::head(member, paper);
        text += &documented(lookup::doc(dna, member), paper);
        for overload in &member.overloads {
            if let Some(doc) = overload.doc.as_deref() {
                text += &format!(
                    "\n{}",
                    paper.ink(&format!("the overload of line {}:\n", overload.line), Ink::Aside)
                );
                text += &paper.doc(doc, 4);
            }
        }
        if member.kind == Kind::Class {
            text += &members(dna, &member.members, depth, paper);
            text += &inherited(dna, member, paper);
        }
    }
    text
}

/// A module: its docstring, its modules, its members.
pub fn module(dna: &Dna, module: &Module<'static>, depth: Depth, paper: Paper) -> String {
    let mut text = title("module", &module.name, paper);
    let mut notes = vec![place(module.path.as_ref(), 0, 0)];
    if let Some(stub) = &module.stub {
        notes.push(format!("stub {}", visible(&stub.path)));
    }
    notes.extend(provenance(module.provenance).map(str::to_owned));
    notes.extend(module.tag.map(|tag| tag_words(tag).to_owned()));
    for problem in &module.problems {
        notes.push(format!(
            "line {} could not be read: {}",
            problem.line,
            one_line(&problem.message)
        ));
    }
    for note in notes {
        text += &aside(&note, paper);
    }
    text += &documented(module.doc.as_deref().map(|doc| (doc, None)), paper);
    text += &tree::below(dna, &module.name, depth, paper);
    let prefix = format!("{}.", module.name);
    let passed_on: Vec<(String, String)> = (dna.body.public.iter())
        .filter_map(|(path, to)| Some((path.strip_prefix(&prefix)?, to)))
        .filter(|(name, _)| !name.contains('.'))
        .map(|(name, to)| (visible(name), visible(to)))
        .collect();
    text += &members(dna, &module.members, depth, paper);
    if !passed_on.is_empty() {
        text += &heading("from elsewhere", passed_on.len(), paper);
        text += &paper.table(&passed_on, 2);
    }
    text
}

/// The word for what something is.
pub(super) fn kind(member: &Member<'_>) -> &'static str {
    match member.kind {
        Kind::Function => "function",
        Kind::Method => "method",
        Kind::Class => "class",
        Kind::Property => "property",
        Kind::Attribute => "attribute",
        Kind::TypeAlias => "type alias",
    }
}

pub(super) fn heading(words: &str, count: usize, paper: Paper) -> String {
    format!("\n{}\n", paper.ink(&format!("{words} ({count})"), Ink::Title))
}

fn title(kind: &str, path: &str, paper: Paper) -> String {
    format!(
        "{} {}\n",
        paper.ink(kind, Ink::Keyword),
        paper.ink(&visible(path), Ink::Title)
    )
}

fn aside(note: &str, paper: Paper) -> String {
    (paper.doc(note, 2).lines())
        .map(|line| format!("{}\n", paper.ink(line, Ink::Aside)))
        .collect()
}

fn whereabouts(dna: &Dna, asked: &str, found: &Definition<'_>, member: &Member<'_>, paper: Paper) -> String {
    let mut text = String::new();
    // The lines of what the stub alone says are the stub's.
    let file = match (member.provenance, &found.module.stub) {
        (Some(Provenance::Stub), Some(stub)) => stub.path.as_ref(),
        _ => found.module.path.as_ref(),
    };
    let mut notes = vec![place(file, member.line, member.end_line)];
    if let Some(class) = &found.through {
        notes.push(format!("inherited by {}", visible(class)));
    }
    if found.path != asked {
        notes.push(format!("defined as {}", visible(&found.path)));
    }
    let others = lookup::public(dna, &found.path);
    let others: Vec<String> = others
        .into_iter()
        .filter(|path| *path != asked)
        .map(visible)
        .collect();
    if let Some((shown, more)) = cut(&others, OTHER_PATHS) {
        notes.push(format!("also {}{more}", shown.join(", ")));
    }
    if let Some(when) = &member.when {
        notes.push(format!("only if {}", one_line(when)));
    }
    notes.extend(provenance(member.provenance).map(str::to_owned));
    if member.visibility.is_some() {
        notes.push("not in its module's __all__".to_owned());
    }
    notes.extend(member.doc_status.and_then(status).map(str::to_owned));
    for note in notes {
        text += &aside(&note, paper);
    }
    if let Some(deprecated) = &member.deprecated {
        let since = deprecated
            .since
            .as_deref()
            .map_or(String::new(), |since| format!(" since {}", one_line(since)));
        let message = deprecated
            .message
            .as_deref()
            .map_or(String::new(), |message| format!(": {}", one_line(message)));
        for line in paper.doc(&format!("deprecated{since}{message}"), 2).lines() {
            text += &format!("{}\n", paper.ink(line, Ink::Warning));
        }
    }
    text
}

/// The first of many, and how many more there are.
fn cut(all: &[String], most: usize) -> Option<(&[String], String)> {
    match all.len() {
        0 => None,
        count if count > most => Some((all.get(..most)?, format!(" and {} more", count - most))),
        _ => Some((all, String::new())),
    }
}

fn place(file: &str, line: u32, end: u32) -> String {
    match (line, end) {
        (0, _) => visible(file),
        (line, 0) => format!("{}:{line}", visible(file)),
        (line, end) => format!("{}:{line}-{end}", visible(file)),
    }
}

fn provenance(provenance: Option<Provenance>) -> Option<&'static str> {
    Some(match provenance? {
        Provenance::Stub => "known from the stub",
        Provenance::Both => "known from the file and its stub",
        Provenance::Compiled => "compiled: known from outside alone",
    })
}

fn status(status: DocStatus) -> Option<&'static str> {
    Some(match status {
        DocStatus::Templated => "docstring made by decorators",
        DocStatus::Unresolved => {
            "the docstring is changed at run time by something that could not be followed"
        }
        DocStatus::Added => "docstring set from elsewhere",
        DocStatus::Partial => "docstring set from elsewhere; what stands in braces is known only at run time",
        DocStatus::Stub => "docstring of the stub",
        // Whose it is stands beside it.
        DocStatus::Inherited => return None,
    })
}

fn tag_words(tag: Tag) -> &'static str {
    match tag {
        Tag::Test => "a test",
        Tag::Vendored => "a copy of another package's",
        Tag::Example => "an example",
    }
}

fn documented(doc: Option<(&str, Option<String>)>, paper: Paper) -> String {
    let Some((doc, from)) = doc else {
        return String::new();
    };
    let from = from.map_or(String::new(), |from| {
        let words = format!("    docstring of {}:", visible(&from));
        format!("{}\n", paper.ink(&words, Ink::Aside))
    });
    format!("\n{from}{}", paper.doc(doc, 4))
}

/// The groups in which members are shown.
const GROUPS: [(&str, &[Kind]); 5] = [
    ("classes", &[Kind::Class]),
    ("functions", &[Kind::Function]),
    ("methods", &[Kind::Method]),
    ("properties", &[Kind::Property]),
    ("attributes", &[Kind::Attribute, Kind::TypeAlias]),
];

fn members(dna: &Dna, members: &[Member<'static>], depth: Depth, paper: Paper) -> String {
    let mut text = String::new();
    let mut hidden = 0;
    for (words, kinds) in GROUPS {
        let of_kind = || members.iter().filter(|member| kinds.contains(&member.kind));
        let open = |member: &&Member<'_>| depth.all || lookup::is_open(&member.name, member.visibility);
        let rows: Vec<(String, String)> = of_kind().filter(open).map(|member| row(dna, member)).collect();
        hidden += of_kind().count() - rows.len();
        if !rows.is_empty() {
            text += &heading(words, rows.len(), paper);
            text += &paper.table(&rows, 2);
        }
    }
    if hidden > 0 {
        text += &format!(
            "\n{}\n",
            paper.ink(
                &format!("{hidden} not meant for others (--all shows them)"),
                Ink::Aside
            )
        );
    }
    text
}

fn row(dna: &Dna, member: &Member<'static>) -> (String, String) {
    let mut beside = lookup::doc(dna, member).map_or(String::new(), |(doc, _)| first_line(doc));
    if member.deprecated.is_some() && !beside.to_lowercase().contains("deprecated") {
        beside = format!("(deprecated) {beside}");
    }
    (signature::line(member), beside)
}

fn inherited(dna: &Dna, class: &Member<'static>, paper: Paper) -> String {
    let brought = lookup::inherited(dna, class);
    if brought.is_empty() {
        return String::new();
    }
    let count = brought.iter().map(|one| one.names.len()).sum();
    let mut text = heading("inherited", count, paper);
    for one in brought {
        text += &format!(
            "  {}\n",
            paper.ink(&format!("from {}", visible(&one.base)), Ink::Aside)
        );
        text += &paper.list(one.names, 4);
    }
    text
}
