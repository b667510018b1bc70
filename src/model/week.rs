//! An ISO 8601 week as statistics are counted by it. Never asks which week it is now.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};

use super::name::{Invalid, Name};

/// How many completed weeks before the current one may still be shared.
pub const OPEN_WEEKS: u32 = 8;
/// The years that statistics can be of. Which of them have a week 53 is part of the format's pattern.
const YEARS: std::ops::RangeInclusive<i32> = 2020..=2099;

/// A week that there is: `2026-W47`. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    year: i32,
    number: u32,
}

impl Week {
    /// The week of that number in that year (ISO 8601); nothing where there is none.
    pub fn new(year: i32, number: u32) -> Option<Self> {
        let monday = NaiveDate::from_isoywd_opt(year, number, Weekday::Mon)?;
        YEARS.contains(&year).then(|| Self::on(monday))
    }

    /// The week in which a moment lies.
    pub fn of(moment: DateTime<Utc>) -> Self {
        Self::on(moment.date_naive())
    }

    fn on(day: NaiveDate) -> Self {
        let week = day.iso_week();
        Self {
            year: week.year(),
            number: week.week(),
        }
    }

    /// The week so many weeks earlier.
    #[must_use]
    pub fn back(self, weeks: u32) -> Self {
        let monday = NaiveDate::from_isoywd_opt(self.year, self.number, Weekday::Mon);
        let earlier = monday.and_then(|day| day.checked_sub_days(Days::new(u64::from(weeks) * 7)));
        earlier.map_or(self, Self::on)
    }

    /// The week so many weeks later.
    #[must_use]
    pub fn forward(self, weeks: u32) -> Self {
        let monday = NaiveDate::from_isoywd_opt(self.year, self.number, Weekday::Mon);
        let later = monday.and_then(|day| day.checked_add_days(Days::new(u64::from(weeks) * 7)));
        later.map_or(self, Self::on)
    }

    /// The weeks that may be shared while this one runs, the newest first.
    pub fn open(self) -> impl Iterator<Item = Self> {
        (1..=OPEN_WEEKS).map(move |weeks| self.back(weeks))
    }

    /// The week of a text such as `2026/W47.jsonl` below `stats/` or `stats/ledger/`.
    pub fn of_file(year: &str, file: &str) -> Option<Self> {
        let number = file.strip_suffix(".jsonl")?;
        Self::parse(&format!("{year}-{number}")).ok()
    }

    /// Its aggregates: `stats/2026/W47.jsonl`.
    pub fn aggregates(self) -> String {
        format!("stats/{:04}/W{:02}.jsonl", self.year, self.number)
    }

    /// The batches that these were made from: `stats/ledger/2026/W47.jsonl`.
    pub fn ledger(self) -> String {
        format!("stats/ledger/{:04}/W{:02}.jsonl", self.year, self.number)
    }

    /// The batches that were set aside, each with its reason: `stats/quarantine/2026/W47.jsonl`.
    pub fn quarantine(self) -> String {
        format!("stats/quarantine/{:04}/W{:02}.jsonl", self.year, self.number)
    }

    /// The week of a path of [`Week::aggregates`].
    pub fn of_aggregates(path: &str) -> Option<Self> {
        let (year, file) = path.strip_prefix("stats/")?.split_once('/')?;
        Self::of_file(year, file)
    }

    /// The week of a path of [`Week::quarantine`].
    pub fn of_quarantine(path: &str) -> Option<Self> {
        let (year, file) = path.strip_prefix("stats/quarantine/")?.split_once('/')?;
        Self::of_file(year, file)
    }

    /// The week of a path of [`Week::ledger`].
    pub fn of_ledger(path: &str) -> Option<Self> {
        let (year, file) = path.strip_prefix("stats/ledger/")?.split_once('/')?;
        Self::of_file(year, file)
    }
}

impl Name for Week {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = Invalid {
            what: "a week",
            form: "year and week of ISO 8601, such as 2026-W47; only some years have a week 53",
        };
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
        if bytes.len() != 8 || &bytes[4..6] != b"-W" || !digits(0..4) || !digits(6..8) {
            return Err(invalid);
        }
        let (year, number) = (text[..4].parse(), text[6..].parse());
        match (year, number) {
            (Ok(year), Ok(number)) => Self::new(year, number).ok_or(invalid),
            _ => Err(invalid),
        }
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.number)
    }
}

impl serde::Serialize for Week {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::name::Timestamp;
    use super::*;

    #[test]
    fn weeks_are_those_of_the_calendar() {
        for good in ["2026-W01", "2026-W53", "2020-W53", "2099-W53", "2025-W52"] {
            assert_eq!(Week::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "2025-W53",
            "2027-W53",
            "2026-W00",
            "2026-W54",
            "2019-W01",
            "2100-W01",
            "2026-w47",
            "2026-W1",
            "2026W47",
            "+026-W47",
            "٢٠٢٦-W",
            "",
        ] {
            assert!(Week::parse(bad).is_err(), "{bad}");
        }
        // The first days of January may lie in the old year's last week.
        let moment = Timestamp::parse("2027-01-03T23:59:59Z").unwrap().moment();
        assert_eq!(Week::of(moment).to_string(), "2026-W53");
        let open: Vec<String> = Week::new(2027, 2)
            .unwrap()
            .open()
            .map(|week| week.to_string())
            .collect();
        assert_eq!(
            open,
            [
                "2027-W01", "2026-W53", "2026-W52", "2026-W51", "2026-W50", "2026-W49", "2026-W48",
                "2026-W47"
            ]
        );
    }

    #[test]
    fn files_have_a_week() {
        let week = Week::new(2026, 7).unwrap();
        assert_eq!(Week::of_aggregates(&week.aggregates()), Some(week));
        assert_eq!(Week::of_ledger(&week.ledger()), Some(week));
        assert_eq!(Week::of_aggregates(&week.ledger()), None);
        assert_eq!(Week::of_aggregates("stats/2025/W53.jsonl"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_panics(text in "\\PC{0,9}|[0-9]{4}-W[0-9]{2}") {
            let _ = Week::parse(&text);
        }
    }
}
