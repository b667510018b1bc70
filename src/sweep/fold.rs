//! From answers to what is remembered, and from that to what is marked. Never marks by one observation, nor in an incident.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::fate::{Answer, Death, fate};
use super::line::{Line, Lines, shown};
use super::registry::Registry;
use super::state::{Known, Person, Sighting, State};
use super::tolerated;
use crate::model::evidence::ModuleId;
use crate::model::name::{GistId, Login, Timestamp};
use crate::model::owner::AccountId;

/// What the answers of one run say of modules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// Modules whose gist is as it should be.
    pub alive: BTreeSet<ModuleId>,
    /// Modules that look dead.
    pub dead: BTreeMap<ModuleId, Death>,
}

/// Takes answers into the state, and what they say of modules. `lines` are the modules that are marked already.
pub fn fold(
    registry: &Registry,
    lines: &Lines,
    state: &mut State,
    answers: &BTreeMap<GistId, Answer>,
    now: &Timestamp,
) -> Learned {
    let mut learned = Learned::default();
    // A run that learns nothing changes nothing.
    if !answers.is_empty() {
        forget(registry, lines, state);
    }
    for (gist, answer) in answers {
        let (etag, facts) = match answer {
            Answer::Gone => (None, None),
            Answer::There(facts, etag) => (etag.clone(), Some(facts.clone())),
            Answer::Unchanged => match state.gists.get(gist) {
                Some(Known {
                    etag,
                    facts: Some(facts),
                    ..
                }) => (etag.clone(), Some(facts.clone())),
                // Confirmed is what nobody remembers: no answer.
                _ => continue,
            },
        };
        if let Some(owner) = facts.as_ref().and_then(|facts| facts.owner.as_ref()) {
            let person = Person {
                asked: now.clone(),
                login: Some(owner.login.clone()),
            };
            if registry.bound.values().any(|id| *id == owner.id) {
                state.accounts.insert(owner.id, person);
            }
        }
        for module in registry.gists.get(gist).into_iter().flatten() {
            let Some(target) = registry.targets.get(module) else {
                continue;
            };
            match fate(target, facts.as_ref()) {
                None => {}
                Some(Ok(())) => {
                    state.pending.remove(&shown(module));
                    learned.alive.insert(module.clone());
                }
                Some(Err(death)) => {
                    learned.dead.insert(module.clone(), death);
                    if !lines.contains_key(module) {
                        see(state, module, gist, death, now);
                    }
                }
            }
        }
        state.gists.insert(
            gist.clone(),
            Known {
                asked: now.clone(),
                etag,
                facts,
            },
        );
    }
    learned
}

fn see(state: &mut State, module: &ModuleId, gist: &GistId, death: Death, now: &Timestamp) {
    let new = || Sighting {
        gist: gist.clone(),
        state: death,
        first: now.clone(),
        last: now.clone(),
    };
    let sighting = state.pending.entry(shown(module)).or_insert_with(new);
    if sighting.first.moment() > now.moment() {
        *sighting = new();
    }
    (sighting.state, sighting.last) = (death, now.clone());
}

/// Forgets what the registry does not name any more, and sightings of what is marked.
fn forget(registry: &Registry, lines: &Lines, state: &mut State) {
    state.pending.retain(|text, sighting| {
        let Some(module) = super::line::module(text) else {
            return false;
        };
        let named = registry
            .targets
            .get(&module)
            .is_some_and(|target| target.gist == sighting.gist);
        (named || registry.unclear(&module)) && !lines.contains_key(&module)
    });
    if !registry.is_partial() {
        state.gists.retain(|gist, _| registry.gists.contains_key(gist));
    }
    let bound: BTreeSet<AccountId> = registry.bound.values().copied().collect();
    state.accounts.retain(|id, _| bound.contains(id));
}

/// What a run changes in availability.jsonl.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Newly dead.
    pub marked: Vec<ModuleId>,
    /// Their gist is back.
    pub back: Vec<ModuleId>,
    /// Yanked since, or of another gist now: what was said is of no use any more.
    pub dropped: Vec<ModuleId>,
    /// So many modules look dead and are not marked that nothing was marked.
    pub held_back: Option<usize>,
}

/// What availability.jsonl says after a run, and what is new in it. With `trust`, even very many deaths are marked.
pub fn mark(
    registry: &Registry,
    lines: &Lines,
    state: &State,
    learned: &Learned,
    now: &Timestamp,
    trust: bool,
) -> (Lines, Changes) {
    let (mut after, mut changes) = (Lines::new(), Changes::default());
    for (module, line) in lines {
        let same = registry
            .targets
            .get(module)
            .is_some_and(|target| target.gist == line.gist);
        if registry.unclear(module) {
            after.insert(module.clone(), line.clone());
        } else if !same {
            changes.dropped.push(module.clone());
        } else if learned.alive.contains(module) {
            changes.back.push(module.clone());
        } else {
            let state = learned.dead.get(module).copied().unwrap_or(line.state);
            after.insert(
                module.clone(),
                Line {
                    state,
                    ..line.clone()
                },
            );
        }
    }
    // What was said about the clock of another machine is not believed.
    let is_past = |sighting: &Sighting| sighting.last.moment() <= now.moment();
    let open: Vec<(ModuleId, &Sighting)> = state
        .pending
        .iter()
        .filter_map(|(text, sighting)| Some((super::line::module(text)?, sighting)))
        .filter(|(module, sighting)| {
            let target = registry.targets.get(module);
            target.is_some_and(|target| target.gist == sighting.gist) && !after.contains_key(module)
        })
        .collect();
    if open.len() > tolerated(registry.targets.len()) && !trust {
        changes.held_back = Some(open.len());
        return (after, changes);
    }
    for (module, sighting) in open {
        if sighting.is_confirmed() && is_past(sighting) {
            let line = Line {
                gist: sighting.gist.clone(),
                state: sighting.state,
                since: Timestamp::new(sighting.last.moment()),
            };
            after.insert(module.clone(), line);
            changes.marked.push(module);
        }
    }
    changes.marked.sort();
    (after, changes)
}

/// A bound account that has another login now, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// The folder.
    pub folder: Login,
    /// The account.
    pub id: AccountId,
    /// Its login now; nothing where the account is gone.
    pub login: Option<Login>,
}

/// The accounts whose login is not their folder's name any more, as far as is known.
pub fn renamed(registry: &Registry, state: &State) -> Vec<Renamed> {
    let renamed = |(folder, id): (&Login, &AccountId)| {
        let login = state.accounts.get(id)?.login.clone();
        (login.as_ref() != Some(folder)).then(|| Renamed {
            folder: folder.clone(),
            id: *id,
            login,
        })
    };
    registry.bound.iter().filter_map(renamed).collect()
}
