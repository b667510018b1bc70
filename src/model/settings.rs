//! From the text of `registry.toml` to a policy and what is wrong with it. Never reads a file.

use std::ops::{Range, RangeInclusive};

use toml_edit::{Item, TableLike};

use super::decode::{Problem, ProblemKind, one_edit_apart, whole};
use super::derivation::MOST as MOST_IN_AN_ORDER;
use super::packages;
use super::policy::{Level, MAX_FILE_BYTES, Policy};
use super::text::Span;

type Field = fn(&mut Policy) -> &mut u64;

/// As many as one job is asked to make again.
const MOST_DNA_FILES: u64 = MOST_IN_AN_ORDER as u64;

/// Every whole-number setting: section, key, allowed values, where it is kept.
const NUMBERS: &[(&str, &str, RangeInclusive<u64>, Field)] = &[
    ("limits", "file_bytes", 1..=MAX_FILE_BYTES, |policy| {
        &mut policy.limits.file_bytes
    }),
    ("limits", "json_bytes", 1..=4_194_304, |policy| {
        &mut policy.limits.json_bytes
    }),
    ("limits", "json_depth", 4..=128, |policy| {
        &mut policy.limits.json_depth
    }),
    ("limits", "gist_bytes", 1..=10_485_760, |policy| {
        &mut policy.limits.gist_bytes
    }),
    ("limits", "changed_files", 1..=100_000, |policy| {
        &mut policy.limits.changed_files
    }),
    ("limits", "open_pulls", 1..=1_000, |policy| {
        &mut policy.limits.open_pulls
    }),
    ("limits", "new_modules", 1..=2_000, |policy| {
        &mut policy.limits.new_modules
    }),
    ("limits", "clock_skew_minutes", 0..=1_440, |policy| {
        &mut policy.limits.clock_skew_minutes
    }),
    ("limits", "dna_files", 0..=MOST_DNA_FILES, |policy| {
        &mut policy.limits.dna_files
    }),
    ("limits", "dna_quota", 0..=100_000, |policy| {
        &mut policy.limits.dna_quota
    }),
    ("limits", "artifact_bytes", 1..=1_073_741_824, |policy| {
        &mut policy.limits.artifact_bytes
    }),
    ("similarity", "distance", 0..=3, |policy| {
        &mut policy.similarity.distance
    }),
    ("similarity", "min_length", 1..=64, |policy| {
        &mut policy.similarity.min_length
    }),
    ("similarity", "shown", 1..=100, |policy| {
        &mut policy.similarity.shown
    }),
    ("similarity", "well_used", 1..=1_000_000_000, |policy| {
        &mut policy.similarity.well_used
    }),
    ("packages", "popular_count", 1..=100_000, |policy| {
        &mut policy.packages.popular_count
    }),
    ("packages", "versions", 1..=1_000, |policy| {
        &mut policy.packages.versions
    }),
    ("automerge", "wait_new", 0..=365, |policy| {
        &mut policy.automerge.wait_new
    }),
    ("automerge", "max_per_run", 1..=1_000, |policy| {
        &mut policy.automerge.max_per_run
    }),
    ("automerge", "max_per_account", 1..=1_000, |policy| {
        &mut policy.automerge.max_per_account
    }),
    ("stats", "max_count", 1..=1_000_000_000, |policy| {
        &mut policy.stats.max_count
    }),
    ("stats", "max_total", 1..=1_000_000_000, |policy| {
        &mut policy.stats.max_total
    }),
    ("stats", "k", 1..=1_000_000, |policy| &mut policy.stats.k),
    ("stats", "min_account_age_days", 0..=3_650, |policy| {
        &mut policy.stats.min_account_age_days
    }),
    ("stats", "outlier_factor", 2..=1_000_000, |policy| {
        &mut policy.stats.outlier_factor
    }),
    ("stats", "outlier_from", 1..=1_000_000_000, |policy| {
        &mut policy.stats.outlier_from
    }),
];

type Switch = fn(&mut Policy) -> &mut bool;

/// Every setting that is yes or no: section, key, where it is kept.
const SWITCHES: &[(&str, &str, Switch)] = &[
    ("automerge", "enabled", |policy| &mut policy.automerge.enabled),
    ("automerge", "paused", |policy| &mut policy.automerge.paused),
];
const SECTIONS: &[&str] = &[
    "version",
    "registry",
    "modules",
    "rules",
    "limits",
    "similarity",
    "packages",
    "automerge",
    "stats",
];
const LEVELS: &[(&str, Level)] = &[
    ("error", Level::Error),
    ("review", Level::Review),
    ("warning", Level::Warning),
    ("off", Level::Off),
];

