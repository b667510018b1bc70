//! A case's trees: real files, and the entries of a git tree that cannot be real files in a fixture. Never follows a link.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// Path to entry. Paths are bytes, as in git.
pub type Tree = BTreeMap<Vec<u8>, Entry>;

/// An entry of a git tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// git's mode, such as 0o100644.
    pub mode: u32,
    /// A file's bytes, a symbolic link's target, a submodule's commit id.
    pub content: Vec<u8>,
}

impl Entry {
    /// A regular file.
    pub fn file(content: Vec<u8>) -> Self {
        let mode = 0o100_644;
        Self { mode, content }
    }
}

/// An entry that is written in case.toml.
#[derive(Debug, Clone, Deserialize)]
pub struct Special {
    path: Option<String>,
    path_hex: Option<String>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Symlink {
        target: String,
    },
    Executable {
        text: String,
    },
    Submodule {
        commit: String,
    },
    Text {
        text: String,
    },
    Hex {
        hex: String,
    },
    /// The text in UTF-16, little-endian, with a byte order mark.
    Utf16 {
        text: String,
    },
    /// `before`, then `text` as often as `times` says, then `after`.
    Repeat {
        text: String,
        times: usize,
        #[serde(default)]
        before: String,
        #[serde(default)]
        after: String,
    },
    /// A DNA file.
    Dna(Box<super::dna::File>),
    /// `times` files; `{n}` in path and text is the number of each, from 1.
    Many {
        text: String,
        times: usize,
    },
}

impl Special {
    /// The entries that it stands for.
    pub fn entries(&self) -> Tree {
        let path = match (&self.path, &self.path_hex) {
            (Some(path), None) => path.clone().into_bytes(),
            (None, Some(hex)) => unhex(hex),
            _ => panic!("a special entry has either path or path_hex: {self:?}"),
        };
        let entry = |mode, content: Vec<u8>| Tree::from([(path.clone(), Entry { mode, content })]);
        match &self.kind {
            Kind::Symlink { target } => entry(0o120_000, target.clone().into_bytes()),
            Kind::Executable { text } => entry(0o100_755, text.clone().into_bytes()),
            Kind::Submodule { commit } => entry(0o160_000, commit.clone().into_bytes()),
            Kind::Text { text } => entry(0o100_644, text.clone().into_bytes()),
            Kind::Hex { hex } => entry(0o100_644, unhex(hex)),
            Kind::Utf16 { text } => {
                let units = ['\u{feff}'].into_iter().chain(text.chars()).collect::<String>();
                entry(
                    0o100_644,
                    units.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                )
            }
            Kind::Repeat {
                text,
                times,
                before,
                after,
            } => entry(
                0o100_644,
                format!("{before}{}{after}", text.repeat(*times)).into_bytes(),
            ),
            Kind::Dna(file) => entry(0o100_644, file.bytes()),
            Kind::Many { text, times } => {
                let path = self.path.as_deref().unwrap_or_default();
                assert!(path.contains("{n}"), "the path of many files has {{n}}: {path}");
                let numbered = |text: &str, n: usize| text.replace("{n}", &n.to_string()).into_bytes();
                (1..=*times)
                    .map(|n| (numbered(path, n), Entry::file(numbered(text, n))))
                    .collect()
            }
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| u8::try_from(char::from(byte).to_digit(16).expect("hexadecimal digits")).unwrap())
        .collect();
    assert!(digits.len().is_multiple_of(2), "an odd number of digits: {text}");
    digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

/// The files below a folder; nothing where there is no such folder.
pub fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    if root.is_dir() {
        walk(root, "", &mut tree);
    }
    tree
}

fn walk(folder: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry
            .file_name()
            .into_string()
            .expect("fixtures have names in UTF-8");
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().unwrap();
        assert!(!kind.is_symlink(), "{path}: write links as [[special]]");
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), tree);
        } else if name != ".gitkeep" {
            tree.insert(path.into_bytes(), Entry::file(fs::read(entry.path()).unwrap()));
        }
    }
}
