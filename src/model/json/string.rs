//! JSON strings: escapes, surrogates, control characters. Never copies a string that has no escape.

use std::borrow::Cow;

use super::parse::Parser;
use super::{Oddity, OddityKind, SyntaxError};
use crate::model::letters;
use crate::model::text::Span;
use unicode_normalization::is_nfc;

impl<'a> Parser<'a> {
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        let quote = self.at;
        self.at += 1;
        let mut run = self.at;
        let mut text = String::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    let source: &'a str = self.source;
                    let last = &source[run..self.at];
                    self.at += 1;
                    if text.is_empty() {
                        return Ok(last.into());
                    }
                    text.push_str(last);
                    self.normal_form(quote, &text);
                    return Ok(text.into());
                }
                Some(b'\\') => {
                    text.push_str(&self.source[run..self.at]);
                    let start = self.at;
                    let letter = self.escape()?;
                    if let Some(why) = letters::hidden(text.chars().next_back(), letter) {
                        let kind = OddityKind::HiddenEscape(letter, why);
                        self.oddity(kind, start);
                    }
                    text.push(letter);
                    run = self.at;
                }
                Some(0..=0x1f) => {
                    let help = Some("write it as an escape such as \\n, or close the string before it");
                    return Err(self.unexpected("no control character in a string", help));
                }
                Some(_) => self.at += plain(&self.bytes[self.at..]),
                None => {
                    let span = Span::new(quote, quote + 1);
                    return Err(self.grammar(
                        span,
                        "this string is never closed".into(),
                        Some("add the closing quote"),
                    ));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let plain = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => return Err(self.unexpected("an escape that JSON knows", Some("write a backslash as \\\\"))),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, SyntaxError> {
        let unit = self.four_hex()?;
        let scalar = match unit {
            0xd800..=0xdbff if self.bytes[self.at..].starts_with(b"\\u") => {
                let rewind = self.at;
                self.at += 1;
                let low = self.four_hex()?;
                if (0xdc00..=0xdfff).contains(&low) {
                    0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    self.at = rewind;
                    unit
                }
            }
            _ => unit,
        };
        Ok(char::from_u32(scalar).unwrap_or_else(|| {
            self.oddity(OddityKind::LoneSurrogate, start);
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn oddity(&mut self, kind: OddityKind, start: usize) {
        let span = Span::new(start, self.at);
        self.oddities.push(Oddity { kind, span });
    }

    /// Reports a string that its escapes alone take out of NFC; the others are seen in the file's bytes.
    fn normal_form(&mut self, quote: usize, text: &str) {
        let written = &self.source[quote..self.at];
        if !text.is_ascii() && !is_nfc(text) && is_nfc(written) {
            self.oddity(OddityKind::NotNfc, quote);
        }
    }

    /// Reads `uXXXX`, standing on the `u`.
    fn four_hex(&mut self) -> Result<u32, SyntaxError> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("four hexadecimal digits after \\u", None));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }
}

/// How many bytes at the start of these are neither a quote nor a backslash nor a control character, eight looked at together.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The top bit of each byte that is smaller than the limit; also of some behind the first such byte.
        let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & TOPS;
        let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = below(word, 0x20) | equal(b'"') | equal(b'\\');
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let stop = |&byte: &u8| byte < 0x20 || matches!(byte, b'"' | b'\\');
    words.len() * 8 + rest.iter().position(stop).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn eight_bytes_together_are_as_good_as_one_by_one(
            bytes in prop::collection::vec(prop_oneof![8 => 0x20..=0xffu8, 1 => prop::sample::select(b"\"\\\x00\x1f\x20\x21\x80".to_vec())], 0..40),
        ) {
            let stop = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
            prop_assert_eq!(plain(&bytes), bytes.iter().position(stop).unwrap_or(bytes.len()));
        }
    }
}
