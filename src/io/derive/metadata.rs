//! What METADATA, PKG-INFO or pyproject.toml say of a package in a line. Never believes more than that.

use crate::io::archive::Entry;
use crate::model::artifact::{ArtifactKind, normalise};
use crate::model::name::PackageName;

/// Most letters of a line that goes into a head.
const LONGEST: usize = 1000;

/// What a head takes from an artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The package in one line.
    pub summary: Option<String>,
    /// For which versions of Python it is.
    pub requires_python: Option<String>,
}

impl Metadata {
    /// Reads it where the kind of artifact has it; nothing where it is not there.
    pub fn find(files: &[Entry], package: &PackageName, kind: ArtifactKind) -> Self {
        let text = |file: &Entry| String::from_utf8_lossy(&file.bytes).into_owned();
        let at = |path: &str| files.iter().find(|file| file.path == path);
        if kind != ArtifactKind::Wheel
            && let Some(file) = at("PKG-INFO")
        {
            return Self::headers(&text(file));
        }
        // A wheel has one such folder; should it have more, the one that is called like the package counts.
        let mut installed: Vec<&Entry> = files
            .iter()
            .filter(|file| {
                folder(&file.path, ".dist-info/METADATA").is_some()
                    || folder(&file.path, ".egg-info/PKG-INFO").is_some()
            })
            .collect();
        installed.sort_by_key(|file| !is_of(&file.path, package));
        if let Some(file) = installed.first() {
            return Self::headers(&text(file));
        }
        at("pyproject.toml").map_or_else(Self::default, |file| Self::pyproject(&text(file)))
    }

    /// Header lines up to the first empty one.
    fn headers(text: &str) -> Self {
        let mut found = Self::default();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.is_empty() {
                break;
            }
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let mut value = value.to_owned();
            while let Some(more) =
                lines.next_if(|next| next.starts_with([' ', '\t']) && !next.trim().is_empty())
            {
                value.push(' ');
                value.push_str(more);
            }
            let slot = match key.to_ascii_lowercase().as_str() {
                "summary" => &mut found.summary,
                "requires-python" => &mut found.requires_python,
                _ => continue,
            };
            *slot = slot.take().or_else(|| one_line(&value));
        }
        found
    }

    fn pyproject(text: &str) -> Self {
        let Ok(document) = text.parse::<toml_edit::DocumentMut>() else {
            return Self::default();
        };
        let project = |key| {
            let value = document.get("project")?.get(key)?.as_str()?;
            one_line(value)
        };
        Self {
            summary: project("description"),
            requires_python: project("requires-python"),
        }
    }
}

/// `x` of `x.dist-info/METADATA` at the top.
fn folder<'a>(path: &'a str, end: &str) -> Option<&'a str> {
    path.strip_suffix(end).filter(|stem| !stem.contains('/'))
}

fn is_of(path: &str, package: &PackageName) -> bool {
    let name = path.split(['-', '/']).next().unwrap_or(path);
    let name = name.strip_suffix(".egg").unwrap_or(name);
    normalise(name.strip_suffix(".egg-info").unwrap_or(name)).as_ref() == Some(package)
}

/// A text as one line without control characters; none where it says nothing.
fn one_line(text: &str) -> Option<String> {
    let words = |letter: char| letter.is_whitespace() || letter.is_control();
    let line = text
        .split(words)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let line: String = line.chars().take(LONGEST).collect();
    (!line.is_empty() && line != "UNKNOWN").then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;

    fn entry(path: &str, text: &str) -> Entry {
        Entry {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_packages_own_lines_count() {
        let package = PackageName::parse("a-b").unwrap();
        let files = [
            entry("a-1.dist-info/METADATA", "Summary: other\n"),
            entry(
                "A_B-1.dist-info/METADATA",
                "Name: a\nsummary: One\n  line\t\u{7}more\nRequires-Python: >=3.9\n\nSummary: not this\n",
            ),
            entry("x/A_B-1.dist-info/METADATA", "Summary: deeper\n"),
        ];
        let found = Metadata::find(&files, &package, ArtifactKind::Wheel);
        assert_eq!(found.summary.as_deref(), Some("One line more"));
        assert_eq!(found.requires_python.as_deref(), Some(">=3.9"));
        let sdist = [
            entry("PKG-INFO", "Summary: UNKNOWN\nRequires-Python:\n"),
            files[0].clone(),
        ];
        assert_eq!(
            Metadata::find(&sdist, &package, ArtifactKind::Sdist),
            Metadata::default()
        );
        let tarball = [entry(
            "pyproject.toml",
            "[project]\ndescription = 'x'\nrequires-python = '>=3'\n",
        )];
        let found = Metadata::find(&tarball, &package, ArtifactKind::Tarball);
        assert_eq!(
            (found.summary.as_deref(), found.requires_python.as_deref()),
            (Some("x"), Some(">=3"))
        );
        let wrong = [entry("pyproject.toml", "[project\n")];
        assert_eq!(
            Metadata::find(&wrong, &package, ArtifactKind::Folder),
            Metadata::default()
        );
    }
}
