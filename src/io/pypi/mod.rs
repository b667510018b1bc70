//! A package index (PEP 503, PEP 691) and its files, through a disk cache by digest. The only room that asks it; never parses Python.

mod address;
mod cache;
mod html;
mod json;
mod page;
mod surroundings;
mod tarball;
mod text;
mod trouble;
mod web;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sha2::Digest;
use url::Url;

use self::address::{Credentials, shown};
use self::cache::{Cache, KeptPage};
use self::surroundings::Surroundings;
use self::web::{Answer, Ask, Body, Web};
use crate::error::{Error, Result};
use crate::model::artifact::{DistFile, Project};
use crate::model::name::PackageName;
use crate::model::progress::Progress;
use crate::model::version::Version;

pub use tarball::Tarball;

/// JSON where the index has it; HTML of any age else.
const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";
/// Most bytes of a page, unpacked. The largest of PyPI has about ten million.
const LARGEST_PAGE: u64 = 64 << 20;

/// Where the package index is, and how it is asked.
#[derive(Clone)]
pub struct Config {
    /// The address of the Simple API, such as `https://pypi.org/simple`. A name and a password in it are sent to that
    /// server alone, and shown nowhere.
    pub url: String,
    /// Where artifacts and pages are kept; nowhere, if absent.
    pub cache: Option<PathBuf>,
    /// Nothing is asked; only the cache answers.
    pub offline: bool,
    /// How long one file may take, retries included.
    pub budget: Duration,
    /// Most bytes of one artifact.
    pub max_artifact: u64,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = Url::parse(&self.url).map(|url| shown(&url));
        f.debug_struct("Config")
            .field("url", &url.unwrap_or_default())
            .field("cache", &self.cache)
            .field("offline", &self.offline)
            .field("budget", &self.budget)
            .field("max_artifact", &self.max_artifact)
            .finish()
    }
}

/// A package index.
#[derive(Clone)]
pub struct PackageIndex {
    config: Arc<Config>,
    /// Without credentials.
    url: Url,
    web: Web,
    cache: Option<Cache>,
}

impl PackageIndex {
    /// An index at this address. Proxies and certificates are those of the environment: `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY`, `NO_PROXY`; `PIP_CERT`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`, `SSL_CERT_FILE`; `PIP_TRUSTED_HOST`.
    ///
    /// # Errors
    /// Usage, where the address cannot be used; a proxy or a certificate that cannot be is found when something is asked.
    pub fn new(config: Config, progress: Arc<dyn Progress + Send + Sync>) -> Result<Self> {
        Self::in_surroundings(config, progress, &|name| std::env::var(name).ok())
    }

    /// The same with the variables of another environment.
    ///
    /// # Errors
    /// As [`PackageIndex::new`].
    pub fn in_surroundings(
        config: Config,
        progress: Arc<dyn Progress + Send + Sync>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let surroundings = Surroundings::read(variable);
        let mut url = Url::parse(config.url.trim())
            .map_err(|error| Error::Usage(format!("the address of the package index: {error}")))?;
        let credentials = Credentials::take(&mut url);
        surroundings.admit(&url).map_err(Error::Usage)?;
        url.set_query(None);
        url.set_fragment(None);
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let web = Web::new(surroundings, credentials, config.budget, progress);
        Ok(Self {
            cache: config
                .cache
                .clone()
                .map(|folder| Cache::new(folder, web.progress())),
            config: Arc::new(config),
            url,
            web,
        })
    }

    /// Looks whether it can be asked at all, for those who surely will: what is not asked needs no certificates.
    ///
    /// # Errors
    /// Usage, where a proxy or a certificate cannot be used.
    pub fn ready(&self) -> Result<()> {
        self.web.client().map(|_| ())
    }

