//! One week: which batches count. Follows from the set of them alone, in whatever order and however often they come. Never sums anything.

use std::collections::{BTreeMap, HashMap};

use super::aside::{Aside, Reason};
use crate::model::batch::BatchId;
use crate::model::ledger::Counted;
use crate::model::name::{Name, ObjectId, Sha256};
use crate::model::owner::AccountId;

/// A batch that came out of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The file's name without its extension.
    pub name: String,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// The blob that holds them.
    pub blob: ObjectId,
}

/// What becomes of a sound batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It counts, and its rows are to be added.
    Counts,
    /// It was there before.
    Known,
    /// It does not count, since another one does.
    Aside,
    /// It counts in the place of another one: the week is to be summed anew.
    Displaces,
}

/// The batches of a week.
#[derive(Debug, Clone, Default)]
pub struct Week {
    /// Sound batches by id, those with one id by digest.
    sound: BTreeMap<BatchId, Vec<Sound>>,
    /// Of each account the batch that counts.
    first: HashMap<AccountId, BatchId>,
    unsound: BTreeMap<(String, Sha256), Aside>,
}

#[derive(Debug, Clone)]
struct Sound {
    sha256: Sha256,
    account: AccountId,
    blob: ObjectId,
}

impl Week {
    /// As the ledger and the quarantine have it.
    pub fn of(ledger: Vec<Counted>, quarantine: Vec<Aside>) -> Self {
        let mut week = Self::default();
        for Counted {
            batch,
            sha256,
            account,
            blob,
        } in ledger
        {
            week.keep(
                batch,
                Sound {
                    sha256,
                    account,
                    blob,
                },
            );
        }
        for aside in quarantine {
            let is_sound = matches!(aside.reason, Reason::SecondOfAccount | Reason::SameId);
            match (BatchId::parse(&aside.batch), aside.account) {
                (Ok(id), Some(account)) if is_sound => {
                    let Aside { sha256, blob, .. } = aside;
                    week.keep(
                        id,
                        Sound {
                            sha256,
                            account,
                            blob,
                        },
                    );
                }
                _ => week.put_aside(aside),
            }
        }
        week.decide();
        week
    }

    /// Where it is among those with its id, and how many these were; nothing where it is there already.
    fn keep(&mut self, id: BatchId, sound: Sound) -> Option<(usize, usize)> {
        let all = self.sound.entry(id).or_default();
        let at = all
            .binary_search_by(|known| known.sha256.cmp(&sound.sha256))
            .err()?;
        all.insert(at, sound);
        Some((at, all.len() - 1))
    }

    fn put_aside(&mut self, aside: Aside) {
        let key = (aside.batch.clone(), aside.sha256.clone());
        self.unsound.insert(key, aside);
    }

    /// Of those with one id the smallest digest, of those of one account the smallest id.
    fn decide(&mut self) {
        self.first.clear();
        for (id, all) in &self.sound {
            if let Some(sound) = all.first() {
                self.first.entry(sound.account).or_insert(*id);
            }
        }
    }

    /// A batch that cannot be counted.
    pub fn set_aside(&mut self, arrived: Arrived, account: Option<AccountId>, why: String) {
        let Arrived { name, sha256, blob } = arrived;
        // What was sound once stays so, whatever the settings are now.
        let of_id = BatchId::parse(&name).ok().and_then(|id| self.sound.get(&id));
        if of_id.is_some_and(|all| all.iter().any(|known| known.sha256 == sha256)) {
            return;
        }
        self.put_aside(Aside {
            batch: name,
            sha256,
            account,
            blob,
            reason: Reason::Unsound(why),
        });
    }

    /// A sound batch of an account.
    pub fn place(&mut self, id: BatchId, arrived: Arrived, account: AccountId) -> Placed {
        let Arrived { name, sha256, blob } = arrived;
        // What was set aside under other settings may count now.
        let key = (name, sha256);
        self.unsound.remove(&key);
        let sha256 = key.1;
        match self.keep(
            id,
            Sound {
                sha256,
                account,
                blob,
            },
        ) {
            None => Placed::Known,
            Some((0, 0)) => match self.first.get(&account) {
                Some(first) if *first < id => Placed::Aside,
                None => {
                    self.first.insert(account, id);
                    Placed::Counts
                }
                Some(_) => {
                    self.decide();
                    Placed::Displaces
                }
            },
            Some((0, _)) => {
                self.decide();
                Placed::Displaces
            }
            Some(_) => Placed::Aside,
        }
    }

    fn counts(&self, id: BatchId, at: usize, sound: &Sound) -> bool {
        at == 0 && self.first.get(&sound.account) == Some(&id)
    }

    fn all(&self) -> impl Iterator<Item = (BatchId, usize, &Sound)> {
        self.sound
            .iter()
            .flat_map(|(id, all)| all.iter().enumerate().map(move |(at, sound)| (*id, at, sound)))
    }

    /// The batches that count, by id.
    pub fn counted(&self) -> impl Iterator<Item = Counted> {
        let counting = self.all().filter(|(id, at, sound)| self.counts(*id, *at, sound));
        counting.map(|(batch, _, sound)| Counted {
            batch,
            sha256: sound.sha256.clone(),
            account: sound.account,
            blob: sound.blob.clone(),
        })
    }

    /// The batches that do not count, with their reasons, sorted.
    pub fn aside(&self) -> Vec<Aside> {
        let mut aside: Vec<Aside> = self.unsound.values().cloned().collect();
        let others = self.all().filter(|(id, at, sound)| !self.counts(*id, *at, sound));
        aside.extend(others.map(|(id, at, sound)| Aside {
            batch: id.to_string(),
            sha256: sound.sha256.clone(),
            account: Some(sound.account),
            blob: sound.blob.clone(),
            reason: match at {
                0 => Reason::SecondOfAccount,
                _ => Reason::SameId,
            },
        }));
        aside.sort();
        aside
    }
}
