//! Operators on values: `a[b]`, `a[b:c]`, `a + b`. Never makes anything large.

use super::text;
use super::value::Value;

/// `a[b]`
pub(super) fn item<'p>(of: &Value<'p>, index: &Value<'p>) -> Value<'p> {
    match (of, index) {
        (Value::Dict(_), key) => of.item(key).unwrap_or(Value::Unknown),
        (Value::Text(text), Value::Int(number)) => {
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let at = if *number < 0 { number + length } else { *number };
            let letter = usize::try_from(at).ok().and_then(|at| text.chars().nth(at));
            letter.map_or(Value::Unknown, |letter| {
                Value::text(letter.encode_utf8(&mut [0; 4]))
            })
        }
        (Value::List(_) | Value::Tuple(_), Value::Int(number)) => {
            let all = of.elements().unwrap_or_default();
            let length = i64::try_from(all.len()).unwrap_or(i64::MAX);
            let at = if *number < 0 { number + length } else { *number };
            usize::try_from(at)
                .ok()
                .and_then(|at| all.get(at).cloned())
                .unwrap_or(Value::Unknown)
        }
        _ => Value::Unknown,
    }
}

/// `a[b:c]`
pub(super) fn slice<'p>(of: &Value<'p>, from: Option<i64>, to: Option<i64>) -> Value<'p> {
    match of {
        Value::Text(whole) => Value::text(&text::slice(whole, from, to)),
        Value::List(_) | Value::Tuple(_) => {
            let all = of.elements().unwrap_or_default();
            let (from, to) = text::bounds(i64::try_from(all.len()).unwrap_or(i64::MAX), from, to);
            Value::list(all.get(from..to.max(from)).unwrap_or_default().to_vec())
        }
        _ => Value::Unknown,
    }
}

/// Whether two together are not too large.
pub(super) fn fits(a: usize, b: usize) -> bool {
    a.saturating_add(b) < text::LARGEST
}

/// `a op b`
pub(super) fn binary<'p>(op: &str, left: &Value<'p>, right: &Value<'p>) -> Value<'p> {
    match (op, left, right) {
        ("+", Value::Text(a), Value::Text(b)) if fits(a.len(), b.len()) => {
            Value::text(&[&**a, &**b].concat())
        }
        ("%", Value::Text(a), b) => text::percent(a, b).map_or(Value::Unknown, |made| Value::text(&made)),
        ("*", Value::Text(a), Value::Int(n)) | ("*", Value::Int(n), Value::Text(a)) => {
            let times = usize::try_from(*n).unwrap_or(0);
            if a.len().saturating_mul(times) < text::LARGEST {
                Value::text(&a.repeat(times))
            } else {
                Value::Unknown
            }
        }
        ("*", Value::List(all), Value::Int(n)) | ("*", Value::Int(n), Value::List(all)) => {
            let times = usize::try_from(*n).unwrap_or(0);
            let all = all.borrow();
            if all.len().saturating_mul(times) < text::LARGEST {
                Value::list(all.iter().cycle().take(all.len() * times).cloned().collect())
            } else {
                Value::Unknown
            }
        }
        ("+", Value::Int(a), Value::Int(b)) => a.checked_add(*b).map_or(Value::Unknown, Value::Int),
        ("-", Value::Int(a), Value::Int(b)) => a.checked_sub(*b).map_or(Value::Unknown, Value::Int),
        ("+", Value::List(_), Value::List(_)) | ("+", Value::Tuple(_), Value::Tuple(_)) => {
            let (first, second) = (
                left.elements().unwrap_or_default(),
                right.elements().unwrap_or_default(),
            );
            if !fits(first.len(), second.len()) {
                return Value::Unknown;
            }
            let all = [first, second].concat();
            if matches!(left, Value::List(_)) {
                Value::list(all)
            } else {
                Value::Tuple(all.into())
            }
        }
        ("|", Value::Dict(a), Value::Dict(b)) => {
            let both = Value::dict(a.borrow().clone());
            for (key, value) in b.borrow().iter() {
                both.set_item(key.clone(), value.clone());
            }
            both
        }
        _ => Value::Unknown,
    }
}
