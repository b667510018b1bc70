//! What the sticky comment remembers from one judgement to the next, hidden in itself. Never believed: it only strikes lines through.

use serde_json::Value;

use crate::finding::{Finding, Report};

const OPENS: &str = "<!-- gistry:state ";
const CLOSES: &str = " -->";
/// Longest part of a remembered finding, in characters.
const PART: usize = 200;
/// Most mended findings shown.
const MENDED: usize = 20;
/// How large each of the two lists may become, in bytes.
const BUDGET: usize = 8_000;

/// A finding as it is remembered; its parts are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub rule: String,
    pub path: String,
    subject: String,
    pub message: String,
}

/// The findings of the last judgement, and those that are gone since an earlier one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    open: Vec<Known>,
    pub mended: Vec<Known>,
}

impl Known {
    fn of(finding: &Finding) -> Self {
        let (rule, path, subject, message) = finding.identity();
        Self::cut([rule, path.map_or("", |path| path.as_str()), subject, message])
    }

    fn cut(parts: [&str; 4]) -> Self {
        let [rule, path, subject, message] = parts.map(|part| part.chars().take(PART).collect());
        Self {
            rule,
            path,
            subject,
            message,
        }
    }

    fn read(value: &Value) -> Option<Self> {
        let [rule, path, subject, message] = value.as_array()?.as_slice() else {
            return None;
        };
        Some(Self::cut([
            rule.as_str()?,
            path.as_str()?,
            subject.as_str()?,
            message.as_str()?,
        ]))
    }

    fn json(&self) -> Value {
        let Self {
            rule,
            path,
            subject,
            message,
        } = self;
        [rule, path, subject, message]
            .into_iter()
            .map(String::as_str)
            .collect()
    }
}

impl Memory {
    /// What an earlier comment remembers; nothing, where it was forged or broken.
    pub(super) fn read(comment: &str) -> Self {
        let json = comment
            .rsplit_once(OPENS)
            .and_then(|(_, rest)| rest.split_once(CLOSES));
        let value: Value = json
            .and_then(|(json, _)| serde_json::from_str(json).ok())
            .unwrap_or_default();
        let list = |key: &str| {
            let items = value.get(key).and_then(Value::as_array);
            within_budget(items.into_iter().flatten().filter_map(Known::read))
        };
        Self {
            open: list("open"),
            mended: list("mended"),
        }
    }

    /// What is to be remembered after this report. A finding whose rule did not run this time is neither there nor mended.
    pub(super) fn after(self, report: &Report) -> Self {
        let now: Vec<Known> = report.findings.iter().map(Known::of).collect();
        let unknown = |known: &Known| report.not_run.iter().any(|rule| rule.rule == known.rule);
        let gone = self.open.into_iter().filter(|known| !now.contains(known));
        let (kept, mended): (Vec<Known>, Vec<Known>) = gone.partition(unknown);
        let mended = mended.into_iter().chain(self.mended);
        let mended = within_budget(mended.filter(|known| !now.contains(known) && !kept.contains(known)));
        Self {
            mended,
            open: within_budget(now.iter().chain(&kept).cloned()),
        }
        .limited()
    }

    fn limited(mut self) -> Self {
        self.mended.truncate(MENDED);
        self
    }

    /// The hidden comment. No `<` or `>` of a remembered text stands in it, so that nothing can close it early.
    pub(super) fn write(&self) -> String {
        let list = |known: &[Known]| Value::Array(known.iter().map(Known::json).collect());
        let state = Value::Object(
            [
                ("open".to_owned(), list(&self.open)),
                ("mended".to_owned(), list(&self.mended)),
            ]
            .into_iter()
            .collect(),
        );
        format!("{OPENS}{}{CLOSES}", escaped(&state))
    }
}

/// The first ones, each once, until the budget is used up.
fn within_budget(known: impl Iterator<Item = Known>) -> Vec<Known> {
    let (mut kept, mut size) = (Vec::new(), 0);
    for one in known {
        if kept.contains(&one) {
            continue;
        }
        size += escaped(&one.json()).len() + 1;
        if size > BUDGET {
            break;
        }
        kept.push(one);
    }
    kept
}

fn escaped(value: &Value) -> String {
    // Outside strings JSON has none of these.
    let text = value.to_string();
    [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('@', "\\u0040"),
        ('&', "\\u0026"),
        ('`', "\\u0060"),
    ]
    .into_iter()
    .fold(text, |text, (letter, escape)| text.replace(letter, escape))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_state_panics_and_what_is_kept_is_kept_again(
            state in r#"(<!-- gistry:state |\{"(open|mended)": ?|\[|\]|\}|,|"[a-z<>&@`é-]{0,9}"|\["a","b","c","d"\]| -->|null|\PC){0,24}"#,
            known in prop::collection::vec(prop::array::uniform4("[a-z<>@&`\u{1f600} -]{0,9}"), 0..6),
        ) {
            let _ = Memory::read(&state);
            let list = |half: &[[String; 4]]| {
                let known = half.iter().map(|[a, b, c, d]| Known::cut([a, b, c, d]));
                within_budget(known)
            };
            let (open, mended) = known.split_at(known.len() / 2);
            let memory = Memory { open: list(open), mended: list(mended) };
            let written = memory.write();
            prop_assert_eq!(Memory::read(&format!("{state} {written}")), memory);
            prop_assert_eq!(written.matches('>').count(), 1);
        }
    }
}
