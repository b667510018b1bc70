//! Methods of texts, lists and dictionaries, as far as templates of docstrings use them. What else there is, is unknown.

use std::rc::Rc;

use super::builtin::{dict, int};
use super::run::fits;
use super::value::Value;
use super::{Evaluator, text};
use crate::dna::docstring;

impl<'p> Evaluator<'p> {
    /// A method of a text, list, tuple or dictionary called.
    pub(super) fn call_method(
        &self,
        of: &Value<'p>,
        name: &str,
        plain: &[Value<'p>],
        named: &[(String, Value<'p>)],
    ) -> Value<'p> {
        match of {
            Value::Text(whole) => text_method(whole, name, plain, named).unwrap_or(Value::Unknown),
            Value::List(all) => match (name, plain) {
                ("append", [one]) => {
                    all.borrow_mut().push(one.clone());
                    Value::None
                }
                ("extend", [more]) => match more.elements() {
                    Some(more) if fits(all.borrow().len(), more.len()) => {
                        all.borrow_mut().extend(more);
                        Value::None
                    }
                    _ => Value::Unknown,
                },
                ("remove", [one]) => {
                    let mut all = all.borrow_mut();
                    let at = all.iter().position(|each| each.equal(one) == Some(true));
                    at.map_or(Value::Unknown, |at| {
                        all.remove(at);
                        Value::None
                    })
                }
                ("insert", [Value::Int(0), one]) => {
                    all.borrow_mut().insert(0, one.clone());
                    Value::None
                }
                ("copy", []) => Value::list(all.borrow().clone()),
                _ => Value::Unknown,
            },
            Value::Dict(all) => match (name, plain) {
                ("update", _) => match dict(plain, named) {
                    Value::Dict(more) => {
                        let more = more.borrow().clone();
                        more.into_iter().for_each(|(key, value)| of.set_item(key, value));
                        Value::None
                    }
                    _ => Value::Unknown,
                },
                ("get", [key]) => of.item(key).unwrap_or(Value::None),
                ("get" | "pop", [key, other]) => of.item(key).unwrap_or_else(|| other.clone()),
                ("pop", [key]) => of.item(key).unwrap_or(Value::Unknown),
                ("copy", []) => Value::dict(all.borrow().clone()),
                ("keys", []) => of.elements().map_or(Value::Unknown, Value::list),
                ("values", []) => Value::list(all.borrow().iter().map(|(_, value)| value.clone()).collect()),
                ("items", []) => {
                    let pair = |(key, value): &(Value<'p>, Value<'p>)| {
                        Value::Tuple(Rc::new([key.clone(), value.clone()]))
                    };
                    Value::list(all.borrow().iter().map(pair).collect())
                }
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }
}

fn text_method<'p>(
    whole: &Rc<str>,
    name: &str,
    plain: &[Value<'p>],
    named: &[(String, Value<'p>)],
) -> Option<Value<'p>> {
    let letters = |of: &Rc<str>| of.chars().collect::<Vec<_>>();
    let made = match (name, plain) {
        ("format", _) => {
            let field = |name: &str| {
                named
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            };
            text::format(whole, plain, &field)?
        }
        ("format_map", [map]) => text::format(whole, &[], &|name| map.item(&Value::text(name)))?,
        ("join", [all]) => {
            let all = all.elements()?;
            let texts: Option<Vec<Rc<str>>> = all
                .iter()
                .map(|each| {
                    if let Value::Text(text) = each {
                        Some(text.clone())
                    } else {
                        None
                    }
                })
                .collect();
            let texts = texts?;
            let length: usize = texts.iter().map(|text| text.len() + whole.len()).sum();
            if length > text::LARGEST {
                return None;
            }
            texts.join(whole)
        }
        ("strip", []) => whole.trim().to_owned(),
        ("lstrip", []) => whole.trim_start().to_owned(),
        ("rstrip", []) => whole.trim_end().to_owned(),
        ("strip", [Value::Text(of)]) => whole.trim_matches(letters(of).as_slice()).to_owned(),
        ("lstrip", [Value::Text(of)]) => whole.trim_start_matches(letters(of).as_slice()).to_owned(),
        ("rstrip", [Value::Text(of)]) => whole.trim_end_matches(letters(of).as_slice()).to_owned(),
        ("replace", [Value::Text(old), Value::Text(new), ..])
            if whole.matches(&**old).count().saturating_mul(new.len()) > text::LARGEST =>
        {
            return None;
        }
        ("replace", [Value::Text(old), Value::Text(new)]) if !old.is_empty() => whole.replace(&**old, new),
        ("replace", [Value::Text(old), Value::Text(new), Value::Int(times)])
            if !old.is_empty() && *times >= 0 =>
        {
            whole.replacen(&**old, new, usize::try_from(*times).ok()?)
        }
        ("upper", []) => whole.to_uppercase(),
        ("lower", []) => whole.to_lowercase(),
        ("title" | "capitalize", [])
            if whole.is_ascii() && !whole.contains(|letter: char| !letter.is_ascii_alphabetic()) =>
        {
            let (first, rest) = whole.split_at(whole.len().min(1));
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        }
        ("expandtabs", []) => docstring::expand(whole),
        ("startswith", [Value::Text(of)]) => return Some(Value::Bool(whole.starts_with(&**of))),
        ("endswith", [Value::Text(of)]) => return Some(Value::Bool(whole.ends_with(&**of))),
        ("removeprefix", [Value::Text(of)]) => whole.strip_prefix(&**of).unwrap_or(whole).to_owned(),
        ("removesuffix", [Value::Text(of)]) => whole.strip_suffix(&**of).unwrap_or(whole).to_owned(),
        ("split", []) => return Some(texts(whole.split_whitespace())),
        ("split", [Value::Text(of)]) if !of.is_empty() => return Some(texts(whole.split(&**of))),
        ("split", [Value::Text(of), Value::Int(times)]) if !of.is_empty() && *times >= 0 => {
            return Some(texts(
                whole.splitn(usize::try_from(*times).ok()?.checked_add(1)?, &**of),
            ));
        }
        ("splitlines", []) => return Some(texts(whole.lines())),
        ("find", [Value::Text(of)]) => {
            return Some(
                whole
                    .find(&**of)
                    .map_or(Value::Int(-1), |at| int(whole[..at].chars().count())),
            );
        }
        ("count", [Value::Text(of)]) if !of.is_empty() => return Some(int(whole.matches(&**of).count())),
        _ => return None,
    };
    (made.len() < text::LARGEST).then(|| Value::text(&made))
}

fn texts<'p, 't>(all: impl Iterator<Item = &'t str>) -> Value<'p> {
    Value::list(all.map(Value::text).collect())
}
