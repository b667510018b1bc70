//! What is used: modules and packages by their contributors, and one of them week by week. Never shows a number that few stand behind.

use std::collections::BTreeMap;

use super::table::{Sum, Table};
use crate::model::batch::{Event, Subject};
use crate::model::week::Week;

/// A module or package among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank {
    /// Which.
    pub subject: Subject,
    /// At least so many accounts shared it: the most of one week and one line. Those of several weeks may be the same.
    pub contributors: u64,
    /// How often it happened.
    pub count: u64,
}

/// A list of ranks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranks {
    /// Most contributors first, then by count and by name.
    pub shown: Vec<Rank>,
    /// How many have fewer contributors than are asked for.
    pub hidden: usize,
}

/// The modules and packages to which one of these events happened, in these weeks.
pub fn top(weeks: &[(Week, Table)], events: &[Event], k: u64) -> Ranks {
    let mut ranks: BTreeMap<&Subject, (u64, u64)> = BTreeMap::new();
    for (_, table) in weeks {
        for (subject, _, _, sum) in table.sums().filter(|(_, event, ..)| events.contains(event)) {
            let (contributors, count) = ranks.entry(subject).or_default();
            *contributors = (*contributors).max(sum.contributors);
            *count = count.saturating_add(sum.count);
        }
    }
    let all = ranks.len();
    let mut shown: Vec<Rank> = ranks
        .into_iter()
        .filter(|(_, (contributors, _))| *contributors >= k)
        .map(|(subject, (contributors, count))| Rank {
            subject: subject.clone(),
            contributors,
            count,
        })
        .collect();
    shown.sort_by(|a, b| {
        let key = |rank: &Rank| (rank.contributors, rank.count);
        key(b).cmp(&key(a)).then_with(|| a.subject.cmp(&b.subject))
    });
    let hidden = all - shown.len();
    Ranks { shown, hidden }
}

/// One line of what happened to a module or package in a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What happened.
    pub event: Event,
    /// Whether in continuous integration.
    pub ci: bool,
    /// How often; nothing where few stand behind it.
    pub sum: Option<Sum>,
}

/// What happened to a module or package, by week, the oldest first. A week without anything has no lines.
pub fn history(weeks: &[(Week, Table)], subject: &Subject, k: u64) -> Vec<(Week, Vec<Line>)> {
    let lines = |table: &Table| {
        let keys = Event::ALL
            .iter()
            .flat_map(|(_, event)| [(*event, false), (*event, true)]);
        let lines = keys.filter_map(|(event, ci)| {
            let sum = table.get(subject, event, ci);
            (sum.count > 0).then(|| Line {
                event,
                ci,
                sum: Some(sum).filter(|sum| sum.contributors >= k),
            })
        });
        lines.collect()
    };
    let mut found: Vec<_> = weeks.iter().map(|(week, table)| (*week, lines(table))).collect();
    found.sort_by_key(|(week, _)| *week);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;

    fn weeks() -> Vec<(Week, Table)> {
        let line = |module: &str, event: &str, count: u64, contributors: u64| {
            format!(
                "{{\"module\":\"{module}\",\"event\":\"{event}\",\"ci\":false,\"count\":{count},\"contributors\":{contributors}}}\n"
            )
        };
        let table = |lines: &[String]| Table::read(lines.concat().as_bytes());
        let week = |number| Week::new(2026, number).unwrap();
        vec![
            (
                week(46),
                table(&[
                    line("@a/one", "install", 10, 9),
                    line("@a/loud", "install", 10_000, 1),
                    line("@a/two", "install", 900, 6),
                    line("pandas", "export-miss", 5, 50),
                ]),
            ),
            (
                week(45),
                table(&[
                    line("@a/one", "install", 10, 3),
                    line("@a/two", "update", 1, 99),
                    line("@a/weekly", "install", 4, 4),
                ]),
            ),
            (week(44), table(&[line("@a/weekly", "install", 4, 4)])),
        ]
    }

    #[test]
    fn contributors_rank_and_few_are_hidden() {
        let ranks = top(&weeks(), &[Event::Install], 5);
        let shown: Vec<_> = ranks
            .shown
            .iter()
            .map(|rank| (rank.subject.as_str(), rank.contributors, rank.count))
            .collect();
        // The same four people of two weeks are not eight.
        assert_eq!(shown, [("@a/one", 9, 20), ("@a/two", 6, 900)]);
        assert_eq!(ranks.hidden, 2);
    }

    #[test]
    fn a_week_tells_no_number_of_few() {
        let subject = Subject::parse("@a/one").unwrap();
        let found = history(&weeks(), &subject, 5);
        let sums: Vec<_> = found
            .iter()
            .map(|(week, lines)| {
                (
                    week.to_string(),
                    lines.iter().map(|line| line.sum).collect::<Vec<_>>(),
                )
            })
            .collect();
        let nine = Sum {
            count: 10,
            contributors: 9,
        };
        assert_eq!(
            sums,
            [
                ("2026-W44".to_owned(), vec![]),
                ("2026-W45".to_owned(), vec![None]),
                ("2026-W46".to_owned(), vec![Some(nine)])
            ]
        );
    }
}
