//! Calls of the package's own functions and classes, statement by statement. What cannot be followed ends the call, and its value is unknown.

use std::cell::RefCell;
use std::rc::Rc;

use super::value::{ClassValue, Frame, Function, Object, Value};
use super::{DEPTH, Evaluator, run};
use crate::dna::form::{Bind, Class, Item, What};
use crate::dna::names::{Definition, Meaning};
use crate::dna::python::{self, Code, Expression, Step};

/// Why a block ends before its last statement.
enum End<'p> {
    Return(Value<'p>),
    Break,
    Continue,
    Unknown,
}

/// Arguments by keyword.
type Named<'p> = Vec<(String, Value<'p>)>;

impl<'p> Evaluator<'p> {
    /// `callee(…)`
    pub(super) fn call(&self, callee: &Value<'p>, mut plain: Vec<Value<'p>>, named: Named<'p>) -> Value<'p> {
        let given = plain.iter().chain(named.iter().map(|(_, value)| value));
        if !self.charge(given.map(Value::weight).sum::<usize>() + callee.weight()) {
            return Value::Unknown;
        }
        match callee {
            Value::Function(function) => self.call_function(function, plain, named),
            Value::Bound(function, own) => {
                plain.insert(0, (**own).clone());
                self.call_function(function, plain, named)
            }
            Value::Class(class) => self.create(class, plain, named),
            Value::Object(object) => match self.class_attribute(&object.class, "__call__", 0) {
                Some(Value::Function(function)) => {
                    plain.insert(0, callee.clone());
                    self.call_function(&function, plain, named)
                }
                _ => Value::Unknown,
            },
            Value::Builtin(name) => self.call_builtin(name, &plain, &named),
            Value::Partial(name, first) => {
                plain.insert(0, (**first).clone());
                self.call_builtin(name, &plain, &named)
            }
            Value::Method(of, name) => self.call_method(of, name, &plain, &named),
            _ => Value::Unknown,
        }
    }

    fn create(&self, class: &Rc<ClassValue<'p>>, mut plain: Vec<Value<'p>>, named: Named<'p>) -> Value<'p> {
        let object = Value::Object(Rc::new(Object {
            class: class.clone(),
            attributes: RefCell::default(),
        }));
        match self.class_attribute(class, "__init__", 0) {
            Some(Value::Function(function)) => {
                plain.insert(0, object.clone());
                match self.call_function(&function, plain, named) {
                    Value::Unknown => Value::Unknown,
                    _ => object,
                }
            }
            None => object,
            Some(_) => Value::Unknown,
        }
    }

    fn call_function(
        &self,
        function: &Rc<Function<'p>>,
        plain: Vec<Value<'p>>,
        named: Named<'p>,
    ) -> Value<'p> {
        let Some(code) = code(function) else {
            return Value::Unknown;
        };
        if self.depth.get() > DEPTH || !self.step() {
            return Value::Unknown;
        }
        let around = function
            .around
            .clone()
            .unwrap_or_else(|| Frame::module(function.module));
        let frame = Frame::within(&around);
        if self.bind(&code, plain, named, &frame, &around).is_none() {
            return Value::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let end = self.block(&code.steps, &frame);
        self.depth.set(self.depth.get() - 1);
        match end {
            Ok(()) => Value::None,
            Err(End::Return(value)) => value,
            Err(_) => Value::Unknown,
        }
    }

    /// A loop of a module, as far as it can be followed.
    pub(super) fn run_loop(&self, source: &str, frame: &Rc<Frame<'p>>) {
        if let Some(step) = python::each(source) {
            let within = Frame::within(frame);
            let _ = self.take(&step, &within);
        }
    }

    /// Gives the parameters their values. `None`: they do not fit.
    fn bind(
        &self,
        code: &Code,
        plain: Vec<Value<'p>>,
        mut named: Named<'p>,
        frame: &Rc<Frame<'p>>,
        around: &Rc<Frame<'p>>,
    ) -> Option<()> {
        let mut plain = plain.into_iter();
        for parameter in &code.parameters {
            let value = match parameter.stars {
                1 => Value::Tuple(plain.by_ref().collect()),
                2 => Value::dict(
                    named
                        .drain(..)
                        .map(|(name, value)| (Value::text(&name), value))
                        .collect(),
                ),
                _ => {
                    let given = if parameter.keyword_only {
                        None
                    } else {
                        plain.next()
                    };
                    let by_name = || {
                        let at = named.iter().position(|(name, _)| *name == parameter.name)?;
                        Some(named.remove(at).1)
                    };
                    match given.or_else(by_name) {
                        Some(value) => value,
                        None => self.run(parameter.default.as_ref()?, around),
                    }
                }
            };
            frame.set(&parameter.name, value);
        }
        (plain.next().is_none() && named.is_empty()).then_some(())
    }

    fn block(&self, steps: &[Step], frame: &Rc<Frame<'p>>) -> Result<(), End<'p>> {
        for step in steps {
            if !self.step() {
                return Err(End::Unknown);
            }
            self.take(step, frame)?;
        }
        Ok(())
    }

    fn take(&self, step: &Step, frame: &Rc<Frame<'p>>) -> Result<(), End<'p>> {
        match step {
            Step::Unknown => Err(End::Unknown),
            Step::Pass => Ok(()),
            Step::Break => Err(End::Break),
            Step::Continue => Err(End::Continue),
            Step::Evaluate(expression) => {
                self.run(expression, frame);
                Ok(())
            }
            Step::Return(value) => {
                let value = value.as_ref().map_or(Value::None, |value| self.run(value, frame));
                Err(End::Return(value))
            }
            Step::Assign(targets, value) => {
                let value = self.run(value, frame);
                for target in targets {
                    self.assign(target, value.clone(), frame).ok_or(End::Unknown)?;
                }
                Ok(())
            }
            Step::Change(op, target, value) => {
                let old = self.run(target, frame);
                let new = self.run(value, frame);
                if !self.charge(old.weight() + new.weight()) {
                    return Err(End::Unknown);
                }
                let changed = match (*op, &old, new.elements()) {
                    ("+", Value::List(all), Some(more)) if run::fits(all.borrow().len(), more.len()) => {
                        all.borrow_mut().extend(more);
                        old
                    }
                    _ => run::binary(op, &old, &new),
                };
                self.assign(target, changed, frame).ok_or(End::Unknown)
            }
            Step::If(test, body, otherwise) => match self.run(test, frame).truth() {
                Some(true) => self.block(body, frame),
                Some(false) => self.block(otherwise, frame),
                None => Err(End::Unknown),
            },
            Step::For(target, over, body) => {
                let over = self.run(over, frame);
                if !self.charge(over.weight()) {
                    return Err(End::Unknown);
                }
                let all = over.elements().ok_or(End::Unknown)?;
                for each in all {
                    self.assign(target, each, frame).ok_or(End::Unknown)?;
                    match self.block(body, frame) {
                        Ok(()) | Err(End::Continue) => {}
                        Err(End::Break) => break,
                        Err(end) => return Err(end),
                    }
                }
                Ok(())
            }
            Step::Define(code) => {
                let mut value = self.function(code, frame);
                for decorator in code.decorators.iter().rev() {
                    let decorator = self.run(decorator, frame);
                    match self.call(&decorator, vec![value.clone()], Vec::new()) {
                        Value::Unknown => {}
                        decorated => value = decorated,
                    }
                }
                frame.set(&code.name, value);
                Ok(())
            }
        }
    }

    /// `target = value`. `None`: nobody knows what that does.
    pub(super) fn assign(&self, target: &Expression, value: Value<'p>, frame: &Rc<Frame<'p>>) -> Option<()> {
        match target {
            Expression::Name(name) => frame.set(name, value),
            Expression::Tuple(targets) | Expression::List(targets) => {
                if !self.charge(value.weight()) {
                    return None;
                }
                let all = value.elements()?;
                if all.len() != targets.len() {
                    return None;
                }
                for (target, value) in targets.iter().zip(all) {
                    self.assign(target, value, frame)?;
                }
            }
            Expression::Attribute(of, name) => self.set_attribute(&self.run(of, frame), name, value)?,
            Expression::Item(of, index) => {
                let of = self.run(of, frame);
                match &of {
                    Value::Dict(_) => {
                        if !self.charge(of.weight() / 16) {
                            return None;
                        }
                        let key = self.run(index, frame);
                        self.recorder.keep(&key, &value);
                        of.set_item(key, value);
                    }
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// `of.name = value`
    pub(super) fn set_attribute(&self, of: &Value<'p>, name: &str, value: Value<'p>) -> Option<()> {
        match of {
            Value::Function(function) if name == "__doc__" => *function.doc.borrow_mut() = value,
            Value::Class(class) if name == "__doc__" => *class.doc.borrow_mut() = value,
            Value::Function(function) => {
                drop(function.attributes.borrow_mut().insert(name.to_owned(), value))
            }
            Value::Class(class) => drop(class.attributes.borrow_mut().insert(name.to_owned(), value)),
            Value::Object(object) => drop(object.attributes.borrow_mut().insert(name.to_owned(), value)),
            _ => return None,
        }
        Some(())
    }

    /// The bases of a class, in order; unknown where they are of another package.
    pub fn bases(&self, module: usize, class: &'p Class<'p>) -> Vec<Value<'p>> {
        let plain = class.bases.iter().filter(|text| !keyword(text));
        plain
            .map(|text| {
                let path = text.split('[').next().unwrap_or_default().trim_end();
                match self.names().dotted(self, module, path) {
                    (Meaning::Definition(found), "") => self.class_value(found),
                    (Meaning::Outside(_), _) => Value::Builtin("class"),
                    _ => Value::Unknown,
                }
            })
            .filter(|value| !matches!(value, Value::None))
            .collect()
    }

    /// The class of a definition, decorated or not.
    pub fn class_value(&self, found: Definition<'p>) -> Value<'p> {
        match &found.item.what {
            What::Class(_) => self.definition(found, None),
            _ => Value::Unknown,
        }
    }

    /// What stands in a class.
    pub(super) fn class_item(&self, class: &Rc<ClassValue<'p>>, item: &'p Item<'p>) -> Value<'p> {
        match &item.what {
            What::Function(_) | What::Class(_) => self.definition(
                Definition {
                    module: class.module,
                    stub: class.stub,
                    item,
                },
                Some(class.class),
            ),
            What::Bind(Bind {
                value: Some(value), ..
            }) => self.value(class.module, value),
            _ => Value::Unknown,
        }
    }
}

/// Whether what stands in a class's parentheses is a keyword and its value.
pub fn keyword(base: &str) -> bool {
    let name = base.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    name.len() < base.len() && name.trim_start().starts_with('=') || base.starts_with('*')
}

/// A function's code, read when it is first needed.
fn code(function: &Function<'_>) -> Option<Rc<Code>> {
    if let Some(code) = &*function.code.borrow() {
        return Some(code.clone());
    }
    let code = Rc::new(python::code(function.source)?);
    *function.code.borrow_mut() = Some(code.clone());
    Some(code)
}
