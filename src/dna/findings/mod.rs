//! What the other files say about each definition: its docstring at run time, its bases, whether `__all__` names it. Never changes a definition.

use std::collections::HashMap;
use std::ops::Range;

use super::beside;
use super::evaluate::{Evaluator, STACK, Value, keyword};
use super::form::{Bind, Class, Function, Item, Target, What};
use super::members::{Findings, Found};
use super::names::public::canonical;
use super::names::{Definition, Entry, Meaning, Names, Scope};
use super::record::{DocStatus, Text};

mod added;
mod lineage;

pub use added::Added;
use lineage::Lineage;

/// The findings of every file, by its number, and docstrings of things that no file defines.
///
/// The modules are halved, and each half is looked through on a thread of its own, by an evaluator of its own; always, so that the number of threads
/// changes nothing.
pub fn findings<'p>(evaluator: &Evaluator<'p>, files: usize) -> (Vec<Findings>, Vec<Added>) {
    let names = evaluator.names();
    let (half, all) = (halfway(names), names.modules().len());
    let part = |evaluator: &Evaluator<'p>, modules| Search::new(evaluator, files).through(modules);
    let whole = |modules| stacker::grow(STACK, || part(&Evaluator::new(names), modules));
    let mut later = None;
    let mut first = rayon::in_place_scope(|scope| {
        scope.spawn(|_| later = Some(whole(half..all)));
        part(evaluator, 0..half)
    });
    let Some(mut later) = later else {
        return (first.found, first.added);
    };
    if first.made + later.made > MADE {
        // Who comes too late is decided by the order of all.
        let whole = whole(0..all);
        return (whole.found, whole.added);
    }
    for entry in &names.modules()[half..] {
        for scope in entry.python.iter().chain(&entry.stub) {
            first.found[scope.file] = std::mem::take(&mut later.found[scope.file]);
        }
    }
    (first.found, first.added)
}

/// Where the modules are halved, by their items. The first half has the public names to be found, too.
fn halfway(names: &Names<'_>) -> usize {
    let items = |entry: &Entry<'_>| -> usize {
        let scopes = entry.python.iter().chain(&entry.stub);
        scopes.map(|scope| scope.unit.items.len()).sum()
    };
    let all: usize = names.modules().iter().map(items).sum();
    let mut so_far = 0;
    names
        .modules()
        .iter()
        .position(|entry| {
            so_far += items(entry);
            so_far * 4 > all
        })
        .unwrap_or(0)
}

/// What was found in some modules.
struct Part {
    found: Vec<Findings>,
    added: Vec<Added>,
    /// Bytes of docstrings that were made.
    made: usize,
}

/// The most bytes of docstrings that are made for one package. Large ones have one million of them.
const MADE: usize = 16 << 20;

struct Search<'e, 'p> {
    evaluator: &'e Evaluator<'p>,
    lineage: Lineage<'e, 'p>,
    found: Vec<Findings>,
    /// Where the docstrings of compiled definitions can be read, by the paths there.
    compiled: HashMap<String, String>,
    /// Bytes of docstrings that were made.
    made: usize,
    /// Docstrings set from elsewhere, by file and place.
    added: HashMap<(usize, u32), Found>,
}

/// Where an item stands.
#[derive(Clone, Copy)]
struct Place<'p, 's> {
    module: usize,
    stub: bool,
    file: usize,
    /// The class around it, and its qualified name.
    class: Option<(Definition<'p>, &'p Class<'p>, &'s str)>,
}

impl<'e, 'p> Search<'e, 'p> {
    fn new(evaluator: &'e Evaluator<'p>, files: usize) -> Self {
        Self {
            evaluator,
            lineage: Lineage::new(evaluator),
            found: (0..files).map(|_| Findings::default()).collect(),
            compiled: HashMap::new(),
            made: 0,
            added: HashMap::new(),
        }
    }

