//! The JSON reader: bytes in, a document or the first fault out. Never recurses deeper than [`MAX_DEPTH`].

use std::collections::HashMap;

use super::{Document, Member, Node, Oddity, OddityKind, SyntaxError, SyntaxErrorKind, Value};
use crate::model::text::Span;

/// Arrays and objects nested deeper than this are not read, whatever the settings say.
pub const MAX_DEPTH: usize = 128;

/// Objects with more members than this find duplicate keys by hashing.
const FEW_MEMBERS: usize = 16;

/// As many members or items as files usually have open at once.
const USUAL: usize = 32;

/// Reads one JSON text. A byte order mark is passed over (the rule json-encoding speaks of it).
///
/// # Errors
/// The first place where the bytes are no UTF-8, break the grammar of RFC 8259, or nest deeper than [`MAX_DEPTH`].
pub fn parse(bytes: &[u8]) -> Result<Document<'_>, SyntaxError> {
    if let Some(encoding) = utf16_or_32(bytes) {
        return Err(SyntaxError {
            span: Span::at(0),
            kind: SyntaxErrorKind::NotUtf8(Some(encoding)),
        });
    }
    let source = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        SyntaxError {
            span: Span::new(at, at + 1),
            kind: SyntaxErrorKind::NotUtf8(None),
        }
    })?;
    let mut parser = Parser {
        source,
        bytes,
        at: 0,
        depth: 0,
        deepest: (0, Span::at(0)),
        oddities: Vec::new(),
        members: Vec::with_capacity(USUAL),
        items: Vec::with_capacity(USUAL),
    };
    if source.starts_with('\u{feff}') {
        parser.at = '\u{feff}'.len_utf8();
    }
    parser.space();
    let root = parser.value()?;
    parser.space();
    if parser.at < bytes.len() {
        return Err(parser.unexpected("the end of the file", Some("keep one value in the file")));
    }
    Ok(Document {
        root,
        oddities: parser.oddities,
        depth: parser.deepest.0,
        deepest: parser.deepest.1,
    })
}

fn utf16_or_32(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0xff, ..] | [1..=0x7f, 0, ..] => Some("UTF-16"),
        _ => None,
    }
}

pub(super) struct Parser<'a> {
    pub(super) source: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    depth: usize,
    deepest: (usize, Span),
    pub(super) oddities: Vec<Oddity>,
    /// Of all objects that are still open; each takes its own when it is closed, so that no list grows by being moved.
    members: Vec<Member<'a>>,
    /// Of all arrays that are still open.
    items: Vec<Node<'a>>,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn grammar(&self, span: Span, message: String, help: Option<&'static str>) -> SyntaxError {
        SyntaxError {
            span,
            kind: SyntaxErrorKind::Grammar { message, help },
        }
    }

    pub(super) fn unexpected(&self, expected: &str, help: Option<&'static str>) -> SyntaxError {
        let Some(found) = self.source[self.at..].chars().next() else {
            let help = help.or(Some("the file seems cut off; close what is open"));
            return self.grammar(
                Span::at(self.at),
                format!("expected {expected}, found the end of the file"),
                help,
            );
        };
        let help = help.or(match found {
            '\'' => Some("JSON strings take double quotes"),
            '/' | '#' => Some("JSON has no comments"),
            '<' | '=' | '>' if self.conflict_marker() => {
                Some("resolve the merge conflict and remove its markers")
            }
            _ => None,
        });
        let span = Span::new(self.at, self.at + found.len_utf8());
        self.grammar(span, format!("expected {expected}, found {found:?}"), help)
    }

    fn conflict_marker(&self) -> bool {
        ["<<<<<<<", "=======", ">>>>>>>"]
            .iter()
            .any(|marker| self.source[self.at..].starts_with(marker))
    }

    fn value(&mut self) -> Result<Node<'a>, SyntaxError> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.unexpected("a value", None)),
        };
        Ok(Node {
            span: Span::new(start, self.at),
            value,
        })
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value<'a>, SyntaxError>,
    ) -> Result<Value<'a>, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError {
                span: Span::new(self.at, self.at + 1),
                kind: SyntaxErrorKind::TooDeep,
            });
        }
        self.depth += 1;
        if self.depth > self.deepest.0 {
            self.deepest = (self.depth, Span::new(self.at, self.at + 1));
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, SyntaxError> {
        if !self.source[self.at..].starts_with(word) {
            return Err(self.unexpected("a value", Some("strings take double quotes")));
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self) -> Result<Value<'a>, SyntaxError> {
        let start = self.items.len();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(Vec::new()));
        }
        loop {
            self.space();
            let item = self.value()?;
            self.items.push(item);
            self.space();
            if self.separator(b']', "`,` or `]`")? {
                return Ok(Value::Array(self.items.drain(start..).collect()));
            }
        }
    }

    fn object(&mut self) -> Result<Value<'a>, SyntaxError> {
        let first = self.members.len();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(Vec::new()));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes", None));
            }
            let key = self.string()?;
            let key_span = Span::new(start, self.at);
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:` after the key", None));
            }
            self.at += 1;
            self.space();
            let node = self.value()?;
            self.members.push(Member { key, key_span, node });
            self.space();
            if self.separator(b'}', "`,` or `}`")? {
                let members: Vec<Member<'a>> = self.members.drain(first..).collect();
                self.duplicates(&members);
                return Ok(Value::Object(members));
            }
        }
    }

    /// Passes a `,` (false) or the closing bracket (true).
    fn separator(&mut self, close: u8, expected: &str) -> Result<bool, SyntaxError> {
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    return Err(self.grammar(
                        Span::new(comma, comma + 1),
                        "a comma with nothing behind it".into(),
                        Some("remove the last comma"),
                    ));
                }
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            Some(b'"' | b'{' | b'[') => Err(self.unexpected(expected, Some("a comma is missing before it"))),
            _ => Err(self.unexpected(expected, None)),
        }
    }

    fn duplicates(&mut self, members: &[Member<'_>]) {
        let mut report = |member: &Member<'_>, first: &Member<'_>| {
            let kind = OddityKind::DuplicateKey {
                key: member.key.as_ref().into(),
                first: first.key_span,
            };
            self.oddities.push(Oddity {
                kind,
                span: member.key_span,
            });
        };
        if members.len() <= FEW_MEMBERS {
            for (index, member) in members.iter().enumerate() {
                if let Some(first) = members[..index].iter().find(|earlier| earlier.key == member.key) {
                    report(member, first);
                }
            }
            return;
        }
        let mut seen: HashMap<&str, &Member<'_>> = HashMap::with_capacity(members.len());
        for member in members {
            match seen.get(&*member.key) {
                Some(first) => report(member, first),
                None => drop(seen.insert(&member.key, member)),
            }
        }
    }

    fn number(&mut self) -> Result<Value<'a>, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("a digit", None)),
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected("no digit after a leading zero", Some("remove the leading zero")));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        let source: &'a str = self.source;
        let text = &source[start..self.at];
        if text.parse::<f64>().is_ok_and(f64::is_infinite) {
            let span = Span::new(start, self.at);
            self.oddities.push(Oddity {
                kind: OddityKind::NumberOutOfRange,
                span,
            });
        }
        Ok(Value::Number(text))
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), SyntaxError> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected("a digit", None));
        }
        self.digits();
        Ok(())
    }
}
