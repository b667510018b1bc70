//! Which names a person could take for another: confusable letters and small edits. Never says whether that is allowed.
//!
//! One name is held against all others; all pairs are never compared, since only what is new is looked at.

use unicode_security::skeleton;

use super::policy::Similarity;

/// A name as a hurried reader sees it, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    /// Lower case, without hyphens and underscores.
    folded: Vec<char>,
    /// The same with confusable letters made one (UTS #39 skeleton).
    look: Vec<char>,
}

/// A name that is close to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour<T> {
    /// What was compared.
    pub of: T,
    /// Edits between the two; 0 where they look the same.
    pub distance: usize,
}

/// A name that is there already, prepared once for many comparisons.
#[derive(Debug, Clone)]
pub struct Known<'n, T> {
    of: T,
    name: &'n str,
    form: Form,
}

impl<'n, T> Known<'n, T> {
    /// Something by its name.
    pub fn new(of: T, name: &'n str) -> Self {
        let form = Form::of(name);
        Self { of, name, form }
    }

    /// What has the name.
    pub fn of(&self) -> &T {
        &self.of
    }
}

/// A name that others are held against.
#[derive(Debug)]
pub struct Yardstick<'p> {
    form: Form,
    policy: &'p Similarity,
    folded: Letters,
    look: Letters,
}

impl<'p> Yardstick<'p> {
    /// For this name, by these settings.
    pub fn new(name: &str, policy: &'p Similarity) -> Self {
        let form = Form::of(name);
        Self {
            folded: Letters::of(form.folded.iter().copied()),
            look: Letters::of(form.look.iter().copied()),
            form,
            policy,
        }
    }

    /// Whether a closer look at the other name is worth its cost: false for most names that are far away, and never for one
    /// that is close. Takes no memory, since a registry has 20,000 names.
    pub fn may_be_near(&self, other: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !other.bytes().all(plain) {
            return true;
        }
        let most = usize::try_from(self.policy.distance).unwrap_or(usize::MAX);
        let letters = || other.chars().filter(|letter| *letter != '-');
        self.folded
            .near(letters().map(|letter| letter.to_ascii_lowercase()), most)
            || self.look.near(letters().flat_map(ascii_look_of), most)
    }

    /// How many edits the other name is away, where it is close enough to be mistaken for this one: 0 where both look
    /// the same, however short; else up to the settings' distance, where both are long enough.
    fn distance(&self, other: &Form) -> Option<usize> {
        let most = usize::try_from(self.policy.distance).unwrap_or(usize::MAX);
        let shortest = usize::try_from(self.policy.min_length).unwrap_or(usize::MAX);
        let mine = &self.form;
        if mine.look == other.look {
            return Some(0);
        }
        if mine.folded.len().min(other.folded.len()) < shortest {
            return None;
        }
        let edits = [(&mine.folded, &other.folded), (&mine.look, &other.look)];
        edits.iter().filter_map(|(a, b)| within(a, b, most)).min()
    }

    /// The others that are close, nearest first and then by name: as many as the settings want shown, and how many
    /// there are in all.
    pub fn neighbours<'k, T>(
        &self,
        others: impl IntoIterator<Item = &'k Known<'k, T>>,
    ) -> (Vec<Neighbour<&'k T>>, usize) {
        let mut near: Vec<(usize, &Known<'k, T>)> = others
            .into_iter()
            .filter_map(|known| self.distance(&known.form).map(|distance| (distance, known)))
            .collect();
        near.sort_by_key(|(distance, known)| (*distance, known.name));
        let shown = usize::try_from(self.policy.shown).unwrap_or(usize::MAX);
        let all = near.len();
        let near = near.into_iter().take(shown).map(|(distance, known)| Neighbour {
            of: &known.of,
            distance,
        });
        (near.collect(), all)
    }
}

impl Form {
    fn of(name: &str) -> Self {
        let kept = |letter: &char| !matches!(letter, '-' | '_');
        let folded = name.chars().flat_map(char::to_lowercase).filter(kept).collect();
        let look = look(name).chars().filter(kept).collect();
        Self { folded, look }
    }
}

/// Twice, since case hides likeness: a capital `I` is taken for `l` only before lower-casing, a capital `M` for `rn`
/// only after it.
fn look(name: &str) -> String {
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return ascii_look(name);
    }
    let lower = |text: &str| skeleton(text).flat_map(char::to_lowercase).collect::<String>();
    lower(&lower(name))
}

/// What the tables come to for the letters of nearly all names, at a tenth of the time; a test holds the two together.
fn ascii_look(name: &str) -> String {
    let mut look = String::with_capacity(name.len() + 4);
    look.extend(name.chars().flat_map(ascii_look_of));
    look
}

fn ascii_look_of(letter: char) -> impl Iterator<Item = char> {
    let (first, second) = match letter {
        'I' | '1' => ('l', None),
        '0' => ('o', None),
        'm' | 'M' => ('r', Some('n')),
        other => (other.to_ascii_lowercase(), None),
    };
    [Some(first), second].into_iter().flatten()
}

/// How often each letter appears; letters that share a slot count as one.
#[derive(Debug)]
struct Letters {
    counts: [i16; 64],
    len: usize,
}

fn slot(letter: char) -> usize {
    (u32::from(letter) % 64) as usize
}

