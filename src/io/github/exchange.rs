//! Sends one request until there is an answer or no hope: deadlines, size limits, waits, counts. Never knows what it means.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Limited};
use octocrab::OctoBody;
use serde_json::Value;
use tracing::debug;

use super::failure::{Failure, Kind, words};
use super::kept::Kept;
use super::retry::{Decision, GiveUp, LONGEST_WAIT, Outcome, Situation, decide};
use super::{GitHub, Identity, Surface, budget, link, lock};
use crate::io::random::random;

/// The largest body that is read.
const BODY_LIMIT: usize = 32 << 20;
/// Redirects that one GET follows.
const REDIRECTS: usize = 5;
/// The form of GitHub's answers that the shapes here are made for.
const API_VERSION: &str = "2022-11-28";

/// A request.
pub(super) struct Call {
    pub(super) method: Method,
    /// The whole address.
    pub(super) url: String,
    pub(super) body: Option<Value>,
    pub(super) identity: Identity,
    pub(super) surface: Surface,
    /// Ask only whether it is still so: where it is, the answer is a refusal with 304.
    pub(super) unless: Option<HeaderValue>,
}

/// A success.
pub(super) struct Answer {
    pub(super) body: Arc<[u8]>,
    /// The next page.
    pub(super) next: Option<String>,
    /// The last page, where GitHub names it.
    pub(super) last: Option<String>,
    /// By which it can be confirmed.
    pub(super) etag: Option<HeaderValue>,
}

/// What arrived.
struct Raw {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What is wrong with what arrived, or that nothing did.
struct Trouble {
    fault: Fault,
    detail: String,
}

enum Fault {
    /// An answer that is no success.
    Answered(u16, Box<HeaderMap>),
    /// No answer, or not to its end.
    Lost,
    /// An answer that would be the same again, and is of no use.
    Useless,
    /// It was not sent: so many were.
    Spent,
}

impl Trouble {
    fn lost(detail: impl Into<String>) -> Self {
        Self {
            fault: Fault::Lost,
            detail: detail.into(),
        }
    }

    fn spent() -> Self {
        Self {
            fault: Fault::Spent,
            detail: "no more requests are allowed".into(),
        }
    }

    fn useless(detail: impl Into<String>) -> Self {
        Self {
            fault: Fault::Useless,
            detail: detail.into(),
        }
    }
}

impl Call {
    /// Whether sending it twice is the same as sending it once: by HTTP's own rules, and queries of GraphQL.
    fn repeatable(&self) -> bool {
        self.surface == Surface::GraphQl || matches!(self.method, Method::GET | Method::PUT | Method::DELETE)
    }

    /// As it is named to people.
    pub(super) fn asked(&self) -> String {
        let path = self.url.splitn(4, '/').nth(3).unwrap_or_default();
        format!("{} /{path}", self.method)
    }

