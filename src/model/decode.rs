//! From a JSON document to a typed file: every fault is collected with its place, what is sound is kept. Never stops at the first fault.

use super::json::{Document, Member, Node};
use super::name::Name;
use super::text::{Span, Spanned};

/// What is wrong at one place of a file whose JSON is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// The JSON pointer (RFC 6901) or dotted TOML key of the value.
    pub pointer: String,
    /// Which rule speaks of it.
    pub kind: ProblemKind,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The text that should stand at `span`, where it is certain.
    pub replacement: Option<String>,
}

/// Which rule a [`Problem`] belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The format is broken: rule `schema`.
    Format,
    /// A batch of statistics is broken: rule `stats-batch`.
    Batch,
    /// A key of `modules` that is no module name: rule `module-name`.
    ModuleName,
    /// A key that nothing reads, one edit away from one that is read: rule `schema`, as a warning.
    NearMiss,
}

/// The way from the root to a value; its text is only made when there is something to report.
#[derive(Clone, Copy)]
pub struct At<'a> {
    parent: Option<&'a At<'a>>,
    token: Token<'a>,
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The document's root.
    pub const ROOT: At<'static> = At {
        parent: None,
        token: Token::Root,
    };

    /// A member of the object here.
    pub fn key(&'a self, key: &'a str) -> At<'a> {
        At {
            parent: Some(self),
            token: Token::Key(key),
        }
    }

    /// An item of the array here.
    pub fn index(&'a self, index: usize) -> At<'a> {
        At {
            parent: Some(self),
            token: Token::Index(index),
        }
    }

    /// RFC 6901.
    pub fn pointer(&self) -> String {
        let parent = self.parent.map(At::pointer).unwrap_or_default();
        match self.token {
            Token::Root => parent,
            Token::Key(key) => format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1")),
            Token::Index(index) => format!("{parent}/{index}"),
        }
    }
}

/// A file format that is decoded from JSON.
pub trait Format: Sized {
    /// Takes what is sound and reports the rest.
    fn decode(document: &Document<'_>, problems: &mut Problems) -> Self;
}

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Adds a breach of the format.
    pub fn format(&mut self, span: Span, at: &At<'_>, message: impl Into<String>, help: Option<String>) {
        self.push(span, at, ProblemKind::Format, message.into(), help, None);
    }

    pub(super) fn push(
        &mut self,
        span: Span,
        at: &At<'_>,
        kind: ProblemKind,
        message: String,
        help: Option<String>,
        replacement: Option<String>,
    ) {
        self.0.push(Problem {
            span,
            pointer: at.pointer(),
            kind,
            message,
            help,
            replacement,
        });
    }

    /// The members of an object; anything else is reported and read as empty. Points out keys that nearly are known ones.
    pub fn object<'d>(&mut self, node: &'d Node<'d>, at: &At<'_>, known: &[&str]) -> Fields<'d> {
        let Some(members) = node.members() else {
            self.format(
                node.span,
                at,
                format!("expected an object, found {}", node.kind()),
                None,
            );
            return Fields {
                span: node.span,
                members: &[],
                sound: false,
            };
        };
        for member in members.iter().filter(|member| !known.contains(&&*member.key)) {
            self.near_miss(member, at, known, members);
        }
        Fields {
            span: node.span,
            members,
            sound: true,
        }
    }

    fn near_miss(&mut self, member: &Member<'_>, at: &At<'_>, known: &[&str], members: &[Member<'_>]) {
        let close = known.iter().find(|name| one_edit_apart(name, &member.key));
        let Some(name) = close.filter(|name| !members.iter().any(|other| *other.key == ***name)) else {
            return;
        };
        let message = format!("nothing reads the key {:?}; did you mean {name:?}?", member.key);
        let help = Some(format!("write {name:?}, or leave it if the key is your own"));
        self.push(
            member.key_span,
            &at.key(&member.key),
            ProblemKind::NearMiss,
            message,
            help,
            Some(format!("{name:?}")),
        );
    }

    /// A text of a length in characters.
    pub fn text(
        &mut self,
        node: &Node<'_>,
        at: &At<'_>,
        lengths: std::ops::RangeInclusive<usize>,
    ) -> Option<Spanned<Box<str>>> {
        let text = self.string(node, at)?;
        let length = text.chars().count();
        if lengths.contains(&length) {
            return Some(Spanned::new(text.into(), node.span));
        }
        let message = format!(
            "{} to {} characters are allowed here, found {length}",
            lengths.start(),
            lengths.end()
        );
        self.format(node.span, at, message, None);
        None
    }

    /// A text of a type of its own.
    pub fn name<T: Name>(&mut self, node: &Node<'_>, at: &At<'_>) -> Option<Spanned<T>> {
        let text = self.string(node, at)?;
        match T::parse(text) {
            Ok(value) => Some(Spanned::new(value, node.span)),
            Err(invalid) => {
                let shown: String = text.chars().take(80).collect();
                self.format(
                    node.span,
                    at,
                    format!("{shown:?} is not {}", invalid.what),
                    Some(format!("write {}", invalid.form)),
                );
                None
            }
        }
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, node: &Node<'_>, at: &At<'_>, words: &[(&str, T)]) -> Option<Spanned<T>> {
        let text = self.string(node, at)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.format(
                node.span,
                at,
                format!("{text:?} is not one of {}", all.join(", ")),
                None,
            );
        }
        found.map(|(_, value)| Spanned::new(*value, node.span))
    }

    /// A positive whole number that every JSON reader holds exactly. `1.0` and `1e3` are whole numbers, as in JSON Schema.
    pub fn count(&mut self, node: &Node<'_>, at: &At<'_>) -> Option<Spanned<u64>> {
        let number = match &node.value {
            super::json::Value::Number(text) => {
                text.parse::<u64>().ok().or_else(|| whole(text.parse().ok()?))
            }
            _ => None,
        };
        let number = number.filter(|&number| (1..1 << 53).contains(&number));
        if number.is_none() {
            self.format(
                node.span,
                at,
                "expected a whole number of at least 1".to_owned(),
                None,
            );
        }
        number.map(|number| Spanned::new(number, node.span))
    }

    /// An array, each item read by `read`; unsound items are left out.
    pub fn list<T>(
        &mut self,
        node: &Node<'_>,
        at: &At<'_>,
        most: usize,
        mut read: impl FnMut(&mut Self, &Node<'_>, &At<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(items) = node.items() else {
            self.format(
                node.span,
                at,
                format!("expected an array, found {}", node.kind()),
                None,
            );
            return Vec::new();
        };
        if items.len() > most {
            self.format(
                node.span,
                at,
                format!("at most {most} items are allowed here, found {}", items.len()),
                None,
            );
        }
        let numbered = items.iter().enumerate();
        let mut sound = Vec::with_capacity(items.len().min(most));
        sound.extend(numbered.filter_map(|(index, item)| read(self, item, &at.index(index))));
        sound
    }

    fn string<'d>(&mut self, node: &'d Node<'d>, at: &At<'_>) -> Option<&'d str> {
        if node.as_str().is_none() {
            self.format(
                node.span,
                at,
                format!("expected a string, found {}", node.kind()),
                None,
            );
        }
        node.as_str()
    }
}

