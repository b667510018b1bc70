//! Versions of packages and their order (PEP 440). Never asks a package index.

use std::cmp::Ordering;
use std::fmt;

/// A release's version as it is written.
///
/// Ordered by PEP 440. What PEP 440 cannot read is older than everything that it can, and ordered as text; so are
/// versions that PEP 440 calls equal, such as `1.0` and `1.0.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    text: Box<str>,
    parsed: Option<pep440_rs::Version>,
}

/// How readily a version is somebody's latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Unreadable,
    Prerelease,
    Release,
}

impl Version {
    /// A version of any text.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            parsed: text.parse().ok(),
        }
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether PEP 440 can read it.
    pub fn is_pep440(&self) -> bool {
        self.parsed.is_some()
    }

    /// The version as PEP 440 writes it, where it can read it: `1.0-beta.2` is `1.0b2`.
    pub fn normal(&self) -> Option<Self> {
        self.parsed.as_ref().map(|version| Self {
            text: version.to_string().into(),
            parsed: Some(version.clone()),
        })
    }

    /// Whether it names the same release: PEP 440 calls `1.0` and `1.0.0` equal.
    pub fn is_same_release(&self, other: &Self) -> bool {
        self.release_order(other).is_eq()
    }

    /// The order of the releases that they name, under which `1.0` and `1.0.0` are equal.
    pub fn release_order(&self, other: &Self) -> Ordering {
        match (&self.parsed, &other.parsed) {
            (None, None) => self.text.cmp(&other.text),
            (one, another) => one.cmp(another),
        }
    }

    /// Whether it is an alpha, beta, candidate or development release.
    pub fn is_prerelease(&self) -> bool {
        self.standing() == Standing::Prerelease
    }

    fn standing(&self) -> Standing {
        match &self.parsed {
            None => Standing::Unreadable,
            Some(version) if version.any_prerelease() => Standing::Prerelease,
            Some(_) => Standing::Release,
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // None is less than Some.
        let order = self.parsed.cmp(&other.parsed);
        order.then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Which of these versions a user means who names none; each with whether it is yanked. The newest release, or the newest
/// prerelease where there is no release; never a yanked one.
pub fn latest<'a>(versions: impl IntoIterator<Item = (&'a Version, bool)>) -> Option<&'a Version> {
    let offered = versions.into_iter().filter(|(_, yanked)| !yanked);
    offered
        .map(|(version, _)| version)
        .max_by(|a, b| a.standing().cmp(&b.standing()).then_with(|| a.cmp(b)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn newest_first_as_pep_440_has_it() {
        let sorted = [
            "1!0.1",
            "2.2.0.post1",
            "2.2.0+local",
            "2.2.0",
            "2.2.0rc10",
            "2.2.0rc9",
            "2.2.0b1",
            "2.2.0.dev3",
            "2.10",
            "2.9",
            "1.0.0",
            "1.0",
            "zzz",
            "2.2.0-what",
            "",
        ];
        let sorted: Vec<&str> = sorted
            .into_iter()
            .filter(|text| *text != "2.10" && *text != "2.9")
            .collect();
        let mut versions: Vec<Version> = sorted.iter().rev().map(|text| Version::new(text)).collect();
        versions.sort_by(|a, b| b.cmp(a));
        assert_eq!(versions.iter().map(Version::as_str).collect::<Vec<_>>(), sorted);
        assert!(Version::new("2.10") > Version::new("2.9"));
    }

    #[test]
    fn the_latest_is_a_release_where_there_is_one_and_never_yanked() {
        let latest = |versions: &[(&str, bool)]| {
            let versions: Vec<_> = versions
                .iter()
                .map(|(text, yanked)| (Version::new(text), *yanked))
                .collect();
            latest(versions.iter().map(|(version, yanked)| (version, *yanked))).map(ToString::to_string)
        };
        assert_eq!(
            latest(&[("1.0", false), ("2.0rc1", false)]).as_deref(),
            Some("1.0")
        );
        assert_eq!(
            latest(&[("1.0", true), ("2.0rc1", false), ("2.0a1", false)]).as_deref(),
            Some("2.0rc1")
        );
        assert_eq!(latest(&[("1.0", false), ("1.1", true)]).as_deref(), Some("1.0"));
        assert_eq!(
            latest(&[("2007-old", false), ("0.1a1", false)]).as_deref(),
            Some("0.1a1")
        );
        assert_eq!(latest(&[("2007-old", false)]).as_deref(), Some("2007-old"));
        assert_eq!(latest(&[("1.0", true)]), None);
        assert_eq!(latest(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_order_is_total(texts in proptest::collection::vec("[0-9a-z.!+_-]{0,9}|[0-9]{1,2}(\\.[0-9]{1,2}){0,2}((a|rc|\\.post|\\.dev)[0-9])?", 3)) {
            let versions: Vec<Version> = texts.iter().map(|text| Version::new(text)).collect();
            let (a, b, c) = (&versions[0], &versions[1], &versions[2]);
            prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
            prop_assert_eq!(a.cmp(b).is_eq(), a.as_str() == b.as_str());
            prop_assert!(!(a <= b && b <= c) || a <= c);
        }
    }
}
