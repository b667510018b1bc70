//! Which pull requests a run looks at, and in which order. Of an event only a number or a head is believed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cli::Merge;
use crate::commands::validate::pull::Judge;
use crate::commands::{World, validate};
use crate::error::{Error, Result};
use crate::finding::Verdict;
use crate::io::files;
use crate::io::github::PullSummary;
use crate::merge::{Entry, Fate, HOLD};
use crate::model::name::{CommitId, Name};
use crate::render::labels;

/// Which pull requests are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// These.
    Numbers(Vec<u64>),
    /// All of them.
    All,
    /// Those with this head, which was judged just now, and then all that passed when they were judged last.
    Head(CommitId),
}

/// What is open.
#[derive(Debug, Default)]
pub struct Open {
    /// Whose turn it is, in this order.
    pub turn: Vec<u64>,
    /// Those of them that did not pass last time, or that a maintainer holds: DNA is not made again for them.
    pub unlikely: BTreeSet<u64>,
    /// Those that are never merged by themselves.
    pub passed_over: Vec<Entry>,
    /// Others that passed once, and may not any more when something is merged.
    pub others: Vec<u64>,
}

/// From what was typed and what the event says.
///
/// # Errors
/// Wrong usage: nothing says what is meant, or it says it wrongly.
pub fn resolve(world: &World, args: &Merge) -> Result<Chosen> {
    if !args.numbers.is_empty() {
        let mut numbers = args.numbers.clone();
        numbers.sort_unstable();
        numbers.dedup();
        return Ok(Chosen::Numbers(numbers));
    }
    if args.all {
        return Ok(Chosen::All);
    }
    let Some(name) = world
        .env
        .first(&["GITHUB_EVENT_NAME"])
        .filter(|_| world.env.is_actions())
    else {
        let help = "which pull requests? `gistry merge NUMBER…` or `gistry merge --all`";
        return Err(Error::Usage(help.into()));
    };
    let event = match validate::event_path(&world.env) {
        Some(path) => serde_json::from_str(&files::read_text(&path)?)
            .map_err(|error| Error::Usage(format!("GITHUB_EVENT_PATH is no JSON: {error}")))?,
        None => Value::Null,
    };
    from_event(name, &event)
}

fn from_event(name: &str, event: &Value) -> Result<Chosen> {
    let wrong = |what: &str| Error::Usage(format!("the event {name} {what}"));
    match name {
        "schedule" => Ok(Chosen::All),
        "workflow_dispatch" => {
            let text = event
                .pointer("/inputs/number")
                .map(|value| value.as_str().map_or(value.to_string(), String::from));
            match text.as_deref().map(str::trim) {
                None | Some("" | "null") => Ok(Chosen::All),
                Some(text) => match text.parse().ok().filter(|&number| number > 0) {
                    Some(number) => Ok(Chosen::Numbers(vec![number])),
                    None => Err(wrong(&format!(
                        "names {text:?}, which is no pull request's number"
                    ))),
                },
            }
        }
        // Which pull request that was is asked of GitHub: what the event says of pull requests is empty for those of forks,
        // and an artifact could be made by the pull request itself.
        "workflow_run" => {
            let head = event.pointer("/workflow_run/head_sha").and_then(Value::as_str);
            let head = head.and_then(|text| CommitId::parse(text).ok());
            head.map(Chosen::Head)
                .ok_or_else(|| wrong("names no commit at /workflow_run/head_sha"))
        }
        _ => Err(wrong(
            "says nothing about merging; use workflow_run, schedule or workflow_dispatch, or name pull requests",
        )),
    }
}

