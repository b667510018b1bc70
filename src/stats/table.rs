//! `stats/{year}/W{nn}.jsonl`: sums by module, event and ci. Never knows which batches they came from.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use foldhash::quality::RandomState;
use serde::Deserialize;

use crate::model::batch::{Event, Row, Subject};
use crate::model::name::Name;

/// How often something happened, and by how many accounts that was shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// How often.
    pub count: u64,
    /// How many accounts shared it.
    pub contributors: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.contributors = self.contributors.saturating_add(other.contributors);
    }
}

/// For each event that can happen to a subject one sum without ci and one with it: two events happen to packages, three to modules.
type Sums = [Sum; 6];

/// Where the sum of an event is.
fn slot(event: Event, ci: bool) -> usize {
    let at = match event {
        Event::CacheHit | Event::ExportHit => 0,
        Event::Install | Event::ExportMiss => 1,
        Event::Update => 2,
    };
    2 * at + usize::from(ci)
}

/// Whether an event can happen to a subject.
fn is_of(event: Event, subject: &Subject) -> bool {
    event.is_of_packages() == subject.is_package()
}

/// The sums of a week, or of several.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Where a subject's sums are: apart from it, since there is room for twice as many in a map as are in it.
    at: HashMap<Subject, usize, RandomState>,
    /// Page by page: one list of all would have to be copied as it grows.
    sums: Vec<Vec<Sums>>,
    /// How many there are.
    count: usize,
}

/// Subjects of a page.
const PAGE: usize = 256;

/// A line as it is written.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    module: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    ci: bool,
    count: u64,
    contributors: u64,
}

impl Table {
    /// By the lines that can be read.
    pub fn read(bytes: &[u8]) -> Self {
        let mut table = Self::default();
        bytes
            .split(|&byte| byte == b'\n')
            .for_each(|line| table.add_line(line));
        table
    }

    /// Adds a line of the file; one of another kind is passed over, since a later gistry may write more.
    pub fn add_line(&mut self, line: &[u8]) {
        let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else {
            return;
        };
        let Line {
            count,
            contributors,
            ci,
            ..
        } = line;
        if let (Ok(subject), Some(event)) = (Subject::parse(&line.module), Event::of(&line.event)) {
            self.put(&subject, event, ci, Sum { count, contributors });
        }
    }

    fn put(&mut self, subject: &Subject, event: Event, ci: bool, sum: Sum) {
        if !is_of(event, subject) {
            return;
        }
        let at = match self.at.get(subject) {
            Some(at) => *at,
            None => {
                if self.count.is_multiple_of(PAGE) {
                    self.sums.push(Vec::with_capacity(PAGE));
                }
                self.sums[self.count / PAGE].push(Sums::default());
                self.at.insert(subject.clone(), self.count);
                self.count += 1;
                self.count - 1
            }
        };
        self.sums[at / PAGE][at % PAGE][slot(event, ci)].add(sum);
    }

    fn of(&self, at: usize) -> &Sums {
        &self.sums[at / PAGE][at % PAGE]
    }

    /// Adds a batch: each row is of one more contributor.
    pub fn add(&mut self, rows: &[Row]) {
        for row in rows {
            let (subject, event, ci) = row.key();
            let (count, contributors) = (row.count.value, 1);
            self.put(subject, event, ci, Sum { count, contributors });
        }
    }

    /// The sum of one line; zeros where there is none.
    pub fn get(&self, subject: &Subject, event: Event, ci: bool) -> Sum {
        let at = self.at.get(subject).filter(|_| is_of(event, subject));
        at.map(|at| self.of(*at)[slot(event, ci)]).unwrap_or_default()
    }

    /// Every sum that is not nothing, in no order.
    pub fn sums(&self) -> impl Iterator<Item = (&Subject, Event, bool, Sum)> {
        self.at.iter().flat_map(|(subject, at)| {
            let sums = self.of(*at);
            let slots = Event::ALL
                .iter()
                .flat_map(|(_, event)| [(*event, false), (*event, true)]);
            slots.filter_map(move |(event, ci)| {
                let sum = is_of(event, subject).then(|| sums[slot(event, ci)])?;
                (sum.count > 0).then_some((subject, event, ci, sum))
            })
        })
    }

    /// The file's lines, sorted: those of one subject together, each with its end.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let mut subjects: Vec<&Subject> = self.at.keys().collect();
        subjects.sort_unstable();
        subjects.into_iter().map(|subject| {
            let mut text = String::new();
            for (word, event) in Event::ALL {
                for ci in [false, true] {
                    let Sum { count, contributors } = self.get(subject, event, ci);
                    if count > 0 {
                        // Writing to a text cannot fail, and neither part of a line needs escaping.
                        let _ = writeln!(
                            text,
                            "{{\"module\":\"{subject}\",\"event\":\"{word}\",\"ci\":{ci},\"count\":{count},\
                             \"contributors\":{contributors}}}"
                        );
                    }
                }
            }
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "{\"module\":\"@a/b\",\"event\":\"cache-hit\",\"ci\":true,\"count\":7,\"contributors\":2}\n\
                    {\"module\":\"@a/b\",\"event\":\"install\",\"ci\":false,\"count\":3,\"contributors\":1}\n\
                    {\"module\":\"pandas\",\"event\":\"export-miss\",\"ci\":false,\"count\":1,\"contributors\":1}\n";
        let table = Table::read(format!("{{\"kind\":\"later\"}}\nno json\n{text}").as_bytes());
        assert_eq!(table.lines().collect::<String>(), text);
        // More than a page of them.
        let line = |at: usize| {
            let count = at + 1;
            format!(
                "{{\"module\":\"@a/m{at:04}\",\"event\":\"update\",\"ci\":false,\"count\":{count},\"contributors\":1}}\n"
            )
        };
        let many: String = (0..2 * PAGE + 3).map(line).collect();
        assert_eq!(Table::read(many.as_bytes()).lines().collect::<String>(), many);
        let mut twice = table.clone();
        table
            .lines()
            .for_each(|lines| lines.lines().for_each(|line| twice.add_line(line.as_bytes())));
        let subject = Subject::parse("@A/b").unwrap();
        let sum = twice.get(&subject, Event::CacheHit, true);
        assert_eq!((sum.count, sum.contributors), (14, 4));
        assert_eq!(twice.get(&subject, Event::Update, true), Sum::default());
    }
}
