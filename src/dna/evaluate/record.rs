//! Calls of `add_newdoc(place, name, docs)` taken down while the statements around them are followed. Never decides what they are about.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::value::{Frame, Value};
use super::{Evaluator, text};
use crate::dna::form::{Item, What};
use crate::dna::python::Expression;

/// The function by which docstrings are given to what is compiled.
pub const ADD: &str = "add_newdoc";
/// Stands before a part of a text that only the machine knows; no text of Unicode holds it.
pub const HOLE: char = '\u{FDD0}';

/// A docstring, or several, that a call adds.
#[derive(Clone)]
pub struct NewDoc<'p> {
    /// The module.
    pub place: Rc<str>,
    /// What it is about.
    pub name: Rc<str>,
    /// A text, a pair of a member's name and its text, or a list of such pairs.
    pub docs: Value<'p>,
}

/// What has been taken down.
#[derive(Default)]
pub struct Recorder<'p> {
    /// Whether calls are taken down now, and unknown parts of texts are shown as they are written.
    on: Cell<bool>,
    calls: RefCell<Vec<NewDoc<'p>>>,
    /// The key under which a function that adds a docstring may keep it, and what it has kept there.
    kept: RefCell<Option<(String, Option<Value<'p>>)>>,
}

impl<'p> Recorder<'p> {
    /// Switches it on or off; says what it was.
    pub fn switch(&self, on: bool) -> bool {
        self.on.replace(on)
    }

    /// Notes what is kept in a dictionary.
    pub fn keep(&self, key: &Value<'p>, value: &Value<'p>) {
        if let (Some((wanted, kept)), Value::Text(key)) = (&mut *self.kept.borrow_mut(), key)
            && **key == **wanted
        {
            *kept = Some(value.clone());
        }
    }

    /// How an unknown part of a text is shown.
    pub fn hole(&self, expression: &Expression) -> Option<String> {
        self.on.get().then(|| match expression {
            Expression::Name(name) => format!("{HOLE}{{{name}}}"),
            _ => format!("{HOLE}{{…}}"),
        })
    }
}

impl<'p> Evaluator<'p> {
    /// The docstrings that a call or a loop of a module adds, in order.
    pub fn new_docs(&self, module: usize, item: &Item<'p>) -> Vec<NewDoc<'p>> {
        let frame = Frame::module(module);
        self.afresh();
        self.recorder.switch(true);
        match item.what {
            What::Call(call) => drop(self.evaluate(call, &frame)),
            What::Loop(source) => self.run_loop(source, &frame),
            _ => {}
        }
        self.recorder.switch(false);
        self.recorder.calls.take()
    }

    /// Whether a call of this expression adds a docstring, and is to be taken down.
    pub(super) fn adds(&self, callee: &Expression) -> bool {
        let (Expression::Name(name) | Expression::Attribute(_, name)) = callee else {
            return false;
        };
        name == ADD && self.recorder.on.get()
    }

    /// Takes a call down. A function of the package that makes the text what it is (a code generator's, which keeps it in a dictionary
    /// under `place.name`) is followed first.
    pub(super) fn add(&self, callee: &Value<'p>, plain: Vec<Value<'p>>) -> Value<'p> {
        let [Value::Text(place), Value::Text(name), docs, ..] = &plain[..] else {
            return Value::Unknown;
        };
        let (place, name, mut docs) = (place.clone(), name.clone(), docs.clone());
        if let Value::Function(_) = callee {
            let key = format!("{place}.{name}");
            let before = self.recorder.kept.replace(Some((key, None)));
            self.call(callee, plain, Vec::new());
            let kept = self.recorder.kept.replace(before);
            docs = kept.and_then(|(_, kept)| kept).unwrap_or(docs);
        }
        let mut calls = self.recorder.calls.borrow_mut();
        if calls.len() < text::LARGEST / 256 {
            calls.push(NewDoc { place, name, docs });
        }
        Value::None
    }
}

/// A text without the signs of its holes; whether it had some.
pub fn without_holes(text: &str) -> (String, bool) {
    (text.replace(HOLE, ""), text.contains(HOLE))
}
