//! A package's page to its files, whatever its form. Never asks anybody.

use url::Url;

use super::cache::KeptPage;
use super::{html, json};
use crate::model::artifact::{ArtifactKind, DistFile, read};
use crate::model::name::{Name, PackageName, Sha256, Timestamp};
use crate::model::version::Version;

/// Most links of a page. The longest of PyPI has some ten thousand.
pub const LINKS: usize = 500_000;
/// The version of the interface that this gistry understands (PEP 629).
const MAJOR: &str = "1";
/// Most letters of what a page says of a file.
const LONGEST: usize = 1000;

/// A link of a page, as it says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The address: relative, absolute, with or without a digest behind `#`.
    pub url: String,
    /// The file's name, where it is not the address's end.
    pub filename: Option<String>,
    /// The digest, where it is not in the address.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// For which versions of Python.
    pub requires_python: Option<String>,
    /// When it was uploaded.
    pub upload_time: Option<String>,
    /// Why it is yanked.
    pub yanked: Option<String>,
}

/// The wheels and sdists that a page lists. The error says why it is no page.
pub fn files(package: &PackageName, page: &KeptPage, asked: &Url) -> Result<Vec<DistFile>, String> {
    let base = Url::parse(&page.url).unwrap_or_else(|_| asked.clone());
    let form = page.content_type.as_deref().unwrap_or_default();
    let form = form
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let first = page.bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let (links, base) = match (form.as_str(), first) {
        ("application/vnd.pypi.simple.v1+json" | "application/json", _) => (json::links(&page.bytes)?, base),
        ("application/vnd.pypi.simple.v1+html" | "text/html" | "application/xhtml+xml", _) => {
            html::links(&page.bytes, &base)?
        }
        (_, Some(b'{')) => (json::links(&page.bytes)?, base),
        (_, Some(b'<')) => html::links(&page.bytes, &base)?,
        _ => {
            return Err(format!(
                "it answered {form:?}, which is no page of a package index"
            ));
        }
    };
    Ok(links
        .iter()
        .filter_map(|link| file(package, link, &base))
        .collect())
}

/// Whether the interface's version is one that is understood.
pub fn understood(version: &str) -> Result<(), String> {
    if version.trim().split('.').next() == Some(MAJOR) {
        return Ok(());
    }
    let version: String = version.chars().take(20).collect();
    Err(format!(
        "its interface has the version {version:?}, and this gistry understands {MAJOR}"
    ))
}

fn file(package: &PackageName, link: &Link, base: &Url) -> Option<DistFile> {
    let mut url = base.join(&link.url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let fragment = url.fragment().unwrap_or_default().to_owned();
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let filename = match &link.filename {
        Some(filename) => filename.clone(),
        None => super::address::percent_decoded(url.path_segments()?.next_back()?),
    };
    let (kind, version): (ArtifactKind, Version) = read(package, &filename)?;
    let promised = fragment.split('&').find_map(|part| part.strip_prefix("sha256="));
    let sha256 = link.sha256.as_deref().or(promised);
    let time = link.upload_time.as_deref();
    let time = time.and_then(|text| chrono::DateTime::parse_from_rfc3339(text.trim()).ok());
    Some(DistFile {
        filename,
        url: url.into(),
        kind,
        version,
        size: link.size,
        sha256: sha256.and_then(|text| Sha256::parse(&text.to_ascii_lowercase()).ok()),
        requires_python: link
            .requires_python
            .as_deref()
            .map(short)
            .filter(|text| !text.is_empty()),
        upload_time: time.map(|time| Timestamp::new(time.to_utc())),
        yanked: link.yanked.as_deref().map(short),
    })
}

/// A text of a page in one line.
fn short(text: &str) -> String {
    let words = |letter: char| letter.is_whitespace() || letter.is_control();
    let line: Vec<&str> = text.split(words).filter(|word| !word.is_empty()).collect();
    line.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests;
