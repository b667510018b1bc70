//! What an answer about a gist means for a module. Never believes an answer that was not given.

use serde::{Deserialize, Serialize};

use super::registry::{Binding, Target};
use crate::model::name::Login;
use crate::model::owner::AccountId;

/// In which way a module is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Death {
    /// There is no such gist.
    Gone,
    /// The gist is not public any more.
    Secret,
    /// The gist belongs to another account than the folder, or to nobody.
    TakenOver,
}

impl Death {
    /// As it is written in availability.jsonl.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Secret => "secret",
            Self::TakenOver => "taken-over",
        }
    }
}

/// Who a gist belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GistOwner {
    /// The account.
    pub id: AccountId,
    /// Its login then.
    pub login: Login,
}

/// What matters of a gist that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Whether everybody can find it.
    pub public: bool,
    /// Whose it is; nobody's where the account is gone.
    pub owner: Option<GistOwner>,
}

/// What was answered about a gist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is none.
    Gone,
    /// It is there, with the ETag of the answer.
    There(Facts, Option<String>),
    /// It is as it was when its ETag was given.
    Unchanged,
}

/// What becomes of a module whose gist is so; nothing where it cannot be told.
pub fn fate(target: &Target, facts: Option<&Facts>) -> Option<Result<(), Death>> {
    let Some(facts) = facts else {
        return Some(Err(Death::Gone));
    };
    if !facts.public {
        return Some(Err(Death::Secret));
    }
    let Some(owner) = &facts.owner else {
        return Some(Err(Death::TakenOver));
    };
    match target.owner {
        Binding::Account(id) if id == owner.id => Some(Ok(())),
        Binding::Account(_) => Some(Err(Death::TakenOver)),
        // Nobody said whose folder it is, so nobody can have taken it over.
        Binding::None => Some(Ok(())),
        Binding::Unclear => None,
    }
}
