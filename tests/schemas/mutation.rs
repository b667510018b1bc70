//! Small changes to sound files, and TOML to JSON and back. Never knows a format.

// Clippy lets only functions marked #[test] unwrap; everything here runs in tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// A change at some value of a file.
#[derive(Debug, Clone)]
pub struct Mutation {
    at: Index,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// The value is gone.
    Delete,
    /// Another value stands there.
    Replace(Value),
    /// Its key is another one.
    Rename(String),
    /// Its text, if it is one, with something before, in the middle or behind.
    Splice(Index, String),
    /// Its text with something in the place of one letter.
    Substitute(Index, String),
    /// Its text with one letter less.
    Shorten(Index),
    /// Another member or item beside it.
    Add(String, Value),
}

/// Any change.
pub fn any() -> impl Strategy<Value = Mutation> {
    let what = prop_oneof![
        1 => Just(What::Delete),
        4 => values().prop_map(What::Replace),
        1 => texts().prop_map(What::Rename),
        3 => (proptest::prelude::any::<Index>(), splinters()).prop_map(|(at, text)| What::Splice(at, text)),
        3 => (proptest::prelude::any::<Index>(), splinters()).prop_map(|(at, text)| What::Substitute(at, text)),
        1 => proptest::prelude::any::<Index>().prop_map(What::Shorten),
        1 => (texts(), values()).prop_map(|(key, value)| What::Add(key, value)),
    ];
    (proptest::prelude::any::<Index>(), what).prop_map(|(at, what)| Mutation { at, what })
}

fn splinters() -> impl Strategy<Value = String> {
    const FEW: &[&str] = &[
        "", " ", "\n", "\0", "\u{7f}", "-", "_", "--", ".", "/", "A", "a", "0", "٣", "９", "é", "а", "Z",
        "−", "+", ":", "5", "9", "+00:00", "\u{feff}",
    ];
    prop_oneof![
        select(FEW).prop_map(str::to_owned),
        proptest::prelude::any::<char>().prop_map(String::from)
    ]
}

