//! Which issues should be there, and what is to be done about those that are. Never writes their text, never opens one.

use std::collections::BTreeMap;

use super::fate::Death;
use super::line::{self, Lines, shown};
use crate::model::evidence::ModuleId;
use crate::model::name::{Name, Timestamp};

/// By this (and by its author) the maintainers' issue about very many deaths is found again.
pub const MASS_MARKER: &str = "<!-- gistry:mass-death -->";
const MARKER: &str = "<!-- gistry:dead ";

/// What an issue is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The module.
    pub module: ModuleId,
    /// How it is dead.
    pub state: Death,
    /// Since when.
    pub since: Timestamp,
}

/// The line by which an issue about a module is found again; it says what the issue was last written for.
pub fn marker(wish: &Wish) -> String {
    format!(
        "{MARKER}{} {} {} -->",
        shown(&wish.module),
        wish.state.word(),
        wish.since
    )
}

/// What an issue's text says that it is about.
fn about(body: &str) -> Option<Wish> {
    let (_, rest) = body.split_once(MARKER)?;
    let (words, _) = rest.split_once(" -->")?;
    let mut words = words.split(' ');
    let (module, state, since) = (words.next()?, words.next()?, words.next()?);
    let state = [Death::Gone, Death::Secret, Death::TakenOver]
        .into_iter()
        .find(|death| death.word() == state)?;
    Some(Wish {
        module: line::module(module)?,
        state,
        since: Timestamp::parse(since).ok()?,
    })
}

/// An issue of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub open: bool,
    /// Its text.
    pub body: String,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Todo {
    /// Open the maintainers' issue: so many modules look dead.
    OpenMass(usize),
    /// Open it again.
    ReopenMass(u64, usize),
    /// Close it: the incident is over.
    CloseMass(u64),
    /// Close an issue whose module lives.
    Close(u64, ModuleId),
    /// Open an issue that was closed when the module was last alive.
    Reopen(u64, Wish),
    /// The module is dead in another way now.
    Rewrite(u64, Wish),
    /// Open an issue.
    Open(Wish),
}

/// What is to be done so that the issues are as they should be, the most pressing first. An issue that somebody closed while
/// its module is dead stays closed.
pub fn todo(lines: &Lines, held_back: Option<usize>, found: &[Found]) -> Vec<Todo> {
    let mut own: BTreeMap<ModuleId, Vec<(&Found, Wish)>> = BTreeMap::new();
    let (mut todo, mut mass) = (Vec::new(), Vec::new());
    for issue in found {
        if issue.body.contains(MASS_MARKER) {
            mass.push(issue);
        } else if let Some(wish) = about(&issue.body) {
            own.entry(wish.module.clone()).or_default().push((issue, wish));
        }
    }
    let open = mass.iter().find(|issue| issue.open);
    match (held_back, open, mass.iter().max_by_key(|issue| issue.number)) {
        (Some(_), Some(_), _) | (None, None, _) => {}
        (Some(count), None, None) => todo.push(Todo::OpenMass(count)),
        (Some(count), None, Some(last)) => todo.push(Todo::ReopenMass(last.number, count)),
        (None, Some(_), _) => {
            todo.extend(
                mass.iter()
                    .filter(|issue| issue.open)
                    .map(|issue| Todo::CloseMass(issue.number)),
            );
        }
    }
    for (module, issues) in &own {
        // Of twins the oldest stays.
        let kept = issues.iter().map(|(issue, _)| issue.number).min();
        for (issue, _) in issues.iter().filter(|(issue, _)| issue.open) {
            if !lines.contains_key(module) || Some(issue.number) != kept {
                todo.push(Todo::Close(issue.number, module.clone()));
            }
        }
    }
    let (mut rewritten, mut new) = (Vec::new(), Vec::new());
    for (module, line) in lines {
        let wish = Wish {
            module: module.clone(),
            state: line.state,
            since: line.since.clone(),
        };
        let kept = own
            .get(module)
            .and_then(|issues| issues.iter().min_by_key(|(issue, _)| issue.number));
        match kept {
            None => new.push(wish),
            Some((issue, was)) if issue.open && *was != wish => {
                rewritten.push(Todo::Rewrite(issue.number, wish))
            }
            Some((issue, was)) if !issue.open && was.since != wish.since => {
                rewritten.push(Todo::Reopen(issue.number, wish));
            }
            Some(_) => {}
        }
    }
    new.sort_by(|a, b| (a.since.moment(), &a.module).cmp(&(b.since.moment(), &b.module)));
    todo.extend(rewritten);
    todo.extend(new.into_iter().map(Todo::Open));
    todo
}
