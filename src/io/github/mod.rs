//! GitHub, asked over octocrab: one retry policy, two tokens, small shapes of our own. Never judges, never caches on disk.
//!
//! octocrab brings the connection and nothing else: its retry repeats POSTs, its cache turns a revalidated 404 into a
//! success, its redirects leave the origin, its base address is joined to GraphQL's on Enterprise. What is here instead:
//! [`retry`] decides, `exchange` sends and waits, `kept` remembers answers that a 304 confirms, `pages` follows `Link`.

mod account;
mod allowance;
mod budget;
mod check;
mod comment;
mod contents;
mod contribute;
mod exchange;
mod failure;
mod gist;
mod graphql;
mod history;
mod issue;
mod kept;
mod link;
mod merge;
mod origin;
mod pages;
mod pull;
mod recent;
pub mod retry;
mod sweep;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderValue;
use octocrab::Octocrab;

pub use account::Permission;
pub use check::{Annotation, AnnotationLevel, CheckRun, CheckRunWrite, Conclusion};
pub use comment::{Author, Comment};
pub use contents::FoundFile;
pub use failure::WriteError;
pub(in crate::io) use gist::BLOCK as GIST_BLOCK;
pub use history::{CommitPull, PullFiles};
pub use issue::{Issue, IssueWrite};
pub use merge::{Commit, Happened, MergeWrite, Merging};
pub use pull::{Pull, PullSummary};
pub use sweep::Sighted;

use crate::error::{Error, Result};
use crate::model::name::GistId;
use crate::model::progress::Progress;
use crate::model::requests::Requests;
use origin::Origin;

/// How long one request may take, its body included.
const DEADLINE: Duration = Duration::from_secs(15);

/// Where GitHub is, and who asks. Not printable, since it holds tokens.
pub struct Config {
    /// The REST API: `https://api.github.com`, on Enterprise `https://host/api/v3`.
    pub api_url: String,
    /// The GraphQL API: `https://api.github.com/graphql`, on Enterprise `https://host/api/graphql`.
    pub graphql_url: String,
    /// For everything but gists. Empty counts as none, as an input that is not set.
    pub github_token: Option<String>,
    /// For gists, which an installation's token (`ghs_…`) cannot read.
    pub gist_token: Option<String>,
    /// How long all waiting and repeating may take together.
    pub budget: Duration,
}

/// GitHub. A cheap clone shares connections, limits, kept answers and the time budget.
#[derive(Clone)]
pub struct GitHub {
    inner: Arc<Inner>,
    deadline: Duration,
    allowance: Option<Arc<allowance::Allowance>>,
}

struct Inner {
    crab: Octocrab,
    api: Origin,
    graphql: Origin,
    github_token: Option<HeaderValue>,
    gist_token: Option<HeaderValue>,
    /// Whether gists may be asked for with `github_token`, where there is no other.
    gists_as_job: bool,
    budget: budget::Budget,
    kept: Mutex<kept::Answers>,
    /// Limits that were told and still hold: when they end, on this clock and on everybody's.
    limits: Mutex<HashMap<(Identity, Surface), (Instant, i64)>>,
    node_ids: Mutex<BTreeMap<GistId, String>>,
    rest: AtomicU64,
    graphql_sent: AtomicU64,
    progress: Arc<dyn Progress + Send + Sync>,
}

/// As whom a request is sent; each has limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Identity {
    /// With `github_token`.
    Job,
    /// With `gist_token`.
    Gists,
    /// Without a token.
    Nobody,
}

/// Which of the two APIs; each has limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Surface {
    Rest,
    GraphQl,
}

impl GitHub {
    /// Prepares to ask; sends nothing. To be called within a tokio runtime, which must outlive it.
    ///
    /// # Errors
    /// Usage, where an address or a token cannot be used as one.
    pub fn new(config: Config, progress: Arc<dyn Progress + Send + Sync>) -> Result<Self> {
        let github_token = header("github-token", config.github_token.as_deref())?;
        let gist_token = header("gist-token", config.gist_token.as_deref())?;
        let secret = github_token.is_some() || gist_token.is_some();
        let api = Origin::parse("the API's address", &config.api_url, secret)?;
        let graphql = Origin::parse("GraphQL's address", &config.graphql_url, secret)?;
        // octocrab spawns its worker while it is built, and panics without a runtime.
        tokio::runtime::Handle::try_current()
            .map_err(|_| Error::Unexpected("GitHub is asked outside of a runtime".into()))?;
        // `base_uri` is the bare origin: every request names its whole address, which octocrab then leaves alone.
        let crab = Octocrab::builder()
            .base_uri(api.base())
            .and_then(|builder| builder.build())
            .map_err(|error| {
                let why = exchange::innermost(&error);
                Error::CouldNotCheck(format!(
                    "no connection can be made ({why}); install the system's CA certificates, or set SSL_CERT_FILE"
                ))
            })?;
        let of_app = |token: &str| token.trim().starts_with("ghs_");
        let inner = Inner {
            crab,
            api,
            graphql,
            gists_as_job: github_token.is_some() && !config.github_token.as_deref().is_some_and(of_app),
            github_token,
            gist_token,
            budget: budget::Budget::new(config.budget),
            kept: Mutex::default(),
            limits: Mutex::default(),
            node_ids: Mutex::default(),
            rest: AtomicU64::new(0),
            graphql_sent: AtomicU64::new(0),
            progress,
        };
        Ok(Self {
            inner: Arc::new(inner),
            deadline: DEADLINE,
            allowance: None,
        })
    }

    /// The same GitHub with another time for each single request (15 seconds unless told otherwise).
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// The same GitHub, asked over REST so many times more and never once oftener, repetitions and redirects included.
    #[must_use]
    pub fn with_allowance(self, requests: u64) -> Self {
        let allowance = Some(Arc::new(allowance::Allowance::new(requests)));
        Self { allowance, ..self }
    }

    /// How many requests were sent so far, repeated and confirmed (304) ones included.
    pub fn requests(&self) -> Requests {
        Requests {
            rest: self.inner.rest.load(Ordering::Relaxed),
            graphql: self.inner.graphql_sent.load(Ordering::Relaxed),
            git: 0,
        }
    }

    /// Node ids of gists, by which many can be asked for at once.
    pub fn remember(&self, node_ids: impl IntoIterator<Item = (GistId, String)>) {
        lock(&self.inner.node_ids).extend(node_ids);
    }

    /// As whom anything but gists is asked for.
    fn job(&self) -> Identity {
        if self.inner.github_token.is_some() {
            Identity::Job
        } else {
            Identity::Nobody
        }
    }

    /// As whom gists are asked for: an installation's token would be refused.
    fn gists(&self) -> Identity {
        match (&self.inner.gist_token, self.inner.gists_as_job) {
            (Some(_), _) => Identity::Gists,
            (None, true) => Identity::Job,
            (None, false) => Identity::Nobody,
        }
    }
}

/// The header that carries a token; `None` for an empty one.
fn header(what: &str, token: Option<&str>) -> Result<Option<HeaderValue>> {
    let Some(token) = token.map(str::trim).filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| Error::Usage(format!("{what} has characters that no token has; copy it again")))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// What a panicking neighbour left behind is still sound: each of these is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
