//! The handle: starts the server, shows what was asked of it, and complains at the end about what nobody expected.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use percent_encoding::percent_decode_str;
use tempfile::TempDir;

use crate::contract;
use crate::exchange::{Logged, Write};
use crate::fault::glob;
use crate::router;
use crate::server::Server;
use crate::state::{Shared, State};

/// A running GitHub. Clones share it; it stops when the last one is dropped.
#[derive(Clone)]
pub struct Standin {
    guard: Arc<Guard>,
}

pub(crate) struct Guard {
    shared: Arc<Shared>,
    server: Option<Server>,
    // Removed after the server has stopped.
    _root: TempDir,
}

impl fmt::Debug for Standin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Standin({})", self.url())
    }
}

/// A stand-in that may be gone.
pub(crate) struct WeakStandin(Weak<Guard>);

impl WeakStandin {
    pub fn upgrade(&self) -> Option<Standin> {
        Some(Standin {
            guard: self.0.upgrade()?,
        })
    }
}

impl Standin {
    /// Starts on a free port of 127.0.0.1.
    pub fn start() -> Standin {
        Standin::start_on(0)
    }

    /// Starts on this port (0: a free one).
    pub fn start_on(port: u16) -> Standin {
        let root = tempfile::Builder::new()
            .prefix("standin-")
            .tempdir()
            .expect("a temporary directory");
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new()),
            url: OnceLock::new(),
            root: root.path().to_owned(),
        });
        let served = shared.clone();
        let server = Server::start(port, |url| {
            served.url.set(url).expect("a server is started once");
            Arc::new(move |request| router::serve(&served, request))
        });
        Standin {
            guard: Arc::new(Guard {
                shared,
                server: Some(server),
                _root: root,
            }),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.guard.shared
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.guard.shared.lock()
    }

    /// The base of the REST API, such as `http://127.0.0.1:4000`, without a slash at the end.
    pub fn url(&self) -> String {
        self.shared().url().to_owned()
    }

    /// The GraphQL endpoint.
    pub fn graphql_url(&self) -> String {
        format!("{}/graphql", self.url())
    }

    pub(crate) fn downgrade(&self) -> WeakStandin {
        WeakStandin(Arc::downgrade(&self.guard))
    }

    /// Everything that was asked so far, oldest first; `/_standin/…` is not kept.
    pub fn requests(&self) -> Vec<Logged> {
        self.lock().log.clone()
    }

    /// Those of them whose method (or `*`) and decoded path match; globs are as in [`Standin::fault`].
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<Logged> {
        let decode = |logged: &Logged| percent_decode_str(&logged.path).decode_utf8_lossy().into_owned();
        let fits =
            |logged: &Logged| (method == "*" || method == logged.method) && glob(path, &decode(logged));
        self.lock()
            .log
            .iter()
            .filter(|logged| fits(logged))
            .cloned()
            .collect()
    }

    /// Forgets the requests logged so far. What the contract says about them is kept.
    pub fn clear_requests(&self) {
        let mut state = self.lock();
        let log = std::mem::take(&mut state.log);
        state
            .violations
            .extend(log.iter().flat_map(contract::check_exchange));
    }

    /// Where an exchange so far broke GitHub's own OpenAPI description, one line each.
    pub fn contract_violations(&self) -> Vec<String> {
        self.lock().contract_violations()
    }

    /// Panics where an exchange so far broke GitHub's own OpenAPI description. Happens by itself at the end.
    pub fn check_contract(&self) {
        let wrong = self.contract_violations();
        assert!(
            wrong.is_empty(),
            "GitHub's description was broken:\n  {}",
            wrong.join("\n  ")
        );
    }

    /// For a test that breaks the contract on purpose: nothing is checked at the end.
    pub fn waive_contract(&self) {
        self.lock().contract_waived = true;
    }

    /// What changed state over HTTP since the last call, oldest first. Refused requests changed nothing and are in
    /// [`Standin::requests`] only.
    pub fn take_writes(&self) -> Vec<Write> {
        std::mem::take(&mut self.lock().writes)
    }

    /// From now on writes need not be taken.
    pub fn allow_writes(&self) {
        self.lock().writes_allowed = true;
    }

    /// For how many `GET`s of a pull request after a push `mergeable` is `null` and `refs/pull/N/merge` stays behind;
    /// 0 unless told otherwise.
    pub fn mergeable_delay(&self, gets: u32) {
        self.lock().mergeable_delay = gets;
    }

    /// Sets the clock that dates everything (seconds since 1970). It starts at 2026-01-01T00:00:00Z and each event is
    /// one second later.
    pub fn set_clock(&self, seconds: i64) {
        self.lock().set_clock(seconds);
    }

    /// The clock that dates everything.
    pub fn clock(&self) -> i64 {
        self.lock().now()
    }
}

impl State {
    fn contract_violations(&self) -> Vec<String> {
        let now = self.log.iter().flat_map(contract::check_exchange);
        self.violations.iter().cloned().chain(now).collect()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        // A hook that never ran holds the state, which holds the hook.
        self.shared.lock().hooks.clear();
        if std::thread::panicking() {
            return;
        }
        let state = self.shared.lock();
        let mut wrong: Vec<String> = match state.contract_waived {
            true => Vec::new(),
            false => state.contract_violations(),
        };
        if !state.writes_allowed {
            let unexpected = state.writes.iter();
            wrong.extend(
                unexpected.map(|write| format!("a write that nobody took with take_writes(): {write}")),
            );
        }
        drop(state);
        assert!(
            wrong.is_empty(),
            "the stand-in saw what it should not:\n  {}",
            wrong.join("\n  ")
        );
    }
}