    pub(super) fn failure(&self, kind: Kind, detail: &str) -> Failure {
        Failure::new(self.asked(), self.identity, kind, detail)
    }
}

impl GitHub {
    /// Sends a request as often as [`decide`] says. Any answer that is no success is a failure.
    pub(super) async fn exchange(&self, call: &Call) -> Result<Answer, Failure> {
        let inner = &*self.inner;
        // Its time counts against the budget from the first failure on.
        let mut spender = None;
        let mut attempt = 1;
        loop {
            self.wait_for_limit(call, &mut spender).await?;
            let patience = match attempt {
                1 => self.deadline,
                _ => self.deadline.min(inner.budget.left()),
            };
            let late = |_| Trouble::lost(format!("no whole answer within {} s", patience.as_secs_f32()));
            let trouble = match tokio::time::timeout(patience, self.attempt(call))
                .await
                .map_err(late)
            {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(trouble)) | Err(trouble) => trouble,
            };
            spender.get_or_insert_with(|| inner.budget.spend());
            let (outcome, status) = match &trouble.fault {
                Fault::Answered(status, headers) => {
                    (Outcome::Answered(*status, headers, &trouble.detail), *status)
                }
                Fault::Lost => (Outcome::Lost, 0),
                Fault::Useless => return Err(call.failure(Kind::Unreadable, &trouble.detail)),
                Fault::Spent => return Err(call.failure(Kind::Spent, &trouble.detail)),
            };
            let (left, now) = (inner.budget.left(), chrono::Utc::now().timestamp());
            let situation = Situation {
                attempt,
                repeatable: call.repeatable(),
                left,
                now,
                jitter: random(),
            };
            let decision = decide(situation, outcome);
            debug!(
                asked = call.asked(),
                attempt,
                detail = trouble.detail,
                ?decision,
                "failed"
            );
            let give_up = match decision {
                Decision::GiveUp(why) => why,
                Decision::Retry(wait) => {
                    let (asked, seconds) = (call.asked(), wait.after.as_secs_f32());
                    if wait.limit {
                        let whole = i64::try_from(wait.after.as_secs()).unwrap_or(i64::MAX);
                        self.hold(call, wait.after, now.saturating_add(whole));
                        inner.progress.note(&format!(
                            "GitHub's limit of requests is reached: waiting {seconds:.0} s"
                        ));
                    } else {
                        inner.progress.note(&format!(
                            "GitHub fails at {asked}: asking again in {seconds:.1} s"
                        ));
                    }
                    tokio::time::sleep(wait.after).await;
                    attempt += 1;
                    continue;
                }
            };
            let kind = match give_up {
                GiveUp::Limited(until) => {
                    self.hold(call, seconds_between(now, until), until);
                    Kind::Limited(until)
                }
                GiveUp::Final => Kind::Refused(status),
                GiveUp::NotRepeatable => Kind::Unclear,
                GiveUp::Attempts | GiveUp::Budget => Kind::Down(attempt),
            };
            return Err(call.failure(kind, &trouble.detail));
        }
    }