/// Reads `registry.toml`. A wrong value is a problem and keeps its default; unknown keys are allowed.
pub(super) fn read(bytes: &[u8]) -> (Policy, Vec<Problem>) {
    let mut reader = Reader {
        policy: Policy::default(),
        problems: Vec::new(),
    };
    match std::str::from_utf8(bytes).map(toml_edit::Document::parse) {
        Ok(Ok(document)) => reader.root(document.as_table()),
        Ok(Err(error)) => reader.problem(error.span(), "", error.message().to_owned(), None),
        Err(error) => reader.problem(
            Some(error.valid_up_to()..error.valid_up_to() + 1),
            "",
            "not UTF-8".into(),
            None,
        ),
    }
    reader.problems.sort_by_key(|problem| problem.span);
    (reader.policy, reader.problems)
}

struct Reader {
    policy: Policy,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, span: Option<Range<usize>>, key: &str, message: String, help: Option<String>) {
        let span = span.map_or(Span::at(0), |range| Span::new(range.start, range.end));
        let (pointer, kind) = (key.to_owned(), ProblemKind::Format);
        self.problems.push(Problem {
            span,
            pointer,
            kind,
            message,
            help,
            replacement: None,
        });
    }

    fn root(&mut self, root: &toml_edit::Table) {
        self.near_misses(root, "", SECTIONS);
        if let Some(version) = root.get("version")
            && whole_number(version) != Some(1)
        {
            self.problem(
                version.span(),
                "version",
                "this gistry knows version 1 of the settings".into(),
                None,
            );
        }
        let keys = |section| {
            let numbers = NUMBERS.iter().map(|row| (row.0, row.1));
            let switches = SWITCHES.iter().map(|row| (row.0, row.1));
            let own = numbers.chain(switches).filter(move |row| row.0 == section);
            own.map(|row| row.1).collect::<Vec<_>>()
        };
        let package_keys = [packages::KEYS, &keys("packages")].concat();
        let sections: [(&str, Vec<&str>); 7] = [
            ("registry", vec!["name"]),
            ("modules", vec!["extensions"]),
            ("limits", keys("limits")),
            ("similarity", keys("similarity")),
            ("packages", package_keys),
            ("automerge", keys("automerge")),
            ("stats", keys("stats")),
        ];
        for (name, keys) in sections {
            if let Some(table) = self.table(root.get(name), name) {
                self.near_misses(table, name, &keys);
                self.numbers(table, name);
                self.switches(table, name);
            }
        }
        self.name(root.get("registry").and_then(|item| item.get("name")));
        self.extensions(root.get("modules").and_then(|item| item.get("extensions")));
        if let Some(table) = self.table(root.get("rules"), "rules") {
            self.rules(table);
        }
        if let Some(table) = root.get("packages").and_then(Item::as_table_like) {
            for (span, key, message) in packages::read(table, &mut self.policy.packages) {
                self.problem(span, &key, message, None);
            }
        }
    }

    fn table<'i>(&mut self, item: Option<&'i Item>, key: &str) -> Option<&'i dyn TableLike> {
        let item = item?;
        let table = item.as_table_like();
        if table.is_none() {
            self.problem(
                item.span(),
                key,
                format!("expected a table, found {}", item.type_name()),
                Some(format!("write [{key}]")),
            );
        }
        table
    }

    fn numbers(&mut self, table: &dyn TableLike, section: &str) {
        for (_, key, range, field) in NUMBERS.iter().filter(|row| row.0 == section) {
            let Some(item) = table.get(key) else { continue };
            match whole_number(item).filter(|number| range.contains(number)) {
                Some(number) => *field(&mut self.policy) = number,
                None => {
                    let message = format!(
                        "expected a whole number from {} to {}",
                        range.start(),
                        range.end()
                    );
                    self.problem(item.span(), &format!("{section}.{key}"), message, None);
                }
            }
        }
    }

    fn switches(&mut self, table: &dyn TableLike, section: &str) {
        for (_, key, field) in SWITCHES.iter().filter(|row| row.0 == section) {
            let Some(item) = table.get(key) else { continue };
            match item.as_bool() {
                Some(on) => *field(&mut self.policy) = on,
                None => self.problem(
                    item.span(),
                    &format!("{section}.{key}"),
                    "expected true or false".into(),
                    None,
                ),
            }
        }
    }

    fn name(&mut self, item: Option<&Item>) {
        let Some(item) = item else { return };
        let good = |name: &&str| {
            (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        match item.as_str().filter(good) {
            Some(name) => self.policy.name = Some(name.to_owned()),
            None => self.problem(
                item.span(),
                "registry.name",
                "expected 1 to 32 letters and digits".into(),
                None,
            ),
        }
    }

    fn extensions(&mut self, item: Option<&Item>) {
        let Some(item) = item else { return };
        let good = |text: &&str| text.len() >= 2 && text.starts_with('.') && !text.contains('/');
        let texts: Option<Vec<String>> =
            item.as_array()
                .filter(|array| !array.is_empty())
                .and_then(|array| {
                    array
                        .iter()
                        .map(|value| value.as_str().filter(good).map(str::to_owned))
                        .collect()
                });
        match texts {
            Some(texts) => self.policy.extensions = texts,
            None => {
                let message = "expected file name endings such as [\".mld\"]".into();
                self.problem(item.span(), "modules.extensions", message, None);
            }
        }
    }

    fn rules(&mut self, table: &dyn TableLike) {
        for (rule, item) in table.iter() {
            let key = format!("rules.{rule}");
            let Some(settings) = self.table(Some(item), &key) else {
                continue;
            };
            self.near_misses(settings, &key, &["severity"]);
            let Some(severity) = settings.get("severity") else {
                continue;
            };
            match LEVELS.iter().find(|(word, _)| severity.as_str() == Some(word)) {
                Some((_, level)) => drop(self.policy.rules.insert(rule.to_owned(), *level)),
                None => {
                    let message = "expected one of error, review, warning, off".into();
                    self.problem(severity.span(), &format!("{key}.severity"), message, None);
                }
            }
        }
    }

    fn near_misses(&mut self, table: &dyn TableLike, section: &str, known: &[&str]) {
        for (key, item) in table.iter().filter(|(key, _)| !known.contains(key)) {
            let Some(name) = known
                .iter()
                .find(|name| one_edit_apart(name, key) && !table.contains_key(name))
            else {
                continue;
            };
            let span = table.key(key).and_then(toml_edit::Key::span).or(item.span());
            let pointer = if section.is_empty() {
                key.to_owned()
            } else {
                format!("{section}.{key}")
            };
            self.problem(
                span,
                &pointer,
                format!("nothing reads the key {key:?}; did you mean {name:?}?"),
                None,
            );
            if let Some(problem) = self.problems.last_mut() {
                (problem.kind, problem.replacement) = (ProblemKind::NearMiss, Some((*name).to_owned()));
            }
        }
    }
}

pub(super) fn whole_number(item: &Item) -> Option<u64> {
    let integer = item.as_integer().and_then(|number| u64::try_from(number).ok());
    integer.or_else(|| whole(item.as_float()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn settings_are_read_and_faults_are_placed() {
        let text = "version = 1\n[limits]\nopen_pulls = 3\njson_depth = 0\nopen_pull = 3\n[rules.gist-size]\nseverity = \"off\"\n[rules.schema]\nseverity = \"of\"\n[mine]\nx = 1\n";
        let (policy, problems) = Policy::decode(text.as_bytes());
        assert_eq!((policy.limits.open_pulls, policy.limits.json_depth), (3, 32));
        assert_eq!(
            policy.rules,
            BTreeMap::from([("gist-size".to_owned(), Level::Off)])
        );
        let found: Vec<_> = problems
            .iter()
            .map(|p| (p.pointer.as_str(), &text[p.span.start..p.span.end]))
            .collect();
        assert_eq!(
            found,
            [("limits.json_depth", "0"), ("rules.schema.severity", "\"of\"")]
        );
    }

    #[test]
    fn near_misses_are_pointed_out() {
        let (_, problems) = Policy::decode(b"[limit]\nx = 1\n[similarity]\ndistanse = 1\n");
        let kinds: Vec<_> = problems
            .iter()
            .map(|p| (p.kind, p.replacement.as_deref()))
            .collect();
        assert_eq!(
            kinds,
            [
                (ProblemKind::NearMiss, Some("limits")),
                (ProblemKind::NearMiss, Some("distance"))
            ]
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64)) {
            let _ = Policy::decode(&bytes);
        }

        #[test]
        fn no_text_like_settings_panics(text in r#"((\[[a-z.\[\]]{0,12}\]|(version|limits|rules|name) ?= ?[-0-9a-z"\[\]{}.]{0,9})\n){0,6}"#) {
            let _ = Policy::decode(text.as_bytes());
        }
    }
}
