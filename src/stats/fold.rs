//! One week: which batches count. Follows from the set of them alone, in whatever order and however often they come. Never sums anything.

use std::collections::{BTreeMap, HashMap};

use super::aside::{Aside, Reason};
use crate::model::batch::BatchId;
use crate::model::blob::BlobId;
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

/// The batches of a week. There may be tens of thousands: each takes a hundred bytes.
#[derive(Debug, Clone, Default)]
pub struct Week {
    /// Sound batches by id, those with one id by digest.
    sound: BTreeMap<(BatchId, Digest), (AccountId, BlobId)>,
    /// Of each account the batch that counts.
    first: HashMap<AccountId, BatchId>,
    unsound: BTreeMap<(String, Sha256), Aside>,
}

/// The bytes of a SHA-256.
type Digest = [u8; 32];

impl Week {
    /// As the ledger and the quarantine have it.
    pub fn of(ledger: impl IntoIterator<Item = Counted>, quarantine: Vec<Aside>) -> Self {
        let mut week = Self::default();
        for Counted {
            batch,
            sha256,
            account,
            blob,
        } in ledger
        {
            week.keep(batch, &sha256, account, &blob);
        }
        for aside in quarantine {
            let is_sound = matches!(aside.reason, Reason::SecondOfAccount | Reason::SameId);
            match (BatchId::parse(&aside.batch), aside.account) {
                (Ok(id), Some(account)) if is_sound => {
                    week.keep(id, &aside.sha256, account, &aside.blob);
                }
                _ => week.put_aside(aside),
            }
        }
        week.decide();
        week
    }

    /// Whether it has the smallest digest of its id, and whether others have the id; nothing where it is there already.
    fn keep(
        &mut self,
        id: BatchId,
        sha256: &Sha256,
        account: AccountId,
        blob: &ObjectId,
    ) -> Option<(bool, bool)> {
        let digest = sha256.bytes();
        let mut others = self.sound.range((id, [0; 32])..=(id, [0xff; 32]));
        let smallest = others.next().map(|((_, other), _)| *other);
        if self.sound.insert((id, digest), (account, blob.into())).is_some() {
            return None;
        }
        Some((smallest.is_none_or(|other| digest < other), smallest.is_some()))
    }

    fn put_aside(&mut self, aside: Aside) {
        let key = (aside.batch.clone(), aside.sha256.clone());
        self.unsound.insert(key, aside);
    }

    /// Of those with one id the smallest digest, of those of one account the smallest id.
    fn decide(&mut self) {
        let mut first = HashMap::new();
        for (id, smallest, (account, _), _) in self.all() {
            if smallest {
                first.entry(*account).or_insert(id);
            }
        }
        self.first = first;
    }

    /// A batch that cannot be counted.
    pub fn set_aside(&mut self, arrived: Arrived, account: Option<AccountId>, why: String) {
        let Arrived { name, sha256, blob } = arrived;
        // What was sound once stays so, whatever the settings are now.
        let id = BatchId::parse(&name);
        if id.is_ok_and(|id| self.sound.contains_key(&(id, sha256.bytes()))) {
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
        match self.keep(id, &key.1, account, &blob) {
            None => Placed::Known,
            Some((true, false)) => match self.first.get(&account) {
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
            Some((true, true)) => {
                self.decide();
                Placed::Displaces
            }
            Some((false, _)) => Placed::Aside,
        }
    }

    /// Each with whether its digest is the smallest of its id.
    fn all(&self) -> impl Iterator<Item = (BatchId, bool, &(AccountId, BlobId), &Digest)> {
        let mut last = None;
        self.sound.iter().map(move |((id, digest), of)| {
            let smallest = last.replace(*id) != Some(*id);
            (*id, smallest, of, digest)
        })
    }

    fn counts(&self, id: BatchId, smallest: bool, account: AccountId) -> bool {
        smallest && self.first.get(&account) == Some(&id)
    }

    /// The batches that count, by id.
    pub fn counted(&self) -> impl Iterator<Item = Counted> {
        let counting = self
            .all()
            .filter(|(id, smallest, (account, _), _)| self.counts(*id, *smallest, *account));
        counting.map(|(batch, _, (account, blob), digest)| Counted {
            batch,
            sha256: Sha256::from_bytes(digest),
            account: *account,
            blob: ObjectId::of_blob(blob),
        })
    }

    /// The batches that do not count, with their reasons, sorted.
    pub fn aside(&self) -> Vec<Aside> {
        let mut aside: Vec<Aside> = self.unsound.values().cloned().collect();
        let others = self
            .all()
            .filter(|(id, smallest, (account, _), _)| !self.counts(*id, *smallest, *account));
        aside.extend(others.map(|(id, smallest, (account, blob), digest)| Aside {
            batch: id.to_string(),
            sha256: Sha256::from_bytes(digest),
            account: Some(*account),
            blob: ObjectId::of_blob(blob),
            reason: match smallest {
                true => Reason::SecondOfAccount,
                false => Reason::SameId,
            },
        }));
        aside.sort();
        aside
    }
}