    /// A limit that was told to one request binds all of the same token: asking on makes it longer.
    async fn wait_for_limit<'b>(
        &'b self,
        call: &Call,
        spender: &mut Option<budget::Spender<'b>>,
    ) -> Result<(), Failure> {
        let Some((end, until)) = lock(&self.inner.limits)
            .get(&(call.identity, call.surface))
            .copied()
        else {
            return Ok(());
        };
        let wait = end.saturating_duration_since(Instant::now());
        if wait > self.inner.budget.left() || wait > LONGEST_WAIT {
            return Err(call.failure(Kind::Limited(until), "as it was said before"));
        }
        if !wait.is_zero() {
            spender.get_or_insert_with(|| self.inner.budget.spend());
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    fn hold(&self, call: &Call, wait: Duration, until: i64) {
        // A day is for ever here, and keeps the clock from overflowing.
        let end = Instant::now() + wait.min(Duration::from_secs(86_400));
        lock(&self.inner.limits).insert((call.identity, call.surface), (end, until));
    }

    /// Sends it once, and follows the redirects of a GET.
    async fn attempt(&self, call: &Call) -> Result<Answer, Trouble> {
        let kept = match call.method {
            Method::GET if call.unless.is_none() => lock(&self.inner.kept).get(call.identity, &call.url),
            _ => None,
        };
        let mut url = call.url.clone();
        for _ in 0..=REDIRECTS {
            let raw = self.send(call, &url, kept.as_ref()).await?;
            let location = raw.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let elsewhere = location.filter(|_| {
                call.method == Method::GET && (300..400).contains(&raw.status) && raw.status != 304
            });
            // Never to another origin: not even without the token.
            match elsewhere.and_then(|location| self.inner.api.own(location)) {
                Some(own) => url = own,
                None => return self.accept(call, raw, kept),
            }
        }
        Err(Trouble::useless("it is redirected in a circle"))
    }

    async fn send(&self, call: &Call, url: &str, kept: Option<&Kept>) -> Result<Raw, Trouble> {
        let inner = &*self.inner;
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(url)
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", API_VERSION);
        let token = match call.identity {
            Identity::Job => inner.github_token.as_ref(),
            Identity::Gists => inner.gist_token.as_ref(),
            Identity::Nobody => None,
        };
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token);
        }
        if let Some(etag) = kept.map(|kept| &kept.etag).or(call.unless.as_ref()) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        // A body of its own each time: octocrab's clones share one that can be read once.
        let body = match &call.body {
            Some(value) => {
                request = request.header(CONTENT_TYPE, "application/json");
                OctoBody::from(value.to_string())
            }
            None => OctoBody::empty(),
        };
        let request = request
            .body(body)
            .map_err(|error| Trouble::useless(error.to_string()))?;
        let count = match call.surface {
            Surface::Rest => &inner.rest,
            Surface::GraphQl => &inner.graphql_sent,
        };
        if call.surface == Surface::Rest && !self.may_send() {
            return Err(Trouble::spent());
        }
        count.fetch_add(1, Ordering::Relaxed);
        let response = inner
            .crab
            .send(request)
            .await
            .map_err(|error| Trouble::lost(innermost(&error)))?;
        let (head, body) = response.into_parts();
        debug!(method = %call.method, url, status = head.status.as_u16(), "answered");
        let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|error| {
            match error.is::<http_body_util::LengthLimitError>() {
                true => Trouble::useless(format!("it has more than {} MB", BODY_LIMIT >> 20)),
                false => Trouble::lost(innermost(&*error)),
            }
        })?;
        Ok(Raw {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.to_bytes().into(),
        })
    }

    fn accept(&self, call: &Call, raw: Raw, kept: Option<Kept>) -> Result<Answer, Trouble> {
        let Raw {
            status,
            headers,
            body,
        } = raw;
        match (status, kept) {
            (304, Some(kept)) => {
                return Ok(Answer {
                    body: kept.body,
                    next: kept.next,
                    last: kept.last,
                    etag: Some(kept.etag),
                });
            }
            (200..=299, _) => {}
            _ => {
                return Err(Trouble {
                    detail: words(&body, status),
                    fault: Fault::Answered(status, Box::new(headers)),
                });
            }
        }
        // A page of a proxy, or a body that was cut where its length agrees: not an answer of GitHub's.
        if !body.is_empty() && serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_err() {
            return Err(Trouble::lost(format!("{status}, and what came is no JSON")));
        }
        if call.surface == Surface::GraphQl && graphql_limited(&body) {
            // GraphQL says so with a 200.
            return Err(Trouble {
                detail: "rate limit".into(),
                fault: Fault::Answered(429, Box::new(headers)),
            });
        }
        let pages = headers.get(LINK).and_then(|value| value.to_str().ok());
        let answer = Answer {
            body: body.into(),
            next: pages.and_then(link::next).map(str::to_owned),
            last: pages.and_then(link::last).map(str::to_owned),
            etag: headers.get(ETAG).cloned(),
        };
        // What is asked for conditionally is remembered by whoever asks.
        if let Some(etag) = headers
            .get(ETAG)
            .filter(|_| call.method == Method::GET && status == 200 && call.unless.is_none())
        {
            let kept = Kept {
                etag: etag.clone(),
                body: answer.body.clone(),
                next: answer.next.clone(),
                last: answer.last.clone(),
            };
            lock(&self.inner.kept).keep(call.identity, &call.url, kept);
        }
        Ok(answer)
    }
}

fn graphql_limited(body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Refused {
        #[serde(default)]
        errors: Vec<Reason>,
    }
    #[derive(serde::Deserialize)]
    struct Reason {
        r#type: Option<String>,
    }
    let refused = serde_json::from_slice::<Refused>(body);
    refused.is_ok_and(|refused| {
        refused
            .errors
            .iter()
            .any(|reason| reason.r#type.as_deref() == Some("RATE_LIMITED"))
    })
}

/// The last cause: what the system says, without the layers above it and their backtraces.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn seconds_between(now: i64, until: i64) -> Duration {
    Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or(0))
}