fn texts() -> impl Strategy<Value = String> {
    const LENGTHS: &[usize] = &[
        0, 1, 2, 3, 31, 32, 33, 38, 39, 40, 41, 50, 51, 63, 64, 65, 255, 256, 500, 501, 1_000, 1_001, 2_000,
        2_001, 10_000, 10_001,
    ];
    const LETTERS: &[&str] = &["a", "0", "é", "漢", "A", "-", "."];
    prop_oneof![
        4 => "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|z|[+−-][0-2][0-9]:[0-6][0-9])?",
        4 => "[02][0-9]{3}-11-21T[0-2][0-9]:00:[0-5]9(\\.[0-9]{1,12})?[+−-][0-2][0-9]:[0-6][0-9]",
        4 => "(19|20)[0-9][0-9]-(02|04|12)-(28|29|30|31)T00:00:00Z",
        2 => "[0-9]{1,2}(\\.[0-9]{1,5}){1,3}",
        2 => "[a-zA-Z0-9_-]{0,4}/?[a-z0-9-]{1,4}",
        1 => "[a-z]{1,38}-?[a-z0-9]{0,3}",
        2 => select(&["version", "modules", "gist", "tags", "file", "severity", "error", "off", "critical", "low", ".mld", "json-utils", "limits", "rules", "pull", "id"][..]).prop_map(str::to_owned),
        2 => (select(LENGTHS), select(LETTERS)).prop_map(|(length, letter)| letter.repeat(length)),
        1 => proptest::prelude::any::<String>(),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let fixed = vec![
        json!(null),
        json!(true),
        json!({}),
        json!([]),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.0),
        json!(-0.0),
        json!(1.5),
        json!(1e3),
        json!(3),
        json!(4),
        json!(64),
        json!(65),
        json!(1000),
        json!(1001),
        json!(1e300),
        json!((1_u64 << 53) - 1),
        json!(1_u64 << 53),
        json!(9_007_199_254_740_991.0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!([[]]),
        json!([null]),
        json!({"a": {}}),
        json!({"gist": "1", "description": "x", "tags": [], "created": "2026-11-21T07:00:00Z"}),
    ];
    prop_oneof![
        2 => select(fixed),
        3 => texts().prop_map(Value::from),
        1 => prop::collection::vec(texts(), 0..3).prop_map(Value::from),
        1 => (texts(), 0..40_usize).prop_map(|(text, count)| {
            let count = if text.len() > 100 { 1 } else { count };
            Value::from(vec![text; count])
        }),
    ]
}

impl Mutation {
    /// Changes a file.
    pub fn apply(&self, file: &mut Value) {
        let mut paths = Vec::new();
        walk(file, &mut Vec::new(), &mut paths);
        let path = &paths[self.at.index(paths.len())];
        let Some((last, parent)) = path.split_last() else {
            if let What::Replace(value) = &self.what {
                // Seldom: nothing is left to be judged behind it.
                if matches!(value, Value::Object(_)) {
                    *file = value.clone();
                }
            }
            return;
        };
        let parent = parent.iter().fold(file, |value, step| match step {
            Step::Key(key) => &mut value[key.as_str()],
            Step::Index(index) => &mut value[*index],
        });
        match (parent, last) {
            (Value::Object(members), Step::Key(key)) => self.member(members, key),
            (Value::Array(items), Step::Index(index)) => self.item(items, *index),
            _ => {}
        }
    }

    fn member(&self, members: &mut Map<String, Value>, key: &str) {
        match &self.what {
            What::Delete => drop(members.shift_remove(key)),
            What::Rename(name) => {
                if let Some(value) = members.shift_remove(key) {
                    members.insert(name.clone(), value);
                }
            }
            What::Add(name, value) => drop(members.insert(name.clone(), value.clone())),
            _ => {
                if let Some(value) = members.get_mut(key) {
                    self.value(value);
                }
            }
        }
    }

    fn item(&self, items: &mut Vec<Value>, index: usize) {
        match &self.what {
            What::Delete => drop(items.remove(index)),
            What::Add(_, value) => items.insert(index, value.clone()),
            _ => self.value(&mut items[index]),
        }
    }

    fn value(&self, value: &mut Value) {
        match &self.what {
            What::Replace(other) => *value = other.clone(),
            What::Splice(at, splinter) => {
                if let Value::String(text) = value {
                    let ends: Vec<usize> = text
                        .char_indices()
                        .map(|(at, _)| at)
                        .chain([text.len()])
                        .collect();
                    text.insert_str(ends[at.index(ends.len())], splinter);
                }
            }
            What::Shorten(at) => replace_letter(value, at, ""),
            What::Substitute(at, splinter) => replace_letter(value, at, splinter),
            _ => {}
        }
    }
}

fn replace_letter(value: &mut Value, at: &Index, by: &str) {
    if let Value::String(text) = value
        && !text.is_empty()
    {
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let start = starts[at.index(starts.len())];
        text.remove(start);
        text.insert_str(start, by);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Index(usize),
}

fn walk(value: &Value, at: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    paths.push(at.clone());
    let steps: Vec<(Step, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (Step::Key(key.clone()), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (Step::Index(index), value))
            .collect(),
        _ => Vec::new(),
    };
    for (step, value) in steps {
        at.push(step);
        walk(value, at, paths);
        at.pop();
    }
}

/// TOML as the JSON that editors check: dates are texts, and what JSON has no number for is null.
pub fn from_toml(item: &toml_edit::Item) -> Value {
    if let Some(table) = item.as_table_like() {
        return Value::Object(
            table
                .iter()
                .map(|(key, item)| (key.to_owned(), from_toml(item)))
                .collect(),
        );
    }
    if let Some(tables) = item.as_array_of_tables() {
        return tables
            .iter()
            .map(|table| from_toml(&toml_edit::Item::Table(table.clone())))
            .collect();
    }
    item.as_value().map_or(Value::Null, from_toml_value)
}

fn from_toml_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => text.value().as_str().into(),
        toml_edit::Value::Integer(number) => (*number.value()).into(),
        toml_edit::Value::Float(number) => (*number.value()).into(),
        toml_edit::Value::Boolean(value) => (*value.value()).into(),
        toml_edit::Value::Datetime(date) => date.value().to_string().into(),
        toml_edit::Value::Array(items) => items.iter().map(from_toml_value).collect(),
        toml_edit::Value::InlineTable(table) => Value::Object(
            table
                .iter()
                .map(|(key, value)| (key.to_owned(), from_toml_value(value)))
                .collect(),
        ),
    }
}

/// A file as TOML; none where TOML has no word for it.
pub fn to_toml(file: &Value) -> Option<String> {
    let members = file.as_object()?;
    let lines: Option<String> = members
        .iter()
        .map(|(key, value)| Some(format!("{} = {}\n", text(key), inline(value)?)))
        .collect();
    lines
}

fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => {
            // Beyond 64 bits TOML has no whole numbers.
            (number.is_f64() || number.is_i64()).then(|| number.to_string())
        }
        Value::String(value) => Some(text(value)),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(inline).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Object(members) => {
            let members: Option<Vec<String>> = members
                .iter()
                .map(|(key, value)| Some(format!("{} = {}", text(key), inline(value)?)))
                .collect();
            Some(format!("{{{}}}", members?.join(", ")))
        }
    }
}

/// JSON's escapes are TOML's, but for DEL.
fn text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
