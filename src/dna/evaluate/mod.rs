//! What module-level names and decorated docstrings are at run time, found out without running anything: a small part of Python, on texts,
//! lists, dictionaries and functions. Never touches a file, and gives up after a fixed number of steps.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::form::{Bind, Item, Target, What};
use super::names::{Brings, Definition, Exports, Meaning, Names, Scope};
use super::python;

mod builtin;
mod call;
mod change;
mod definition;
mod method;
mod operate;
mod record;
mod run;
mod text;
mod value;

pub use call::keyword;
use change::Changes;
use record::Recorder;
pub use record::{ADD, without_holes};
pub use value::Value;
use value::{ClassValue, Frame};

/// Steps for one name or one definition. The longest that was met in real packages takes some thousand.
const STEPS: usize = 100_000;
/// Steps for a whole package, so that a hundred thousand definitions do not take as many times as long as one. Real packages take a few hundred
/// thousand.
const ALL_STEPS: usize = 5_000_000;
/// Names that all modules together offer by star imports: every module can offer those of every other one.
const OFFERED: usize = 1_000_000;
/// Evaluations within evaluations.
const DEPTH: usize = 60;

/// The stack on which something is evaluated, in bytes: values within values are let go of one within the other.
pub const STACK: usize = 64 << 20;

/// Where a definition is: module, stub, place.
type Key = (usize, bool, u32);

/// Evaluates names and definitions of a package.
pub struct Evaluator<'p> {
    names: &'p Names<'p>,
    steps: Cell<usize>,
    all_steps: Cell<usize>,
    depth: Cell<usize>,
    globals: RefCell<HashMap<(usize, String), Value<'p>>>,
    definitions: RefCell<HashMap<Key, Value<'p>>>,
    working: RefCell<HashSet<Key>>,
    unfollowed: RefCell<HashSet<Key>>,
    touching: RefCell<HashMap<(usize, &'p str), bool>>,
    changes: RefCell<HashMap<usize, Rc<Changes<'p>>>>,
    offered: RefCell<HashMap<usize, Option<Rc<Offered>>>>,
    recorder: Recorder<'p>,
    all_offered: Cell<usize>,
}

/// What a module offers.
pub struct Offered {
    /// Whether it says so itself, in `__all__`.
    pub explicit: bool,
    /// The names, in order.
    pub names: Vec<String>,
    set: HashSet<String>,
}

impl Offered {
    /// Whether a name is among them.
    pub fn has(&self, name: &str) -> bool {
        self.set.contains(name)
    }
}

impl<'p> Evaluator<'p> {
    /// Nothing is evaluated yet.
    pub fn new(names: &'p Names<'p>) -> Self {
        Self {
            names,
            steps: Cell::new(0),
            all_steps: Cell::new(0),
            depth: Cell::new(0),
            globals: RefCell::default(),
            definitions: RefCell::default(),
            working: RefCell::default(),
            unfollowed: RefCell::default(),
            touching: RefCell::default(),
            changes: RefCell::default(),
            offered: RefCell::default(),
            recorder: Recorder::default(),
            all_offered: Cell::new(0),
        }
    }

    /// The table of names.
    pub fn names(&self) -> &'p Names<'p> {
        self.names
    }

    /// Begins anew with counting steps.
    pub fn afresh(&self) {
        self.steps.set(0);
    }

    /// Whether there is a step left.
    fn step(&self) -> bool {
        self.charge(1)
    }

