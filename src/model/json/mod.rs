//! JSON (RFC 8259) with the place of every key and value, duplicate keys kept. Never normalises what it read.

mod parse;
mod string;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::letters::Hidden;
use super::text::Span;

pub use parse::{MAX_DEPTH, parse};

/// A parsed JSON text. What stands in the text as it is meant is borrowed from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<'a> {
    /// The outermost value.
    pub root: Node<'a>,
    /// What the grammar allows and a careful reader does not, in order of appearance.
    pub oddities: Vec<Oddity>,
    /// The deepest nesting of arrays and objects; a scalar alone is 0.
    pub depth: usize,
    /// Where that depth is first reached: the opening bracket.
    pub deepest: Span,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// From the value's first byte to its last.
    pub span: Span,
    /// The value.
    pub value: Value<'a>,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as it was written.
    Number(&'a str),
    /// A string, unescaped; lone surrogates are U+FFFD and listed in [`Document::oddities`].
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Node<'a>>),
    /// An object's members in the order of the file, duplicates included.
    Object(Vec<Member<'a>>),
}

/// One `key: value` of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'a> {
    /// The key, unescaped.
    pub key: Cow<'a, str>,
    /// Where the key stands, quotes included.
    pub key_span: Span,
    /// The value.
    pub node: Node<'a>,
}

/// Something that the grammar allows and that different readers read differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// What it is.
    pub kind: OddityKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of [`Oddity`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OddityKind {
    /// The same key twice in one object: the key, and where it stood first.
    DuplicateKey {
        /// The key, unescaped.
        key: Box<str>,
        /// Its first appearance.
        first: Span,
    },
    /// `\ud800` without its other half: no Unicode text can hold it.
    LoneSurrogate,
    /// An escape that stands for a character which nobody sees, such as `\u202e`.
    HiddenEscape(char, Hidden),
    /// A string that is only through its escapes not in NFC (Unicode TR 15), such as `"e\u0301"`.
    NotNfc,
    /// A number beyond what an IEEE 754 double holds, such as `1e999`.
    NumberOutOfRange,
}

/// Why a text is not a JSON text that we read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where reading stopped.
    pub span: Span,
    /// What was wrong there.
    pub kind: SyntaxErrorKind,
}

/// The kinds of [`SyntaxError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// The grammar is broken: what is wrong and how to mend it.
    Grammar {
        /// What was found and what was expected.
        message: String,
        /// How to mend it, where that is known.
        help: Option<&'static str>,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Not UTF-8: the name of the encoding that it seems to be, if any.
    NotUtf8(Option<&'static str>),
}

impl<'a> Node<'a> {
    /// The members of an object.
    pub fn members(&self) -> Option<&[Member<'a>]> {
        if let Value::Object(members) = &self.value {
            Some(members)
        } else {
            None
        }
    }

    /// The items of an array.
    pub fn items(&self) -> Option<&[Node<'a>]> {
        if let Value::Array(items) = &self.value {
            Some(items)
        } else {
            None
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = &self.value {
            Some(text)
        } else {
            None
        }
    }

    /// The last member of that name, as most readers take it.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.members()?
            .iter()
            .rfind(|member| &*member.key == key)
            .map(|member| &member.node)
    }

    /// What JSON calls this kind of value, with its article.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// The same value for libraries that know no positions; of duplicate keys the last one stays.
    pub fn to_value(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(text) => text
                .parse::<serde_json::Number>()
                .map_or(serde_json::Value::Null, Into::into),
            Value::String(text) => text.as_ref().into(),
            Value::Array(items) => items.iter().map(Node::to_value).collect(),
            Value::Object(members) => serde_json::Value::Object(
                members
                    .iter()
                    .map(|member| (member.key.to_string(), member.node.to_value()))
                    .collect(),
            ),
        }
    }

    /// The value at a JSON pointer (RFC 6901).
    pub fn pointer(&self, pointer: &str) -> Option<&Node<'a>> {
        pointer.split('/').skip(1).try_fold(self, |node, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match &node.value {
                Value::Object(_) => node.get(&token),
                Value::Array(items) => items.get(token.parse::<usize>().ok()?),
                _ => None,
            }
        })
    }
}
