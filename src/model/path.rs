//! Paths in a registry repository, and what the layout (design: "A registry repository") makes of each. Never looks at a disk.

use std::fmt;

use super::name::{Name, PackageName};

/// Folder names of a registry's root that belong to the layout and can be nobody's.
pub const RESERVED: &[&str] = &[
    "advisories",
    "assets",
    "docs",
    "fixtures",
    "index",
    "osv",
    "owners",
    "schemas",
    "scripts",
    "site",
    "stats",
    "target",
];

/// A path in a git tree as git gives it: bytes, `/` between components, no leading slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath {
    text: Box<str>,
    utf8: bool,
}

impl RepoPath {
    /// A path of any bytes. Bytes that are not UTF-8 are written `\xNN`, and [`RepoPath::is_utf8`] says so.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                text: text.into(),
                utf8: true,
            },
            Err(_) => {
                let escape = |byte: &u8| {
                    if byte.is_ascii() {
                        char::from(*byte).to_string()
                    } else {
                        format!("\\x{byte:02x}")
                    }
                };
                Self {
                    text: bytes.iter().map(escape).collect::<String>().into(),
                    utf8: false,
                }
            }
        }
    }

    /// A path that is text already.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            utf8: true,
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the bytes were UTF-8.
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }

    /// The first component when there are others behind it: the folder in the registry's root.
    pub fn folder(&self) -> Option<&str> {
        self.text.split_once('/').map(|(folder, _)| folder)
    }

    /// What the layout makes of this path.
    pub fn place(&self) -> Place {
        place(&self.text)
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for RepoPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// What a path is in a registry's layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `{folder}/registry.json`. The folder is any text: whether it is a login is for the rules to say.
    PublisherModules {
        /// The publisher's folder.
        folder: String,
    },
    /// `{folder}/advisories.json`
    PublisherAdvisories {
        /// The publisher's folder.
        folder: String,
    },
    /// `advisories/{id}.json`, by the maintainers.
    MaintainerAdvisory {
        /// The file's name without its extension.
        id: String,
    },
    /// `{package}/{package}-{version}.msgpack`
    Release {
        /// The package.
        package: PackageName,
        /// The version, as written.
        version: String,
    },
    /// `stats/inbox/{week}/{batch}.json`
    StatsBatch {
        /// ISO week, such as `2026-W47`.
        week: String,
        /// The batch's id.
        batch: String,
    },
    /// `registry.toml`
    Settings,
    /// `owners/{login}.json`, by the bot.
    Owner {
        /// The file's name without its extension: a login in lower case.
        login: String,
    },
    /// Any other file that the bot alone writes.
    BotOwned,
    /// A name starting with `_` or `.`: no publisher, passed over.
    PassedOver,
    /// Nothing that the layout knows.
    Unknown,
}

impl Place {
    /// Whether what is in the file is judged wherever it stands; of the others only the path, the mode and the size matter.
    pub fn is_read(&self) -> bool {
        match self {
            Self::PublisherModules { .. }
            | Self::PublisherAdvisories { .. }
            | Self::MaintainerAdvisory { .. } => true,
            Self::StatsBatch { .. } | Self::Settings | Self::Owner { .. } => true,
            Self::Release { .. } | Self::BotOwned | Self::PassedOver | Self::Unknown => false,
        }
    }

    /// Whether what is in the file is judged where it is changed. DNA files are too large to be read where they are not.
    pub fn is_read_in_a_change(&self) -> bool {
        self.is_read() || matches!(self, Self::Release { .. })
    }

    /// Whether it is a file of advisories, of either kind.
    pub fn is_advisories(&self) -> bool {
        matches!(
            self,
            Self::PublisherAdvisories { .. } | Self::MaintainerAdvisory { .. }
        )
    }

    /// The publisher's folder, where the file belongs to a publisher.
    pub fn publisher(&self) -> Option<&str> {
        match self {
            Self::PublisherModules { folder } | Self::PublisherAdvisories { folder } => Some(folder),
            _ => None,
        }
    }
}

