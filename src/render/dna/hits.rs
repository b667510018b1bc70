//! What `query` found, a line each or as JSON. Never reads what it did not find.

use serde_json::json;

use super::lines::word;
use super::paper::{Ink, Paper, columns, first_line, short};
use super::signature;
use crate::dna::query::table::View;
use crate::dna::query::{Rank, Sort};
use crate::dna::record::Kind;
use crate::render::visible::visible;

/// The version of the JSON.
const VERSION: u32 = 1;

/// A definition that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The package.
    pub package: String,
    /// Its version.
    pub release: String,
    /// The shortest path under which others use it.
    pub path: String,
    /// The path of the definition itself.
    pub canonical: String,
    /// What it is.
    pub sort: Sort,
    /// Whether it is meant for others.
    pub public: bool,
    /// How well it fits.
    pub rank: Rank,
    /// What is shown of it.
    pub view: Option<View<'static>>,
}

impl Match {
    fn kind(&self) -> &'static str {
        match self.sort {
            Sort::Module => "module",
            Sort::Of(kind) => word(kind),
        }
    }

    /// The signature without the name, which the path ends with already.
    fn call(&self) -> String {
        let member = self.view.as_ref().and_then(|view| view.member.as_ref());
        let Some(member) = member else {
            return "module".to_owned();
        };
        let line = signature::line(member);
        let rest = line
            .strip_prefix(visible(&member.name).as_str())
            .unwrap_or(&line)
            .trim_start();
        match (rest.is_empty(), member.kind) {
            (true, Kind::Class) => "class".to_owned(),
            (true, _) => self.kind().to_owned(),
            (false, Kind::Class) => format!("class {rest}"),
            (false, _) => rest.to_owned(),
        }
    }
}

/// Package, path, signature and the docstring's first sentence of each; cut to a terminal's width where there is one.
pub fn people(found: &[Match], paper: Paper, width: Option<usize>) -> String {
    let longest = found.iter().map(|one| columns(&one.package)).max().unwrap_or(0);
    found.iter().map(|one| line(one, longest, paper, width)).collect()
}

fn line(one: &Match, longest: usize, paper: Paper, width: Option<usize>) -> String {
    let package = format!("{:longest$}", one.package);
    let (path, call) = (visible(&one.path), one.call());
    let doc = one
        .view
        .as_ref()
        .map_or(String::new(), |view| first_line(&view.summary));
    let deprecated = one
        .view
        .as_ref()
        .and_then(|view| view.member.as_ref())
        .is_some_and(|member| member.deprecated.is_some());
    let doc = if deprecated {
        format!("(deprecated) {doc}")
    } else {
        doc
    };
    let (call, doc) = match width {
        None => (call, doc),
        Some(width) => {
            let room = width.saturating_sub(columns(&package) + columns(&path) + 4);
            // The docstring gets what the signature leaves, and at least a half.
            let for_doc = columns(&doc).min((room / 2).max(room.saturating_sub(columns(&call) + 2)));
            let call = cut(&call, room.saturating_sub(for_doc + 2));
            let doc = cut(&doc, room.saturating_sub(columns(&call) + 2));
            (call, doc)
        }
    };
    let package = paper.ink(&package, Ink::Aside);
    let path = paper.ink(&path, Ink::Title);
    let line = format!("{package}  {path}  {call}  {}", paper.ink(&doc, Ink::Aside));
    format!("{}\n", line.trim_end())
}

/// Nothing, rather than a few letters.
fn cut(text: &str, most: usize) -> String {
    if most < 4 && columns(text) > most {
        return String::new();
    }
    short(text, most)
}

/// What was found for programs: `total` is how many there are, `names_only` that docstrings were not looked through.
pub fn json(text: &str, total: usize, names_only: bool, found: &[Match]) -> String {
    let all: Vec<_> = found
        .iter()
        .map(|one| {
            let view = one.view.as_ref();
            json!({
                "package": one.package,
                "release": one.release,
                "path": one.path,
                "canonical": one.canonical,
                "kind": one.kind(),
                "public": one.public,
                "match": one.rank.word(),
                "signature": view.and_then(|view| view.member.as_ref()).map(signature::line),
                "summary": view.map(|view| first_line(&view.summary)),
                "file": view.map(|view| &view.file),
                "line": view.map(|view| view.line),
            })
        })
        .collect();
    let value =
        json!({"version": VERSION, "query": text, "total": total, "names_only": names_only, "found": all});
    format!("{value:#}\n")
}
