//! Accounts: people, organisations and bots. What belongs to somebody hangs on the id, never on the login.

use crate::state::{BOT_ID, GHOST_ID};
use crate::{Standin, repo_row::IssueRow};

/// What kind of account it is, as GitHub's `type` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person.
    User,
    /// An organisation.
    Organization,
    /// An App's account.
    Bot,
}

impl AccountKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            AccountKind::User => "User",
            AccountKind::Organization => "Organization",
            AccountKind::Bot => "Bot",
        }
    }
}

/// An account, as it was when asked for.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name, which can change hands.
    pub login: String,
    /// The number, which cannot.
    pub id: u64,
    /// GraphQL's global id.
    pub node_id: String,
    /// Person, organisation or bot.
    pub kind: AccountKind,
    /// The display name.
    pub name: Option<String>,
    /// Seconds since 1970.
    pub created_at: i64,
}

impl Account {
    pub(crate) fn new(id: u64, login: &str, kind: AccountKind, created_at: i64) -> Account {
        Account {
            login: login.to_owned(),
            id,
            node_id: format!("U_kgDO{id:08x}"),
            kind,
            name: None,
            created_at,
        }
    }

    pub(crate) fn email(&self) -> String {
        format!("{}+{}@users.noreply.github.com", self.id, self.login)
    }
}

impl Standin {
    /// The person with this login, made if there is none. Ids ascend from 1000.
    pub fn account(&self, login: &str) -> Account {
        self.lock().ensure_account(login, AccountKind::User)
    }

    /// Makes a new account and lets `change` set its fields before anybody sees it.
    pub fn account_with(&self, login: &str, change: impl FnOnce(&mut Account)) -> Account {
        let mut state = self.lock();
        assert!(
            state.account_by_login(login).is_none(),
            "the login {login} is taken"
        );
        let (id, at) = (state.next_account_id(), state.tick());
        let mut account = Account::new(id, login, AccountKind::User, at);
        change(&mut account);
        if account.id != id {
            account.node_id = Account::new(account.id, login, account.kind, at).node_id;
        }
        assert!(
            !state.accounts.contains_key(&account.id),
            "the account id {} is taken",
            account.id
        );
        state.accounts.insert(account.id, account.clone());
        account
    }

    /// Renames an account: its id and everything it owns stay, the old login becomes free.
    pub fn rename_account(&self, from: &str, to: &str) -> Account {
        let mut state = self.lock();
        assert!(state.account_by_login(to).is_none(), "the login {to} is taken");
        let id = state
            .account_by_login(from)
            .unwrap_or_else(|| panic!("nobody is called {from}"))
            .id;
        let account = state
            .accounts
            .get_mut(&id)
            .expect("an account that was just found");
        account.login = to.to_owned();
        account.clone()
    }

    /// A new account, with a new id, takes a login that somebody gave up.
    pub fn take_over(&self, login: &str) -> Account {
        self.account_with(login, |_| {})
    }

    /// Deletes an account: its gists become ownerless, its forks vanish, its pull requests are `ghost`'s.
    pub fn delete_account(&self, login: &str) {
        let mut state = self.lock();
        let id = state
            .account_by_login(login)
            .unwrap_or_else(|| panic!("nobody is called {login}"))
            .id;
        state.accounts.remove(&id);
        state
            .gists
            .values_mut()
            .filter(|gist| gist.owner == Some(id))
            .for_each(|gist| gist.owner = None);
        state.repos.retain(|_, repo| repo.owner != id);
        let ghost = |user: &mut u64| {
            if *user == id {
                *user = GHOST_ID;
            }
        };
        for repo in state.repos.values_mut() {
            repo.collaborators.remove(&id);
            repo.issues
                .values_mut()
                .for_each(|issue: &mut IssueRow| ghost(&mut issue.user));
            repo.comments
                .values_mut()
                .for_each(|comment| ghost(&mut comment.user));
            repo.reviews
                .values_mut()
                .for_each(|review| ghost(&mut review.user));
        }
        state
            .tokens
            .retain(|_, token| token.account != id || id == BOT_ID);
    }
}
