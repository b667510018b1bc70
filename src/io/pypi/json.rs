//! A package's page as JSON (PEP 691, PEP 700). Never judges what is in it.

use serde::Deserialize;

use super::page::{LINKS, Link, understood};

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    meta: Meta,
    files: Vec<File>,
}

#[derive(Deserialize, Default)]
struct Meta {
    #[serde(rename = "api-version")]
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: Hashes,
    requires_python: Option<String>,
    size: Option<u64>,
    upload_time: Option<String>,
    #[serde(default)]
    yanked: Yanked,
}

#[derive(Deserialize, Default)]
struct Hashes {
    sha256: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Flag(bool),
    Reason(String),
}

impl Default for Yanked {
    fn default() -> Self {
        Self::Flag(false)
    }
}

/// The links of a page.
pub fn links(bytes: &[u8]) -> Result<Vec<Link>, String> {
    let page: Page = serde_json::from_slice(bytes)
        .map_err(|error| format!("its page is not as PEP 691 has it: {error}"))?;
    understood(page.meta.version.as_deref().unwrap_or("1.0"))?;
    if page.files.len() > LINKS {
        return Err(format!("a page of more than {LINKS} files"));
    }
    let link = |file: File| Link {
        url: file.url,
        filename: Some(file.filename),
        sha256: file.hashes.sha256,
        size: file.size,
        requires_python: file.requires_python,
        upload_time: file.upload_time,
        yanked: match file.yanked {
            Yanked::Flag(false) => None,
            Yanked::Flag(true) => Some(String::new()),
            Yanked::Reason(reason) => Some(reason),
        },
    };
    Ok(page.files.into_iter().map(link).collect())
}
