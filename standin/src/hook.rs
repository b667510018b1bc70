//! Hooks: what a test does in the middle of somebody else's requests, such as moving a head while it is judged.

use std::fmt;

use crate::Standin;
use crate::fault::glob;
use crate::repo::Repo;
use crate::state::State;

/// What runs: once, with whatever it was asked with.
type Action = Box<dyn FnOnce() + Send>;

pub(crate) struct HookRow {
    /// Only requests about this repository, with paths below it; `None`: any request, with its whole path.
    repo: Option<u64>,
    method: String,
    path: String,
    left: u64,
    action: Action,
}

impl fmt::Debug for HookRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (in {})", self.method, self.path, self.left)
    }
}

impl State {
    /// Counts one request; gives the actions that are due, to be run without holding the state.
    pub fn hooks_due(&mut self, method: &str, path: &str, in_repo: Option<(u64, String)>) -> Vec<Action> {
        let mut due = Vec::new();
        for mut hook in std::mem::take(&mut self.hooks) {
            let path = match (&hook.repo, &in_repo) {
                (None, _) => Some(path),
                (Some(wanted), Some((repo, below))) if wanted == repo => Some(below.as_str()),
                _ => None,
            };
            let method = hook.method == "*" || hook.method == method;
            if method && path.is_some_and(|path| glob(&hook.path, path)) {
                hook.left -= 1;
            }
            match hook.left {
                0 => due.push(hook.action),
                _ => self.hooks.push(hook),
            }
        }
        due
    }
}

impl Standin {
    /// The same as [`Repo::on_request`] for any request, such as `GET /gists/*`, by its whole decoded path. Inside,
    /// use the stand-in that is handed in: a captured one would keep itself alive.
    pub fn on_request(
        &self,
        method: &str,
        path: &str,
        nth: u64,
        action: impl FnOnce(&Standin) + Send + 'static,
    ) {
        let weak = self.downgrade();
        let action = move || {
            if let Some(standin) = weak.upgrade() {
                action(&standin);
            }
        };
        add(&mut self.lock(), None, method, path, nth, Box::new(action));
    }
}

fn add(state: &mut State, repo: Option<u64>, method: &str, path: &str, nth: u64, action: Action) {
    assert!(nth > 0, "requests are counted from 1");
    state.hooks.push(HookRow {
        repo,
        method: method.to_owned(),
        path: path.to_owned(),
        left: nth,
        action,
    });
}

impl Repo {
    /// Runs `action` once, when the `nth` (from 1) matching request has been worked out and before its answer is
    /// sent: the client holds what was true before, and the next thing that it asks for has changed.
    ///
    /// The path is below the repository and a glob: `/pulls/1`, `/issues/*/comments`, and for git `/info/refs` and
    /// `/git-upload-pack`. Inside, use the [`Repo`] that is handed in; a captured `Standin` would keep itself alive.
    pub fn on_request(
        &self,
        method: &str,
        path: &str,
        nth: u64,
        action: impl FnOnce(&Repo) + Send + 'static,
    ) {
        let repo = self.clone();
        add(
            &mut self.lock(),
            Some(self.id),
            method,
            path,
            nth,
            Box::new(move || action(&repo)),
        );
    }
}
