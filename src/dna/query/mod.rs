//! A text or pattern to the definitions that it means, the best first. Pure: what is searched lies in memory, in the sections of [`table`].
//!
//! The order: the name itself, in the same case, then in another; names that begin with it; names of which a word begins with it;
//! names that have it inside; paths; docstrings. Among equals public ones come first, then short paths.

mod pattern;
pub mod table;

use std::cmp::Ordering;

pub use pattern::Pattern;
use table::{Rows, Sections};

use super::record::Kind;

/// How well a definition is what was meant; the best is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It is the name.
    Exact,
    /// It is the name in other letters: `dataframe` for `DataFrame`.
    SameLetters,
    /// The name begins with it.
    Prefix,
    /// A word of the name begins with it: `csv` in `read_csv`, `frame` in `DataFrame`.
    Word,
    /// The name has it inside.
    Inside,
    /// The path has it.
    Path,
    /// The docstring has it.
    Docstring,
}

impl Rank {
    /// What a program reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::SameLetters => "same-letters",
            Self::Prefix => "prefix",
            Self::Word => "word",
            Self::Inside => "inside",
            Self::Path => "path",
            Self::Docstring => "docstring",
        }
    }
}

/// What is looked for, beside the pattern.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only these kinds, if any are named.
    pub kinds: Vec<Sort>,
    /// Only what is meant for others.
    pub public: bool,
}

/// A kind of definition, or a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A module.
    Module,
    /// A definition.
    Of(Kind),
}

/// A definition that was found, by its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// How well it fits.
    pub rank: Rank,
    /// Whether it is meant for others.
    pub open: bool,
    /// How many dots the path has.
    pub dots: u8,
    /// How many bytes the name has.
    pub length: u32,
    /// Its number in its table.
    pub row: u32,
}

impl Hit {
    /// The better one first, as far as that can be said without reading the paths.
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |hit: &Self| (hit.rank, !hit.open, hit.dots, hit.length);
        key(self).cmp(&key(other))
    }
}

/// What has the pattern in its name or, where the pattern asks for it, its path. `paths` is needed where [`Pattern::needs_paths`] says so.
pub fn by_name(rows: &Rows<'_>, paths: &[u8], pattern: &Pattern, filter: &Filter) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut add = |row: u32, rank: Option<Rank>| {
        if let Some(rank) = rank {
            hits.push(rows.hit(row, rank));
        }
    };
    if let Some(quick) = pattern.quick() {
        // All names at once: what is not found is not looked at.
        let names = rows.names();
        let mut at = 0;
        while let Some(found) = quick.find_at(names, at) {
            let row = rows.row_at(found.start());
            if rows.passes(row, filter) {
                add(row, pattern.rank_name(rows.name(row)));
            }
            at = rows.name_end(row).max(found.start() + 1);
            if at >= names.len() {
                break;
            }
        }
        return hits;
    }
    if pattern.is_text() {
        // A text with a dot is in no name: all paths at once.
        let mut at = 0;
        while let Some(start) = pattern.find_in_paths(paths, at) {
            let row = rows.row_of_path(start);
            if rows.passes(row, filter) {
                add(row, pattern.rank_path(rows.path(row, paths)));
            }
            at = rows.path_end(row, paths).max(start + 1);
            if at >= paths.len() {
                break;
            }
        }
        return hits;
    }
    for row in 0..rows.len() {
        if rows.passes(row, filter) {
            let rank = pattern.rank_name(rows.name(row));
            add(row, rank.or_else(|| pattern.rank_path(rows.path(row, paths))));
        }
    }
    hits
}

/// What has the pattern in its docstring, `but` for the rows that were found already, which are sorted.
pub fn by_docstring(
    rows: &Rows<'_>,
    docs: &[u8],
    pattern: &Pattern,
    filter: &Filter,
    but: &[u32],
) -> Vec<Hit> {
    let fits = |row: u32| rows.passes(row, filter) && but.binary_search(&row).is_err();
    let mut hits = Vec::new();
    if !pattern.is_text() {
        for row in (0..rows.len()).filter(|row| fits(*row)) {
            if pattern.in_docstring(rows.doc(row, docs)) {
                hits.push(rows.hit(row, Rank::Docstring));
            }
        }
        return hits;
    }
    let mut at = 0;
    while let Some(start) = pattern.find_in_docs(docs, at) {
        let row = rows.row_of_doc(start);
        if fits(row) {
            hits.push(rows.hit(row, Rank::Docstring));
        }
        at = rows.doc_end(row, docs).max(start + 1);
        if at >= docs.len() {
            break;
        }
    }
    hits
}

/// Sections of a file, made anew.
pub fn sections(dna: &super::Dna) -> Sections {
    table::build(dna)
}

#[cfg(test)]
mod tests;
