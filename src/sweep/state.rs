//! What the nightly check remembers from one night to the next: `sweep.json` on the branch gistry-state. Disposable: without it
//! everything is found out again. Never believed further than it can be checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fate::{Death, Facts};
use super::moment;
use super::{APART, NIGHT};
use crate::model::name::{GistId, Login, Timestamp};
use crate::model::owner::AccountId;

/// The version of the form below.
const VERSION: u32 = 1;
/// Longest ETag that is kept, in bytes.
const ETAG: usize = 200;

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The gist after which the next night goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<GistId>,
    /// The last night.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<Night>,
    /// Modules (`@user/name`) that looked dead and are not marked.
    pub pending: BTreeMap<String, Sighting>,
    /// What is known of gists.
    pub gists: BTreeMap<GistId, Known>,
    /// What is known of accounts to which folders are bound.
    pub accounts: BTreeMap<AccountId, Person>,
}

/// A night, which several runs may share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Night {
    /// When its first run began.
    #[serde(with = "moment")]
    pub began: Timestamp,
    /// How many requests were sent in it.
    pub requests: u64,
}

/// A module that looked dead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The gist that it named.
    pub gist: GistId,
    /// How it looked last.
    pub state: Death,
    /// When it did so first.
    #[serde(with = "moment")]
    pub first: Timestamp,
    /// When it did so last.
    #[serde(with = "moment")]
    pub last: Timestamp,
}

/// What is known of a gist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// When it was answered for last.
    #[serde(with = "moment")]
    pub asked: Timestamp,
    /// By which GitHub confirms that nothing changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// What was answered then; nothing for a gist that is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub facts: Option<Facts>,
}

/// What is known of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// When it was answered for last.
    #[serde(with = "moment")]
    pub asked: Timestamp,
    /// Its login then; nothing for an account that is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub login: Option<Login>,
}

#[derive(Serialize)]
struct Out<'a> {
    version: u32,
    #[serde(flatten)]
    state: &'a State,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl State {
    /// Reads what was remembered; where that cannot be read, remembers nothing and says why.
    pub fn read(bytes: &[u8]) -> (Self, Option<String>) {
        let version = serde_json::from_slice::<Version>(bytes);
        let read = match version {
            Ok(Version { version: VERSION }) => {
                serde_json::from_slice::<Self>(bytes).map_err(|error| error.to_string())
            }
            Ok(Version { version }) => Err(format!("its form is {version}, and {VERSION} is known")),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(mut state) => {
                state.gists.values_mut().for_each(Known::sound);
                (state, None)
            }
            Err(why) => (Self::default(), Some(why)),
        }
    }

    /// The file's text, with a final newline.
    pub fn write(&self) -> String {
        let out = Out {
            version: VERSION,
            state: self,
        };
        // Maps with texts and numbers for keys: nothing that JSON cannot hold.
        serde_json::to_string(&out).unwrap_or_default() + "\n"
    }

    /// The night that a run of now belongs to.
    pub fn night(&self, now: &Timestamp) -> Night {
        let running = self.night.clone().filter(|night| {
            let age = now.moment() - night.began.moment();
            age < NIGHT && age >= chrono::TimeDelta::zero()
        });
        running.unwrap_or(Night {
            began: now.clone(),
            requests: 0,
        })
    }
}

impl Known {
    /// An ETag is of use only with what it confirms, and only where it can be sent.
    fn sound(&mut self) {
        let fits =
            |etag: &String| etag.len() <= ETAG && etag.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        self.etag = self.etag.take().filter(fits).filter(|_| self.facts.is_some());
    }
}

impl Night {
    /// Whether something was done in this night already.
    pub fn has(&self, done: &Timestamp, now: &Timestamp) -> bool {
        done.moment() >= self.began.moment() && done.moment() <= now.moment()
    }
}

impl Sighting {
    /// Whether an observation of now would be the second.
    pub fn is_due(&self, now: &Timestamp) -> bool {
        now.moment() - self.first.moment() >= APART
    }

    /// Whether there were two.
    pub fn is_confirmed(&self) -> bool {
        self.last.moment() - self.first.moment() >= APART
    }
}
