//! Text from strangers inside Markdown on GitHub: it is shown, and is never markup, a link, a mention or a reference.

use std::fmt::Write as _;

use super::visible::visible;

/// Breaks words that GitHub would link, and is not seen. Written as an entity, so that whoever reads the source sees it.
const BREAK: &str = "&#8203;";

/// Text as text, on one line: nothing in it is Markdown, HTML, a mention, a reference, a link or mathematics.
pub fn inline(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len() + text.len() / 4);
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A backslash does not keep a pipe out of a table's columns in every reader.
            '|' => escaped.push_str("&#124;"),
            // GitHub's documentation names the span as the way to write a dollar that begins no formula; the entity
            // is for readers that look for formulas before they look for HTML.
            '$' => escaped.push_str("<span>&#36;</span>"),
            // Mentions and references are looked for after Markdown was read, so escaping alone is not enough.
            '@' => _ = write!(escaped, "@{BREAK}"),
            '#' => _ = write!(escaped, "\\#{BREAK}"),
            // `https://`, `:emoji:`
            ':' if !next.is_whitespace() => _ = write!(escaped, ":{BREAK}"),
            // `GH-12`
            '-' if next.is_ascii_digit() && before.eq_ignore_ascii_case(&'h') => {
                _ = write!(escaped, "-{BREAK}")
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '~' | '^' => escaped.extend(['\\', letter]),
            // Lists, rules and underlined headings begin so; within a word they are only hyphens.
            '-' | '+' | '=' if !before.is_alphanumeric() => escaped.extend(['\\', letter]),
            // `1.`, `1)`, `www.`
            '.' | ')' if before.is_ascii_digit() || before.eq_ignore_ascii_case(&'w') => {
                escaped.extend(['\\', letter]);
            }
            _ => escaped.push(letter),
        }
        before = letter;
    }
    escaped
}

/// Text as code, on one line. A pipe would end a table's column even here, so text with one is written plainly.
pub fn code(text: &str) -> String {
    let text = visible(text);
    if text.contains('|') || text.trim().is_empty() {
        return inline(&text);
    }
    let marks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{marks}{pad}{text}{pad}{marks}")
}

/// A sentence in which `backticks` stand in pairs around names, as findings are worded; everything else is [`inline`].
pub fn prose(text: &str) -> String {
    paired(text, inline)
}

/// A sentence of gistry's own: names between backticks stay code, and nothing is markup by accident.
pub(super) fn own(text: &str) -> String {
    paired(text, |part| {
        let mut escaped = String::new();
        for letter in part.chars() {
            match letter {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '\\' | '*' | '_' | '[' | ']' | '|' | '~' => {
                    escaped.push('\\');
                    escaped.push(letter);
                }
                _ => escaped.push(letter),
            }
        }
        escaped
    })
}

