//! Functions and methods that evaluation knows itself: those of Python and its standard library that templates of docstrings are made with.

use std::rc::Rc;

use super::value::Value;
use super::{Evaluator, text};
use crate::dna::docstring;

/// The largest dictionary that is made of another one, in keys: each is looked for among those before it.
const LARGEST: usize = 4096;

/// Builtins by the names under which they are found without an import.
const NAMED: &[&str] = &[
    "callable",
    "dict",
    "enumerate",
    "frozenset",
    "getattr",
    "hasattr",
    "isinstance",
    "len",
    "list",
    "property",
    "range",
    "set",
    "setattr",
    "sorted",
    "str",
    "tuple",
    "zip",
];

/// Functions of the standard library, by their paths.
const OUTSIDE: &[(&str, &str)] = &[
    ("textwrap.dedent", "dedent"),
    ("textwrap.indent", "indent"),
    ("inspect.cleandoc", "cleandoc"),
    ("inspect.getdoc", "getdoc"),
    ("functools.wraps", "wraps"),
    ("functools.update_wrapper", "update_wrapper"),
    ("typing.cast", "cast"),
    ("typing.TYPE_CHECKING", "false"),
    ("copy.copy", "copy"),
    ("copy.deepcopy", "copy"),
];

/// What a name means that nobody has bound.
pub fn named<'p>(name: &str) -> Value<'p> {
    NAMED
        .iter()
        .find(|known| **known == name)
        .map_or(Value::Unknown, |known| Value::Builtin(known))
}

/// What a path of another package means.
pub fn outside<'p>(path: &str) -> Value<'p> {
    match path {
        "typing.TYPE_CHECKING" => return Value::Bool(false),
        // Docstrings are there: nobody runs this with -OO.
        "sys.flags.optimize" => return Value::Int(0),
        "sys" => return Value::Builtin("sys"),
        "sys.flags" => return Value::Builtin("sys.flags"),
        _ => {}
    }
    if let Some((_, name)) = OUTSIDE.iter().find(|(known, _)| *known == path) {
        return Value::Builtin(name);
    }
    // A module: `import textwrap` and then `textwrap.dedent`.
    ["textwrap", "inspect", "functools", "typing", "copy", "builtins"]
        .iter()
        .find(|known| **known == path)
        .map_or(Value::Unknown, |known| Value::Builtin(known))
}

/// An attribute of what is not of this package.
pub fn attribute<'p>(path: &str, name: &str) -> Value<'p> {
    match path {
        "builtins" => named(name),
        _ => outside(&format!("{path}.{name}")),
    }
}

