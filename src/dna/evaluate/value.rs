//! Values that evaluation knows: texts, lists, dictionaries, functions with their docstrings. Whatever else there is, is unknown.

use std::cell::RefCell;
use std::rc::Rc;

use foldhash::HashMap;

use crate::dna::form::{Class, Item};
use crate::dna::python::Code;

/// How many bytes of a text are gone through in one step.
pub const BYTES: usize = 64;
/// Texts of so many bytes are not gone through letter by letter.
const MANY: usize = 4096;
/// How deep two values are compared: lists can hold themselves.
const DEPTH: usize = 20;

/// A value. Texts and containers are shared, as in Python.
#[derive(Clone)]
pub enum Value<'p> {
    /// Anything else.
    Unknown,
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(Rc<str>),
    /// A list.
    List(Rc<RefCell<Vec<Value<'p>>>>),
    /// A tuple, or a set in the order in which it is written.
    Tuple(Rc<[Value<'p>]>),
    /// A dictionary, in order.
    Dict(Rc<RefCell<Vec<(Value<'p>, Value<'p>)>>>),
    /// A function.
    Function(Rc<Function<'p>>),
    /// A class.
    Class(Rc<ClassValue<'p>>),
    /// An object of a class of the package.
    Object(Rc<Object<'p>>),
    /// A function with its first argument.
    Bound(Rc<Function<'p>>, Box<Value<'p>>),
    /// A method of a text, list or dictionary.
    Method(Box<Value<'p>>, Rc<str>),
    /// A function that evaluation knows itself.
    Builtin(&'static str),
    /// A builtin with its first arguments.
    Partial(&'static str, Box<Value<'p>>),
    /// A module of the package.
    Module(usize),
}

/// A function.
pub struct Function<'p> {
    /// Its name.
    pub name: Rc<str>,
    /// From `def`, where it was not met within another function.
    pub source: &'p str,
    /// Its code, once it was needed.
    pub code: RefCell<Option<Rc<Code>>>,
    /// Where it is.
    pub module: usize,
    /// The names around it, where it is within another function.
    pub around: Option<Rc<Frame<'p>>>,
    /// `__doc__`
    pub doc: RefCell<Value<'p>>,
    /// What was set on it.
    pub attributes: RefCell<HashMap<String, Value<'p>>>,
}

/// A class.
pub struct ClassValue<'p> {
    /// The module it is in.
    pub module: usize,
    /// Whether it is in the stub.
    pub stub: bool,
    /// Its item.
    pub item: &'p Item<'p>,
    /// Its form.
    pub class: &'p Class<'p>,
    /// `__doc__`
    pub doc: RefCell<Value<'p>>,
    /// What was looked up, or set.
    pub attributes: RefCell<HashMap<String, Value<'p>>>,
}

/// An object.
pub struct Object<'p> {
    /// Its class.
    pub class: Rc<ClassValue<'p>>,
    /// What was set on it.
    pub attributes: RefCell<HashMap<String, Value<'p>>>,
}

/// The names of a call.
pub struct Frame<'p> {
    /// Names and their values.
    pub names: RefCell<HashMap<String, Value<'p>>>,
    /// The names around.
    pub around: Option<Rc<Frame<'p>>>,
    /// The module in which names are looked up that are not here.
    pub module: usize,
}

impl<'p> Function<'p> {
    /// A function of a module, not yet read.
    pub fn new(name: &str, source: &'p str, module: usize, doc: Value<'p>) -> Self {
        Self {
            name: name.into(),
            source,
            code: RefCell::new(None),
            module,
            around: None,
            doc: RefCell::new(doc),
            attributes: RefCell::default(),
        }
    }

    /// Whether its code has to do with docstrings; a function within another one has.
    pub fn mentions_doc(&self) -> bool {
        self.source.is_empty() || self.source.contains("__doc__")
    }
}

impl<'p> Frame<'p> {
    /// A frame within another one.
    pub fn within(frame: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            around: Some(frame.clone()),
            module: frame.module,
        })
    }

    /// A frame at the level of a module.
    pub fn module(module: usize) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            around: None,
            module,
        })
    }

    /// A name's value here, or around here.
    pub fn get(&self, name: &str) -> Option<Value<'p>> {
        if let Some(value) = self.names.borrow().get(name) {
            return Some(value.clone());
        }
        self.around.as_ref()?.get(name)
    }

    /// Binds a name.
    pub fn set(&self, name: &str, value: Value<'p>) {
        self.names.borrow_mut().insert(name.to_owned(), value);
    }
}