/// The members of one object.
pub struct Fields<'d> {
    /// Where the object stands.
    pub span: Span,
    /// Its members.
    pub members: &'d [Member<'d>],
    sound: bool,
}

impl<'d> Fields<'d> {
    /// A member that may be absent.
    pub fn optional(&self, key: &str) -> Option<&'d Node<'d>> {
        self.members
            .iter()
            .rfind(|member| &*member.key == key)
            .map(|member| &member.node)
    }

    /// A member that must be there; its absence is reported at the object's first byte.
    pub fn required(&self, key: &str, at: &At<'_>, problems: &mut Problems) -> Option<&'d Node<'d>> {
        let found = self.optional(key);
        if found.is_none() && self.sound {
            let start = Span::new(self.span.start, self.span.start + 1);
            problems.format(
                start,
                at,
                format!("the key {key:?} is missing"),
                Some(format!("add {key:?} to this object")),
            );
        }
        found
    }
}

/// A floating-point number as the whole number that it is, within what it holds exactly. JSON Schema, by which editors
/// check files, has no other kind of whole number.
pub fn whole(number: f64) -> Option<u64> {
    let exact = number.fract() == 0.0 && (0.0..(1_u64 << 53) as f64).contains(&number);
    exact.then_some(number as u64)
}

/// Whether one insertion, deletion, replacement or swap of neighbours, or a change of case, makes one text the other.
pub fn one_edit_apart(left: &str, right: &str) -> bool {
    if left.eq_ignore_ascii_case(right) {
        return left != right;
    }
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let suffix = a[prefix..]
        .iter()
        .rev()
        .zip(b[prefix..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    match (&a[prefix..a.len() - suffix], &b[prefix..b.len() - suffix]) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([w, x], [y, z]) => w == z && x == y,
        _ => false,
    }
}

/// The version of a format: 1 and any minor and patch number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatVersion(Box<str>);

impl Name for FormatVersion {
    fn parse(text: &str) -> Result<Self, super::name::Invalid> {
        let number = |part: &str| {
            (1..=4).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'))
        };
        let parts: Vec<&str> = text.split('.').collect();
        if matches!(parts[..], ["1", minor, patch] if number(minor) && number(patch)) {
            return Ok(Self(text.into()));
        }
        Err(super::name::Invalid {
            what: "a version of this format that gistry knows",
            form: "\"1.0.0\"",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit() {
        for (a, b) in [
            ("modules", "module"),
            ("gist", "gits"),
            ("gist", "gast"),
            ("gist", "Gist"),
            ("tags", "tag_s"),
        ] {
            assert!(one_edit_apart(a, b) && one_edit_apart(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("gist", "gist"),
            ("modules", "servers"),
            ("gist", "tgis"),
            ("a", "bcd"),
        ] {
            assert!(!one_edit_apart(a, b) && !one_edit_apart(b, a), "{a} {b}");
        }
    }

    #[test]
    fn pointers_are_escaped() {
        let (root, key) = (At::ROOT, "a/b~c");
        let first = root.key(key);
        assert_eq!(first.index(3).pointer(), "/a~1b~0c/3");
    }
}