impl Letters {
    fn of(letters: impl Iterator<Item = char>) -> Self {
        let (mut counts, mut len) = ([0_i16; 64], 0);
        for letter in letters {
            counts[slot(letter)] = counts[slot(letter)].saturating_add(1);
            len += 1;
        }
        Self { counts, len }
    }

    /// Whether neither has more than `most` letters that the other lacks: an edit changes that by one at most.
    fn near(&self, letters: impl Iterator<Item = char>, most: usize) -> bool {
        let (mut counts, mut len, mut lacking) = (self.counts, 0, 0);
        for letter in letters {
            let count = &mut counts[slot(letter)];
            *count = count.saturating_sub(1);
            lacking += usize::from(*count < 0);
            len += 1;
            if lacking > most {
                return false;
            }
        }
        // What is left over here is what the other lacks: its own surplus, and the difference in length.
        (self.len + lacking).saturating_sub(len) <= most
    }
}

/// The Damerau-Levenshtein distance, where it is no larger than `most`.
fn within(a: &[char], b: &[char], most: usize) -> Option<usize> {
    // An edit changes the length by one at most, and the letters that one side has more of by one at most.
    if a.len().abs_diff(b.len()) > most || surplus(a, b) > most || surplus(b, a) > most {
        return None;
    }
    Some(strsim::generic_damerau_levenshtein(a, b)).filter(|&distance| distance <= most)
}

/// How many letters of `a` are not in `b`, each counted as often as it appears. Letters that share a slot can only
/// make it smaller, so that nothing close is lost.
fn surplus(a: &[char], b: &[char]) -> usize {
    let mut counts = [0_i32; 64];
    for &letter in a {
        counts[slot(letter)] += 1;
    }
    for &letter in b {
        counts[slot(letter)] -= 1;
    }
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| count.unsigned_abs() as usize)
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::policy::Policy;

    fn distance(a: &str, b: &str) -> Option<usize> {
        Yardstick::new(a, &Policy::default().similarity).distance(&Form::of(b))
    }

    #[test]
    fn what_looks_alike_is_found() {
        for (a, b, expected) in [
            ("alice", "аlice", Some(0)),
            ("Alice", "AIice", Some(0)),
            ("max", "Мах", Some(0)),
            ("al1ce", "alice", None),
            ("a1", "al", Some(0)),
            ("bern", "bem", Some(0)),
            ("json-utils", "jsonUtils", Some(0)),
            ("fo0", "foo", Some(0)),
            ("alice", "alicf", None),
            ("adamavenir", "adamavemir", Some(1)),
            ("adamavenir", "adamavneir", Some(1)),
            ("adamavenir", "adamavenir-x", Some(1)),
            ("adamavenir", "adamvenirs", Some(2)),
            ("adamavenir", "adavenirss", None),
            ("robert", "bob", None),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn the_short_way_agrees_with_the_tables() {
        for letter in (b'0'..=b'z').map(char::from).filter(char::is_ascii_alphanumeric) {
            let text = letter.to_string();
            let lower = |text: &str| skeleton(text).flat_map(char::to_lowercase).collect::<String>();
            assert_eq!(ascii_look(&text), lower(&lower(&text)), "{letter}");
        }
    }

    #[test]
    fn a_first_look_passes_over_most_names() {
        let policy = Policy::default().similarity;
        let yardstick = Yardstick::new("adamavenir", &policy);
        for near in [
            "adamavenir",
            "AdamAvenir",
            "adarnavenir",
            "adamavneri",
            "adamaveni",
            "adam_avenir",
        ] {
            assert!(yardstick.may_be_near(near), "{near}");
        }
        for far in ["robert", "adamave", "adamavenirxyz", "bdbmbvbnbr"] {
            assert!(!yardstick.may_be_near(far), "{far}");
        }
    }

    #[test]
    fn neighbours_are_sorted_and_counted() {
        let policy = Similarity {
            shown: 2,
            ..Policy::default().similarity
        };
        let others =
            ["robert", "alicia-y", "alicia-x", "Alicia", "aliciaxyz"].map(|name| Known::new(name, name));
        let (near, all) = Yardstick::new("alicia", &policy).neighbours(&others);
        let near: Vec<_> = near.iter().map(|near| (*near.of, near.distance)).collect();
        assert_eq!((near, all), (vec![("Alicia", 0), ("alicia-x", 1)], 3));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_short_cuts_lose_nothing(a in "[abcm0-9а-г-]{0,9}", b in "[abcm0-9а-г-]{0,9}", most in 0_usize..4) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let whole = strsim::generic_damerau_levenshtein(&a, &b);
            prop_assert_eq!(within(&a, &b, most), (whole <= most).then_some(whole));
        }

        #[test]
        fn a_first_look_loses_nothing(a in "[abimnrlIMo0-1-]{0,9}", b in "[abimnrlIMo0-1_-]{0,9}") {
            let policy = Policy::default().similarity;
            let yardstick = Yardstick::new(&a, &policy);
            prop_assert!(yardstick.distance(&Form::of(&b)).is_none() || yardstick.may_be_near(&b));
        }

        #[test]
        fn no_name_panics(a in any::<String>(), b in any::<String>()) {
            let _ = distance(&a, &b);
        }
    }
}
