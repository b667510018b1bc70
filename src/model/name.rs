//! The names of the field as types that cannot hold a wrong one. Never says whether the thing that is named exists.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

pub use super::timestamp::Timestamp;

/// Why a text is not the name that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid {
    /// What it should have been, with its article: "a gist id".
    pub what: &'static str,
    /// How such a name is written.
    pub form: &'static str,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}: {}", self.what, self.form)
    }
}

impl std::error::Error for Invalid {}

/// A type that is read from a text, or refused with the reason.
pub trait Name: Sized {
    /// Reads a text as this type.
    ///
    /// # Errors
    /// [`Invalid`], which says how it is written.
    fn parse(text: &str) -> Result<Self, Invalid>;
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $form:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Box<str>);

        name!(@common $type, $what, $form, $accepts);
    };
    (@common $type:ident, $what:literal, $form:literal, $accepts:expr) => {
        impl $type {
            /// The text as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Name for $type {
            fn parse(text: &str) -> Result<Self, Invalid> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) { Ok(Self(text.into())) } else { Err(Invalid { what: $what, form: $form }) }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

fn hex(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A GitHub account's login. Equal and ordered without regard to case, as on GitHub; keeps how it was written.
///
/// Looser than what GitHub hands out today: old accounts end in hyphens, managed ones carry an underscore.
#[derive(Debug, Clone)]
pub struct Login(Box<str>);

name!(@common Login, "a login", "1 to 39 letters, digits and hyphens, starting with a letter or digit", |text| {
    (1..=39).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && text.as_bytes()[0].is_ascii_alphanumeric()
});

impl Login {
    /// The form under which equal logins are equal bytes: file names in `owners/` are written so.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Login {}

impl Hash for Login {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Ord for Login {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |login: &Self| {
            login
                .0
                .bytes()
                .map(|byte| byte.to_ascii_lowercase())
                .collect::<Vec<_>>()
        };
        lower(self).cmp(&lower(other))
    }
}

impl PartialOrd for Login {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

name!(
    /// The name of a module within its publisher.
    ModuleName,
    "a module name",
    "1 to 64 lowercase letters, digits and single hyphens, starting with a letter",
    |text| {
        (1..=64).contains(&text.len())
            && text.as_bytes()[0].is_ascii_lowercase()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.contains("--")
            && !text.ends_with('-')
    }
);

impl ModuleName {
    /// The form under which names are the same module: case, `-` and `_` folded. Takes any text, since that is
    /// what wrong names are compared by, too.
    pub fn fold(text: &str) -> String {
        Self::folded(text).collect()
    }

    /// The letters of that form.
    pub fn folded(text: &str) -> impl Iterator<Item = char> {
        text.chars()
            .filter(|letter| !matches!(letter, '-' | '_'))
            .flat_map(char::to_lowercase)
    }
}

name!(
    /// The id of a gist: today 32 hexadecimal digits, in old gists fewer, the oldest being plain numbers.
    GistId, "a gist id", "1 to 32 hexadecimal digits (0-9, a-f), the last part of the gist's address", |text| hex(text, 1..=32)
);

name!(
    /// A gist's revision: the id of a commit in the gist's git repository.
    Revision, "a revision", "40 hexadecimal digits (0-9, a-f), a commit of the gist", |text| hex(text, 40..=40)
);

name!(
    /// A commit's id (SHA-1).
    CommitId, "a commit id", "40 hexadecimal digits (0-9, a-f)", |text| hex(text, 40..=40)
);

name!(
    /// A git blob's id (SHA-1), or a submodule's commit.
    ObjectId, "an object id", "40 hexadecimal digits (0-9, a-f)", |text| hex(text, 40..=40)
);

impl ObjectId {
    /// The id as digits.
    pub fn of_blob(id: &super::blob::BlobId) -> Self {
        Self(id.hex().into())
    }

    /// An id as git stores it.
    pub fn from_bytes(bytes: &[u8; 20]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(40);
        for byte in bytes {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        Self(text.into())
    }
}

name!(
    /// A SHA-256 digest.
    Sha256, "a SHA-256 digest", "64 hexadecimal digits (0-9, a-f)", |text| hex(text, 64..=64)
);

impl Sha256 {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        let digest: [u8; 32] = sha2::Sha256::digest(bytes).into();
        Self::from_bytes(&digest)
    }

    /// A digest as its bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(64);
        for byte in bytes {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        Self(text.into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> [u8; 32] {
        let digit = |byte: u8| {
            if byte <= b'9' {
                byte - b'0'
            } else {
                byte - b'a' + 10
            }
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(self.0.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0]) << 4 | digit(pair[1]);
        }
        bytes
    }
}

name!(
    /// A repository on GitHub as `owner/name`.
    Repository, "a repository", "owner/name", |text| {
        let part = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && part != "."
                && part != ".."
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        text.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name) && !owner.starts_with('-'))
    }
);

name!(
    /// The id of an advisory, unique within a registry: `MLLD-2026-0001`.
    AdvisoryId, "an advisory id", "3 to 64 letters, digits, dots, hyphens and underscores, starting with a letter", |text| {
        (3..=64).contains(&text.len())
            && text.as_bytes()[0].is_ascii_alphabetic()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    }
);

name!(
    /// A package's name in its normal form (PEP 503).
    PackageName, "a package name", "lowercase letters, digits and single hyphens, starting and ending with a letter or digit (PEP 503)", |text| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.contains("--")
            && !text.starts_with('-')
            && !text.ends_with('-')
    }
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_or_refused() {
        for good in ["json-utils", "a", "x1-2"] {
            assert!(ModuleName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "1a", "a--b", "a-", "-a", "a_b", "ä", &"a".repeat(65)] {
            assert!(ModuleName::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "-a", "a b", "a/b", "аlice", &"a".repeat(40)] {
            assert!(Login::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Login::parse("Alice").unwrap(), Login::parse("aLICE").unwrap());
        assert_eq!(ModuleName::fold("Json_Utils"), ModuleName::fold("json-utils"));
        assert!(GistId::parse("A1").is_err() && GistId::parse("1").is_ok());
        for bad in ["acme", "acme/", "/x", "a/b/c", "../x", "a/.."] {
            assert!(Repository::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (Login::parse(&text), ModuleName::parse(&text), GistId::parse(&text));
            let _ = (Repository::parse(&text), AdvisoryId::parse(&text), PackageName::parse(&text), ModuleName::fold(&text));
        }
    }
}
