//! Everything that the stand-in remembers. Plain data with look-ups; knows neither HTTP nor JSON.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::DateTime;

use crate::account::{Account, AccountKind};
use crate::exchange::{Logged, Write};
use crate::fault::FaultRow;
use crate::gist::GistRow;
use crate::git::diff::Difference;
use crate::hook::HookRow;
use crate::repo_row::RepoRow;
use crate::token::{TokenRow, Window};

/// GitHub Actions' own account: the author of everything that an installation token writes.
pub const BOT_LOGIN: &str = "github-actions[bot]";
/// Its account id.
pub const BOT_ID: u64 = 41_898_282;
/// Whoever GitHub shows in place of a deleted account.
pub const GHOST_LOGIN: &str = "ghost";
/// Its account id.
pub const GHOST_ID: u64 = 10_137;

const FIRST_ACCOUNT_ID: u64 = 1000;
const FIRST_OBJECT_ID: u64 = 2_000_000;
/// 2026-01-01T00:00:00Z.
const EPOCH: i64 = 1_767_225_600;

/// What the server, the handle and the repositories' handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub state: Mutex<State>,
    pub url: OnceLock<String>,
    pub root: PathBuf,
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        // A handler that panicked has said so; what the others see is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn url(&self) -> &str {
        self.url.get().map_or("", String::as_str)
    }
}

/// All of it.
#[derive(Debug)]
pub(crate) struct State {
    /// Seconds since 1970; one later after each event, so that the same test gives the same times.
    clock: i64,
    next_account: u64,
    next_object: u64,
    pub accounts: BTreeMap<u64, Account>,
    pub gists: BTreeMap<String, GistRow>,
    pub repos: BTreeMap<u64, RepoRow>,
    pub tokens: BTreeMap<String, TokenRow>,
    /// Rate-limit windows by token (or `""` for none) and resource.
    pub windows: BTreeMap<(String, &'static str), Window>,
    pub faults: Vec<FaultRow>,
    pub hooks: Vec<HookRow>,
    pub mergeable_delay: u32,
    pub log: Vec<Logged>,
    pub writes: Vec<Write>,
    pub writes_allowed: bool,
    /// What the contract said about exchanges that are no longer in the log.
    pub violations: Vec<String>,
    pub contract_waived: bool,
    /// Differences by base and head; both are commits, so nothing here grows old.
    pub differences: BTreeMap<(String, String), Arc<Difference>>,
}

impl State {
    pub fn new() -> State {
        let mut state = State {
            clock: EPOCH,
            next_account: FIRST_ACCOUNT_ID,
            next_object: FIRST_OBJECT_ID,
            accounts: BTreeMap::new(),
            gists: BTreeMap::new(),
            repos: BTreeMap::new(),
            tokens: BTreeMap::new(),
            windows: BTreeMap::new(),
            faults: Vec::new(),
            hooks: Vec::new(),
            mergeable_delay: 0,
            log: Vec::new(),
            writes: Vec::new(),
            writes_allowed: false,
            violations: Vec::new(),
            contract_waived: false,
            differences: BTreeMap::new(),
        };
        for (id, login, kind) in [
            (BOT_ID, BOT_LOGIN, AccountKind::Bot),
            (GHOST_ID, GHOST_LOGIN, AccountKind::User),
        ] {
            state.accounts.insert(id, Account::new(id, login, kind, EPOCH));
        }
        state
    }

    /// The time of the next event.
    pub fn tick(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    pub fn now(&self) -> i64 {
        self.clock
    }

    pub fn set_clock(&mut self, seconds: i64) {
        self.clock = seconds;
    }

    pub fn next_object_id(&mut self) -> u64 {
        self.next_object += 1;
        self.next_object
    }

    pub fn next_account_id(&mut self) -> u64 {
        while self.accounts.contains_key(&self.next_account) {
            self.next_account += 1;
        }
        self.next_account
    }

    pub fn account_by_login(&self, login: &str) -> Option<&Account> {
        self.accounts
            .values()
            .find(|account| account.login.eq_ignore_ascii_case(login))
    }

    /// The account, or `ghost` where it was deleted.
    pub fn account_or_ghost(&self, id: u64) -> &Account {
        self.accounts
            .get(&id)
            .unwrap_or_else(|| &self.accounts[&GHOST_ID])
    }

    /// The account with this login, made if there is none.
    pub fn ensure_account(&mut self, login: &str, kind: AccountKind) -> Account {
        if let Some(account) = self.account_by_login(login) {
            return account.clone();
        }
        let (id, at) = (self.next_account_id(), self.tick());
        let account = Account::new(id, login, kind, at);
        self.accounts.insert(id, account.clone());
        account
    }

    pub fn repo_by_name(&self, owner: &str, name: &str) -> Option<u64> {
        let owner = self.account_by_login(owner)?.id;
        let found = self
            .repos
            .values()
            .find(|repo| repo.owner == owner && repo.name.eq_ignore_ascii_case(name));
        found.map(|repo| repo.id)
    }

    pub fn full_name(&self, repo: &RepoRow) -> String {
        format!("{}/{}", self.account_or_ghost(repo.owner).login, repo.name)
    }

    /// What `head` brings to `base` in a repository; worked out once.
    pub fn difference(&mut self, repo: u64, base: &str, head: &str) -> Arc<Difference> {
        let key = (base.to_owned(), head.to_owned());
        if let Some(known) = self.differences.get(&key) {
            return known.clone();
        }
        let made = Arc::new(self.repos[&repo].git.difference(base, head));
        self.differences.insert(key, made.clone());
        made
    }
}

/// GitHub's form of a time.
pub(crate) fn iso(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `length` hex digits that depend on `seed` alone (FNV-1a, one round for every 16 digits).
pub(crate) fn hex(seed: &str, length: usize) -> String {
    let mut out = String::new();
    let mut round = 0_u64;
    while out.len() < length {
        let bytes = round.to_le_bytes().into_iter().chain(seed.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        out += &format!("{:016x}", hash ^ (hash >> 29));
        round += 1;
    }
    out.truncate(length);
    out
}