impl<'p> Evaluator<'p> {
    /// A builtin function called.
    pub(super) fn call_builtin(
        &self,
        name: &'static str,
        plain: &[Value<'p>],
        named: &[(String, Value<'p>)],
    ) -> Value<'p> {
        match (name, plain) {
            ("len", [of]) => match of {
                Value::Dict(all) => int(all.borrow().len()),
                other => other.elements().map_or(Value::Unknown, |all| int(all.len())),
            },
            ("str", []) => Value::text(""),
            ("str", [of]) => of.shown().map_or(Value::Unknown, Value::Text),
            ("list", []) => Value::list(Vec::new()),
            ("tuple", []) | ("set" | "frozenset", []) => Value::Tuple(Rc::new([])),
            ("list", [of]) => of.elements().map_or(Value::Unknown, Value::list),
            ("tuple", [of]) => of
                .elements()
                .map_or(Value::Unknown, |all| Value::Tuple(all.into())),
            ("set" | "frozenset", [of]) => of
                .elements()
                .filter(|all| all.len() <= LARGEST)
                .map_or(Value::Unknown, |all| Value::Tuple(unique(all).into())),
            ("sorted", [of]) if named.is_empty() => sorted(of),
            ("dict", _) => dict(plain, named),
            ("zip", [a, b]) => match (a.elements(), b.elements()) {
                (Some(a), Some(b)) => {
                    let pair = |(a, b): (Value<'p>, Value<'p>)| Value::Tuple(Rc::new([a, b]));
                    Value::list(a.into_iter().zip(b).map(pair).collect())
                }
                _ => Value::Unknown,
            },
            ("enumerate", [of]) => of.elements().map_or(Value::Unknown, |all| {
                let pair = |(at, each): (usize, Value<'p>)| Value::Tuple(Rc::new([int(at), each]));
                Value::list(all.into_iter().enumerate().map(pair).collect())
            }),
            ("hasattr", [of, Value::Text(name)]) => match (of, self.attribute(of, name)) {
                (Value::Unknown, _) => Value::Unknown,
                (Value::Text(_) | Value::List(_) | Value::Dict(_) | Value::Tuple(_), _) => {
                    Value::Bool(!name.starts_with('_') || &**name == "__doc__")
                }
                (Value::Class(_) | Value::Object(_), Some(Value::Unknown)) => Value::Unknown,
                (_, found) => Value::Bool(found.is_some()),
            },
            ("getattr", [of, Value::Text(name), rest @ ..]) => self
                .attribute(of, name)
                .or_else(|| rest.first().cloned())
                .unwrap_or(Value::Unknown),
            ("setattr", [of, Value::Text(name), value]) => self
                .set_attribute(of, name, value.clone())
                .map_or(Value::Unknown, |()| Value::None),
            ("isinstance", [of, class]) => is_instance(of, class).map_or(Value::Unknown, Value::Bool),
            ("callable", [of]) => match of {
                Value::Unknown | Value::Object(_) => Value::Unknown,
                Value::Function(_)
                | Value::Class(_)
                | Value::Bound(..)
                | Value::Builtin(_)
                | Value::Partial(..)
                | Value::Method(..) => Value::Bool(true),
                _ => Value::Bool(false),
            },
            ("dedent", [Value::Text(of)]) => Value::text(&text::dedent(of)),
            ("indent", [Value::Text(of), Value::Text(prefix)]) => Value::text(&text::indent(of, prefix)),
            ("cleandoc", [Value::Text(of)]) => clean(of),
            ("getdoc", [of]) => match self.attribute(of, "__doc__") {
                Some(Value::Text(doc)) => clean(&doc),
                Some(Value::None) => Value::None,
                _ => Value::Unknown,
            },
            ("wraps", [wrapped]) => Value::Partial("wrapper", Box::new(wrapped.clone())),
            ("wrapper", [wrapped, wrapper]) => self.wrap(wrapper, wrapped),
            ("update_wrapper", [wrapper, wrapped, ..]) => self.wrap(wrapper, wrapped),
            ("cast", [_, of]) => of.clone(),
            ("copy", [of]) => match of {
                Value::List(all) => Value::list(all.borrow().clone()),
                Value::Dict(all) => Value::dict(all.borrow().clone()),
                other => other.clone(),
            },
            // A property is known by the function that it is made of.
            ("property", [of @ Value::Function(_), ..]) => of.clone(),
            _ => Value::Unknown,
        }
    }

    /// `functools.wraps`
    fn wrap(&self, wrapper: &Value<'p>, wrapped: &Value<'p>) -> Value<'p> {
        let (Value::Function(new), Some(doc)) = (wrapper, self.attribute(wrapped, "__doc__")) else {
            return Value::Unknown;
        };
        *new.doc.borrow_mut() = doc;
        if let Value::Function(old) = wrapped {
            let attributes = old.attributes.borrow().clone();
            new.attributes.borrow_mut().extend(attributes);
        }
        wrapper.clone()
    }
}

fn clean<'p>(doc: &str) -> Value<'p> {
    Value::text(&docstring::clean(&std::borrow::Cow::Borrowed(doc)))
}

/// A number of things.
pub fn int<'p>(number: usize) -> Value<'p> {
    i64::try_from(number).map_or(Value::Unknown, Value::Int)
}

fn unique(all: Vec<Value<'_>>) -> Vec<Value<'_>> {
    let mut kept: Vec<Value<'_>> = Vec::with_capacity(all.len());
    for each in all {
        if !kept.iter().any(|known| known.equal(&each) == Some(true)) {
            kept.push(each);
        }
    }
    kept
}

fn sorted<'p>(of: &Value<'p>) -> Value<'p> {
    let Some(all) = of.elements() else {
        return Value::Unknown;
    };
    let mut texts: Vec<Rc<str>> = Vec::with_capacity(all.len());
    for each in &all {
        let Value::Text(text) = each else {
            return Value::Unknown;
        };
        texts.push(text.clone());
    }
    texts.sort();
    Value::list(texts.into_iter().map(Value::Text).collect())
}

/// `dict(…)`
pub fn dict<'p>(plain: &[Value<'p>], named: &[(String, Value<'p>)]) -> Value<'p> {
    if plain.first().map_or(0, Value::weight) + named.len() > LARGEST {
        return Value::Unknown;
    }
    let made = Value::dict(Vec::new());
    match plain {
        [] => {}
        [Value::Dict(all)] => all
            .borrow()
            .iter()
            .for_each(|(key, value)| made.set_item(key.clone(), value.clone())),
        [of] => {
            let Some(pairs) = of.elements() else {
                return Value::Unknown;
            };
            for pair in pairs {
                match pair.elements().as_deref() {
                    Some([key, value]) => made.set_item(key.clone(), value.clone()),
                    _ => return Value::Unknown,
                }
            }
        }
        _ => return Value::Unknown,
    }
    for (name, value) in named {
        made.set_item(Value::text(name), value.clone());
    }
    made
}

fn is_instance<'p>(of: &Value<'p>, class: &Value<'p>) -> Option<bool> {
    match class {
        Value::Tuple(all) => {
            let all: Option<Vec<bool>> = all.iter().map(|class| is_instance(of, class)).collect();
            Some(all?.contains(&true))
        }
        Value::Builtin(name) => Some(match (of, *name) {
            (Value::Unknown, _) => return None,
            (Value::Text(_), "str")
            | (Value::List(_), "list")
            | (Value::Dict(_), "dict")
            | (Value::Tuple(_), "tuple") => true,
            (Value::Tuple(_), "set" | "frozenset") => return None,
            (Value::Function(_), "property") => return None,
            _ => false,
        }),
        Value::Class(class) => match of {
            Value::Unknown => None,
            Value::Object(object) if std::ptr::eq(object.class.item, class.item) => Some(true),
            Value::Object(_) => None,
            _ => Some(false),
        },
        _ => None,
    }
}
