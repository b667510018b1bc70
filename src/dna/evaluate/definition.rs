//! Functions and classes as values, with those decorators applied that have to do with docstrings. Never applies another one.

use std::cell::RefCell;
use std::rc::Rc;

use super::value::{ClassValue, Frame, Function, Value};
use super::{DEPTH, Evaluator};
use crate::dna::form::{Bind, Class, Target, What};
use crate::dna::names::{Definition, Meaning};

impl<'p> Evaluator<'p> {
    /// The value of a function or class, with its decorators applied.
    pub fn definition(&self, definition: Definition<'p>, class: Option<&'p Class<'p>>) -> Value<'p> {
        let key = (definition.module, definition.stub, definition.item.at);
        if let Some(known) = self.definitions.borrow().get(&key) {
            return known.clone();
        }
        let (plain, decorators) = match &definition.item.what {
            What::Function(function) => {
                let doc = function.doc.as_ref().map_or(Value::None, |doc| Value::text(doc));
                let value = Function::new(&function.name, function.source, definition.module, doc);
                (Value::Function(Rc::new(value)), &function.decorators)
            }
            What::Class(class) => (
                Value::Class(Rc::new(Self::class(definition, class))),
                &class.decorators,
            ),
            _ => return Value::Unknown,
        };
        if self.depth.get() > DEPTH || !self.working.borrow_mut().insert(key) {
            return plain;
        }
        self.depth.set(self.depth.get() + 1);
        let recording = self.recorder.switch(false);
        let mut value = plain;
        for text in decorators.iter().rev() {
            if !self.touches(definition.module, text) {
                continue;
            }
            let frame = Frame::module(definition.module);
            if !self.charge(class.map_or(0, |class| class.items.len() / 8)) {
                self.unfollowed.borrow_mut().insert(key);
                break;
            }
            // What the class has defined so far can be named in its decorators.
            for item in class
                .map_or(&[][..], |class| &class.items)
                .iter()
                .filter(|item| item.at < definition.item.at)
            {
                let Some(name) = item.what.name().filter(|name| text.contains(name)) else {
                    continue;
                };
                match &item.what {
                    What::Function(_) => {
                        frame.set(name, self.definition(Definition { item, ..definition }, class))
                    }
                    What::Bind(Bind {
                        value: Some(value), ..
                    }) => frame.set(name, self.evaluate(value, &frame)),
                    _ => {}
                }
            }
            let decorator = self.evaluate(text, &frame);
            match self.call(&decorator, vec![value.clone()], Vec::new()) {
                new @ (Value::Function(_) | Value::Class(_)) => value = new,
                _ => {
                    self.unfollowed.borrow_mut().insert(key);
                }
            }
        }
        if class.is_none() && !definition.stub {
            let name = definition.item.what.name().unwrap_or_default();
            let changes = self.changes(definition.module);
            for item in changes.get(name).into_iter().flatten() {
                if let What::Bind(Bind {
                    target: Target::Attribute(..),
                    value: Some(doc),
                    ..
                }) = &item.what
                {
                    let doc = self.evaluate(doc, &Frame::module(definition.module));
                    self.set_attribute(&value, "__doc__", doc);
                }
            }
        }
        self.recorder.switch(recording);
        self.depth.set(self.depth.get() - 1);
        self.working.borrow_mut().remove(&key);
        self.definitions.borrow_mut().insert(key, value.clone());
        value
    }

    /// Whether a definition has a decorator about docstrings that could not be followed.
    pub fn unfollowed(&self, definition: Definition<'p>) -> bool {
        self.unfollowed
            .borrow()
            .contains(&(definition.module, definition.stub, definition.item.at))
    }

    fn class(definition: Definition<'p>, class: &'p Class<'p>) -> ClassValue<'p> {
        let doc = class.doc.as_ref().map_or(Value::None, |doc| Value::text(doc));
        ClassValue {
            module: definition.module,
            stub: definition.stub,
            item: definition.item,
            class,
            doc: RefCell::new(doc),
            attributes: RefCell::default(),
        }
    }

    /// Whether a decorator is one of this package that has to do with docstrings.
    pub fn touches(&self, module: usize, decorator: &'p str) -> bool {
        let root = decorator.split('(').next().unwrap_or_default().trim_end();
        if let Some(known) = self.touching.borrow().get(&(module, root)) {
            return *known;
        }
        self.touching.borrow_mut().insert((module, root), false);
        let touches = match self.names.dotted(self, module, root) {
            (Meaning::Definition(found), "") => match &found.item.what {
                What::Function(function) => function.source.contains("__doc__"),
                What::Class(class) => class.source.contains("__doc__"),
                What::Bind(Bind {
                    value: Some(value), ..
                }) if value.contains('(') => {
                    let frame = Frame::module(found.module);
                    match self.evaluate(value, &frame) {
                        Value::Object(object) => object.class.class.source.contains("__doc__"),
                        Value::Function(function) => function.mentions_doc(),
                        _ => false,
                    }
                }
                _ => false,
            },
            _ => false,
        };
        self.touching.borrow_mut().insert((module, root), touches);
        touches
    }
}
