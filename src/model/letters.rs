//! Characters that a reader does not see or that make a text look like another one. Never judges where they may stand.

/// Why a character is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// Changes the direction of the text around it (Unicode TR 9), so that it reads in another order than it is stored.
    Bidi,
    /// A control character (C0, DEL, C1) other than tab, line feed and carriage return.
    Control,
    /// Has no shape: zero-width and format characters, tags, blank letters.
    Invisible,
    /// Breaks a line where JSON does not: U+2028, U+2029.
    LineBreak,
    /// Never a character in any version of Unicode.
    Noncharacter,
}

impl Hidden {
    /// What a person calls it, with its article.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Bidi => "a character that changes the direction of the text",
            Self::Control => "a control character",
            Self::Invisible => "an invisible character",
            Self::LineBreak => "a line break that JSON does not know",
            Self::Noncharacter => "a code point that is no character",
        }
    }
}

/// What is hidden about a character, given the one in front of it.
///
/// Joiners (U+200C, U+200D) are part of how Persian, Indic languages and emoji are written: they are hidden only behind
/// nothing and behind ASCII, where nobody needs them.
pub fn hidden(before: Option<char>, letter: char) -> Option<Hidden> {
    match letter {
        '\t' | '\n' | '\r' | ' '..='~' => None,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some(Hidden::Control),
        '\u{200c}' | '\u{200d}' if before.is_some_and(|before| !before.is_ascii()) => None,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(Hidden::Bidi)
        }
        '\u{2028}' | '\u{2029}' => Some(Hidden::LineBreak),
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' => {
            Some(Hidden::Invisible)
        }
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' => {
            Some(Hidden::Invisible)
        }
        '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => {
            Some(Hidden::Invisible)
        }
        '\u{fdd0}'..='\u{fdef}' => Some(Hidden::Noncharacter),
        _ if letter as u32 & 0xfffe == 0xfffe => Some(Hidden::Noncharacter),
        _ => None,
    }
}

/// Whether a text is ASCII that everybody sees, tabs and line ends included.
pub fn is_plain(text: &str) -> bool {
    let plain = |byte: &u8| (b' '..=b'~').contains(byte) | matches!(byte, b'\t' | b'\n' | b'\r');
    // Without a way out in the middle, so that many bytes are looked at together.
    let all = |bytes: &[u8]| bytes.iter().fold(true, |all, byte| all & plain(byte));
    text.as_bytes().chunks(256).all(all)
}

/// Every hidden character of a text with its byte offset. Text that is plain ASCII costs one pass over its bytes.
pub fn all_hidden(text: &str) -> impl Iterator<Item = (usize, char, Hidden)> {
    let mut before = None;
    let text = if is_plain(text) { "" } else { text };
    text.char_indices().filter_map(move |(at, letter)| {
        let found = hidden(before.replace(letter), letter);
        found.map(|why| (at, letter, why))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_not_hidden() {
        for text in [
            "plain\ttext\r\n",
            "Größe, naïve, Ελληνικά, Привет, 日本語, 한국어, עברית, العربية",
            "می‌خواهم",
            "👩‍👩‍👧 🏳️‍🌈 ❤️ #️⃣ 👍🏽",
            "क्‍ष",
        ] {
            assert_eq!(all_hidden(text).count(), 0, "{text}");
        }
    }

    #[test]
    fn what_deceives_is_hidden() {
        let cases = [
            ("a\u{202e}b", Hidden::Bidi),
            ("א\u{200f}", Hidden::Bidi),
            ("a\u{2066}", Hidden::Bidi),
            ("\u{61c}", Hidden::Bidi),
            ("\u{0}", Hidden::Control),
            ("\u{1b}[2J", Hidden::Control),
            ("\u{7f}", Hidden::Control),
            ("\u{9b}", Hidden::Control),
            ("a\u{200d}b", Hidden::Invisible),
            ("\u{200c}", Hidden::Invisible),
            ("x\u{200b}", Hidden::Invisible),
            ("\u{ad}", Hidden::Invisible),
            ("a\u{feff}", Hidden::Invisible),
            ("\u{e0041}", Hidden::Invisible),
            ("\u{e0100}", Hidden::Invisible),
            ("\u{3164}", Hidden::Invisible),
            ("\u{2028}", Hidden::LineBreak),
            ("\u{fdd0}", Hidden::Noncharacter),
            ("\u{ffff}", Hidden::Noncharacter),
            ("\u{10fffe}", Hidden::Noncharacter),
        ];
        for (text, why) in cases {
            let found: Vec<_> = all_hidden(text).map(|(_, _, why)| why).collect();
            assert_eq!(found, [why], "{text:?}");
        }
        let places: Vec<_> = all_hidden("é\u{200b}x\u{200b}").map(|(at, ..)| at).collect();
        assert_eq!(places, [2, 6]);
    }
}