    /// Looks through some modules; what is said elsewhere of their definitions can be in any.
    fn through(mut self, modules: Range<usize>) -> Part {
        let mut elsewhere = added::Elsewhere::default();
        for (module, entry) in self.evaluator.names().modules().iter().enumerate() {
            for scope in entry.python.iter() {
                self.set_from_elsewhere(module, scope, &mut elsewhere);
            }
        }
        let added = self.settle(elsewhere);
        for module in modules {
            let entry = &self.evaluator.names().modules()[module];
            if beside::is(entry.name) {
                continue;
            }
            for (scope, stub) in [(&entry.python, false), (&entry.stub, true)] {
                if let Some(scope) = scope {
                    self.scope(module, stub, scope);
                }
            }
        }
        Part {
            found: self.found,
            added,
            made: self.made,
        }
    }

    fn scope(&mut self, module: usize, stub: bool, scope: &Scope<'p>) {
        if let Some(offered) = self.evaluator.listed(module) {
            self.found[scope.file].listed = Some(offered.names.iter().cloned().collect());
        }
        let place = Place {
            module,
            stub,
            file: scope.file,
            class: None,
        };
        for item in &scope.unit.items {
            self.item(place, item);
        }
    }

    fn item(&mut self, place: Place<'p, '_>, item: &'p Item<'p>) {
        if self.made > MADE {
            return self.unmade(place, item);
        }
        let found = match &item.what {
            What::Function(function) => self.function(place, item, function),
            What::Class(class) => {
                self.class(place, item, class);
                self.class_doc(place, item, class)
            }
            What::Bind(bind) => self.bind(place, bind),
            _ => None,
        };
        let added = self.added.get(&(place.file, item.at)).cloned();
        let Some(found) = added.or(found) else { return };
        self.made += found.text.as_ref().map_or(0, String::len);
        if found.status == DocStatus::Templated
            && let What::Function(function) = &item.what
        {
            let spent = function.decorators.iter().enumerate();
            let spent = spent
                .filter(|(_, text)| self.evaluator.touches(place.module, text))
                .map(|(number, _)| number);
            self.found[place.file].spent.insert(item.at, spent.collect());
        }
        self.found[place.file].docs.insert(item.at, found);
    }

    /// What is found of an item when no more docstrings are made: what is in a class, and that its docstring may be another one.
    fn unmade(&mut self, place: Place<'p, '_>, item: &'p Item<'p>) {
        let decorators = match &item.what {
            What::Function(function) => &function.decorators,
            What::Class(class) => {
                self.class(place, item, class);
                &class.decorators
            }
            _ => return,
        };
        if decorators
            .iter()
            .any(|text| self.evaluator.touches(place.module, text))
        {
            let found = Found {
                text: None,
                status: DocStatus::Unresolved,
                from: None,
            };
            self.found[place.file].docs.insert(item.at, found);
        }
    }