    /// Counts several steps at once: what goes through something large is not one step.
    fn charge(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_add(steps));
        self.all_steps.set(self.all_steps.get().saturating_add(steps));
        self.steps.get() < STEPS && self.all_steps.get() < ALL_STEPS
    }

    /// What a module's `__all__` says, or else what a star import would bring. `None` while that is being found out.
    pub fn offered(&self, module: usize) -> Option<Rc<Offered>> {
        if let Some(known) = self.offered.borrow().get(&module) {
            return known.clone();
        }
        self.offered.borrow_mut().insert(module, None);
        let offered = Rc::new(self.find_offered(module));
        self.offered.borrow_mut().insert(module, Some(offered.clone()));
        Some(offered)
    }

    /// What a module's `__all__` says, where it has one that can be made out.
    pub fn listed(&self, module: usize) -> Option<Rc<Offered>> {
        let entry = &self.names.modules()[module];
        let mut scopes = entry.python.iter().chain(&entry.stub);
        let listed = scopes.any(|scope| scope.names.contains_key("__all__"));
        let offered = if listed { self.offered(module) } else { None };
        offered.filter(|offered| offered.explicit)
    }

    fn find_offered(&self, module: usize) -> Offered {
        let entry = &self.names.modules()[module];
        let scopes = || entry.python.iter().chain(&entry.stub);
        let listed = scopes().any(|scope| scope.names.contains_key("__all__"));
        let mut names: Vec<String> = Vec::new();
        let mut explicit = false;
        if listed && let Some(all) = self.global(module, "__all__").elements() {
            names.extend(all.iter().filter_map(|name| match name {
                Value::Text(name) => Some(name.to_string()),
                _ => None,
            }));
            explicit = !names.is_empty();
        }
        if !explicit {
            for scope in scopes() {
                let own = scope
                    .names
                    .iter()
                    .filter(|(name, all)| !name.starts_with('_') && !self.only_for_types(scope, all));
                names.extend(own.map(|(name, _)| (*name).to_owned()));
                for star in scope.stars.iter().filter(|_| self.all_offered.get() < OFFERED) {
                    let from = self.names.module(star).filter(|from| *from != module);
                    if let Some(offered) = from.and_then(|from| self.offered(from)) {
                        names.extend(offered.names.iter().cloned());
                    }
                }
            }
            names.sort();
        }
        names.dedup();
        self.all_offered.set(self.all_offered.get() + names.len());
        let set = names.iter().cloned().collect();
        Offered { explicit, names, set }
    }

    fn only_for_types(&self, scope: &Scope<'p>, bindings: &[super::names::Binding<'p>]) -> bool {
        bindings
            .iter()
            .all(|binding| scope.unit.only_for_types(binding.item.when))
    }

    /// The value of a name of a module.
    pub fn global(&self, module: usize, name: &str) -> Value<'p> {
        let key = (module, name.to_owned());
        if let Some(known) = self.globals.borrow().get(&key) {
            return known.clone();
        }
        if self.depth.get() > DEPTH || !self.step() {
            return Value::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let recording = self.recorder.switch(false);
        let value = self.find_global(module, name);
        self.recorder.switch(recording);
        self.depth.set(self.depth.get() - 1);
        self.globals.borrow_mut().insert(key, value.clone());
        value
    }

    fn find_global(&self, module: usize, name: &str) -> Value<'p> {
        match self.names.meaning(self, module, name) {
            Meaning::Module(module) => Value::Module(module),
            Meaning::Outside(path) => builtin::outside(&path),
            Meaning::Compiled(_) => Value::Unknown,
            Meaning::Unknown => builtin::named(name),
            Meaning::Definition(definition) => match &definition.item.what {
                What::Function(_) | What::Class(_) => self.definition(definition, None),
                What::Bind(Bind {
                    target: Target::Name(own),
                    ..
                }) => {
                    // A dictionary of templates that was imported may be added to, too.
                    if definition.module == module && own == name || self.changes(module).contains_key(name) {
                        self.replay(module, name)
                    } else {
                        self.global(definition.module, own)
                    }
                }
                _ => Value::Unknown,
            },
        }
    }

    /// Everything that a module does to a name, in order.
    fn replay(&self, module: usize, name: &str) -> Value<'p> {
        let entry = &self.names.modules()[module];
        let Some((scope, stub)) = [(&entry.python, false), (&entry.stub, true)]
            .into_iter()
            .find_map(|(scope, stub)| {
                scope
                    .as_ref()
                    .filter(|scope| scope.names.contains_key(name))
                    .map(|scope| (scope, stub))
            })
        else {
            return Value::Unknown;
        };
        let bindings = &scope.names[name];
        let likeliest = scope.in_order(bindings)[0];
        let second = |item: &Item<'p>| scope.unit.second_choice(item.when);
        let mut items: Vec<(&'p Item<'p>, Option<&Brings<'p>>)> = (bindings.iter())
            .filter(|binding| second(likeliest.item) || !second(binding.item))
            .map(|binding| (binding.item, Some(&binding.brings)))
            .collect();
        if !stub {
            let changes = self.changes(module);
            items.extend(changes.get(name).into_iter().flatten().map(|item| (*item, None)));
            if name == "__all__" {
                let calls = changes.get("(").into_iter().flatten();
                items.extend(
                    calls
                        .filter(|item| self.calls_about_all(module, item))
                        .map(|item| (*item, None)),
                );
            }
        }
        items.sort_by_key(|(item, _)| item.at);
        let frame = Frame::module(module);
        let key = (module, name.to_owned());
        for (item, brings) in items {
            let value = match &item.what {
                What::From(_) => match brings {
                    Some(Brings::Name(from, name, _)) => {
                        match self.names.module(from).filter(|from| *from != module) {
                            Some(from) => self.global(from, name),
                            None => continue,
                        }
                    }
                    _ => continue,
                },
                What::Loop(source) => {
                    self.run_loop(source, &frame);
                    self.current(&key)
                }
                What::Bind(Bind {
                    target: Target::Name(_),
                    value: Some(value),
                    adds,
                    ..
                }) => {
                    let new = self.evaluate(value, &frame);
                    if *adds {
                        self.extend(self.current(&key), new)
                    } else {
                        new
                    }
                }
                What::Bind(Bind {
                    target: Target::Item(_, index),
                    value: Some(value),
                    ..
                }) => {
                    let index = self.evaluate(index, &frame);
                    let current = self.current(&key);
                    current.set_item(index, self.evaluate(value, &frame));
                    current
                }
                What::Call(call) => {
                    self.evaluate(call, &frame);
                    self.current(&key)
                }
                _ => continue,
            };
            self.globals.borrow_mut().insert(key.clone(), value);
        }
        self.current(&key)
    }

    fn current(&self, key: &(usize, String)) -> Value<'p> {
        self.globals.borrow().get(key).cloned().unwrap_or(Value::Unknown)
    }

    fn extend(&self, old: Value<'p>, new: Value<'p>) -> Value<'p> {
        match (&old, new.elements()) {
            (Value::List(all), Some(more)) if run::fits(all.borrow().len(), more.len()) => {
                all.borrow_mut().extend(more);
                old
            }
            _ => run::binary("+", &old, &new),
        }
    }

    /// Whether a call is one of a function of the module that changes `__all__`.
    fn calls_about_all(&self, module: usize, item: &Item<'p>) -> bool {
        let What::Call(call) = item.what else { return false };
        let callee = call.split('(').next().unwrap_or_default().trim();
        match self.names.dotted(self, module, callee) {
            (Meaning::Definition(Definition { item, module: of, .. }), "") if of == module => {
                match &item.what {
                    What::Function(function) => function.source.contains("__all__"),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// The value of an expression as it is written.
    pub fn evaluate(&self, text: &str, frame: &Rc<Frame<'p>>) -> Value<'p> {
        if !self.charge(text.len() / value::BYTES) {
            return Value::Unknown;
        }
        match python::expression(text) {
            Some(expression) => self.run(&expression, frame),
            None => Value::Unknown,
        }
    }

    /// The value of a keyword of a call that is written in a module.
    pub fn keyword(&self, module: usize, call: &str, name: &str) -> Value<'p> {
        let Some(python::Expression::Call(_, arguments)) = python::expression(call) else {
            return Value::Unknown;
        };
        let given = arguments
            .iter()
            .find(|argument| argument.name.as_deref() == Some(name));
        given.map_or(Value::Unknown, |argument| {
            self.run(&argument.value, &Frame::module(module))
        })
    }

    /// The value of an expression of a module.
    pub fn value(&self, module: usize, text: &str) -> Value<'p> {
        self.evaluate(text, &Frame::module(module))
    }
}

impl Exports for Evaluator<'_> {
    fn offers(&self, module: usize, name: &str) -> bool {
        match self.offered(module) {
            Some(offered) => offered.has(name),
            // A circle of star imports: what is there is taken.
            None => !name.starts_with('_'),
        }
    }
}
