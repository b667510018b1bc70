//! Asks a web server for a file until there is an answer or no hope: deadlines, size limits, redirects, retries. Only GET and HEAD, never anything else.

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use url::Url;

use super::address::{Credentials, shown};
use super::surroundings::Surroundings;
use super::trouble::{Trouble, again, chain, trouble};
use crate::error::{Error, Result};
use crate::io::random::random;
use crate::model::progress::Progress;

/// How often one thing is asked.
const ATTEMPTS: u32 = 5;
/// How often an answer may point elsewhere.
const REDIRECTS: usize = 5;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(15);
/// How long nothing may arrive.
const SILENCE: Duration = Duration::from_secs(30);
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// What is asked for.
pub struct Ask {
    /// Where.
    pub url: Url,
    /// Most bytes, unpacked.
    pub limit: u64,
    /// In which form; any, if absent.
    pub accept: Option<&'static str>,
    /// Only where it is another than this.
    pub etag: Option<String>,
    /// Only where it changed since.
    pub last_modified: Option<String>,
    /// Who asks, instead of whom the index's address names.
    pub credentials: Option<Credentials>,
}

impl Ask {
    /// A file of any form.
    pub fn new(url: Url, limit: u64) -> Self {
        Self {
            url,
            limit,
            accept: None,
            etag: None,
            last_modified: None,
            credentials: None,
        }
    }
}

/// What came back.
pub enum Answer {
    /// It.
    Found(Body),
    /// It is as it was.
    Unchanged,
    /// There is no such thing.
    Absent,
    /// It is larger than the limit; how large, where the server says it.
    TooLarge(Option<u64>),
}

/// A file that came back.
pub struct Body {
    /// Where it came from in the end.
    pub url: Url,
    /// Its form.
    pub content_type: Option<String>,
    /// To ask again.
    pub etag: Option<String>,
    /// To ask again.
    pub last_modified: Option<String>,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A client with the user's proxies and certificates.
#[derive(Clone)]
pub struct Web {
    /// Made when something is asked: to read all certificates takes as long as to parse a small package.
    client: Arc<OnceLock<Client>>,
    surroundings: Arc<Surroundings>,
    credentials: Option<Credentials>,
    budget: Duration,
    progress: Arc<dyn Progress + Send + Sync>,
}

impl Web {
    /// Asks with these proxies and certificates. The credentials are sent to their own server alone.
    pub fn new(
        surroundings: Surroundings,
        credentials: Option<Credentials>,
        budget: Duration,
        progress: Arc<dyn Progress + Send + Sync>,
    ) -> Self {
        Self {
            client: Arc::default(),
            surroundings: Arc::new(surroundings),
            credentials,
            budget,
            progress,
        }
    }

    /// What asks.
    pub fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = client(&self.surroundings)?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Who watches.
    pub fn progress(&self) -> Arc<dyn Progress + Send + Sync> {
        self.progress.clone()
    }

    /// Whether an address may be asked.
    pub fn admit(&self, url: &Url) -> Result<(), String> {
        self.surroundings.admit(url)
    }

    /// Asks for a file.
    pub async fn get(&self, ask: &Ask) -> Result<Answer> {
        let client = self.client()?;
        self.until_answered(&ask.url, move || async move {
            let response = self.send(client, Method::GET, ask).await?;
            match verdict(&response, ask)? {
                Some(answer) => Ok(answer),
                None => body(response, ask.limit).await,
            }
        })
        .await
    }

    /// How large a file is, where its server says it.
    pub async fn size(&self, url: &Url) -> Result<Option<u64>> {
        let (client, ask) = (self.client()?, &Ask::new(url.clone(), u64::MAX));
        let answer = self.until_answered(url, move || async move {
            let response = self.send(client, Method::HEAD, ask).await?;
            Ok(verdict(&response, ask)?
                .is_none()
                .then(|| length(response.headers()))
                .flatten())
        });
        answer.await
    }

    /// Asks again, until the budget is spent.
    async fn until_answered<T, F>(&self, url: &Url, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let deadline = Instant::now() + self.budget;
        let give_up = |why: &str, times: u32| {
            let often = if times > 1 {
                format!(", {times} times")
            } else {
                String::new()
            };
            Error::CouldNotCheck(format!("{}: {why}{often}", shown(url)))
        };
        let mut times = 0;
        loop {
            times += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let trouble = match tokio::time::timeout(left, attempt()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(trouble)) => trouble,
                Err(_) => {
                    return Err(give_up(
                        &format!("no whole answer within {} s", self.budget.as_secs()),
                        times,
                    ));
                }
            };
            let backoff = FIRST_WAIT.mul_f64(f64::from(1 << times.min(8)) * (0.5 + random()) / 2.0);
            let wait = trouble.wait.unwrap_or(backoff);
            let in_time = Instant::now() + wait < deadline;
            if !trouble.passing || times >= ATTEMPTS || !in_time {
                return Err(give_up(&trouble.why, times));
            }
            self.progress.note(&format!(
                "{}: {}; asked again in {:.1} s",
                shown(url),
                trouble.why,
                wait.as_secs_f64()
            ));
            tokio::time::sleep(wait).await;
        }
    }