fn place(path: &str) -> Place {
    // As many components as a place of the layout has at most, and one that holds the rest.
    let mut parts = [""; 5];
    let mut count = 0;
    for (part, text) in parts.iter_mut().zip(path.splitn(5, '/')) {
        (*part, count) = (text, count + 1);
    }
    let parts = &parts[..count];
    let stem = |file: &str| {
        file.strip_suffix(".json")
            .filter(|stem| !stem.is_empty())
            .map(str::to_owned)
    };
    if path.split('/').any(str::is_empty) {
        return Place::Unknown;
    }
    if path.starts_with(['_', '.']) {
        return Place::PassedOver;
    }
    match *parts {
        ["registry.toml"] => Place::Settings,
        ["INDEX.json" | "availability.jsonl"] | ["index" | "osv", ..] => Place::BotOwned,
        ["owners", file] => stem(file).map_or(Place::BotOwned, |login| Place::Owner { login }),
        ["owners", ..] => Place::BotOwned,
        ["advisories", file] => stem(file).map_or(Place::Unknown, |id| Place::MaintainerAdvisory { id }),
        ["stats", "inbox", week, file] => stem(file).map_or(Place::Unknown, |batch| Place::StatsBatch {
            week: week.to_owned(),
            batch,
        }),
        ["stats", "inbox", ..] => Place::Unknown,
        ["stats", ..] => Place::BotOwned,
        [folder, ..]
            if RESERVED.contains(&folder) && !matches!(*parts, [_, "registry.json" | "advisories.json"]) =>
        {
            Place::Unknown
        }
        [folder, "registry.json"] => Place::PublisherModules {
            folder: folder.to_owned(),
        },
        [folder, "advisories.json"] => Place::PublisherAdvisories {
            folder: folder.to_owned(),
        },
        [folder, file] => dna_file(folder, file).unwrap_or(Place::Unknown),
        _ => Place::Unknown,
    }
}

fn dna_file(folder: &str, file: &str) -> Option<Place> {
    let package = PackageName::parse(folder).ok()?;
    if file.strip_prefix(folder) == Some("-latest.msgpack") {
        return Some(Place::BotOwned);
    }
    release(folder, file).map(|version| Place::Release {
        package,
        version: version.to_owned(),
    })
}

/// The version of the release that a file in a package's folder is by its name; nothing where it is none.
pub fn release<'f>(package: &str, file: &'f str) -> Option<&'f str> {
    let version = file
        .strip_suffix(".msgpack")?
        .strip_prefix(package)?
        .strip_prefix('-')?;
    let version_like = version.starts_with(|first: char| first.is_ascii_digit())
        && version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'!' | b'+' | b'-' | b'_'));
    version_like.then_some(version)
}

/// Whether a folder of this name in a registry's root can hold a package's releases.
pub fn may_be_package(folder: &str) -> bool {
    !folder.starts_with(['_', '.']) && !RESERVED.contains(&folder) && PackageName::parse(folder).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_known_by_path() {
        let folder = || "alice".to_owned();
        let cases = [
            (
                "alice/registry.json",
                Place::PublisherModules { folder: folder() },
            ),
            (
                "alice/advisories.json",
                Place::PublisherAdvisories { folder: folder() },
            ),
            ("stats/registry.json", Place::BotOwned),
            (
                "schemas/registry.json",
                Place::PublisherModules {
                    folder: "schemas".into(),
                },
            ),
            ("schemas/x.json", Place::Unknown),
            ("alice/Registry.json", Place::Unknown),
            ("alice/x/registry.json", Place::Unknown),
            ("_index/registry.json", Place::PassedOver),
            (".github/workflows/x.yml", Place::PassedOver),
            ("registry.toml", Place::Settings),
            ("INDEX.json", Place::BotOwned),
            ("index/gist/ab.json", Place::BotOwned),
            ("owners/alice.json", Place::Owner { login: folder() }),
            (
                "advisories/X-1.json",
                Place::MaintainerAdvisory { id: "X-1".into() },
            ),
            (
                "stats/inbox/2026-W47/b.json",
                Place::StatsBatch {
                    week: "2026-W47".into(),
                    batch: "b".into(),
                },
            ),
            ("stats/2026/W47.jsonl", Place::BotOwned),
            ("pandas/pandas-latest.msgpack", Place::BotOwned),
            ("pandas/numpy-1.0.msgpack", Place::Unknown),
            ("README.md", Place::Unknown),
            ("alice//registry.json", Place::Unknown),
            ("", Place::Unknown),
        ];
        for (path, place) in cases {
            assert_eq!(RepoPath::new(path).place(), place, "{path}");
        }
        let release = RepoPath::new("pandas/pandas-2.2.0.msgpack").place();
        assert!(matches!(release, Place::Release { version, .. } if version == "2.2.0"));
    }

    #[test]
    fn other_bytes_are_escaped() {
        let path = RepoPath::from_bytes(b"a/\xff");
        assert_eq!((path.as_str(), path.is_utf8()), ("a/\\xff", false));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_bytes_have_a_place(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            let _ = RepoPath::from_bytes(&bytes).place();
        }
    }
}
