//! Characters that a reader does not see are shown, so that text from strangers can neither steer a terminal nor hide. Never shortens silently.

use std::fmt::Write as _;

/// Text on one line: line ends, tabs, control, bidirectional and zero-width characters are written as escapes (`\n`, `\u{1b}`).
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if hidden(letter) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(letter));
            }
            _ => shown.push(letter),
        }
    }
    shown
}

/// A source line in which every hidden character is one visible one, so that columns stay right. Tabs stay.
pub fn same_columns(line: &str) -> String {
    line.chars()
        .map(|letter| match letter {
            '\t' => letter,
            '\0'..='\u{1f}' => {
                char::from_u32(0x2400 + u32::from(letter)).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            '\u{7f}' => '\u{2421}',
            _ if hidden(letter) => char::REPLACEMENT_CHARACTER,
            _ => letter,
        })
        .collect()
}

/// At most `most` characters of a text, and how many more there are.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!(
            "{}… ({} more characters)",
            &text[..at],
            text[at..].chars().count()
        ),
    }
}

/// Whether a reader does not see it, or it changes how the characters beside it are seen.
fn hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays_hidden() {
        assert_eq!(
            visible("a\n\u{1b}[31m\u{202e}b\u{9b}é漢"),
            "a\\n\\u{1b}[31m\\u{202e}b\\u{9b}é漢"
        );
        assert_eq!(same_columns("a\u{1b}\t\u{202e}\u{7f}漢"), "a␛\t\u{fffd}␡漢");
    }

    #[test]
    fn what_is_cut_is_said() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 1), "ä… (2 more characters)");
    }
}
