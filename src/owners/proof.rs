//! What proves that a folder belongs to an account: its gists today, or the pull request that brought it. Never guesses from a login alone.
//!
//! A login is given up and taken by others; a gist stays with the account that made it, and a pull request with the
//! account that opened it. So whoever takes over a freed login has neither the old one's gists nor its first pull request.

use super::{Left, Unbound};
use crate::model::evidence::{Account, Answer, Fact, Unavailable};
use crate::model::name::{GistId, ModuleName, Timestamp};
use crate::model::owner::Binding;

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The folder belongs to this account.
    Bind(Binding),
    /// It does not prove anything: why, and what can be done.
    Left(Left),
    /// Something could not be asked.
    Unchecked(Left),
}

/// A merged pull request that brought a publisher's file to the default branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Its number.
    pub number: u64,
    /// Who opened it; nobody when the account is gone, or is an App's.
    pub author: Option<Account>,
    /// When it was merged.
    pub merged_at: Timestamp,
}

/// What the gists of a folder prove: each of its modules that is not yanked has a public gist, and all of them belong to
/// one account, whose login is the folder's name.
pub fn from_gists(unbound: &Unbound, answer: impl Fn(&GistId) -> Answer, now: &Timestamp) -> Proof {
    let folder = &unbound.folder;
    match owner_of_all(unbound, answer) {
        Ok(owner) if owner.login != *folder => {
            let (login, id) = (&owner.login, owner.id);
            let why = format!("its gists belong to {login} (account {id})");
            Proof::Left(left(
                unbound,
                why,
                format!(
                    "if {folder} is called {login} now, `gistry owners repair` binds it where the pull request that brought it \
                     was that account's; else {}",
                    by_hand(unbound)
                ),
            ))
        }
        Ok(owner) => Proof::Bind(Binding {
            folder: folder.clone(),
            login: owner.login,
            id: owner.id,
            since: now.clone(),
            pull: None,
        }),
        Err(proof) => proof,
    }
}

/// What the pull request proves that brought the folder: its author's account, where that has the folder's name as its
/// login, or owns every gist of the folder: then it was renamed.
pub fn from_pull(unbound: &Unbound, brought: &Brought, gists: impl Fn(&GistId) -> Answer) -> Proof {
    let (folder, number) = (&unbound.folder, brought.number);
    let Some(author) = &brought.author else {
        let why = format!("#{number} brought it, and its author's account is gone or no person's");
        return Proof::Left(left(unbound, why, by_hand(unbound)));
    };
    if !author.person {
        let why = format!(
            "#{number} brought it, and {} is no person's account",
            author.login
        );
        return Proof::Left(left(unbound, why, by_hand(unbound)));
    }
    let binding = |login| Binding {
        folder: folder.clone(),
        login,
        id: author.id,
        since: brought.merged_at.clone(),
        pull: Some(number),
    };
    if author.login == *folder {
        return Proof::Bind(binding(author.login.clone()));
    }
    match owner_of_all(unbound, gists) {
        // The login that it had then is the folder's name.
        Ok(owner) if owner.id == author.id => Proof::Bind(binding(folder.clone())),
        Ok(owner) => {
            let why = format!(
                "#{number} of {} (account {}) brought it, and its gists belong to {} (account {})",
                author.login, author.id, owner.login, owner.id
            );
            Proof::Left(left(unbound, why, by_hand(unbound)))
        }
        Err(Proof::Left(reason)) => {
            let why = format!(
                "#{number} of {} (account {}) brought it, and {}",
                author.login, author.id, reason.why
            );
            Proof::Left(left(unbound, why, reason.help))
        }
        Err(proof) => proof,
    }
}

/// A folder of whose beginning no merged pull request tells.
pub fn without_pull(unbound: &Unbound, why: &str) -> Proof {
    let help = format!(
        "`gistry owners init` goes by the gists instead; else {}",
        by_hand(unbound)
    );
    Proof::Left(left(unbound, why.to_owned(), help))
}

/// A folder about which something could not be asked.
pub fn unchecked(unbound: &Unbound, why: String) -> Proof {
    Proof::Unchecked(left(unbound, why, "run this again later".to_owned()))
}

/// The gists whose owners must be known for a proof.
pub fn gists(unbound: &Unbound) -> impl Iterator<Item = &GistId> {
    unbound.modules.iter().map(|(_, gist)| gist)
}

fn owner_of_all(unbound: &Unbound, answer: impl Fn(&GistId) -> Answer) -> Result<Account, Proof> {
    let mut owner: Option<Account> = None;
    let mut not_asked = None;
    for (module, gist) in &unbound.modules {
        match owner_of(unbound, module, gist, answer(gist)) {
            Ok(one) => match &owner {
                Some(other) if other.id != one.id => {
                    let why = format!(
                        "its gists belong to different accounts: {} ({}) and {} ({})",
                        other.login, other.id, one.login, one.id
                    );
                    return Err(Proof::Left(left(unbound, why, own_gists(unbound))));
                }
                _ => owner = Some(one),
            },
            // What is known to be wrong outweighs what is not known.
            Err(Proof::Unchecked(why)) => not_asked = not_asked.or(Some(why)),
            Err(proof) => return Err(proof),
        }
    }
    match (not_asked, owner) {
        (Some(why), _) => Err(Proof::Unchecked(why)),
        (None, Some(owner)) => Ok(owner),
        (None, None) => {
            let why = "it has no module that is not yanked, so no gist says whose it is".to_owned();
            Err(Proof::Left(left(unbound, why, by_hand(unbound))))
        }
    }
}

fn owner_of(unbound: &Unbound, module: &ModuleName, gist: &GistId, answer: Answer) -> Result<Account, Proof> {
    let refuse = |why: String| {
        let why = format!("the gist {gist} of @{}/{module} {why}", unbound.folder);
        Err(Proof::Left(left(unbound, why, own_gists(unbound))))
    };
    match answer {
        Answer::Known(Fact::Gist(found)) => match found.owner {
            _ if !found.public => refuse("is secret".to_owned()),
            None => refuse("belongs to nobody".to_owned()),
            Some(owner) if !owner.person => refuse(format!("belongs to {}, which is no person", owner.login)),
            Some(owner) => Ok(owner),
        },
        Answer::Known(_) => Err(unchecked(
            unbound,
            "the answer is about something else; please report it".into(),
        )),
        Answer::Absent => refuse("is not there".to_owned()),
        Answer::Unknown(why) => Err(unchecked(
            unbound,
            match why {
                Unavailable::Failed(why) => why,
                Unavailable::Offline | Unavailable::LocalOnly => "nobody was asked".to_owned(),
            },
        )),
    }
}

fn left(unbound: &Unbound, why: String, help: String) -> Left {
    Left {
        folder: unbound.folder.to_string(),
        why,
        help,
    }
}

fn own_gists(unbound: &Unbound) -> String {
    let folder = &unbound.folder;
    format!(
        "have {folder} name a public gist of their own, or yank the module, and run this again; else {}",
        by_hand(unbound)
    )
}

fn by_hand(unbound: &Unbound) -> String {
    format!(
        "a maintainer who knows whose it is writes owners/{}.json (docs/formats.md)",
        unbound.folder.key()
    )
}
