//! What is used, as tables and bars on a terminal, and as JSON. Never shows a number that few stand behind, and says so.

use std::fmt::Write as _;

use serde_json::json;

use super::stats::text;
use crate::error::Result;
use crate::model::batch::{Event, Subject};
use crate::model::week::Week;
use crate::stats::rank::{Line, Ranks};

/// The longest bar, in columns.
const BAR: u64 = 40;

/// What is used the most.
#[derive(Debug)]
pub struct Top {
    /// What was counted.
    pub event: Event,
    /// The weeks that were looked at.
    pub weeks: Vec<Week>,
    /// How many contributors a number must have.
    pub k: u64,
    /// Which have it.
    pub ranks: Ranks,
    /// How many more have it.
    pub more: usize,
}

impl Top {
    /// One JSON object, with a final newline.
    ///
    /// # Errors
    /// None that is known.
    pub fn json(&self) -> Result<String> {
        let ranks = self.ranks.shown.iter().map(|rank| {
            json!({"module": rank.subject.as_str(), "contributors": rank.contributors, "count": rank.count})
        });
        text(&json!({
            "version": 1, "command": "stats top", "event": self.event.word(), "weeks": self.weeks, "k": self.k,
            "top": ranks.collect::<Vec<_>>(), "more": self.more, "hidden": self.ranks.hidden,
        }))
    }

    /// A table with a bar for the contributors of each.
    pub fn human(&self) -> String {
        let mut out = match (self.weeks.iter().min(), self.weeks.iter().max()) {
            (Some(first), Some(last)) => format!("{} in {first} to {last}\n", self.event.word()),
            _ => "no statistics were folded yet\n".to_owned(),
        };
        let shown = &self.ranks.shown;
        let name = width(shown.iter().map(|rank| rank.subject.as_str().len()), "module");
        let count = width(shown.iter().map(|rank| rank.count.to_string().len()), "count");
        let most = shown
            .iter()
            .map(|rank| rank.contributors)
            .max()
            .unwrap_or_default();
        if !shown.is_empty() {
            let _ = writeln!(
                out,
                "   #  {:<name$}  contributors  {:>count$}",
                "module", "count"
            );
        }
        for (at, rank) in shown.iter().enumerate() {
            let (at, subject, people) = (at + 1, rank.subject.as_str(), rank.contributors);
            let bar = bar(people, most);
            let _ = writeln!(
                out,
                "{at:>4}  {subject:<name$}  {people:>12}  {:>count$}  {bar}",
                rank.count
            );
        }
        if self.more > 0 {
            let _ = writeln!(out, "      … and {} more (--most)", self.more);
        }
        if self.ranks.hidden > 0 {
            let _ = writeln!(
                out,
                "{} with fewer than {} contributors are not shown",
                self.ranks.hidden, self.k
            );
        }
        out
    }
}

/// One module or package.
#[derive(Debug)]
pub struct Show {
    /// Which.
    pub subject: Subject,
    /// How many contributors a number must have.
    pub k: u64,
    /// What happened, by week, the oldest first.
    pub weeks: Vec<(Week, Vec<Line>)>,
}

impl Show {
    /// One JSON object, with a final newline. A number that is not shown is null.
    ///
    /// # Errors
    /// None that is known.
    pub fn json(&self) -> Result<String> {
        let line = |line: &Line| {
            let (count, people) = (
                line.sum.map(|sum| sum.count),
                line.sum.map(|sum| sum.contributors),
            );
            json!({"event": line.event.word(), "ci": line.ci, "count": count, "contributors": people})
        };
        let weeks = self
            .weeks
            .iter()
            .map(|(week, lines)| json!({"week": week, "lines": lines.iter().map(line).collect::<Vec<_>>()}));
        text(&json!({
            "version": 1, "command": "stats show", "module": self.subject.as_str(), "k": self.k,
            "weeks": weeks.collect::<Vec<_>>(),
        }))
    }

