//! A moment as files write it (RFC 3339). Never asks what time it is.

use std::fmt;

use chrono::SubsecRound;

use super::name::{Invalid, Name};

/// A moment, written as RFC 3339 with seconds and an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    text: Box<str>,
    moment: chrono::DateTime<chrono::Utc>,
}

impl Timestamp {
    /// A moment as it is written by gistry: whole seconds, UTC.
    pub fn new(moment: chrono::DateTime<chrono::Utc>) -> Self {
        // What is read from its text must be equal.
        let moment = moment.trunc_subsecs(0);
        Self {
            text: moment.format("%Y-%m-%dT%H:%M:%SZ").to_string().into(),
            moment,
        }
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The moment that it names.
    pub fn moment(&self) -> chrono::DateTime<chrono::Utc> {
        self.moment
    }
}

impl Name for Timestamp {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = Invalid {
            what: "a time",
            form: "date, `T`, time with seconds and an offset (RFC 3339), such as 2026-11-21T07:00:00Z",
        };
        if let Some(moment) = whole_seconds(text.as_bytes()) {
            let text = text.into();
            return Ok(Self { text, moment });
        }
        // chrono also reads a space for the `T`, lower case, leap seconds, and U+2212 for a minus; other readers do not.
        let bytes = text.as_bytes();
        let strict = text.is_ascii()
            && bytes.len() >= 20
            && bytes[10] == b'T'
            && &bytes[17..19] != b"60"
            && !text.ends_with('z');
        let moment = chrono::DateTime::parse_from_rfc3339(text)
            .ok()
            .filter(|_| strict)
            .ok_or(invalid)?;
        Ok(Self {
            text: text.into(),
            moment: moment.with_timezone(&chrono::Utc),
        })
    }
}

/// The moment that is written as nearly all are, `2026-11-21T07:00:00Z`: a registry has a hundred thousand of them.
fn whole_seconds(text: &[u8]) -> Option<chrono::DateTime<chrono::Utc>> {
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b'Z',
    ] = *text
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        let add = |sum: u32, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'));
        digits.iter().try_fold(0, add)
    };
    let year = i32::try_from(number(&[y0, y1, y2, y3])?).ok()?;
    let date = chrono::NaiveDate::from_ymd_opt(year, number(&[m0, m1])?, number(&[d0, d1])?)?;
    let time = date.and_hms_opt(number(&[h0, h1])?, number(&[n0, n1])?, number(&[s0, s1])?)?;
    Some(time.and_utc())
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_strict() {
        for good in ["2024-05-28T00:00:00Z", "2024-05-28T00:00:00.123+02:00"] {
            assert_eq!(Timestamp::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "2024-05-28",
            "2024-05-28 00:00:00Z",
            "2024-05-28T00:00:00",
            "2024-13-01T00:00:00Z",
            "2024-05-28T00:00:00z",
            "2016-12-31T23:59:60Z",
            "2024-05-28T00:00:00\u{2212}01:00",
            "ü",
            "éééééééééééééééé",
        ] {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_moment_is_what_is_read_from_its_text() {
        let moment = chrono::DateTime::parse_from_rfc3339("2024-01-20T02:10:33.987654Z").unwrap();
        let time = Timestamp::new(moment.to_utc());
        assert_eq!(time.as_str(), "2024-01-20T02:10:33Z");
        assert_eq!(Timestamp::parse(time.as_str()).unwrap(), time);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn times_are_read_as_chrono_reads_them(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z") {
            let expected = chrono::DateTime::parse_from_rfc3339(&text).ok().filter(|_| &text[17..19] != "60");
            prop_assert_eq!(Timestamp::parse(&text).ok().map(|time| time.moment()), expected.map(|time| time.to_utc()));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Timestamp::parse(&text);
        }
    }
}
