//! Which gists and accounts a run asks about, within its budget. Never asks the same thing twice in a night.

use std::collections::BTreeSet;

use super::registry::Registry;
use super::state::{Night, State};
use crate::model::name::{GistId, Timestamp};
use crate::model::owner::AccountId;

/// What is to be asked, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Gists; those of a second observation first.
    pub gists: Vec<GistId>,
    /// How many of them are there for a second observation.
    pub second: usize,
    /// Accounts of which no gist tells; asked with what the gists leave of the budget.
    pub accounts: Vec<AccountId>,
    /// How many requests may be sent, repetitions included.
    pub left: u64,
}

/// Plans a run. `budget` is for the whole night.
pub fn plan(registry: &Registry, state: &State, now: &Timestamp, budget: u64) -> Plan {
    let night = state.night(now);
    let left = budget.saturating_sub(night.requests);
    let fresh = |gist: &GistId| {
        !state
            .gists
            .get(gist)
            .is_some_and(|known| night.has(&known.asked, now))
    };
    let due: BTreeSet<&GistId> = state
        .pending
        .values()
        .filter(|sighting| sighting.is_due(now))
        .map(|sighting| &sighting.gist)
        .filter(|gist| registry.gists.contains_key(gist) && fresh(gist))
        .collect();
    let after = |gist: &&GistId| state.cursor.as_ref().is_some_and(|cursor| gist <= &cursor);
    let (before, behind): (Vec<&GistId>, Vec<&GistId>) = registry.gists.keys().partition(after);
    let rolling = behind
        .into_iter()
        .chain(before)
        .filter(|gist| fresh(gist) && !due.contains(gist));
    let most = usize::try_from(left).unwrap_or(usize::MAX);
    let gists: Vec<GistId> = due.iter().copied().chain(rolling).take(most).cloned().collect();
    Plan {
        second: due.len().min(most),
        accounts: accounts(registry, state, &night, now),
        gists,
        left,
    }
}

fn accounts(registry: &Registry, state: &State, night: &Night, now: &Timestamp) -> Vec<AccountId> {
    let ids: BTreeSet<AccountId> = registry.bound.values().copied().collect();
    let asked = |id: &AccountId| state.accounts.get(id).map(|person| &person.asked);
    let mut ids: Vec<AccountId> = ids
        .into_iter()
        .filter(|id| !asked(id).is_some_and(|asked| night.has(asked, now)))
        .collect();
    // The longest unheard of first, so that all get their turn.
    ids.sort_by_key(|id| (asked(id).map(|asked| asked.moment()), *id));
    ids
}

/// Notes in the state how much was asked in this night, and where the next one begins. `answered` is in the order of the plan.
pub fn settle(state: &mut State, plan: &Plan, answered: &BTreeSet<GistId>, requests: u64, now: &Timestamp) {
    if requests == 0 {
        return;
    }
    let mut night = state.night(now);
    night.requests = night.requests.saturating_add(requests);
    state.night = Some(night);
    let mut rolling = plan.gists.iter().skip(plan.second);
    if let Some(last) = rolling.rfind(|gist| answered.contains(*gist)) {
        state.cursor = Some(last.clone());
    }
}