    /// For each event a bar a week.
    pub fn human(&self) -> String {
        let mut out = format!("{}\n", self.subject);
        let mut hidden = 0;
        let mut some = false;
        for (word, event) in Event::ALL {
            for ci in [false, true] {
                let line = |lines: &[Line]| {
                    lines
                        .iter()
                        .find(|line| (line.event, line.ci) == (event, ci))
                        .cloned()
                };
                let of_week: Vec<_> = self
                    .weeks
                    .iter()
                    .map(|(week, lines)| (*week, line(lines)))
                    .collect();
                if of_week.iter().all(|(_, line)| line.is_none()) {
                    continue;
                }
                some = true;
                let _ = writeln!(out, "\n{word}{}", if ci { " in CI" } else { "" });
                let count =
                    |line: &Option<Line>| line.as_ref().and_then(|line| line.sum).map(|sum| sum.count);
                let counts = || of_week.iter().filter_map(|(_, line)| count(line));
                let most = counts().max().unwrap_or_default();
                let column = width(counts().map(|count| count.to_string().len()), "-");
                for (week, line) in &of_week {
                    let _ = match line.as_ref().map(|line| line.sum) {
                        None => writeln!(out, "  {week}  {:>column$}", "-"),
                        Some(None) => {
                            hidden += 1;
                            writeln!(out, "  {week}  {:>column$}", "*")
                        }
                        Some(Some(sum)) => {
                            let bar = bar(sum.count, most);
                            let (count, people) = (sum.count, sum.contributors);
                            writeln!(out, "  {week}  {count:>column$}  {bar} ({people} contributors)")
                        }
                    };
                }
            }
        }
        if !some {
            out.push_str("nothing was shared about it in these weeks\n");
        }
        if hidden > 0 {
            let _ = writeln!(out, "\n* fewer than {} contributors: not shown", self.k);
        }
        out
    }
}

/// As long as its part of the most, and never nothing.
fn bar(value: u64, most: u64) -> String {
    let eighths = u128::from(value) * u128::from(BAR) * 8 / u128::from(most.max(1));
    let eighths = usize::try_from(eighths).unwrap_or_default().max(1);
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    "█".repeat(eighths / 8) + rest
}

fn width(lengths: impl Iterator<Item = usize>, title: &str) -> usize {
    lengths.max().unwrap_or_default().max(title.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;
    use crate::stats::Sum;
    use crate::stats::rank::Rank;

    fn week(number: u32) -> Week {
        Week::new(2026, number).unwrap()
    }

    #[test]
    fn ranks_are_a_table() {
        let rank = |name: &str, contributors, count| Rank {
            subject: Subject::parse(name).unwrap(),
            contributors,
            count,
        };
        let top = Top {
            event: Event::Install,
            weeks: vec![week(46), week(45)],
            k: 5,
            ranks: Ranks {
                shown: vec![rank("@alice/json-utils", 80, 123), rank("@bob/http", 5, 40_000)],
                hidden: 3,
            },
            more: 7,
        };
        let bars = ["█".repeat(40), "██▌".to_owned()];
        let expected = format!(
            "install in 2026-W45 to 2026-W46\n   #  module             contributors  count\n   1  @alice/json-utils            80    123  {}\n   2  @bob/http                     5  40000  {}\n      … and 7 more (--most)\n3 with fewer than 5 contributors are not shown\n",
            bars[0], bars[1]
        );
        assert_eq!(top.human(), expected);
        let json: serde_json::Value = serde_json::from_str(&top.json().unwrap()).unwrap();
        assert_eq!(
            (&json["hidden"], &json["top"][1]["count"]),
            (&json!(3), &json!(40_000))
        );
    }

    #[test]
    fn a_module_has_a_bar_a_week() {
        let line = |sum| Line {
            event: Event::Install,
            ci: false,
            sum,
        };
        let show = Show {
            subject: Subject::parse("@alice/json-utils").unwrap(),
            k: 5,
            weeks: vec![
                (week(44), vec![]),
                (week(45), vec![line(None)]),
                (
                    week(46),
                    vec![line(Some(Sum {
                        count: 120,
                        contributors: 9,
                    }))],
                ),
            ],
        };
        let expected = format!(
            "@alice/json-utils\n\ninstall\n  2026-W44    -\n  2026-W45    *\n  2026-W46  120  {} (9 contributors)\n\n* fewer than 5 contributors: not shown\n",
            "█".repeat(40)
        );
        assert_eq!(show.human(), expected);
        let empty = Show {
            weeks: vec![],
            ..show
        };
        assert!(empty.human().contains("nothing was shared"));
    }
}
