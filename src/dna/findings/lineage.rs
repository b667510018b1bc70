//! Classes and their bases in the order in which Python searches them, and whose docstring an undocumented method has. Never copies a docstring.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::dna::evaluate::{Evaluator, keyword};
use crate::dna::form::{Class, Item, What};
use crate::dna::names::{Definition, Meaning};

/// Classes above classes.
const DEPTH: usize = 50;

/// Bases of one class that are looked at, and classes above it altogether.
const BASES: usize = 50;
const LINE: usize = 200;

/// A class and its definition.
type Ancestor<'p> = (Definition<'p>, &'p Class<'p>);

/// A class and its ancestors, in the order of the search.
type Line<'p> = Rc<Vec<Ancestor<'p>>>;

/// The lines of descent that were asked for.
pub struct Lineage<'e, 'p> {
    evaluator: &'e Evaluator<'p>,
    known: RefCell<HashMap<(usize, bool, u32), Line<'p>>>,
    /// The documented names of classes, by their place in memory.
    documented: RefCell<HashMap<*const Class<'p>, Rc<HashSet<&'p str>>>>,
    /// The last item of each name of classes, so, too.
    last: RefCell<HashMap<*const Class<'p>, HashMap<&'p str, &'p Item<'p>>>>,
}

impl<'e, 'p> Lineage<'e, 'p> {
    /// Nothing is known yet.
    pub fn new(evaluator: &'e Evaluator<'p>) -> Self {
        Self {
            evaluator,
            known: RefCell::default(),
            documented: RefCell::default(),
            last: RefCell::default(),
        }
    }

    /// The path of the method whose docstring a method of this name has, when it has none itself.
    pub fn documented(&self, own: Definition<'p>, class: &'p Class<'p>, name: &str) -> Option<String> {
        let line = self.line(own, class, 0);
        line.iter()
            .skip(1)
            .find_map(|(definition, class)| self.here(*definition, class, name))
    }

    /// The path of what a class and its bases call by a name, where it has a docstring.
    pub fn documented_in(&self, own: Definition<'p>, class: &'p Class<'p>, name: &str) -> Option<String> {
        let line = self.line(own, class, 0);
        line.iter()
            .find_map(|(definition, class)| self.here(*definition, class, name))
    }

    /// What a class calls by a name in the end.
    pub fn named(&self, class: &'p Class<'p>, name: &str) -> Option<&'p Item<'p>> {
        let mut last = self.last.borrow_mut();
        let items = || {
            class
                .items
                .iter()
                .filter_map(|item| Some((item.what.name()?, item)))
        };
        let names = last
            .entry(std::ptr::from_ref(class))
            .or_insert_with(|| items().collect());
        names.get(name).copied()
    }

    fn here(&self, definition: Definition<'p>, class: &'p Class<'p>, name: &str) -> Option<String> {
        let key = std::ptr::from_ref(class);
        let known = self.documented.borrow().get(&key).cloned();
        let names = known.unwrap_or_else(|| {
            let items = class.items.iter();
            let documented = items.filter(|item| self.has_doc(definition.module, &item.what));
            let names: Rc<HashSet<&str>> = Rc::new(documented.filter_map(|item| item.what.name()).collect());
            self.documented.borrow_mut().insert(key, names.clone());
            names
        });
        names
            .contains(name)
            .then(|| self.path(definition, name))
            .flatten()
    }

    fn has_doc(&self, module: usize, what: &'p What<'p>) -> bool {
        match what {
            What::Function(function) => {
                let mut decorators = function.decorators.iter();
                function.doc.is_some() || decorators.any(|text| self.evaluator.touches(module, text))
            }
            What::Class(class) => class.doc.is_some(),
            What::Bind(bind) => bind.doc.is_some() || bind.value.is_some_and(|value| value.contains("doc=")),
            _ => false,
        }
    }

    /// The path of a member of a class of a module.
    pub fn path(&self, definition: Definition<'p>, name: &str) -> Option<String> {
        let class = definition.item.what.name()?;
        let module = self.evaluator.names().modules()[definition.module].name;
        Some(format!("{module}.{class}.{name}"))
    }

    /// A class and its bases (C3), as far as they are of this package.
    fn line(&self, own: Definition<'p>, class: &'p Class<'p>, depth: usize) -> Line<'p> {
        let key = (own.module, own.stub, own.item.at);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let mut lines: Vec<Vec<Ancestor<'p>>> = Vec::new();
        let mut bases = Vec::new();
        let plain = class.bases.iter().filter(|text| !keyword(text));
        for text in plain.take(if depth < DEPTH { BASES } else { 0 }) {
            let path = text.split('[').next().unwrap_or_default().trim_end();
            if let (Meaning::Definition(base), "") =
                self.evaluator.names().dotted(self.evaluator, own.module, path)
                && let What::Class(class) = &base.item.what
                && !std::ptr::eq(base.item, own.item)
            {
                lines.push(self.line(base, class, depth + 1).to_vec());
                bases.push((base, &**class));
            }
        }
        lines.push(bases);
        let mut line = vec![(own, class)];
        let same = |a: &Ancestor<'p>, b: &Ancestor<'p>| std::ptr::eq(a.0.item, b.0.item);
        loop {
            lines.retain(|line| !line.is_empty());
            let heads = lines.iter().map(|line| line[0]);
            let free = |head: &Ancestor<'p>| {
                !lines
                    .iter()
                    .any(|line| line[1..].iter().any(|later| same(later, head)))
            };
            // Where there is no order that suits all, Python would refuse the class: then the first one it is.
            if line.len() >= LINE {
                break;
            }
            let Some(next) = heads.clone().find(free).or_else(|| heads.clone().next()) else {
                break;
            };
            for line in &mut lines {
                line.retain(|each| !same(each, &next));
            }
            line.push(next);
        }
        let line = Rc::new(line);
        self.known.borrow_mut().insert(key, line.clone());
        line
    }
}
