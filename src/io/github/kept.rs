//! Answers that GitHub can confirm with a 304, which does not count against the limit (RFC 9110 §13). Never on disk.

use std::collections::HashMap;
use std::sync::Arc;

use super::Identity;

/// Bytes of bodies; what comes later is not kept.
const LIMIT: usize = 64 << 20;

/// An answer to a GET with status 200; a 404 is never kept, since a 304 would make it a success.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) etag: http::HeaderValue,
    pub(super) body: Arc<[u8]>,
    pub(super) next: Option<String>,
    pub(super) last: Option<String>,
}

/// Kept answers by address, and by who asked: another token may see another answer.
#[derive(Default)]
pub(super) struct Answers {
    answers: HashMap<(Identity, String), Kept>,
    bytes: usize,
}

impl Answers {
    pub(super) fn get(&self, identity: Identity, url: &str) -> Option<Kept> {
        self.answers.get(&(identity, url.to_owned())).cloned()
    }

    pub(super) fn keep(&mut self, identity: Identity, url: &str, kept: Kept) {
        if let Some(old) = self.answers.remove(&(identity, url.to_owned())) {
            self.bytes -= old.body.len();
        }
        if self.bytes + kept.body.len() <= LIMIT {
            self.bytes += kept.body.len();
            self.answers.insert((identity, url.to_owned()), kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_given_back() {
        let etag = http::HeaderValue::from_static("\"e\"");
        let kept = |size: usize| Kept {
            etag: etag.clone(),
            body: vec![0; size].into(),
            next: None,
            last: None,
        };
        let mut answers = Answers::default();
        answers.keep(Identity::Job, "a", kept(LIMIT));
        answers.keep(Identity::Job, "b", kept(1));
        assert!(answers.get(Identity::Job, "a").is_some() && answers.get(Identity::Job, "b").is_none());
        assert!(answers.get(Identity::Nobody, "a").is_none());
        answers.keep(Identity::Job, "a", kept(1));
        answers.keep(Identity::Job, "b", kept(1));
        assert!(answers.get(Identity::Job, "b").is_some());
    }
}
