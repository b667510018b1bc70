//! A module as the index has it, read from a publisher's file or from the index itself. Never keeps where it stood.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::name::{GistId, ModuleName, Name, Revision, Sha256, Timestamp};
use crate::model::publisher::{MAX_DESCRIPTION, Module};

/// A text that is borrowed where it can be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Text<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same on its own.
    pub fn owned(&self) -> Text<'static> {
        Text(Cow::Owned(self.0.clone().into_owned()))
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

/// A module. Field by field as in a publisher's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row<'a> {
    /// The gist's id.
    #[serde(borrow)]
    pub gist: Text<'a>,
    /// What it is for; empty where the publisher does not say.
    #[serde(borrow, default = "nothing")]
    pub description: Text<'a>,
    /// Words to find it by.
    #[serde(borrow, default)]
    pub tags: Vec<Text<'a>>,
    /// When it was first published.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Text<'a>>,
    /// Which file of the gist.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Text<'a>>,
    /// The gist's commit.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Text<'a>>,
    /// The digest of the file.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Text<'a>>,
    /// Why it should not be used any more.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<Text<'a>>,
}

fn nothing() -> Text<'static> {
    Text(Cow::Borrowed(""))
}

/// Modules by name. Of two of one name the last counts, as most readers of JSON take it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows<'a>(Vec<(Text<'a>, Row<'a>)>);

impl<'a> Rows<'a> {
    /// Sorted by name.
    pub fn new(mut rows: Vec<(Text<'a>, Row<'a>)>) -> Self {
        if !rows.is_sorted_by(|(a, _), (b, _)| a < b) {
            rows.reverse();
            rows.sort_by(|(a, _), (b, _)| a.cmp(b));
            rows.dedup_by(|(second, _), (first, _)| first == second);
        }
        Self(rows)
    }

    /// Name and module, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Row<'a>)> {
        self.0.iter().map(|(name, row)| (name.as_str(), row))
    }

    /// Whether there is a module of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
            .is_ok()
    }

    /// Whether each of them is what the model takes without a word. What is not is read by the model, which drops what is unsound.
    pub(super) fn is_sound(&self) -> bool {
        self.iter()
            .all(|(name, row)| ModuleName::parse(name).is_ok() && row.is_sound())
    }
}

impl<'a> Row<'a> {
    fn is_sound(&self) -> bool {
        fn is<T: Name>(text: &Option<Text<'_>>) -> bool {
            text.as_ref().is_none_or(|text| T::parse(text.as_str()).is_ok())
        }
        let long = |text: &Text<'_>, most: usize| {
            let text = text.as_str();
            !text.is_empty() && (text.len() <= most || text.chars().count() <= most)
        };
        GistId::parse(self.gist.as_str()).is_ok()
            && (self.description.as_str().is_empty() || long(&self.description, MAX_DESCRIPTION))
            && self.tags.iter().all(|tag| long(tag, 50))
            && is::<Timestamp>(&self.created)
            && is::<Revision>(&self.revision)
            && is::<Sha256>(&self.sha256)
            && self.file.as_ref().is_none_or(|file| long(file, 255))
            && self.yanked.as_ref().is_none_or(|why| long(why, 500))
    }

    /// A module that the model has read.
    pub(super) fn of(module: &'a Module) -> (Text<'a>, Self) {
        let text = |text: &'a str| Text::from(text);
        let row = Self {
            gist: text(module.gist.value.as_str()),
            description: module
                .description
                .as_ref()
                .map_or(Text(Cow::Borrowed("")), |found| text(&found.value)),
            tags: module.tags.iter().map(|tag| text(&tag.value)).collect(),
            created: module.created.as_ref().map(|found| text(found.value.as_str())),
            file: module.file.as_ref().map(|found| text(&found.value)),
            revision: module.revision.as_ref().map(|found| text(found.value.as_str())),
            sha256: module.sha256.as_ref().map(|found| text(found.value.as_str())),
            yanked: module.yanked.as_ref().map(|found| text(&found.value)),
        };
        (text(module.name.value.as_str()), row)
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, row) in &self.0 {
            map.serialize_entry(name, row)?;
        }
        map.end()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Rows<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(Text<'de>, Row<'de>)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("modules by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::with_capacity(map.size_hint().unwrap_or_default().min(64));
                while let Some(row) = map.next_entry()? {
                    rows.push(row);
                }
                Ok(rows)
            }
        }
        deserializer.deserialize_map(Reader).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Rows<'_> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_last_of_one_name_counts_and_names_are_sorted() {
        let rows =
            rows(r#"{"b": {"gist": "1"}, "a": {"gist": "2"}, "b": {"gist": "3"}, "c": {"gist": "4"}}"#);
        let found: Vec<_> = rows.iter().map(|(name, row)| (name, row.gist.as_str())).collect();
        assert_eq!(found, [("a", "2"), ("b", "3"), ("c", "4")]);
        assert!(rows.has("c") && !rows.has("d"));
    }

    #[test]
    fn what_the_model_would_not_take_is_not_sound() {
        assert!(
            rows(r#"{"a": {"gist": "1", "created": "2026-01-02T03:04:05Z", "yanked": "x", "own": 7}}"#)
                .is_sound()
        );
        for bad in [
            r#"{"A": {"gist": "1"}}"#,
            r#"{"a": {"gist": "g"}}"#,
            r#"{"a": {"gist": "1", "created": "yesterday"}}"#,
            r#"{"a": {"gist": "1", "tags": [""]}}"#,
            r#"{"a": {"gist": "1", "yanked": ""}}"#,
            r#"{"a": {"gist": "1", "revision": "1"}}"#,
        ] {
            assert!(!rows(bad).is_sound(), "{bad}");
        }
    }
}