    async fn send(&self, client: &Client, method: Method, ask: &Ask) -> Result<Response, Trouble> {
        let mut request = client.request(method, ask.url.clone());
        if let Some(accept) = ask.accept {
            // Pages shrink to a tenth; artifacts are packed already.
            request = request.header(ACCEPT, accept).header(ACCEPT_ENCODING, "gzip");
        }
        if let Some(etag) = &ask.etag {
            request = request.header(IF_NONE_MATCH, etag);
        } else if let Some(time) = &ask.last_modified {
            request = request.header(IF_MODIFIED_SINCE, time);
        }
        let credentials = ask.credentials.as_ref().or(self.credentials.as_ref());
        if let Some(known) = credentials.filter(|known| known.origin == ask.url.origin()) {
            request = request.header(AUTHORIZATION, known.authorization.clone());
        }
        request.send().await.map_err(trouble)
    }
}

fn client(surroundings: &Surroundings) -> Result<Client> {
    // A second call finds the first one's, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = surroundings.clone();
    let policy = Policy::custom(move |attempt| {
        let from = attempt.previous().last();
        let down = from.is_some_and(|from| from.scheme() == "https") && attempt.url().scheme() != "https";
        if attempt.previous().len() > REDIRECTS {
            attempt.error(format!("more than {REDIRECTS} redirects"))
        } else if down {
            attempt.error("a redirect from https to plain http")
        } else if let Err(why) = trusted.admit(attempt.url()) {
            attempt.error(why)
        } else {
            attempt.follow()
        }
    });
    let client = Client::builder()
        .user_agent(concat!("gistry/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(policy)
        .referer(false)
        // What is repeated is said here, not there.
        .retry(reqwest::retry::never());
    surroundings.equip(client)?.build().map_err(|error| {
        Error::Usage(format!(
            "no secure connections can be made: {}; SSL_CERT_FILE names a file of certificates",
            chain(&error)
        ))
    })
}

/// What a response's status means; nothing where its body is wanted.
fn verdict(response: &Response, ask: &Ask) -> Result<Option<Answer>, Trouble> {
    let status = response.status();
    match status {
        StatusCode::OK => {
            let length = length(response.headers()).filter(|length| *length > ask.limit);
            Ok(length.map(|length| Answer::TooLarge(Some(length))))
        }
        StatusCode::NOT_MODIFIED if ask.etag.is_some() || ask.last_modified.is_some() => Ok(Some(Answer::Unchanged)),
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Some(Answer::Absent)),
        StatusCode::UNAUTHORIZED => Err(Trouble::lasting(
            "it asks who you are (401): put a name and a password into the address, https://NAME:PASSWORD@HOST/…".to_owned(),
        )),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(Trouble::lasting(
            "the proxy asks who you are (407): put a name and a password into its address".to_owned(),
        )),
        StatusCode::FORBIDDEN => Err(Trouble::lasting("it refuses (403): you may not read this".to_owned())),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => Err(again(response)),
        _ if status.is_server_error() => Err(again(response)),
        _ => Err(Trouble::lasting(format!("it answered {status}"))),
    }
}

/// Reads a body as far as the limit.
async fn body(mut response: Response, limit: u64) -> Result<Answer, Trouble> {
    let text = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let gzip = match text(CONTENT_ENCODING).as_deref() {
        None | Some("" | "identity") => false,
        Some("gzip" | "x-gzip") => true,
        Some(_) => {
            return Err(Trouble::lasting(
                "it answered in an encoding that nobody asked for".to_owned(),
            ));
        }
    };
    let mut body = Body {
        url: response.url().clone(),
        content_type: text(CONTENT_TYPE),
        etag: text(ETAG),
        last_modified: text(LAST_MODIFIED),
        bytes: Vec::new(),
    };
    // A length is believed where it is small.
    let promised = length(response.headers()).unwrap_or(0).min(limit).min(64 << 20);
    body.bytes.reserve_exact(usize::try_from(promised).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(trouble)? {
        if (body.bytes.len() + chunk.len()) as u64 > limit {
            return Ok(Answer::TooLarge(None));
        }
        body.bytes.extend_from_slice(&chunk);
    }
    if gzip {
        let mut unpacked = Vec::new();
        let mut reader = flate2::read::MultiGzDecoder::new(body.bytes.as_slice()).take(limit + 1);
        reader
            .read_to_end(&mut unpacked)
            .map_err(|error| Trouble::passing(format!("its answer cannot be unpacked: {error}")))?;
        if unpacked.len() as u64 > limit {
            return Ok(Answer::TooLarge(None));
        }
        body.bytes = unpacked;
    }
    Ok(Answer::Found(body))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
