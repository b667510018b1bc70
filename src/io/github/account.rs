//! Accounts, and what they may do in a repository. Never decides what follows from it.

use serde::Deserialize;

use super::failure::Failure;
use super::origin::segment;
use super::{GitHub, Identity};
use crate::error::Result;
use crate::model::evidence::Account;
use crate::model::name::{Login, Name, Repository, Timestamp};
use crate::model::owner::AccountId;

/// GitHub's stand-in for deleted accounts.
const GHOST: (&str, AccountId) = ("ghost", 10137);

/// An account as GitHub writes it.
#[derive(Deserialize)]
pub(super) struct User {
    pub(super) login: String,
    pub(super) id: AccountId,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Only where the account itself was asked about.
    #[serde(default)]
    pub(super) created_at: Option<String>,
}

impl User {
    /// The account, or why it is none.
    pub(super) fn account(&self) -> Result<Account, String> {
        if self.id == 0 {
            return Err(format!("{:?} has the account number 0", self.login));
        }
        let login = Login::parse(&self.login).map_err(|invalid| format!("{:?} is {invalid}", self.login))?;
        let created = self.created_at.as_deref();
        Ok(Account {
            login,
            id: self.id,
            person: self.kind == "User",
            created: created.and_then(|text| Timestamp::parse(text).ok()),
        })
    }

    /// Whether it belongs to an App: `name[bot]` is no login, and no publisher.
    pub(super) fn is_app(&self) -> bool {
        self.kind == "Bot" && self.login.ends_with("[bot]")
    }

    /// Whether there is somebody behind it.
    pub(super) fn exists(&self) -> bool {
        (self.login.as_str(), self.id) != GHOST
    }
}

/// What an account may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing that strangers may not.
    None,
    /// Reading.
    Read,
    /// Labels and the like.
    Triage,
    /// Pushing.
    Write,
    /// Settings, too.
    Maintain,
    /// Everything.
    Admin,
}

impl Permission {
    /// Whether it is enough to push.
    pub fn can_write(self) -> bool {
        self >= Self::Write
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "none" => Self::None,
            "read" => Self::Read,
            "triage" => Self::Triage,
            "write" => Self::Write,
            "maintain" => Self::Maintain,
            "admin" => Self::Admin,
            _ => return None,
        })
    }
}

impl GitHub {
    /// What an account may do in a repository now. Somebody who does not exist may do nothing.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn permission(&self, repository: &Repository, login: &str) -> Result<Permission> {
        #[derive(Deserialize)]
        struct Given {
            permission: String,
            role_name: Option<String>,
        }
        let path = format!("/repos/{repository}/collaborators/{}/permission", segment(login));
        let given: Option<Given> = self.get(&path, self.job()).await?;
        // A role of an organisation's own making has another name; `permission` then says what it amounts to.
        Ok(given.map_or(Permission::None, |given| {
            let role = given.role_name.as_deref().and_then(Permission::parse);
            role.or(Permission::parse(&given.permission))
                .unwrap_or(Permission::None)
        }))
    }

    /// The account that has this login now.
    ///
    /// # Errors
    /// It could not be asked, or what came back is no account.
    pub async fn account(&self, login: &Login) -> Result<Option<Account>> {
        self.account_at(&format!("/users/{}", segment(login.as_str())))
            .await
    }

    /// The account of this number, whatever its login is now.
    ///
    /// # Errors
    /// As [`GitHub::account`].
    pub async fn account_by_id(&self, id: AccountId) -> Result<Option<Account>> {
        self.account_at(&format!("/user/{id}")).await
    }

    async fn account_at(&self, path: &str) -> Result<Option<Account>> {
        let found: Option<User> = self.get(path, self.job()).await?;
        let read = |user: User| {
            user.account()
                .map_err(|why| self.unreadable(path, self.job(), &why))
        };
        Ok(found.map(read).transpose()?)
    }

    /// What came back is of the right form, and wrong.
    pub(super) fn unreadable(&self, path: &str, identity: Identity, why: &str) -> Failure {
        Failure::new(
            format!("GET {path}"),
            identity,
            super::failure::Kind::Unreadable,
            why,
        )
    }
}
