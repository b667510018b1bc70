//! What text for people is written on: so many columns, with colours or without. Never lets a control character of a file through.

use unicode_width::UnicodeWidthStr;

use crate::render::visible::visible;

/// The fewest columns for which anything is laid out.
const NARROWEST: usize = 40;
/// Text is read best in lines that are not too long; a wider terminal is not filled.
const WIDEST: usize = 120;

/// How wide the text may be, and whether it has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// Columns.
    pub width: usize,
    /// ANSI colours.
    pub color: bool,
}

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// What is shown: bold.
    Title,
    /// `def`, `class`: cyan.
    Keyword,
    /// Beside the point: dim.
    Aside,
    /// To be heeded: yellow.
    Warning,
}

impl Paper {
    /// Paper of so many columns, within what can be read.
    pub fn new(width: usize, color: bool) -> Self {
        Self {
            width: width.clamp(NARROWEST, WIDEST),
            color,
        }
    }

    /// A text in its colour; what it holds must have been made visible.
    pub(super) fn ink(self, text: &str, ink: Ink) -> String {
        let code = match ink {
            Ink::Title => "1",
            Ink::Keyword => "36",
            Ink::Aside => "2",
            Ink::Warning => "33",
        };
        if self.color && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// A docstring: each line as it is, broken where it is too long, and further lines of it as far in as the first.
    pub(super) fn doc(self, doc: &str, indent: usize) -> String {
        let mut text = String::new();
        for line in doc.trim_end().lines() {
            let line = tabs(line.trim_end());
            let inner = line.len() - line.trim_start_matches(' ').len();
            let inner = inner.min(self.width / 2);
            let room = self.width.saturating_sub(indent + inner).max(NARROWEST / 2);
            if line.is_empty() {
                text.push('\n');
            }
            for part in fold(&visible(line.trim_start_matches(' ')), room) {
                text += &" ".repeat(indent + inner);
                text += &part;
                text.push('\n');
            }
        }
        text
    }

    /// Words one after the other, separated by commas, as many on a line as there is room for.
    pub(super) fn list<'a>(self, words: impl IntoIterator<Item = &'a str>, indent: usize) -> String {
        let mut lines = vec![String::new()];
        let words: Vec<String> = words.into_iter().map(visible).collect();
        for (number, word) in words.iter().enumerate() {
            let word = if number + 1 < words.len() {
                format!("{word},")
            } else {
                word.clone()
            };
            let used = lines.last().map_or(0, |line| columns(line));
            if used > 0 && indent + used + 1 + columns(&word) > self.width {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&word);
            }
        }
        let margin = " ".repeat(indent);
        let lines = lines.into_iter().filter(|line| !line.is_empty());
        lines.map(|line| format!("{margin}{line}\n")).collect()
    }

    /// Rows of a name and a text beside it, the text cut to the room that is left.
    pub(super) fn table(self, rows: &[(String, String)], indent: usize) -> String {
        let most = (self.width - indent) * 2 / 5;
        let widest = rows
            .iter()
            .map(|(name, _)| columns(name))
            .filter(|width| *width <= most);
        let first = widest.max().unwrap_or(0);
        let margin = " ".repeat(indent);
        let mut text = String::new();
        for (name, beside) in rows {
            let used = columns(name);
            let name = short(name, self.width - indent);
            let start = used.max(first);
            let room = self.width.saturating_sub(indent + start + 2);
            if beside.is_empty() || room < 12 {
                text += &format!("{margin}{name}\n");
                continue;
            }
            let gap = " ".repeat(start - used + 2);
            let beside = self.ink(&short(beside, room), Ink::Aside);
            text += &format!("{margin}{name}{gap}{beside}\n");
        }
        text
    }
}

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// A text in at most so many columns; where it is cut, that is seen.
pub(super) fn short(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let mut bytes = [0; 4];
        used += columns(letter.encode_utf8(&mut bytes));
        if used + 1 > most {
            break;
        }
        kept.push(letter);
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

/// The first line of a docstring, visible; the first two where a sentence goes on.
pub(super) fn first_line(doc: &str) -> String {
    let doc = doc.trim_start();
    let paragraph = doc.lines().take_while(|line| !line.trim().is_empty());
    let words: Vec<&str> = paragraph.take(2).flat_map(str::split_whitespace).collect();
    let text = words.join(" ");
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    visible(text.get(..end).unwrap_or_default())
}

/// Source text on one line.
pub(super) fn one_line(source: &str) -> String {
    if !source.contains('\n') {
        return visible(source);
    }
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    visible(&lines.join(" "))
}

fn tabs(line: &str) -> String {
    line.replace('\t', "    ")
}

/// Breaks a line at spaces, and words that are longer than the room where they must be.
fn fold(line: &str, room: usize) -> Vec<String> {
    if columns(line) <= room {
        return if line.is_empty() {
            Vec::new()
        } else {
            vec![line.to_owned()]
        };
    }
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let width = columns(word.trim_end());
        if used > 0 && used + width > room {
            lines.push(std::mem::take(&mut current));
            used = 0;
        }
        for letter in word.chars() {
            let mut bytes = [0; 4];
            let width = columns(letter.encode_utf8(&mut bytes));
            if used + width > room && letter != ' ' {
                lines.push(std::mem::take(&mut current));
                used = 0;
            }
            current.push(letter);
            used += width;
        }
    }
    lines.push(current);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_as_far_in_as_they_began() {
        let paper = Paper::new(40, false);
        let doc = "Short.\n\n    one two three four five six seven eight nine ten\n\tx\u{1b}[31m";
        let text = paper.doc(doc, 2);
        assert_eq!(
            text,
            "  Short.\n\n      one two three four five six seven\n      eight nine ten\n      x\\u{1b}[31m\n"
        );
        let endless = "x".repeat(100);
        let text = paper.doc(&endless, 0);
        assert!(text.lines().all(|line| columns(line) <= 40), "{text}");
        assert_eq!(text.replace('\n', ""), endless);
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(short("漢字漢字", 5), "漢字…");
        assert_eq!(short("abc", 3), "abc");
        let rows = vec![
            ("漢".to_owned(), "one".to_owned()),
            ("abcd".to_owned(), "two".to_owned()),
        ];
        assert_eq!(Paper::new(40, false).table(&rows, 1), " 漢    one\n abcd  two\n");
    }

    #[test]
    fn the_first_sentence_may_take_two_lines() {
        assert_eq!(first_line("\n Reads a\n file. Then\nmore."), "Reads a file.");
        assert_eq!(first_line("One\n\nTwo"), "One");
        assert_eq!(first_line(""), "");
    }
}
