//! Whether a batch that lies in the inbox may be counted: by itself, the settings, and weeks that no longer change. Never looks at
//! the other batches of its week, so that their order does not matter.

use super::table::Table;
use crate::model::batch::{Batch, BatchId, MAX_BYTES, MAX_ROWS, Row};
use crate::model::decode::{Format, Problems};
use crate::model::json;
use crate::model::name::Name;
use crate::model::policy::Stats;
use crate::model::week::{OPEN_WEEKS, Week};

use std::collections::HashSet;

/// The weeks by which outliers are told, as weeks before the batch's own. A batch can be shared during [`OPEN_WEEKS`] weeks; with
/// two more for the merge and the fold, none of these can still get a batch when one of this week comes.
pub const HISTORY: std::ops::RangeInclusive<u32> = OPEN_WEEKS + 2..=OPEN_WEEKS + 9;

/// What contributors counted before.
#[derive(Debug, Default)]
pub struct History(Table);

impl History {
    /// The weeks whose aggregates are asked for.
    pub fn weeks(week: Week) -> impl Iterator<Item = Week> {
        HISTORY.map(move |back| week.back(back))
    }

    /// From the sums of these weeks.
    pub fn of(sums: Table) -> Self {
        Self(sums)
    }

    /// What is said of a count that is far from what others counted.
    fn outlier(&self, row: &Row, settings: &Stats) -> Option<String> {
        let (subject, event, ci) = row.key();
        let count = row.count.value;
        let before = self.0.get(subject, event, ci);
        let known = before.contributors >= settings.k && before.contributors > 0;
        if !known || count <= settings.outlier_from {
            return None;
        }
        let limit = u128::from(settings.outlier_factor) * u128::from(before.count);
        (u128::from(count) * u128::from(before.contributors) > limit).then(|| {
            format!(
                "an outlier: {} of {subject} is counted {count} times, more than {} times what a contributor counted on \
                 average in earlier weeks",
                event.word(),
                settings.outlier_factor
            )
        })
    }
}

/// What became of a batch.
#[derive(Debug)]
pub enum Judged {
    /// Its rows count, if it is its account's only batch of the week.
    Sound(BatchId, Vec<Row>),
    /// Why it cannot be counted.
    Unsound(String),
}

/// Judges the bytes of a file of this name in this week's folder.
pub fn judge(name: &str, week: Week, bytes: &[u8], settings: &Stats, history: &History) -> Judged {
    match sound(name, week, bytes, settings, history) {
        Ok((id, rows)) => Judged::Sound(id, rows),
        Err(why) => Judged::Unsound(why),
    }
}

fn sound(
    name: &str,
    week: Week,
    bytes: &[u8],
    settings: &Stats,
    history: &History,
) -> Result<(BatchId, Vec<Row>), String> {
    let id = BatchId::parse(name).map_err(|_| "its name is no batch id".to_owned())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("more than {MAX_BYTES} bytes"));
    }
    let document = json::parse(bytes).map_err(|_| "no JSON".to_owned())?;
    let mut problems = Problems::default();
    let batch = Batch::decode(&document, &mut problems);
    if let Some(problem) = problems.0.first() {
        return Err(format!(
            "no sound batch: {}: {}",
            problem.pointer, problem.message
        ));
    }
    if !document.oddities.is_empty() {
        return Err("JSON that readers read differently".to_owned());
    }
    if batch.batch.as_ref().is_none_or(|own| own.value != id) {
        return Err("it calls itself otherwise than its file".to_owned());
    }
    if batch.week.as_ref().is_none_or(|own| own.value != week) {
        return Err("it is of another week than its folder".to_owned());
    }
    if batch.rows > MAX_ROWS {
        return Err(format!("more than {MAX_ROWS} rows"));
    }
    let mut seen = HashSet::with_capacity(batch.counts.len());
    let mut total: u64 = 0;
    for row in &batch.counts {
        let (subject, event, _) = row.key();
        if !seen.insert(row.key()) {
            return Err(format!("{} of {subject} stands in two rows", event.word()));
        }
        if row.count.value > settings.max_count {
            let (count, most) = (row.count.value, settings.max_count);
            return Err(format!("{subject} is counted {count} times; {most} are allowed"));
        }
        total = total.saturating_add(row.count.value);
        if let Some(why) = history.outlier(row, settings) {
            return Err(why);
        }
    }
    if total > settings.max_total {
        return Err(format!(
            "the counts add up to {total}; {} are allowed",
            settings.max_total
        ));
    }
    drop(seen);
    Ok((id, batch.counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::policy::Policy;

    fn text(id: BatchId, rows: &str) -> String {
        format!(
            "{{\"version\":\"1.0.0\",\"batch\":\"{id}\",\"week\":\"2026-W46\",\"client\":\"t/1\",\"counts\":[{rows}]}}"
        )
    }

    fn row(count: &str) -> String {
        format!("{{\"module\":\"@a/b\",\"event\":\"install\",\"ci\":false,\"count\":{count}}}")
    }

    #[test]
    fn what_is_not_sound_has_a_reason() {
        let week = Week::parse("2026-W46").unwrap();
        let id = BatchId::of(1, week);
        let name = id.to_string();
        let settings = Policy::default().stats;
        let line =
            "{\"module\":\"@a/b\",\"event\":\"install\",\"ci\":false,\"count\":60,\"contributors\":6}\n";
        let history = History::of(Table::read(line.as_bytes()));
        let why = |name: &str, text: &str| match judge(name, week, text.as_bytes(), &settings, &history) {
            Judged::Sound(..) => String::new(),
            Judged::Unsound(why) => why,
        };
        assert_eq!(why(&name, &text(id, &row("200"))), "");
        for (name, text, part) in [
            ("mine", text(id, ""), "no batch id"),
            (name.as_str(), "{".to_owned(), "no JSON"),
            (&name, text(id, &row("-1")), "/counts/0/count"),
            (&name, text(id, &row("1.5")), "/counts/0/count"),
            (&name, text(BatchId::of(2, week), ""), "otherwise"),
            (&name, text(id, "").replace("W46", "W45"), "another week"),
            (&name, text(id, &[row("1"), row("2")].join(",")), "two rows"),
            (&name, text(id, &row("10001")), "10000 are allowed"),
            (&name, text(id, &row("201")), "an outlier"),
            (&name, text(id, "") + &" ".repeat(65_536), "bytes"),
            (
                &name,
                text(id, "").replace("{\"v", "{\"week\":\"2026-W46\",\"v"),
                "differently",
            ),
        ] {
            assert!(why(name, &text).contains(part), "{part}: {}", why(name, &text));
        }
    }

    #[test]
    fn the_history_of_a_week_is_over_when_the_week_can_be_shared() {
        let week = Week::parse("2026-W46").unwrap();
        let newest = History::weeks(week).max().unwrap();
        // Somebody shares as soon as the week is over.
        assert!(week.forward(1).open().all(|open| open > newest));
    }
}
