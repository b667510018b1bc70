//! What a run did, as data for people and programs. Never words it.

use serde::Serialize;

use super::fate::Death;
use super::fold::{Changes, Renamed};
use super::line::{Line, Lines, shown};
use super::registry::Registry;
use super::state::State;
use super::tolerated;
use crate::model::evidence::ModuleId;
use crate::model::name::{GistId, Timestamp};

/// The version of the JSON form.
const VERSION: u32 = 1;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The version of this form.
    pub version: u32,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether everything that was planned was asked and written.
    pub complete: bool,
    /// How many modules there are that are not yanked.
    pub modules: usize,
    /// How many gists they name.
    pub gists: usize,
    /// What was asked in this run.
    pub asked: Asked,
    /// How many requests were sent.
    pub requests: Sent,
    /// The gist after which the next night goes on.
    pub cursor: Option<GistId>,
    /// Modules that were marked now.
    pub marked: Vec<Dead>,
    /// Modules whose gist is back.
    pub back: Vec<String>,
    /// Marks that were taken away since the module is yanked or names another gist.
    pub dropped: Vec<String>,
    /// All modules that are marked.
    pub dead: Vec<Dead>,
    /// Modules that looked dead and are not marked.
    pub pending: Vec<Pending>,
    /// Set where so many looked dead that nothing was marked.
    pub held_back: Option<HeldBack>,
    /// Accounts that have another login than their folder's name.
    pub renamed: Vec<Renamed>,
    /// What became of issues, where they were looked at.
    pub issues: Option<Issues>,
    /// What became of undecided pull requests, where they were judged.
    pub pulls: Option<Pulls>,
    /// What was passed over or went wrong.
    pub notes: Vec<String>,
}

/// Questions of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Gists that were to be asked for.
    pub planned: usize,
    /// Gists that were answered for.
    pub gists: usize,
    /// Those that GitHub confirmed unchanged.
    pub unchanged: usize,
    /// Those that are not there.
    pub gone: usize,
    /// Gists for which there was no answer.
    pub unanswered: usize,
    /// Accounts that were answered for.
    pub accounts: usize,
}

/// Requests over REST, repetitions included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// For gists and accounts in this run.
    pub sweep: u64,
    /// The same for all runs of this night.
    pub night: u64,
    /// What a night may send.
    pub budget: u64,
    /// For issues.
    pub issues: u64,
}

/// A marked module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dead {
    /// `@user/name`
    pub module: String,
    /// The gist.
    pub gist: GistId,
    /// In which way.
    pub state: Death,
    /// Since when.
    pub since: String,
}

impl Dead {
    fn new(module: &ModuleId, line: &Line) -> Self {
        Self {
            module: shown(module),
            gist: line.gist.clone(),
            state: line.state,
            since: line.since.as_str().to_owned(),
        }
    }
}

/// A module that looked dead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// `@user/name`
    pub module: String,
    /// The gist.
    pub gist: GistId,
    /// In which way.
    pub state: Death,
    /// When it did so first.
    pub first: String,
}

/// Very many deaths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HeldBack {
    /// How many modules look dead and are not marked.
    pub dead: usize,
    /// How many may.
    pub tolerated: usize,
}

/// What became of issues.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Issues {
    /// New ones.
    pub opened: usize,
    /// Closed ones that are open again.
    pub reopened: usize,
    /// Those whose text changed.
    pub rewritten: usize,
    /// Closed ones.
    pub closed: usize,
    /// Left for the next night.
    pub waiting: usize,
}

/// What became of undecided pull requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pulls {
    /// Those that were judged again.
    pub judged: usize,
    /// Those that have no verdict still.
    pub undecided: usize,
}

impl Report {
    /// What is known before anything was asked.
    pub fn new(registry: &Registry) -> Self {
        Self {
            version: VERSION,
            complete: true,
            modules: registry.targets.len(),
            gists: registry.gists.len(),
            notes: registry.notes.clone(),
            ..Self::default()
        }
    }

    /// Something was passed over or went wrong.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Something could not be asked or written.
    pub fn failed(&mut self, text: impl Into<String>) {
        self.complete = false;
        self.note(text);
    }

    /// What was marked, and what is remembered.
    pub fn outcome(
        &mut self,
        registry: &Registry,
        state: &State,
        lines: &Lines,
        changes: &Changes,
        now: &Timestamp,
    ) {
        let names = |modules: &[ModuleId]| modules.iter().map(shown).collect::<Vec<_>>();
        let dead = |module: &ModuleId| Some(Dead::new(module, lines.get(module)?));
        self.marked = changes.marked.iter().filter_map(dead).collect();
        self.back = names(&changes.back);
        self.dropped = names(&changes.dropped);
        self.dead = lines
            .iter()
            .map(|(module, line)| Dead::new(module, line))
            .collect();
        let marked = |text: &str| super::line::module(text).is_some_and(|module| lines.contains_key(&module));
        let open = state.pending.iter().filter(|(module, _)| !marked(module));
        let pending = open.map(|(module, sighting)| Pending {
            module: module.clone(),
            gist: sighting.gist.clone(),
            state: sighting.state,
            first: sighting.first.as_str().to_owned(),
        });
        self.pending = pending.collect();
        self.held_back = changes.held_back.map(|dead| HeldBack {
            dead,
            tolerated: tolerated(self.modules),
        });
        self.renamed = super::renamed(registry, state);
        self.cursor = state.cursor.clone();
        self.requests.night = state.night(now).requests;
    }
}
