//! What is looked for: a text, taken letter by letter, or a regular expression. Never slower than linear in what is searched.

use regex::bytes::{Regex, RegexBuilder};

use super::Rank;

/// Longer patterns, in bytes, are refused.
const LONGEST: usize = 1000;
/// The most memory that a compiled pattern may take, in bytes.
const SIZE: usize = 1 << 20;
/// Letters that make a text a regular expression.
const SPECIAL: &[char] = &['^', '$', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '\\'];

/// A text or regular expression, ready to search with.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// For one name or path.
    name: Regex,
    /// For docstrings, in which a space may be a line end.
    doc: Regex,
    /// The text, if it is one.
    text: Option<String>,
    /// Whether it is a path, for it has a dot.
    dotted: bool,
}

impl Pattern {
    /// Reads what was typed; `fixed` makes it a text, whatever it looks like. Upper and lower case are the same.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn new(typed: &str, fixed: bool) -> Result<Self, String> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err("there is nothing to look for".to_owned());
        }
        if typed.len() > LONGEST {
            return Err(format!("longer than {LONGEST} bytes"));
        }
        let is_text = fixed || !typed.contains(SPECIAL);
        let compile = |pattern: &str| {
            RegexBuilder::new(pattern)
                .case_insensitive(true)
                .size_limit(SIZE)
                .dfa_size_limit(8 * SIZE)
                .nest_limit(50)
                .build()
                .map_err(|error| error.to_string())
        };
        if !is_text {
            let name = compile(typed)?;
            return Ok(Self {
                doc: name.clone(),
                name,
                text: None,
                dotted: true,
            });
        }
        let words: Vec<String> = typed.split_whitespace().map(regex::escape).collect();
        Ok(Self {
            name: compile(&words.join("[ _]*"))?,
            doc: compile(&words.join(r"[\s_]*"))?,
            text: Some(typed.split_whitespace().collect()),
            dotted: typed.contains('.'),
        })
    }

    /// Whether paths are searched, too.
    pub fn needs_paths(&self) -> bool {
        self.dotted
    }

    /// Whether it is a text and no regular expression.
    pub(super) fn is_text(&self) -> bool {
        self.text.is_some()
    }

    /// What finds it in all names at once, where it can be in no path without being in a name.
    pub(super) fn quick(&self) -> Option<&Regex> {
        (self.is_text() && !self.dotted).then_some(&self.name)
    }

    /// How well a name fits; of something that is known under two names, they are separated by a tab.
    pub(super) fn rank_name(&self, name: &[u8]) -> Option<Rank> {
        name.split(|byte| *byte == b'\t')
            .filter_map(|name| self.rank_one(name))
            .min()
    }

    fn rank_one(&self, name: &[u8]) -> Option<Rank> {
        let rank = |found: regex::bytes::Match<'_>| match (found.start(), found.end()) {
            (0, end) if end == name.len() => self.whole(name),
            (0, _) => Rank::Prefix,
            (start, _) if begins_word(name, start) => Rank::Word,
            _ => Rank::Inside,
        };
        self.name
            .find_iter(name)
            .filter(|found| !found.is_empty())
            .map(rank)
            .min()
    }

    /// How well a path fits: `DataFrame.merge` is all of `frames.DataFrame.merge` that counts.
    pub(super) fn rank_path(&self, path: &[u8]) -> Option<Rank> {
        path.split(|byte| *byte == b'\t')
            .filter_map(|path| self.rank_path_one(path))
            .min()
    }

    fn rank_path_one(&self, path: &[u8]) -> Option<Rank> {
        let last = path.iter().rposition(|byte| *byte == b'.').map_or(0, |at| at + 1);
        let rank = |found: regex::bytes::Match<'_>| {
            let begins = found.start() == 0 || path.get(found.start() - 1) == Some(&b'.');
            match (begins && self.is_text(), found.end()) {
                (true, end) if end == path.len() => self.whole(found.as_bytes()),
                (true, end) if end > last => Rank::Prefix,
                _ => Rank::Path,
            }
        };
        self.name
            .find_iter(path)
            .filter(|found| !found.is_empty())
            .map(rank)
            .min()
    }

    fn whole(&self, name: &[u8]) -> Rank {
        match &self.text {
            // A regular expression means every name that it matches.
            None => Rank::Exact,
            Some(text) if text.as_bytes() == name => Rank::Exact,
            Some(_) => Rank::SameLetters,
        }
    }

    pub(super) fn in_docstring(&self, doc: &[u8]) -> bool {
        self.doc.find_iter(doc).any(|found| !found.is_empty())
    }

    /// Where in these paths it is next.
    pub(super) fn find_in_paths(&self, paths: &[u8], from: usize) -> Option<usize> {
        self.name.find_at(paths, from).map(|found| found.start())
    }

    /// Where in these docstrings it is next.
    pub(super) fn find_in_docs(&self, docs: &[u8], from: usize) -> Option<usize> {
        self.doc.find_at(docs, from).map(|found| found.start())
    }
}

/// `csv` in `read_csv`, `Frame` in `DataFrame`, `2` in `log2`.
fn begins_word(name: &[u8], at: usize) -> bool {
    let (Some(before), Some(here)) = (at.checked_sub(1).and_then(|at| name.get(at)), name.get(at)) else {
        return true;
    };
    !before.is_ascii_alphanumeric() && before.is_ascii()
        || before.is_ascii_lowercase() && here.is_ascii_uppercase()
        || before.is_ascii_alphabetic() && here.is_ascii_digit()
}
