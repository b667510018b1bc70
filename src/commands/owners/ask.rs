//! Gists of publishers, asked in portions, and what `owners init` makes of the answers. Never asks the same twice.

use std::collections::{BTreeMap, BTreeSet};

use super::Clerk;
use crate::io::evidence::{self, Rooms};
use crate::model::evidence::{Answer, Ask, Unavailable};
use crate::model::name::GistId;
use crate::owners::{self, Outcome, Registered, Unbound};

/// Gists that are asked about in one go. When GitHub stops answering, whole publishers are done and the others are not.
const PORTION: usize = 100;

/// After so many questions in a row without an answer there is no use in asking on.
const SILENCE: usize = 8;

/// Answers that were had.
#[derive(Default)]
pub struct Known {
    gists: BTreeMap<GistId, Answer>,
    /// How many of the last questions had no answer.
    silent: usize,
}

impl Known {
    /// The answer, if it was asked.
    pub fn get(&self, gist: &GistId) -> Answer {
        let not_asked = || Answer::Unknown(Unavailable::Failed("it was not asked".into()));
        self.gists.get(gist).cloned().unwrap_or_else(not_asked)
    }

    fn has(&self, gist: &GistId) -> bool {
        self.gists
            .get(gist)
            .is_some_and(|answer| !matches!(answer, Answer::Unknown(_)))
    }
}

impl Clerk<'_> {
    /// Every publisher without a binding, by its gists.
    pub(super) async fn init(&mut self, registered: &Registered) -> Outcome {
        let mut outcome = Outcome {
            left: registered.left.clone(),
            already: registered.already,
            ..Outcome::default()
        };
        let progress = self.world.progress();
        progress.start("looking at the publishers' gists", Some(registered.unbound.len()));
        let mut silent = None;
        for portion in portions(&registered.unbound) {
            if let Some(why) = &silent {
                let unchecked = |unbound| owners::unchecked(unbound, String::clone(why));
                portion.iter().map(unchecked).for_each(|proof| outcome.add(proof));
                continue;
            }
            silent = self.ask(portion).await;
            for unbound in portion {
                let answer = |gist: &GistId| self.known.get(gist);
                outcome.add(owners::from_gists(unbound, answer, &self.world.now));
            }
            progress.advance(portion.len());
        }
        outcome
    }

    /// Asks about the gists of these publishers. Where GitHub has not answered for long, this is why.
    pub(super) async fn ask(&mut self, publishers: &[Unbound]) -> Option<String> {
        let gists = publishers.iter().flat_map(owners::gists);
        let asks: BTreeSet<Ask> = gists
            .filter(|gist| !self.known.has(gist))
            .map(|gist| Ask::Gist(gist.clone()))
            .collect();
        if asks.is_empty() {
            return None;
        }
        let nowhere = |_: &Ask| Answer::Unknown(Unavailable::Failed("it was not asked".into()));
        let rooms = Rooms {
            github: Some(&self.github),
            repository: None,
            registry: &nowhere,
            offline: Unavailable::Offline,
            packages: None,
        };
        let evidence = evidence::gather(rooms, asks.clone(), &*self.world.progress()).await;
        let mut why = None;
        for ask in asks {
            let answer = evidence.get(&ask);
            match &answer {
                Answer::Unknown(Unavailable::Failed(reason)) => {
                    self.known.silent += 1;
                    why = Some(reason.clone());
                }
                _ => self.known.silent = 0,
            }
            if let Ask::Gist(gist) = ask {
                self.known.gists.insert(gist, answer);
            }
        }
        why.filter(|_| self.known.silent >= SILENCE)
    }
}

/// Publishers in portions of so many gists; one with more is a portion of its own.
fn portions(publishers: &[Unbound]) -> impl Iterator<Item = &[Unbound]> {
    let mut rest = publishers;
    std::iter::from_fn(move || {
        let mut gists = 0;
        let mut fits = |unbound: &Unbound| {
            gists += unbound.modules.len();
            gists <= PORTION
        };
        let count = rest.iter().take_while(|unbound| fits(unbound)).count();
        let (portion, left) = rest.split_at(count.max(1).min(rest.len()));
        rest = left;
        (!portion.is_empty()).then_some(portion)
    })
}
