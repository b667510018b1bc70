//! `stats/inbox/{week}/{batch}.json`: what one account counted in one week, as it was shared. Never says whose it is.
//!
//! A batch is public, so it may hold nothing but what its format names: a key that the format does not know is a fault here,
//! other than in all other formats.

use std::fmt;

use sha2::{Digest, Sha256};

use super::decode::{At, Fields, Format, FormatVersion, Problems, one_edit_apart};
use super::evidence::ModuleId;
use super::json::{Document, Node, Value};
use super::name::{Invalid, Login, ModuleName, Name, PackageName};
use super::owner::AccountId;
use super::text::{Span, Spanned};
use super::week::Week;

/// A larger batch is refused, in bytes.
pub const MAX_BYTES: u64 = 64 << 10;
/// Most rows of a batch.
pub const MAX_ROWS: usize = 2_000;

/// A batch, as far as it is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The format's version.
    pub version: Option<Spanned<FormatVersion>>,
    /// Its id, equal to the file's name.
    pub batch: Option<Spanned<BatchId>>,
    /// The week that was counted, equal to the folder's name.
    pub week: Option<Spanned<Week>>,
    /// What counted: `gistry/0.1.0`.
    pub client: Option<Spanned<Box<str>>>,
    /// The sound rows, in the order of the file.
    pub counts: Vec<Row>,
    /// How many rows there are, sound or not.
    pub rows: usize,
    /// Where the rows are.
    pub span: Span,
}

/// How often something happened to a module or package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// To what.
    pub subject: Spanned<Subject>,
    /// What.
    pub event: Event,
    /// Whether in continuous integration.
    pub ci: bool,
    /// How often.
    pub count: Spanned<u64>,
    /// The whole row.
    pub span: Span,
}

impl Row {
    /// What makes two rows the same one.
    pub fn key(&self) -> (&Subject, Event, bool) {
        (&self.subject.value, self.event, self.ci)
    }
}

/// What is counted, in the order of their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A module came from the cache.
    CacheHit,
    /// A package's DNA came from the registry.
    ExportHit,
    /// A package's DNA was asked for, and the registry did not have it.
    ExportMiss,
    /// A module was installed.
    Install,
    /// A module was replaced by newer content.
    Update,
}

impl Event {
    /// Every event with its word.
    pub const ALL: [(&str, Self); 5] = [
        ("cache-hit", Self::CacheHit),
        ("export-hit", Self::ExportHit),
        ("export-miss", Self::ExportMiss),
        ("install", Self::Install),
        ("update", Self::Update),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The event of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, event)| *event)
    }

    /// Whether it happens to packages; the others happen to modules.
    pub fn is_of_packages(self) -> bool {
        matches!(self, Self::ExportHit | Self::ExportMiss)
    }
}

/// A batch's id: 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId([u8; 16]);

impl BatchId {
    /// The id of what an account shares of a week. Since there is one for each account and week, a second batch of both
    /// would be the same file.
    pub fn of(account: AccountId, week: Week) -> Self {
        let digest = Sha256::digest(format!("gistry stats batch\n{account}\n{week}\n"));
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }

    /// Where the batch of that id and week lies.
    pub fn path(self, week: Week) -> String {
        format!("stats/inbox/{week}/{self}.json")
    }
}

impl Name for BatchId {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = Invalid {
            what: "a batch id",
            form: "32 hexadecimal digits (0-9, a-f)",
        };
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        if text.len() != 32 {
            return Err(invalid);
        }
        let mut id = [0; 16];
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks(2)) {
            let (high, low) = (digit(pair[0]).ok_or(invalid)?, digit(pair[1]).ok_or(invalid)?);
            *byte = high << 4 | low;
        }
        Ok(Self(id))
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A module or a package. Ordered as text; a publisher's login is in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Box<str>);

impl Subject {
    /// `@alice/json-utils`, or `pandas`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a package.
    pub fn is_package(&self) -> bool {
        !self.0.starts_with('@')
    }

    /// The module, where it is one.
    pub fn module(&self) -> Option<ModuleId> {
        let (publisher, name) = self.0.strip_prefix('@')?.split_once('/')?;
        Some(ModuleId {
            publisher: Login::parse(publisher).ok()?,
            name: ModuleName::parse(name).ok()?,
        })
    }

    /// The package, where it is one.
    pub fn package(&self) -> Option<PackageName> {
        PackageName::parse(&self.0).ok()
    }
}