impl<'p> Value<'p> {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// A list.
    pub fn list(all: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(all)))
    }

    /// A dictionary.
    pub fn dict(all: Vec<(Self, Self)>) -> Self {
        Self::Dict(Rc::new(RefCell::new(all)))
    }

    /// How many steps it takes to go through it.
    pub fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len() / BYTES,
            Self::List(all) => all.borrow().len(),
            Self::Tuple(all) => all.len(),
            Self::Dict(all) => all.borrow().len(),
            Self::Method(of, _) | Self::Partial(_, of) => of.weight(),
            _ => 0,
        }
    }

    /// Whether it counts as true, where that is known.
    pub fn truth(&self) -> Option<bool> {
        Some(match self {
            Self::Unknown => return None,
            Self::None => false,
            Self::Bool(yes) => *yes,
            Self::Int(number) => *number != 0,
            Self::Text(text) => !text.is_empty(),
            Self::List(all) => !all.borrow().is_empty(),
            Self::Tuple(all) => !all.is_empty(),
            Self::Dict(all) => !all.borrow().is_empty(),
            _ => true,
        })
    }

    /// Whether two are equal, where that is known.
    pub fn equal(&self, other: &Self) -> Option<bool> {
        self.equal_within(other, DEPTH)
    }

    fn equal_within(&self, other: &Self, depth: usize) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        Some(match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => return None,
            (Self::None, Self::None) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Function(a), Self::Function(b)) => Rc::ptr_eq(a, b),
            (Self::Class(a), Self::Class(b)) => std::ptr::eq(a.item, b.item),
            (Self::List(a), Self::List(b)) => same(&a.borrow(), &b.borrow(), depth)?,
            (Self::Tuple(a), Self::Tuple(b)) => same(a, b, depth)?,
            (Self::Dict(_), Self::Dict(_)) => return None,
            _ => false,
        })
    }

    /// The elements of what can be gone through.
    pub fn elements(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(all) => Some(all.borrow().clone()),
            Self::Tuple(all) => Some(all.to_vec()),
            Self::Dict(all) => Some(all.borrow().iter().map(|(key, _)| key.clone()).collect()),
            Self::Text(text) if text.len() < MANY => Some(
                text.chars()
                    .map(|letter| Self::text(letter.encode_utf8(&mut [0; 4])))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// The value of a key of a dictionary.
    pub fn item(&self, key: &Self) -> Option<Self> {
        let Self::Dict(all) = self else { return None };
        let all = all.borrow();
        all.iter()
            .find(|(known, _)| known.equal(key) == Some(true))
            .map(|(_, value)| value.clone())
    }

    /// Sets a key of a dictionary.
    pub fn set_item(&self, key: Self, value: Self) {
        let Self::Dict(all) = self else { return };
        let mut all = all.borrow_mut();
        match all.iter_mut().find(|(known, _)| known.equal(&key) == Some(true)) {
            Some((_, old)) => *old = value,
            None => all.push((key, value)),
        }
    }

    /// What `str()` makes of it, where that is known.
    pub fn shown(&self) -> Option<Rc<str>> {
        Some(match self {
            Self::Text(text) => text.clone(),
            Self::None => "None".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(number) => number.to_string().into(),
            _ => return None,
        })
    }
}

fn same<'p>(a: &[Value<'p>], b: &[Value<'p>], depth: usize) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !a.equal_within(b, depth)? {
            return Some(false);
        }
    }
    Some(true)
}

/// A comparison, where its outcome is known.
pub fn compare<'p>(op: &str, left: &Value<'p>, right: &Value<'p>) -> Option<bool> {
    Some(match op {
        "==" | "is" => left.equal(right)?,
        "!=" | "is not" => !left.equal(right)?,
        "in" | "not in" => {
            let within = match (left, right) {
                (Value::Text(part), Value::Text(whole)) => whole.contains(&**part),
                (_, Value::Dict(_)) => right.item(left).is_some(),
                _ => {
                    let mut within = Some(false);
                    for each in right.elements()? {
                        match each.equal(left) {
                            Some(true) => return Some(op == "in"),
                            Some(false) => {}
                            None => within = None,
                        }
                    }
                    within?
                }
            };
            within == (op == "in")
        }
        _ => {
            let (Value::Int(left), Value::Int(right)) = (left, right) else {
                return None;
            };
            match op {
                "<" => left < right,
                "<=" => left <= right,
                ">" => left > right,
                _ => left >= right,
            }
        }
    })
}