    /// The index's address without credentials.
    pub fn address(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// What the index lists of a package; `None` where it knows no such package (404).
    ///
    /// # Errors
    /// Could not be checked: no answer after retries, or none that can be read.
    pub async fn project(&self, name: &PackageName) -> Result<Option<Project>> {
        let url = self
            .url
            .join(&format!("{name}/"))
            .map_err(|error| Error::Usage(format!("the address of the package index: {error}")))?;
        let Some(page) = self.page(&url).await? else {
            return Ok(None);
        };
        let unreadable = |why: String| Error::CouldNotCheck(format!("{}: {why}", shown(&url)));
        let files = page::files(name, &page, &url).map_err(unreadable)?;
        Ok(Some(Project::new(name.clone(), files)))
    }

    /// A release's file, as [`Project::choose`] has it; where the index does not say how large the candidates are, their
    /// server is asked.
    ///
    /// # Errors
    /// As [`PackageIndex::project`].
    pub async fn choose(&self, project: &mut Project, version: &Version) -> Result<Option<DistFile>> {
        let unmeasured: Vec<DistFile> = project.unmeasured(version).into_iter().cloned().collect();
        for file in unmeasured {
            let kept = self
                .cache
                .as_ref()
                .zip(file.sha256.as_ref())
                .and_then(|(cache, sha256)| cache.size(sha256));
            let size = match kept {
                Some(size) => Some(size),
                None if self.config.offline => None,
                None => self.web.size(&self.checked(&file)?).await?,
            };
            if let Some(known) = project
                .files
                .iter_mut()
                .find(|known| known.filename == file.filename)
            {
                known.size = size;
            }
        }
        Ok(project.choose(version).cloned())
    }

    /// An artifact's bytes, whose digest is the promised one.
    ///
    /// # Errors
    /// Could not be checked: no answer after retries, another digest, too large.
    pub async fn artifact(&self, file: &DistFile) -> Result<Vec<u8>> {
        let name = &file.filename;
        let limit = self.config.max_artifact;
        let too_large = |size: u64| {
            let most = limit / 1_000_000;
            Error::CouldNotCheck(format!(
                "{name} has {} MB, more than the {most} MB that an artifact may have",
                size.div_ceil(1_000_000)
            ))
        };
        if let Some(size) = file.size.filter(|size| *size > limit) {
            return Err(too_large(size));
        }
        let kept = self.cache.as_ref().zip(file.sha256.as_ref());
        if let Some(bytes) = kept.and_then(|(cache, sha256)| cache.artifact(sha256, limit)) {
            return Ok(bytes);
        }
        if self.config.offline {
            return Err(Error::CouldNotCheck(format!(
                "{name} is not in the cache, and nothing may be downloaded (--offline)"
            )));
        }
        let ask = Ask::new(self.checked(file)?, limit);
        let bytes = match self.web.get(&ask).await? {
            Answer::Found(body) => body.bytes,
            Answer::TooLarge(size) => return Err(too_large(size.unwrap_or(limit + 1))),
            Answer::Absent | Answer::Unchanged => {
                return Err(Error::CouldNotCheck(format!(
                    "{name} is listed by the package index and not there (404): {}",
                    shown(&ask.url)
                )));
            }
        };
        if let Some(promised) = &file.sha256 {
            let found = format!("{:x}", sha2::Sha256::digest(&bytes));
            if found != promised.as_str() {
                return Err(Error::CouldNotCheck(format!(
                    "{name} is not what the package index promises: its sha256 is {found}, and {promised} was promised"
                )));
            }
            if let Some(cache) = &self.cache {
                cache.keep_artifact(promised, &bytes);
            }
        }
        Ok(bytes)
    }

    /// A file's address, where it may be asked.
    fn checked(&self, file: &DistFile) -> Result<Url> {
        let wrong = |why: String| Error::CouldNotCheck(format!("{}: {why}", file.filename));
        let url = Url::parse(&file.url).map_err(|error| wrong(error.to_string()))?;
        if self.url.scheme() == "https" && url.scheme() != "https" {
            return Err(wrong(format!(
                "{} is not https, and the package index is",
                shown(&url)
            )));
        }
        self.web.admit(&url).map_err(wrong)?;
        Ok(url)
    }

    /// A page, fresh or revalidated, or any that is kept when nothing may be asked.
    async fn page(&self, url: &Url) -> Result<Option<KeptPage>> {
        let kept = self.cache.as_ref().and_then(|cache| cache.page(url));
        if self.config.offline {
            return kept.map(Some).ok_or_else(|| {
                Error::CouldNotCheck(format!(
                    "{} is not in the cache, and nothing may be asked (--offline)",
                    shown(url)
                ))
            });
        }
        let mut ask = Ask::new(url.clone(), LARGEST_PAGE);
        ask.accept = Some(ACCEPT);
        if let Some(kept) = &kept {
            ask.etag.clone_from(&kept.etag);
            ask.last_modified.clone_from(&kept.last_modified);
        }
        match (self.web.get(&ask).await?, kept) {
            (Answer::Absent, _) => Ok(None),
            (Answer::Unchanged, Some(kept)) => Ok(Some(kept)),
            (Answer::Found(body), _) => {
                let page = kept_page(body);
                if let Some(cache) = &self.cache {
                    cache.keep_page(url, &page);
                }
                Ok(Some(page))
            }
            (Answer::Unchanged, None) => Err(Error::CouldNotCheck(format!(
                "{}: not changed since nothing",
                shown(url)
            ))),
            (Answer::TooLarge(_), _) => Err(Error::CouldNotCheck(format!(
                "{}: a page of more than {} MB",
                shown(url),
                LARGEST_PAGE / 1_000_000
            ))),
        }
    }
}

fn kept_page(body: Body) -> KeptPage {
    KeptPage {
        etag: body.etag,
        last_modified: body.last_modified,
        content_type: body.content_type,
        url: body.url.to_string(),
        bytes: body.bytes,
    }
}