fn paired(text: &str, plain: impl Fn(&str) -> String) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let balanced = parts.len() % 2 == 1;
    if !balanced || parts.iter().skip(1).step_by(2).any(|name| name.is_empty()) {
        return plain(text);
    }
    let part = |(index, part): (usize, &&str)| if index % 2 == 1 { code(part) } else { plain(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Lines as a block of code, closed by a fence that is longer than any in the text. No final newline.
pub fn fence(text: &str, language: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| visible(&line.replace('\t', "    ")))
        .collect();
    let text = lines.join("\n");
    let marks = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{marks}{language}\n{text}\n{marks}")
}

/// A block moved in, so that it belongs to the list item above it.
pub(super) fn indented(block: &str, spaces: usize) -> String {
    let indent = " ".repeat(spaces);
    block
        .split('\n')
        .map(|line| format!("{indent}{line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A path as a part of a URL (RFC 3986): everything but unreserved characters and `/` is percent-encoded.
pub fn url_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    /// Reads one paragraph as Markdown, with everything that GitHub knows switched on: its text, and its code.
    fn read(markdown: &str) -> Result<(String, Vec<String>), String> {
        let (mut text, mut codes) = (String::new(), Vec::new());
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::Code(part) => codes.push(part.into_string()),
                Event::InlineHtml(html) if matches!(&*html, "<span>" | "</span>") => {}
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                other => return Err(format!("{other:?} in {markdown:?}")),
            }
        }
        Ok((text.replace('\u{200b}', ""), codes))
    }

    fn hostile() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "@everyone",
            "#12",
            "GH-12",
            "a/b#1",
            "https://x.y/z",
            "www.x.y",
            "a@b.cd",
            "</details>",
            "<!--",
            "-->",
            "```",
            "`",
            "\n",
            "\r\n",
            "\t",
            "::set-output name=a::b",
            "%0A",
            "| a |",
            "---",
            "===",
            "- a",
            "1. a",
            "* a",
            "![a](b)",
            "[a](b)",
            "[a]: b",
            "[^1]",
            "**a**",
            "_a_",
            "~~a~~",
            "$x$",
            "$$x$$",
            "\\",
            "&lt;",
            "&#64;",
            ":tada:",
            "\u{202e}",
            "\u{200b}",
            "\u{1b}[31m",
            "é",
            "漢",
            " ",
            "    ",
            "#",
            "a",
            "> a",
            "+ a",
            "<b>",
            "{#id}",
            "^a^",
            "\u{a0}",
        ]);
        prop_oneof![
            prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat()),
            any::<String>(),
        ]
    }

    #[test]
    fn words_that_github_links_are_broken() {
        assert_eq!(inline("@all"), "@&#8203;all");
        assert_eq!(inline("a#1 GH-2 gh-3"), "a\\#&#8203;1 GH-&#8203;2 gh-&#8203;3");
        assert_eq!(inline("https://a.b: c"), "https:&#8203;//a.b: c");
        assert_eq!(inline("</details>\n<!--"), "&lt;/details&gt;\\\\n&lt;!\\-\\-");
    }

    #[test]
    fn code_is_closed_by_longer_marks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b"), "a&#124;b");
        assert_eq!(fence("a\n````", "json"), "`````json\na\n````\n`````");
        assert_eq!(prose("the gist of `a_b` is *x*"), "the gist of `a_b` is \\*x\\*");
        assert_eq!(prose("one ` alone"), "one \\` alone");
        assert_eq!(url_path("a b/ü?#%"), "a%20b/%C3%BC%3F%23%25");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, max_global_rejects: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_stays_text(text in hostile()) {
            let markdown = inline(&text);
            let (read_text, codes) = read(&format!("a {markdown} b")).map_err(TestCaseError::fail)?;
            prop_assert!(codes.is_empty());
            if !text.is_empty() && !text.starts_with(' ') {
                let (alone, _) = read(&markdown).map_err(TestCaseError::fail)?;
                let shown = visible(&text);
                prop_assert_eq!(alone, shown.trim_end_matches(' '));
            }
            prop_assert_eq!(read_text, format!("a {} b", visible(&text)));
            prop_assert!(!markdown.contains(['\n', '\r', '|']));
            for (at, _) in markdown.match_indices('@') {
                prop_assert!(markdown[at..].starts_with("@&#8203;"));
            }
            prop_assert!(!markdown.contains("://") && !markdown.contains("-->") && !markdown.contains("</d"));
        }

        #[test]
        fn any_code_stays_code(text in hostile()) {
            let shown = visible(&text);
            prop_assume!(!shown.contains('|') && !shown.trim().is_empty());
            let (around, codes) = read(&format!("a {} b", code(&text))).map_err(TestCaseError::fail)?;
            prop_assert_eq!(around, "a  b");
            prop_assert_eq!(codes, vec![shown]);
        }

        #[test]
        fn any_prose_is_text_and_code(text in hostile()) {
            read(&format!("a {} b", prose(&text))).map_err(TestCaseError::fail)?;
        }

        #[test]
        fn nothing_leaves_a_table(text in hostile()) {
            let table = format!("| a | b |\n|---|---|\n| {} | {} |", prose(&text), code(&text));
            let cells = Parser::new_ext(&table, Options::all()).filter(|event| matches!(event, Event::Start(Tag::TableCell))).count();
            prop_assert_eq!(cells, 4);
            let wild = Parser::new_ext(&table, Options::all()).find(|event| match event {
                Event::InlineHtml(html) => !matches!(&**html, "<span>" | "</span>"),
                Event::Html(_) | Event::Start(Tag::Link { .. } | Tag::Image { .. }) => true,
                _ => false,
            });
            prop_assert!(wild.is_none(), "{wild:?}");
        }

        #[test]
        fn nothing_leaves_a_fence(text in hostile()) {
            let block = format!("- a\n\n{}\n- z", indented(&fence(&text, ""), 2));
            let events: Vec<Event> = Parser::new_ext(&block, Options::all()).collect();
            let blocks = events.iter().filter(|event| matches!(event, Event::Start(Tag::CodeBlock(_)))).count();
            let items = events.iter().filter(|event| matches!(event, Event::Start(Tag::Item))).count();
            let html = events.iter().any(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_)));
            prop_assert_eq!((blocks, items, html), (1, 2, false));
        }
    }
}