impl Name for Subject {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = Invalid {
            what: "a module or a package",
            form: "\"@user/name\", or a package's name in its normal form (PEP 503)",
        };
        let Some(module) = text.strip_prefix('@') else {
            let name = PackageName::parse(text).map_err(|_| invalid)?;
            return Ok(Self(name.as_str().into()));
        };
        let (publisher, name) = module.split_once('/').ok_or(invalid)?;
        match (Login::parse(publisher), ModuleName::parse(name)) {
            (Ok(login), Ok(name)) => Ok(Self(format!("@{}/{name}", login.key()).into())),
            _ => Err(invalid),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const KEYS: &[&str] = &["version", "batch", "week", "client", "counts"];
const ROW_KEYS: &[&str] = &["module", "event", "ci", "count"];

impl Format for Batch {
    fn decode(document: &Document<'_>, problems: &mut Problems) -> Self {
        let at = At::ROOT;
        let fields = only(&document.root, &at, KEYS, problems);
        let mut required = |key| fields.required(key, &at, problems);
        let (version, batch, week) = (required("version"), required("batch"), required("week"));
        let (client, counts) = (required("client"), required("counts"));
        let mut decoded = Self {
            version: version.and_then(|node| problems.name(node, &at.key("version"))),
            batch: batch.and_then(|node| problems.name(node, &at.key("batch"))),
            week: week.and_then(|node| problems.name(node, &at.key("week"))),
            client: client
                .and_then(|node| problems.name::<Client>(node, &at.key("client")))
                .map(|client| Spanned::new(client.value.0, client.span)),
            counts: Vec::new(),
            rows: 0,
            span: document.root.span,
        };
        let Some(counts) = counts else { return decoded };
        decoded.span = counts.span;
        decoded.rows = counts.items().map_or(0, <[_]>::len);
        decoded.counts = problems.list(counts, &at.key("counts"), MAX_ROWS, row);
        decoded
    }
}

fn row(problems: &mut Problems, node: &Node<'_>, at: &At<'_>) -> Option<Row> {
    let fields = only(node, at, ROW_KEYS, problems);
    let mut required = |key| fields.required(key, at, problems);
    let (module, event) = (required("module"), required("event"));
    let (ci, count) = (required("ci"), required("count"));
    let subject = module.and_then(|node| problems.name::<Subject>(node, &at.key("module")));
    let event = event.and_then(|node| problems.word(node, &at.key("event"), &Event::ALL));
    let ci = ci.and_then(|node| flag(node, &at.key("ci"), problems));
    let count = count.and_then(|node| problems.count(node, &at.key("count")));
    let (subject, event) = (subject?, event?);
    if subject.value.is_package() != event.value.is_of_packages() {
        let (what, of) = match event.value.is_of_packages() {
            true => ("packages", "a module"),
            false => ("modules", "a package"),
        };
        let message = format!(
            "{} happens to {what}, and {} is {of}",
            event.value.word(),
            subject.value
        );
        problems.format(event.span, &at.key("event"), message, None);
        return None;
    }
    Some(Row {
        subject,
        event: event.value,
        ci: ci?,
        count: count?,
        span: node.span,
    })
}

/// The members of an object that may have no others.
fn only<'d>(node: &'d Node<'d>, at: &At<'_>, known: &[&str], problems: &mut Problems) -> Fields<'d> {
    let fields = problems.object(node, at, &[]);
    for member in fields
        .members
        .iter()
        .filter(|member| !known.contains(&&*member.key))
    {
        let shown: String = member.key.chars().take(80).collect();
        let near = known.iter().find(|name| one_edit_apart(name, &member.key));
        let help = match near {
            Some(name) => format!("write {name:?}"),
            None => "take it out: a batch is public, and holds nothing but what its format names".to_owned(),
        };
        let message = format!("a batch has no key {shown:?}");
        problems.format(member.key_span, &at.key(&member.key), message, Some(help));
    }
    fields
}

fn flag(node: &Node<'_>, at: &At<'_>, problems: &mut Problems) -> Option<bool> {
    if let Value::Bool(flag) = node.value {
        return Some(flag);
    }
    let message = format!("expected true or false, found {}", node.kind());
    problems.format(node.span, at, message, None);
    None
}

/// What counted.
struct Client(Box<str>);

impl Name for Client {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'_' | b'-');
        let part = |part: &str| (1..=32).contains(&part.len()) && part.bytes().all(letter);
        match text.split_once('/') {
            Some((name, version)) if part(name) && part(version) => Ok(Self(text.into())),
            _ => Err(Invalid {
                what: "a client",
                form: "its name and version, such as gistry/0.1.0",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_words_in_their_order() {
        for (at, (word, event)) in Event::ALL.into_iter().enumerate() {
            assert_eq!(
                (event as usize, event.word(), Event::of(word)),
                (at, word, Some(event))
            );
        }
        assert!(Event::ALL.is_sorted());
        assert_eq!(Event::of("share"), None);
    }

    #[test]
    fn subjects_are_folded() {
        let module = Subject::parse("@Alice/json-utils").unwrap();
        assert_eq!(module.as_str(), "@alice/json-utils");
        assert_eq!(module.module().unwrap().name.as_str(), "json-utils");
        assert!(Subject::parse("pandas").unwrap().is_package());
        for bad in [
            "", "@", "@alice", "@alice/", "alice/x", "@alice/X", "Pandas", "../x", "@a/b/c",
        ] {
            assert!(Subject::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_account_has_one_id_for_each_week() {
        let week = |number| Week::new(2026, number).unwrap();
        let id = BatchId::of(1001, week(46));
        assert_eq!(BatchId::parse(&id.to_string()), Ok(id));
        assert_eq!(id, BatchId::of(1001, week(46)));
        assert_ne!(id, BatchId::of(1002, week(46)));
        assert_ne!(id, BatchId::of(1001, week(45)));
        for bad in ["", "0", &"g".repeat(32), &"A".repeat(32), &"0".repeat(33)] {
            assert!(BatchId::parse(bad).is_err(), "{bad}");
        }
    }
}
