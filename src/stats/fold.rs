//! One week: which batches count. Follows from the set of them alone, in whatever runs and however often they come. Never sums anything,
//! and never holds what counts: of each batch only its account is remembered.

use std::collections::{BTreeMap, HashSet};
use std::iter::Peekable;
use std::vec::IntoIter;

use super::aside::{Aside, Reason};
use crate::model::batch::BatchId;
use crate::model::ledger::Counted;
use crate::model::name::{Name, Sha256};
use crate::model::owner::AccountId;

/// What becomes of a sound batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It counts, and its rows are to be added.
    Counts,
    /// It was there before.
    Known,
    /// It does not count, since another one does.
    Aside,
}

/// What is known of a week at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The batches that do not count, with their reasons, sorted.
    pub aside: Vec<Aside>,
    /// Whether another batch counts in the place of one that counted before: the week is to be summed anew.
    pub anew: bool,
}

/// What tells sound batches apart, and puts them in order.
type Key = (BatchId, Sha256);

fn key(batch: &Counted) -> Key {
    (batch.batch, batch.sha256.clone())
}

/// The batches of a week, in the order of their ids; those with one id in the order of their digests. What was there before comes in that
/// order, too, and so everything is seen once and let go of.
pub struct Week<L: Iterator> {
    ledger: Peekable<L>,
    /// The sound ones that did not count before, in order.
    others: Peekable<IntoIter<Counted>>,
    unsound: BTreeMap<(String, Sha256), Aside>,
    /// Whose batches count.
    accounts: HashSet<AccountId, foldhash::fast::RandomState>,
    last: Option<Key>,
    decided: Decided,
}

impl<E, L: Iterator<Item = Result<Counted, E>>> Week<L> {
    /// As the ledger and the quarantine have it; the ledger in order.
    pub fn new(ledger: L, quarantine: Vec<Aside>) -> Self {
        let (mut others, mut unsound) = (Vec::new(), BTreeMap::new());
        for aside in quarantine {
            let is_sound = matches!(aside.reason, Reason::SecondOfAccount | Reason::SameId);
            match (BatchId::parse(&aside.batch), aside.account) {
                (Ok(batch), Some(account)) if is_sound => others.push(Counted {
                    batch,
                    sha256: aside.sha256,
                    account,
                    blob: aside.blob,
                }),
                _ => drop(unsound.insert((aside.batch.clone(), aside.sha256.clone()), aside)),
            }
        }
        others.sort_by_key(key);
        Self {
            ledger: ledger.peekable(),
            others: others.into_iter().peekable(),
            unsound,
            accounts: HashSet::default(),
            last: None,
            decided: Decided {
                aside: Vec::new(),
                anew: false,
            },
        }
    }

    /// A batch that cannot be counted. Those with an id come in order, with the sound ones.
    ///
    /// # Errors
    /// Those of the ledger, and of whoever is told what counts.
    pub fn set_aside(
        &mut self,
        aside: Aside,
        counts: &mut impl FnMut(&Counted) -> Result<(), E>,
    ) -> Result<(), E> {
        // What was sound once stays so, whatever the settings are now.
        if let Ok(id) = BatchId::parse(&aside.batch)
            && self.until(Some(&(id, aside.sha256.clone())), counts)?
        {
            return Ok(());
        }
        self.unsound
            .insert((aside.batch.clone(), aside.sha256.clone()), aside);
        Ok(())
    }

    /// A sound batch of an account. What comes before it and counts is told first.
    ///
    /// # Errors
    /// Those of the ledger, and of whoever is told what counts.
    pub fn place(
        &mut self,
        batch: Counted,
        counts: &mut impl FnMut(&Counted) -> Result<(), E>,
    ) -> Result<Placed, E> {
        // What was set aside under other settings may count now.
        if !self.unsound.is_empty() {
            self.unsound
                .remove(&(batch.batch.to_string(), batch.sha256.clone()));
        }
        if self.until(Some(&key(&batch)), counts)? {
            return Ok(Placed::Known);
        }
        Ok(match self.decide(batch, counts)? {
            true => Placed::Counts,
            false => Placed::Aside,
        })
    }

    /// What is left of what was there before, and what does not count.
    ///
    /// # Errors
    /// Those of the ledger, and of whoever is told what counts.
    pub fn finish(mut self, counts: &mut impl FnMut(&Counted) -> Result<(), E>) -> Result<Decided, E> {
        self.until(None, counts)?;
        let mut decided = self.decided;
        decided.aside.extend(self.unsound.into_values());
        decided.aside.sort();
        Ok(decided)
    }

    /// Decides on what was there before, as far as this one; whether it was there itself.
    fn until(
        &mut self,
        end: Option<&Key>,
        counts: &mut impl FnMut(&Counted) -> Result<(), E>,
    ) -> Result<bool, E> {
        loop {
            let counted = match self.ledger.next_if(Result::is_err) {
                Some(Err(error)) => return Err(error),
                _ => self.ledger.peek().and_then(|line| line.as_ref().ok()).map(key),
            };
            let other = self.others.peek().map(key);
            let (is_counted, next) = match (counted, other) {
                (None, None) => return Ok(end.is_some() && self.last.as_ref() == end),
                (Some(counted), Some(other)) => (counted <= other, counted.min(other)),
                (Some(counted), None) => (true, counted),
                (None, Some(other)) => (false, other),
            };
            if end.is_some_and(|end| *end < next) {
                return Ok(self.last.as_ref() == end);
            }
            let batch = match is_counted {
                true => self.ledger.next().transpose()?,
                false => self.others.next(),
            };
            let Some(batch) = batch else { continue };
            // One that stands in both is seen twice, and decided on once.
            if self.last.as_ref() != Some(&next) {
                let stays = self.decide(batch, counts)?;
                self.decided.anew |= is_counted != stays;
            }
        }
    }

    /// Whether the next in order counts: of those with one id the one with the smallest digest, of those of one account the smallest id.
    fn decide(
        &mut self,
        batch: Counted,
        counts: &mut impl FnMut(&Counted) -> Result<(), E>,
    ) -> Result<bool, E> {
        let has_id = self.last.as_ref().is_some_and(|(id, _)| *id == batch.batch);
        self.last = Some(key(&batch));
        let reason = match has_id {
            true => Reason::SameId,
            false if self.accounts.insert(batch.account) => {
                counts(&batch)?;
                return Ok(true);
            }
            false => Reason::SecondOfAccount,
        };
        self.decided.aside.push(Aside {
            batch: batch.batch.to_string(),
            sha256: batch.sha256,
            account: Some(batch.account),
            blob: batch.blob,
            reason,
        });
        Ok(false)
    }
}