/// The open pull requests that are meant. Labels decide the order, and save requests; they are not believed.
pub async fn open(judge: &Judge<'_>, branch: &str, chosen: &Chosen) -> Result<Open> {
    let listed = judge.github.open_pulls(&judge.repository).await?;
    let mut open = Open::default();
    let (mut turn, mut named) = (Vec::new(), Vec::new());
    for pull in &listed {
        let rank = rank(&pull.labels);
        let meant = match chosen {
            Chosen::Numbers(numbers) => numbers.contains(&pull.number),
            Chosen::All => true,
            Chosen::Head(head) => pull.head == *head || rank == 0,
        };
        if let Chosen::Numbers(_) = chosen
            && meant
        {
            named.push(pull.number);
        }
        let never = never(pull, branch);
        match (meant, never) {
            (true, Some(why)) => {
                let mut entry = Entry::new(pull.number, Fate::PassedOver, why);
                entry.head = Some(pull.head.clone());
                open.passed_over.push(entry);
            }
            (true, None) => {
                let first = matches!(chosen, Chosen::Head(head) if pull.head == *head);
                turn.push((!first, rank, pull.number));
                let held = pull.labels.iter().any(|label| label == HOLD);
                if !matches!(chosen, Chosen::Numbers(_)) && (held || (rank > 1 && !first)) {
                    open.unlikely.insert(pull.number);
                }
            }
            (false, None) if rank == 0 => open.others.push(pull.number),
            (false, _) => {}
        }
    }
    turn.sort_unstable();
    open.turn = turn.into_iter().map(|(.., number)| number).collect();
    if let Chosen::Numbers(numbers) = chosen {
        // Whoever names one wants to be told what it is, be it closed or none at all.
        open.turn
            .extend(numbers.iter().filter(|number| !named.contains(number)));
    }
    Ok(open)
}

/// Those that passed last time first, then those without a verdict, then the others.
fn rank(pull: &[String]) -> u8 {
    let has = |verdict| pull.iter().any(|label| label == labels::labels(verdict));
    match () {
        () if has(Verdict::Pass) => 0,
        () if has(Verdict::Fail) || has(Verdict::Review) => 2,
        () => 1,
    }
}

fn never(pull: &PullSummary, branch: &str) -> Option<String> {
    if pull.base_branch != branch {
        return Some(format!(
            "it is to be merged into {:?}, not into the default branch",
            pull.base_branch
        ));
    }
    pull.draft.then(|| "it is a draft".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, json: &str) -> Result<Chosen> {
        from_event(name, &serde_json::from_str(json).unwrap())
    }

    #[test]
    fn events_name_a_head_a_number_or_everything() {
        let sha = "a".repeat(40);
        let head = event(
            "workflow_run",
            &format!(r#"{{"workflow_run": {{"head_sha": "{sha}"}}}}"#),
        );
        assert_eq!(head.unwrap(), Chosen::Head(CommitId::parse(&sha).unwrap()));
        let number = event("workflow_dispatch", r#"{"inputs": {"number": " 7 "}}"#);
        assert_eq!(number.unwrap(), Chosen::Numbers(vec![7]));
        for (name, json) in [
            ("schedule", "{}"),
            ("workflow_dispatch", "{}"),
            ("workflow_dispatch", r#"{"inputs": {"number": ""}}"#),
        ] {
            assert_eq!(event(name, json).unwrap(), Chosen::All);
        }
        for (name, json) in [
            ("workflow_run", "{}"),
            ("workflow_run", r#"{"workflow_run": {"head_sha": "$(id)"}}"#),
            ("workflow_dispatch", r#"{"inputs": {"number": "0"}}"#),
            ("workflow_dispatch", r#"{"inputs": {"number": "7; id"}}"#),
            ("pull_request_target", r#"{"pull_request": {"number": 7}}"#),
            ("push", "{}"),
        ] {
            assert!(matches!(event(name, json), Err(Error::Usage(_))), "{name} {json}");
        }
    }

    #[test]
    fn what_passed_comes_first() {
        let labels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(rank(&labels(&["x", "gistry: pass"])), 0);
        assert_eq!(rank(&labels(&[])), 1);
        assert_eq!(rank(&labels(&["gistry: undecided"])), 1);
        assert_eq!(rank(&labels(&["gistry: fail"])), 2);
    }
}
