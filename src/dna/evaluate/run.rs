//! Values of expressions. Never gives an error: what cannot be known is unknown.

use std::rc::Rc;

pub(super) use super::operate::{binary, fits};
use super::operate::{item, slice};
use super::value::{Frame, Function, Value};
use super::{DEPTH, Evaluator, builtin, text, value};
use crate::dna::python::{Argument, Code, Expression, Generator, Piece};

impl<'p> Evaluator<'p> {
    /// The value of an expression.
    pub(super) fn run(&self, expression: &Expression, frame: &Rc<Frame<'p>>) -> Value<'p> {
        if !self.step() {
            return Value::Unknown;
        }
        match expression {
            Expression::Unknown | Expression::Star(_) => Value::Unknown,
            Expression::None => Value::None,
            Expression::Bool(yes) => Value::Bool(*yes),
            Expression::Int(number) => Value::Int(*number),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Join(pieces) => self.join(pieces, frame),
            Expression::Name(name) => frame.get(name).unwrap_or_else(|| self.global(frame.module, name)),
            Expression::Attribute(of, name) => {
                let of = self.run(of, frame);
                self.attribute(&of, name).unwrap_or(Value::Unknown)
            }
            Expression::Item(of, index) => {
                let (of, index) = (self.run(of, frame), self.run(index, frame));
                if self.charge(of.weight()) {
                    item(&of, &index)
                } else {
                    Value::Unknown
                }
            }
            Expression::Slice(of, from, to) => {
                let bound = |bound: &Option<Box<Expression>>| match bound {
                    None => Some(None),
                    Some(bound) => match self.run(bound, frame) {
                        Value::Int(number) => Some(Some(number)),
                        Value::None => Some(None),
                        _ => None,
                    },
                };
                match (bound(from), bound(to)) {
                    (Some(from), Some(to)) => {
                        let of = self.run(of, frame);
                        if self.charge(of.weight()) {
                            slice(&of, from, to)
                        } else {
                            Value::Unknown
                        }
                    }
                    _ => Value::Unknown,
                }
            }
            Expression::Call(callee, arguments) => self.run_call(callee, arguments, frame),
            Expression::List(all) => self.all(all, frame).map_or(Value::Unknown, Value::list),
            Expression::Tuple(all) => self
                .all(all, frame)
                .map_or(Value::Unknown, |all| Value::Tuple(all.into())),
            Expression::Dict(items) => self.dict(items, frame),
            Expression::Binary(op, left, right) => {
                let (left, right) = (self.run(left, frame), self.run(right, frame));
                if self.charge(left.weight() + right.weight()) {
                    binary(op, &left, &right)
                } else {
                    Value::Unknown
                }
            }
            Expression::Both(and, all) => {
                let mut last = Value::Unknown;
                for each in all {
                    last = self.run(each, frame);
                    match last.truth() {
                        None => return Value::Unknown,
                        Some(yes) if yes != *and => return last,
                        Some(_) => {}
                    }
                }
                last
            }
            Expression::Not(of) => self
                .run(of, frame)
                .truth()
                .map_or(Value::Unknown, |yes| Value::Bool(!yes)),
            Expression::Compare(op, left, right) => {
                let (left, right) = (self.run(left, frame), self.run(right, frame));
                if self.charge(left.weight() + right.weight()) {
                    value::compare(op, &left, &right).map_or(Value::Unknown, Value::Bool)
                } else {
                    Value::Unknown
                }
            }
            Expression::Choice(parts) => match self.run(&parts[0], frame).truth() {
                Some(true) => self.run(&parts[1], frame),
                Some(false) => self.run(&parts[2], frame),
                None => Value::Unknown,
            },
            Expression::Lambda(code) => self.function(code, frame),
            Expression::Comprehension(element, value, generators) => {
                let mut found = Vec::new();
                let within = Frame::within(frame);
                if self
                    .comprehend(element, value.as_deref(), generators, &within, &mut found)
                    .is_none()
                {
                    return Value::Unknown;
                }
                if value.is_some() {
                    let dict = Value::dict(Vec::new());
                    for (number, (key, value)) in found.into_iter().enumerate() {
                        if !self.charge(number / 64) {
                            return Value::Unknown;
                        }
                        dict.set_item(key, value);
                    }
                    return dict;
                }
                Value::list(found.into_iter().map(|(element, _)| element).collect())
            }
        }
    }

    /// A function as a value: its code and the names around it.
    pub(super) fn function(&self, code: &Rc<Code>, frame: &Rc<Frame<'p>>) -> Value<'p> {
        let doc = code.doc.clone().map_or(Value::None, Value::Text);
        let mut function = Function::new(&code.name, "", frame.module, doc);
        function.code = Some(code.clone()).into();
        function.around = Some(frame.clone());
        Value::Function(Rc::new(function))
    }

    fn join(&self, pieces: &[Piece], frame: &Rc<Frame<'p>>) -> Value<'p> {
        let mut joined = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => joined.push_str(text),
                Piece::Value(value) => match self.run(value, frame).shown() {
                    Some(shown) if joined.len() < text::LARGEST => joined.push_str(&shown),
                    Some(_) => return Value::Unknown,
                    None => match self.recorder.hole(value) {
                        Some(hole) => joined.push_str(&hole),
                        None => return Value::Unknown,
                    },
                },
            }
        }
        self.charge(joined.len() / value::BYTES);
        Value::text(&joined)
    }

    fn all(&self, all: &[Expression], frame: &Rc<Frame<'p>>) -> Option<Vec<Value<'p>>> {
        let mut values = Vec::with_capacity(all.len());
        for each in all {
            match each {
                Expression::Star(many) => values.extend(self.run(many, frame).elements()?),
                one => values.push(self.run(one, frame)),
            }
        }
        Some(values)
    }

    fn dict(&self, items: &[(Option<Expression>, Expression)], frame: &Rc<Frame<'p>>) -> Value<'p> {
        let dict = Value::dict(Vec::new());
        for (number, (key, value)) in items.iter().enumerate() {
            if !self.charge(number / 64) {
                return Value::Unknown;
            }
            let value = self.run(value, frame);
            match key {
                Some(key) => dict.set_item(self.run(key, frame), value),
                None => match value {
                    Value::Dict(more) => {
                        for (key, value) in more.borrow().iter() {
                            dict.set_item(key.clone(), value.clone());
                        }
                    }
                    _ => return Value::Unknown,
                },
            }
        }
        dict
    }

    fn run_call(&self, callee: &Expression, arguments: &[Argument], frame: &Rc<Frame<'p>>) -> Value<'p> {
        let adds = self.adds(callee);
        let callee = self.run(callee, frame);
        let mut plain = Vec::new();
        let mut named = Vec::new();
        for argument in arguments {
            match (&argument.value, &argument.name) {
                (Expression::Star(many), _) => match self.run(many, frame).elements() {
                    Some(all) => plain.extend(all),
                    None => return Value::Unknown,
                },
                (value, Some(name)) => named.push((name.clone(), self.run(value, frame))),
                (value, None) if argument.double_star => match self.run(value, frame) {
                    Value::Dict(more) => {
                        for (key, value) in more.borrow().iter() {
                            match key {
                                Value::Text(key) => named.push((key.to_string(), value.clone())),
                                _ => return Value::Unknown,
                            }
                        }
                    }
                    _ => return Value::Unknown,
                },
                (value, None) => plain.push(self.run(value, frame)),
            }
        }
        if adds && named.is_empty() {
            return self.add(&callee, plain);
        }
        self.call(&callee, plain, named)
    }

    fn comprehend(
        &self,
        element: &Expression,
        value: Option<&Expression>,
        generators: &[Generator],
        frame: &Rc<Frame<'p>>,
        found: &mut Vec<(Value<'p>, Value<'p>)>,
    ) -> Option<()> {
        let Some((first, rest)) = generators.split_first() else {
            let one = self.run(element, frame);
            let other = value.map_or(Value::None, |value| self.run(value, frame));
            found.push((one, other));
            return Some(());
        };
        let over = self.run(&first.over, frame);
        if !self.charge(over.weight()) {
            return None;
        }
        for each in over.elements()? {
            if !self.step() {
                return None;
            }
            self.assign(&first.target, each, frame)?;
            let mut holds = true;
            for test in &first.tests {
                holds = holds && self.run(test, frame).truth()?;
            }
            if holds {
                self.comprehend(element, value, rest, frame, found)?;
            }
        }
        Some(())
    }

    /// `value.name`; `None` where it is known not to be there.
    pub(super) fn attribute(&self, of: &Value<'p>, name: &str) -> Option<Value<'p>> {
        match of {
            Value::Module(module) => Some(self.module_attribute(*module, name)),
            Value::Function(function) | Value::Bound(function, _) => match name {
                "__doc__" => Some(function.doc.borrow().clone()),
                "__name__" | "__qualname__" => Some(Value::Text(function.name.clone())),
                _ => function.attributes.borrow().get(name).cloned(),
            },
            Value::Class(class) => match name {
                "__doc__" => Some(class.doc.borrow().clone()),
                "__name__" | "__qualname__" => Some(Value::text(&class.class.name)),
                _ => self.class_attribute(class, name, 0),
            },
            Value::Object(object) => {
                if let Some(own) = object.attributes.borrow().get(name) {
                    return Some(own.clone());
                }
                match self.class_attribute(&object.class, name, 0)? {
                    Value::Function(function) => Some(Value::Bound(function, Box::new(of.clone()))),
                    other => Some(other),
                }
            }
            Value::Text(_) | Value::List(_) | Value::Dict(_) | Value::Tuple(_) => {
                Some(Value::Method(Box::new(of.clone()), name.into()))
            }
            Value::None | Value::Bool(_) | Value::Int(_) => None,
            Value::Builtin(path) => Some(builtin::attribute(path, name)),
            _ => Some(Value::Unknown),
        }
    }

    fn module_attribute(&self, module: usize, name: &str) -> Value<'p> {
        let entry = &self.names().modules()[module];
        match name {
            "__name__" => Value::text(entry.name),
            "__doc__" => {
                let doc = entry.python.as_ref().and_then(|scope| scope.unit.doc.as_ref());
                doc.map_or(Value::None, |doc| Value::text(doc))
            }
            _ => self.global(module, name),
        }
    }

    /// An attribute of a class or of one of its bases; unknown where a base is.
    pub(super) fn class_attribute(
        &self,
        class: &Rc<super::ClassValue<'p>>,
        name: &str,
        depth: usize,
    ) -> Option<Value<'p>> {
        if depth > DEPTH {
            return Some(Value::Unknown);
        }
        if let Some(known) = class.attributes.borrow().get(name) {
            return Some(known.clone());
        }
        let own = class
            .class
            .items
            .iter()
            .rev()
            .find(|item| item.what.name() == Some(name));
        if let Some(item) = own {
            let value = self.class_item(class, item);
            class
                .attributes
                .borrow_mut()
                .insert(name.to_owned(), value.clone());
            return Some(value);
        }
        let mut known = true;
        for base in self.bases(class.module, class.class) {
            match base {
                Value::Class(base) => match self.class_attribute(&base, name, depth + 1) {
                    Some(Value::Unknown) => known = false,
                    Some(found) => return Some(found),
                    None => {}
                },
                // Somebody else's class has no private names of ours.
                Value::Builtin(_) if name.starts_with('_') && !name.starts_with("__") => {}
                _ => known = false,
            }
        }
        if known { None } else { Some(Value::Unknown) }
    }
}
