//! `index/used.json`: which modules are installed the most, from the weekly aggregates. Never counts a module that nobody published.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::publisher::{Publisher, line};
use super::row::Text;
use super::{Output, Written};
use crate::model::blob::BlobId;
use crate::model::name::{Login, ModuleName, Name};

/// How many weeks say what is used: the newest that are there.
const WEEKS: usize = 8;
/// How many modules are listed.
const MOST: usize = 1_000;

/// The year and week of a path such as `stats/2026/W46.jsonl`.
pub fn week(path: &str) -> Option<(u16, u8)> {
    let (year, file) = path.strip_prefix("stats/")?.split_once('/')?;
    let week = file.strip_prefix('W')?.strip_suffix(".jsonl")?;
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(year, 4) && digits(week, 2)).then_some((year.parse().ok()?, week.parse().ok()?))
}

/// What a week's aggregates say of installs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installs<'a> {
    /// Publisher in lower case, module, count.
    #[serde(borrow)]
    pub modules: Vec<(Text<'a>, Text<'a>, u64)>,
    /// The first line that is no JSON, from 1.
    #[serde(skip)]
    pub broken: Option<usize>,
}

/// A line, as far as it is needed.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    module: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    count: u64,
}

impl Installs<'static> {
    /// By the lines that can be read. Lines of another kind than ours are passed over, since a later gistry may write more.
    pub fn read(bytes: &[u8]) -> Self {
        let mut broken = None;
        let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
        for (number, text) in bytes.split(|&byte| byte == b'\n').enumerate() {
            if text.is_empty() {
                continue;
            }
            let Ok(Line { module, event, count }) = serde_json::from_slice(text) else {
                let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
                broken = broken.or((!is_json).then_some(number + 1));
                continue;
            };
            let Some((publisher, name)) = module.strip_prefix('@').and_then(|rest| rest.split_once('/'))
            else {
                continue;
            };
            let (Ok(login), true) = (Login::parse(publisher), ModuleName::parse(name).is_ok()) else {
                continue;
            };
            if event == "install" {
                let sum = sums.entry((login.key(), name.to_owned())).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        let own = |text: String| Text(Cow::Owned(text));
        let module = |((login, name), count)| (own(login), own(name), count);
        Self {
            modules: sums.into_iter().map(module).collect(),
            broken,
        }
    }
}

impl Installs<'_> {
    /// All installs.
    pub fn total(&self) -> u64 {
        let counts = self.modules.iter().map(|(.., count)| *count);
        counts.fold(0, u64::saturating_add)
    }
}

/// The file, from all weeks that are there and all publishers, sorted.
pub fn build(weeks: &[(&str, BlobId, &Installs<'_>)], publishers: &[&Publisher<'_>]) -> Output {
    let newest: BTreeMap<(u16, u8), &(&str, BlobId, &Installs<'_>)> = weeks
        .iter()
        .filter_map(|found| Some((week(found.0)?, found)))
        .collect();
    let mut sources: Vec<_> = newest.into_values().rev().take(WEEKS).collect();
    let mut sums: HashMap<(&str, &str), u64> = HashMap::new();
    for (.., installs) in &sources {
        for (login, name, count) in &installs.modules {
            let sum = sums.entry((login.as_str(), name.as_str())).or_default();
            *sum = sum.saturating_add(*count);
        }
    }
    let is_published = |(login, name): &(&str, &str)| {
        let at = publishers.binary_search_by(|publisher| publisher.login.as_str().cmp(login));
        at.is_ok_and(|at| publishers[at].gist(name).is_some())
    };
    let mut most: Vec<((&str, &str), u64)> = sums.into_iter().collect();
    most.sort_unstable_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    let published = most.into_iter().filter(|(module, _)| is_published(module));
    let most: Vec<((&str, &str), u64)> = published.take(MOST).collect();
    sources.sort_by_key(|(path, ..)| *path);
    let mut text = b"{\"version\":1,\"sources\":{".to_vec();
    for (at, (path, blob, _)) in sources.iter().enumerate() {
        text.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        line(path, &mut text);
        text.push(b':');
        line(blob, &mut text);
    }
    text.extend_from_slice(b"\n},\"modules\":[");
    for (at, ((login, name), count)) in most.iter().enumerate() {
        let start = if at == 0 { "" } else { "," };
        text.extend_from_slice(format!("{start}\n[\"@{login}/{name}\",{count}]").as_bytes());
    }
    text.extend_from_slice(b"\n]}\n");
    Output {
        path: "index/used.json".into(),
        content: Written::File(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::publisher::{Reading, read};
    use super::*;

    #[test]
    fn installs_of_published_modules_are_summed_over_the_last_weeks() {
        let text = r#"{"modules": {"one": {"gist": "aa"}, "two": {"gist": "bb", "yanked": "x"}}}"#;
        let Reading::Sound((bob, _)) = read("Bob", BlobId::of(b""), text.as_bytes()) else {
            panic!()
        };
        let line = |module: &str, count: u64| {
            format!(
                "{{\"module\":\"{module}\",\"event\":\"install\",\"ci\":true,\"count\":{count},\"x\":1}}\n"
            )
        };
        let noise =
            "not json\n\n{\"event\":\"share\"}\n{\"module\":\"@bob/two\",\"event\":\"update\",\"count\":9}\n";
        let last = [
            line("@BOB/one", 1),
            line("@bob/two", u64::MAX),
            line("@bob/two", 5),
            noise.into(),
            line("@eve/x", 9),
            line("bob", 9),
        ];
        let paths: Vec<String> = (1..=9).map(|week| format!("stats/2026/W0{week}.jsonl")).collect();
        let mut weeks: Vec<Installs<'_>> = (1..=9)
            .map(|week| Installs::read(line("@bob/one", 10_u64.pow(week)).as_bytes()))
            .collect();
        weeks[8] = Installs::read(last.concat().as_bytes());
        assert_eq!((weeks[8].broken, weeks[0].broken), (Some(4), None));
        assert_eq!(weeks[8].total(), u64::MAX);
        let weeks: Vec<_> = paths
            .iter()
            .zip(&weeks)
            .map(|(path, installs)| (path.as_str(), BlobId::of(b"x"), installs))
            .collect();
        let Written::File(bytes) = build(&weeks, &[&bob]).content else {
            panic!()
        };
        let file: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(
            file["modules"],
            serde_json::json!([["@bob/two", u64::MAX], ["@bob/one", 111_111_101_u64]])
        );
        assert_eq!(file["sources"].as_object().unwrap().len(), 8);
        assert!(file["sources"].get("stats/2026/W01.jsonl").is_none());
    }

    #[test]
    fn weeks_are_read_from_paths_of_one_form() {
        assert_eq!(week("stats/2026/W46.jsonl"), Some((2026, 46)));
        for bad in [
            "stats/2026/W4.jsonl",
            "stats/ledger/2026/W46.jsonl",
            "stats/2026/W46.json",
            "x/2026/W46.jsonl",
        ] {
            assert_eq!(week(bad), None, "{bad}");
        }
    }
}
