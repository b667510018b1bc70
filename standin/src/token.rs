//! Tokens: what they may do, whose they are, and how many requests they have left. Never looks at a route.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Standin;
use crate::account::AccountKind;
use crate::state::{BOT_ID, State};

/// What kind of token it is; each kind is refused in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `GITHUB_TOKEN`, or any App's installation token.
    Installation,
    /// A personal token with scopes.
    Classic,
    /// A personal token with permissions.
    FineGrained,
}

#[derive(Clone, Debug)]
pub(crate) struct TokenRow {
    pub text: String,
    pub kind: TokenKind,
    pub account: u64,
    /// Installation and fine-grained: area (`contents`, `pull_requests`, …) to `read` or `write`.
    pub permissions: BTreeMap<String, String>,
    /// Classic.
    pub scopes: Vec<String>,
}

impl TokenRow {
    pub fn may_write(&self, area: &str) -> bool {
        self.permissions.get(area).is_some_and(|level| level == "write")
    }

    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }
}

/// Requests left until a reset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub limit: u64,
    pub used: u64,
    /// Real seconds since 1970: clients compare it with their own clock.
    pub reset: u64,
}

impl Window {
    pub fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

const HOUR_SECONDS: u64 = 3600;
/// An hour, for whoever sends no token.
const ANONYMOUS_LIMIT: u64 = 60;
/// An hour and repository, for an installation token of Actions.
const INSTALLATION_LIMIT: u64 = 1000;
/// An hour, for a person.
const USER_LIMIT: u64 = 5000;

/// Real time.
pub(crate) fn wall_clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

impl State {
    /// The window of a token (`""` for none) and a resource (`core`, `graphql`), made or renewed where it is due.
    pub fn window(&mut self, token: &str, resource: &'static str) -> &mut Window {
        let limit = match self.tokens.get(token).map(|row| row.kind) {
            None => ANONYMOUS_LIMIT,
            Some(TokenKind::Installation) => INSTALLATION_LIMIT,
            Some(_) => USER_LIMIT,
        };
        let now = wall_clock();
        let fresh = Window {
            limit,
            used: 0,
            reset: now + HOUR_SECONDS,
        };
        let window = self.windows.entry((token.to_owned(), resource)).or_insert(fresh);
        if window.reset <= now {
            *window = fresh;
        }
        window
    }
}

/// A token, to say what it may do. Each method takes effect at once.
#[derive(Clone)]
pub struct Token {
    standin: Standin,
    text: String,
}

impl Token {
    fn change(self, change: impl FnOnce(&mut State, &mut TokenRow)) -> Token {
        let mut state = self.standin.lock();
        let mut row = state.tokens.remove(&self.text).expect("a token that was made");
        change(&mut state, &mut row);
        state.tokens.insert(self.text.clone(), row);
        drop(state);
        self
    }

    /// An installation token of GitHub Actions that may write contents, pull requests, issues and checks.
    pub fn installation(self) -> Token {
        let areas = ["contents", "pull_requests", "issues", "checks"].map(|area| (area, "write"));
        self.change(|_, row| (row.kind, row.account) = (TokenKind::Installation, BOT_ID))
            .permissions(areas)
    }

    /// Read only, as a fork's `pull_request` run gets it.
    pub fn read_only(self) -> Token {
        self.change(|_, row| {
            row.permissions
                .values_mut()
                .for_each(|level| *level = "read".into());
            row.scopes.clear();
        })
    }

    /// Exactly these permissions, such as `("pull_requests", "write")`; `-` and `_` are the same.
    pub fn permissions<'a>(self, areas: impl IntoIterator<Item = (&'a str, &'a str)>) -> Token {
        let areas = areas
            .into_iter()
            .map(|(area, level)| (area.replace('-', "_"), level.to_owned()));
        self.change(|_, row| row.permissions = areas.collect())
    }

    /// A person's classic token, without scopes so far. The account is made if there is none.
    pub fn user(self, login: &str) -> Token {
        self.change(|state, row| {
            row.account = state.ensure_account(login, AccountKind::User).id;
            row.kind = TokenKind::Classic;
        })
    }

    /// The scopes of a classic token: `repo`, `public_repo`, `gist`.
    pub fn scopes<'a>(self, scopes: impl IntoIterator<Item = &'a str>) -> Token {
        self.change(|_, row| row.scopes = scopes.into_iter().map(str::to_owned).collect())
    }

    /// A person's fine-grained token with exactly these permissions; with none it reads what is public, gists
    /// included.
    pub fn fine_grained<'a>(self, login: &str, areas: impl IntoIterator<Item = (&'a str, &'a str)>) -> Token {
        self.user(login)
            .change(|_, row| row.kind = TokenKind::FineGrained)
            .permissions(areas)
    }

    /// The token itself.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Standin {
    /// Makes a token known. `ghs_…` is an installation token that may write, `github_pat_…` a fine-grained one
    /// without permissions, anything else a classic one without scopes; both of `octocat`.
    pub fn token(&self, text: &str) -> Token {
        let row = TokenRow {
            text: text.to_owned(),
            kind: TokenKind::Classic,
            account: BOT_ID,
            permissions: BTreeMap::new(),
            scopes: Vec::new(),
        };
        self.lock().tokens.insert(text.to_owned(), row);
        let token = Token {
            standin: self.clone(),
            text: text.to_owned(),
        };
        match text {
            _ if text.starts_with("ghs_") => token.installation(),
            _ if text.starts_with("github_pat_") => token.fine_grained("octocat", []),
            _ => token.user("octocat"),
        }
    }

    /// Leaves a token (`""`: whoever sends none) this many REST requests until a reset this many seconds from now.
    pub fn limit(&self, token: &str, remaining: u64, reset_in_seconds: u64) {
        self.set_window(token, "core", remaining, reset_in_seconds);
    }

    /// The same for points of GraphQL.
    pub fn limit_graphql(&self, token: &str, remaining: u64, reset_in_seconds: u64) {
        self.set_window(token, "graphql", remaining, reset_in_seconds);
    }

    fn set_window(&self, token: &str, resource: &'static str, remaining: u64, reset_in_seconds: u64) {
        let mut state = self.lock();
        let window = state.window(token, resource);
        window.limit = window.limit.max(remaining);
        window.used = window.limit - remaining;
        window.reset = wall_clock() + reset_in_seconds;
    }
}
