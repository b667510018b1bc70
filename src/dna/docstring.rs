//! What a docstring says by its form: its text without indentation, and whether it announces a deprecation. Never where it comes from.

use std::borrow::Cow;

use super::record::{Deprecated, Text};

/// The docstring as `inspect.cleandoc` gives it: tabs expanded, common indentation and empty lines around it gone.
pub fn clean<'a>(doc: &Text<'a>) -> Text<'a> {
    if !doc.contains(['\n', '\t']) {
        return match doc {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_start()),
            Cow::Owned(text) => Cow::Owned(text.trim_start().to_owned()),
        };
    }
    let expanded: Cow<'_, str> = if doc.contains('\t') {
        Cow::Owned(expand(doc))
    } else {
        Cow::Borrowed(doc)
    };
    let margin = margin(lines(&expanded).skip(1)).unwrap_or(0);
    let mut cleaned = String::with_capacity(expanded.len());
    for (number, line) in lines(&expanded).enumerate() {
        let line = if number == 0 {
            line.trim_start()
        } else {
            cut(line, margin)
        };
        if cleaned.is_empty() && line.is_empty() {
            continue;
        }
        if !cleaned.is_empty() {
            cleaned.push('\n');
        }
        cleaned.push_str(line);
    }
    cleaned.truncate(cleaned.trim_end_matches('\n').len());
    Cow::Owned(cleaned)
}

/// The lines of a text, without their ends: one more than there are ends.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    let mut start = 0;
    ends.map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line
    })
}

/// How many spaces a line begins with, where nothing but these is its indentation.
fn spaces(line: &str) -> Option<usize> {
    let spaces = line.bytes().position(|byte| byte != b' ')?;
    line.as_bytes()[spaces].is_ascii_graphic().then_some(spaces)
}

/// The smallest indentation of the lines that hold something, in characters.
fn margin<'l>(lines: impl Iterator<Item = &'l str>) -> Option<usize> {
    lines
        .filter_map(|line| {
            if let Some(spaces) = spaces(line) {
                return Some(spaces);
            }
            let rest = line.trim_start();
            (!rest.is_empty()).then(|| line[..line.len() - rest.len()].chars().count())
        })
        .min()
}

/// A line without its first characters.
fn cut(line: &str, characters: usize) -> &str {
    if line
        .as_bytes()
        .get(..characters)
        .is_some_and(|start| start.iter().all(|byte| *byte == b' '))
    {
        return &line[characters..];
    }
    line.char_indices()
        .nth(characters)
        .map_or("", |(at, _)| &line[at..])
}

/// `str.expandtabs()`
pub fn expand(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut column = 0;
    for letter in text.chars() {
        match letter {
            '\t' => {
                let spaces = 8 - column % 8;
                expanded.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\n' | '\r' => {
                expanded.push(letter);
                column = 0;
            }
            _ => {
                expanded.push(letter);
                column += 1;
            }
        }
    }
    expanded
}

/// The directive `.. deprecated:: 1.2` of a cleaned docstring, where it stands at the left margin: within it, it is about a parameter.
pub fn deprecated(doc: &str) -> Option<Deprecated<'static>> {
    // Few have one, and to look at each line takes its time.
    memchr::memmem::find(doc.as_bytes(), b".. deprecated::")?;
    let mut lines = doc
        .lines()
        .skip_while(|line| !line.starts_with(".. deprecated::"));
    let since = lines.next()?.strip_prefix(".. deprecated::")?.trim();
    let (since, first) = match since.split_once(char::is_whitespace) {
        Some((since, rest)) => (since, rest.trim()),
        None => (since, ""),
    };
    let body = lines
        .skip_while(|line| line.trim().is_empty())
        .take_while(|line| line.starts_with(char::is_whitespace) && !line.trim().is_empty());
    let words: Vec<&str> = std::iter::once(first)
        .chain(body.map(str::trim))
        .filter(|line| !line.is_empty())
        .collect();
    let text = |text: String| (!text.is_empty()).then_some(Cow::Owned(text));
    Some(Deprecated {
        since: text(since.to_owned()),
        message: text(words.join(" ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaned_as_inspect_does() {
        for (doc, cleaned) in [
            ("One line.", "One line."),
            ("  One line. ", "One line. "),
            ("\n    First\n      second\n    ", "First\n  second\n"),
            ("First\n\n    second\n\n\n", "First\n\nsecond"),
            ("First\n\tsecond\n        third", "First\nsecond\nthird"),
            ("\n\n", ""),
            ("a\n é\n  b\n \n", "a\né\n b\n"),
        ] {
            let got = clean(&Cow::Borrowed(doc));
            // A last line of spaces is shorter than the margin or loses it: it is empty, and goes.
            assert_eq!(
                got.trim_end_matches('\n'),
                cleaned.trim_end_matches('\n'),
                "{doc:?}"
            );
        }
    }

    #[test]
    fn deprecations_at_the_margin_only() {
        let found = deprecated("Sum.\n\n.. deprecated:: 1.2\n   Use `total`\n   instead.\n\nMore.").unwrap();
        assert_eq!(
            (found.since.as_deref(), found.message.as_deref()),
            (Some("1.2"), Some("Use `total` instead."))
        );
        assert_eq!(
            deprecated("Parameters\n    x : int\n        .. deprecated:: 1.2"),
            None
        );
    }
}
