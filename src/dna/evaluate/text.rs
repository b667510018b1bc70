//! Python's ways with text: `str.format`, `%`, `textwrap.dedent`. Pure functions; `None` where the result is not known.

use std::fmt::Write;

use super::value::Value;

/// The largest text that is made, in bytes.
pub const LARGEST: usize = 256 * 1024;

/// `template.format(…)`: plain fields by number or name, without formats.
pub fn format<'p>(
    template: &str,
    plain: &[Value<'p>],
    named: &dyn Fn(&str) -> Option<Value<'p>>,
) -> Option<String> {
    let mut made = String::with_capacity(template.len());
    let mut next = 0;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        made.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            made.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return None;
        }
        let (field, after) = rest.split_once('}')?;
        rest = after;
        let value = if field.is_empty() {
            next += 1;
            plain.get(next - 1).cloned()
        } else if let Ok(number) = field.parse::<usize>() {
            plain.get(number).cloned()
        } else if field.contains(['.', '[', ':', '!', '{']) {
            None
        } else {
            named(field)
        };
        made.push_str(&value?.shown()?);
        if made.len() > LARGEST {
            return None;
        }
    }
    made.push_str(rest);
    Some(made)
}

/// `template % value`
pub fn percent(template: &str, value: &Value<'_>) -> Option<String> {
    let mut made = String::with_capacity(template.len());
    let mut rest = template;
    let mut used = 0;
    let plain = match value {
        Value::Tuple(all) => all.to_vec(),
        Value::Dict(_) => Vec::new(),
        other => vec![other.clone()],
    };
    while let Some((before, after)) = rest.split_once('%') {
        made.push_str(before);
        rest = after;
        let chosen = if let Some(after) = rest.strip_prefix('(') {
            let (key, after) = after.split_once(')')?;
            rest = after;
            Some(value.item(&Value::text(key))?)
        } else {
            None
        };
        let letter = rest.chars().next()?;
        rest = &rest[letter.len_utf8()..];
        if letter == '%' {
            made.push('%');
            continue;
        }
        let chosen = match chosen {
            Some(chosen) => chosen,
            None => {
                used += 1;
                plain.get(used - 1)?.clone()
            }
        };
        match (letter, &chosen) {
            ('s', chosen) => made.push_str(&chosen.shown()?),
            ('d' | 'i', Value::Int(number)) => write!(made, "{number}").ok()?,
            ('r', Value::Int(number)) => write!(made, "{number}").ok()?,
            ('r', Value::Text(text)) if !text.contains(['\'', '\\', '\n']) => {
                write!(made, "'{text}'").ok()?
            }
            _ => return None,
        }
        if made.len() > LARGEST {
            return None;
        }
    }
    made.push_str(rest);
    (used == plain.len() || matches!(value, Value::Dict(_))).then_some(made)
}

/// `textwrap.dedent(text)`
pub fn dedent(text: &str) -> String {
    let blank = |line: &str| line.chars().all(|letter| letter == ' ' || letter == '\t');
    let mut margin: Option<&str> = None;
    for line in text.split('\n').filter(|line| !blank(line)) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        margin = Some(match margin {
            None => indent,
            Some(margin) => {
                let same = margin
                    .bytes()
                    .zip(indent.bytes())
                    .take_while(|(a, b)| a == b)
                    .count();
                &margin[..same]
            }
        });
    }
    let margin = margin.unwrap_or("");
    let lines = text.split('\n').map(|line| {
        if blank(line) {
            ""
        } else {
            line.strip_prefix(margin).unwrap_or(line)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `textwrap.indent(text, prefix)`
pub fn indent(text: &str, prefix: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        if line.trim().is_empty() {
            line.to_owned()
        } else {
            format!("{prefix}{line}")
        }
    });
    lines.collect()
}

/// `text[from:to]`, in characters
pub fn slice(text: &str, from: Option<i64>, to: Option<i64>) -> String {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let (from, to) = bounds(length, from, to);
    text.chars().skip(from).take(to.saturating_sub(from)).collect()
}

/// Where a slice of something of this length begins and ends.
pub fn bounds(length: i64, from: Option<i64>, to: Option<i64>) -> (usize, usize) {
    let place = |given: i64| {
        let place = if given < 0 {
            given.saturating_add(length)
        } else {
            given
        };
        usize::try_from(place.clamp(0, length)).unwrap_or(0)
    };
    (place(from.unwrap_or(0)), place(to.unwrap_or(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let named = |name: &str| (name == "klass").then(|| Value::text("Frame"));
        let check = |template: &str| format(template, &[Value::text("a"), Value::Int(2)], &named);
        assert_eq!(
            check("{klass} {{x}} {} {} {0}").as_deref(),
            Some("Frame {x} a 2 a")
        );
        for unknown in ["{other}", "{klass!r}", "{klass:>3}", "{", "}", "{} {} {}"] {
            assert_eq!(check(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn percents() {
        let dict = Value::dict(vec![(Value::text("a"), Value::text("x"))]);
        assert_eq!(percent("%(a)s 100%% %(a)s", &dict).as_deref(), Some("x 100% x"));
        assert_eq!(percent("%(b)s", &dict), None);
        let tuple = Value::Tuple(vec![Value::text("x"), Value::Int(3)].into());
        assert_eq!(percent("%s-%d", &tuple).as_deref(), Some("x-3"));
        assert_eq!(percent("%s", &tuple), None);
        assert_eq!(percent("%s %r", &Value::text("x")), None);
    }

    #[test]
    fn margins() {
        assert_eq!(dedent("\n    a\n      b\n  \n    c"), "\na\n  b\n\nc");
        assert_eq!(dedent("a\n  b"), "a\n  b");
        assert_eq!(dedent("\ta\n  b"), "\ta\n  b");
        assert_eq!(indent("a\n\nb", "  "), "  a\n\n  b");
        assert_eq!(slice("héllo", Some(-4), Some(3)), "él");
    }
}
