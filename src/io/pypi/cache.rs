//! Artifacts and pages on the disk, checked on each reading. Never fails: what cannot be kept is downloaded again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256 as Hasher};
use url::Url;

use crate::io::files;
use crate::model::name::Sha256;
use crate::model::progress::Progress;

/// A folder of what was downloaded.
#[derive(Clone)]
pub struct Cache {
    folder: PathBuf,
    progress: Arc<dyn Progress + Send + Sync>,
}

/// A page, and what is needed to ask whether it is still so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPage {
    /// By which the server knows this version of it.
    pub etag: Option<String>,
    /// When the server changed it.
    pub last_modified: Option<String>,
    /// Its form.
    pub content_type: Option<String>,
    /// Where it came from in the end, which its links are relative to.
    pub url: String,
    /// The page.
    pub bytes: Vec<u8>,
}

/// The first line of a kept page's file.
#[derive(Serialize, Deserialize)]
struct Label {
    asked: String,
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
    content_type: Option<String>,
    sha256: String,
}

impl Cache {
    /// The folder need not be there.
    pub fn new(folder: PathBuf, progress: Arc<dyn Progress + Send + Sync>) -> Self {
        Self { folder, progress }
    }

    /// An artifact, where it is kept and its digest is right.
    pub fn artifact(&self, sha256: &Sha256, most: u64) -> Option<Vec<u8>> {
        let path = self.artifact_path(sha256);
        let small = fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() <= most);
        let bytes = small.then(|| fs::read(&path).ok()).flatten()?;
        if digest(&bytes) == sha256.as_str() {
            return Some(bytes);
        }
        self.progress
            .note(&format!("{} is damaged and downloaded again", path.display()));
        // Whether it can be removed or not, it is not used.
        let _ = fs::remove_file(&path);
        None
    }

    /// How large a kept artifact is.
    pub fn size(&self, sha256: &Sha256) -> Option<u64> {
        fs::metadata(self.artifact_path(sha256))
            .ok()
            .map(|data| data.len())
    }

    /// Keeps an artifact whose digest was checked.
    pub fn keep_artifact(&self, sha256: &Sha256, bytes: &[u8]) {
        self.keep(&self.artifact_path(sha256), bytes);
    }

    /// A page, where it is kept whole.
    pub fn page(&self, asked: &Url) -> Option<KeptPage> {
        let kept = fs::read(self.page_path(asked)).ok()?;
        let end = kept.iter().position(|byte| *byte == b'\n')?;
        let label: Label = serde_json::from_slice(&kept[..end]).ok()?;
        let bytes = kept.get(end + 1..)?.to_vec();
        let whole = label.asked == asked.as_str() && label.sha256 == digest(&bytes);
        whole.then_some(KeptPage {
            etag: label.etag,
            last_modified: label.last_modified,
            content_type: label.content_type,
            url: label.url,
            bytes,
        })
    }

    /// Keeps a page.
    pub fn keep_page(&self, asked: &Url, page: &KeptPage) {
        let label = Label {
            asked: asked.to_string(),
            url: page.url.clone(),
            etag: page.etag.clone(),
            last_modified: page.last_modified.clone(),
            content_type: page.content_type.clone(),
            sha256: digest(&page.bytes),
        };
        let Ok(mut kept) = serde_json::to_vec(&label) else {
            return;
        };
        kept.push(b'\n');
        kept.extend_from_slice(&page.bytes);
        self.keep(&self.page_path(asked), &kept);
    }

    fn keep(&self, path: &Path, bytes: &[u8]) {
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        let kept = match made {
            Ok(()) => files::write_atomically(path, bytes).map_err(|error| error.to_string()),
            Err(error) => Err(format!("{}: {error}", path.display())),
        };
        if let Err(why) = kept {
            self.progress.note(&format!("the cache keeps nothing: {why}"));
        }
    }

    fn artifact_path(&self, sha256: &Sha256) -> PathBuf {
        let digest = sha256.as_str();
        self.folder.join("artifacts").join(&digest[..2]).join(digest)
    }

    fn page_path(&self, asked: &Url) -> PathBuf {
        let key = digest(asked.as_str().as_bytes());
        self.folder.join("pages").join(&key[..2]).join(key)
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Hasher::digest(bytes))
}