    fn definition(&self, place: Place<'p, '_>, item: &'p Item<'p>) -> Definition<'p> {
        Definition {
            module: place.module,
            stub: place.stub,
            item,
        }
    }

    fn function(
        &self,
        place: Place<'p, '_>,
        item: &'p Item<'p>,
        function: &'p Function<'p>,
    ) -> Option<Found> {
        let touched = function
            .decorators
            .iter()
            .any(|text| self.evaluator.touches(place.module, text));
        if touched {
            self.evaluator.afresh();
            let definition = self.definition(place, item);
            let doc = match self
                .evaluator
                .definition(definition, place.class.map(|(_, class, _)| class))
            {
                Value::Function(function) => function.doc.borrow().clone(),
                _ => Value::Unknown,
            };
            let found = evaluated(&doc, function.doc.as_ref(), self.evaluator.unfollowed(definition));
            if found.is_some() || function.doc.is_some() {
                return found;
            }
        }
        if function.doc.is_some() {
            return None;
        }
        let (own, class, _) = place.class?;
        let hidden = function.name.starts_with('_')
            || function.decorators.iter().any(|text| text.ends_with("overload"));
        let from = if hidden {
            None
        } else {
            self.lineage.documented(own, class, &function.name)
        };
        from.map(Found::inherited)
    }

    fn class(&mut self, place: Place<'p, '_>, item: &'p Item<'p>, class: &'p Class<'p>) {
        let definition = self.definition(place, item);
        let paths: Vec<String> = class
            .bases
            .iter()
            .filter(|text| !keyword(text))
            .filter_map(|text| self.base(place.module, text))
            .collect();
        if !paths.is_empty() {
            self.found[place.file].bases.insert(item.at, paths);
        }
        let qualified = match place.class {
            Some((_, _, outer)) => format!("{outer}.{}", class.name),
            None => class.name.to_string(),
        };
        let within = Place {
            class: Some((definition, class, &qualified)),
            ..place
        };
        for item in &class.items {
            self.item(within, item);
        }
    }

    /// The path of a base that is a class of the package.
    fn base(&self, module: usize, text: &str) -> Option<String> {
        let path = text.split('[').next().unwrap_or_default().trim_end();
        match self.evaluator.names().dotted(self.evaluator, module, path) {
            (meaning @ Meaning::Definition(_), "") => canonical(self.evaluator.names(), &meaning),
            _ => None,
        }
    }

    fn class_doc(&self, place: Place<'p, '_>, item: &'p Item<'p>, class: &'p Class<'p>) -> Option<Found> {
        let set = class.items.iter().rev().find_map(|item| match &item.what {
            What::Bind(Bind {
                target: Target::Name(name),
                value: Some(value),
                adds: false,
                ..
            }) if name == "__doc__" => Some(*value),
            _ => None,
        });
        if let Some(value) = set {
            self.evaluator.afresh();
            return evaluated(
                &self.evaluator.value(place.module, value),
                class.doc.as_ref(),
                false,
            );
        }
        if !class
            .decorators
            .iter()
            .any(|text| self.evaluator.touches(place.module, text))
        {
            return None;
        }
        self.evaluator.afresh();
        let definition = self.definition(place, item);
        let doc = match self
            .evaluator
            .definition(definition, place.class.map(|(_, class, _)| class))
        {
            Value::Class(class) => class.doc.borrow().clone(),
            _ => Value::Unknown,
        };
        evaluated(&doc, class.doc.as_ref(), self.evaluator.unfollowed(definition))
    }

    /// Attributes: `doc=` in a call, or another name of something that has a docstring.
    fn bind(&self, place: Place<'p, '_>, bind: &'p Bind<'p>) -> Option<Found> {
        let value = bind.value.filter(|_| bind.doc.is_none())?;
        if value.contains("doc=") && value.ends_with(')') {
            self.evaluator.afresh();
            let Value::Text(doc) = self.evaluator.keyword(place.module, value, "doc") else {
                return None;
            };
            return Some(Found::added(&doc));
        }
        if value.len() > 100
            || !value
                .chars()
                .all(|letter| letter.is_alphanumeric() || "._".contains(letter))
        {
            return None;
        }
        let inherited = |from| Some(Found::inherited(from));
        if let Some((definition, class, _)) = place.class
            && let Some(item) = self.lineage.named(class, value)
        {
            let (What::Function(_) | What::Class(_)) = &item.what else {
                return None;
            };
            return self.lineage.path(definition, value).and_then(inherited);
        }
        let names = self.evaluator.names();
        match names.dotted(self.evaluator, place.module, value) {
            (meaning @ Meaning::Definition(found), rest) => match &found.item.what {
                What::Function(_) | What::Class(_) if rest.is_empty() => {
                    canonical(names, &meaning).and_then(inherited)
                }
                What::Bind(_) if rest.is_empty() && self.has_added(found) => {
                    canonical(names, &meaning).and_then(inherited)
                }
                What::Class(class) => self.lineage.documented_in(found, class, rest).and_then(inherited),
                _ => None,
            },
            (Meaning::Compiled(path), "") => self.compiled.get(&path).cloned().and_then(inherited),
            _ => None,
        }
    }
}

/// What was found out about a docstring, where it is not simply what is written.
fn evaluated(doc: &Value<'_>, written: Option<&Text<'_>>, unfollowed: bool) -> Option<Found> {
    match doc {
        Value::Text(text) if written.is_some_and(|written| **written == **text) => {
            unfollowed.then_some(Found {
                text: None,
                status: DocStatus::Unresolved,
                from: None,
            })
        }
        Value::Text(text) => Some(Found {
            text: Some(text.to_string()),
            status: DocStatus::Templated,
            from: None,
        }),
        Value::None if written.is_none() && !unfollowed => None,
        _ => Some(Found {
            text: None,
            status: DocStatus::Unresolved,
            from: None,
        }),
    }
}
