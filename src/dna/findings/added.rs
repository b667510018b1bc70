//! Docstrings that are set from elsewhere: `add_newdoc(place, name, doc)` and `x.__doc__ = …`. Never runs a loop around them.

use super::Search;
use crate::dna::evaluate::Value;
use crate::dna::form::{Bind, Class, Target, What};
use crate::dna::members::last_name;
use crate::dna::names::{Definition, Meaning, Scope};

/// A docstring of something that no file defines: what a compiled module holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The module.
    pub module: String,
    /// The class in it, if it is of a class.
    pub class: Option<String>,
    /// Its name.
    pub name: String,
    /// The docstring.
    pub doc: String,
}

impl<'p> Search<'_, 'p> {
    /// What a module sets; what no file defines is given back.
    pub(super) fn set_from_elsewhere(&mut self, module: usize, scope: &Scope<'p>) -> Vec<Added> {
        let mut elsewhere = Vec::new();
        for item in &scope.unit.items {
            match &item.what {
                What::Call(call) if last_name(call) == "add_newdoc" => {
                    self.evaluator.afresh();
                    elsewhere.extend(self.add_newdoc(module, call));
                }
                What::Bind(Bind {
                    target: Target::Attribute(base, name),
                    value: Some(value),
                    adds: false,
                    ..
                }) if name == "__doc__" => {
                    self.evaluator.afresh();
                    let (Meaning::Definition(found), rest) =
                        self.evaluator.names().dotted(self.evaluator, module, base)
                    else {
                        continue;
                    };
                    if let Value::Text(doc) = self.evaluator.value(module, value) {
                        self.set(found, rest, &doc);
                    }
                }
                _ => {}
            }
        }
        elsewhere
    }

    /// `add_newdoc("a.b", "c", doc)`, `(…, ("d", doc))`, `(…, [("d", doc), …])`
    fn add_newdoc(&mut self, module: usize, call: &str) -> Vec<Added> {
        let Some(arguments) = call.find('(').and_then(|at| call.get(at..)) else {
            return Vec::new();
        };
        let Value::Tuple(all) = self.evaluator.value(module, arguments) else {
            return Vec::new();
        };
        let [Value::Text(place), Value::Text(name), docs] = &*all else {
            return Vec::new();
        };
        let Some(place) = self.evaluator.names().module(place) else {
            return Vec::new();
        };
        let pairs: Vec<(String, String)> = match docs {
            Value::Text(doc) => vec![(String::new(), doc.trim().to_owned())],
            Value::List(all) => all.borrow().iter().filter_map(pair).collect(),
            one => pair(one).into_iter().collect(),
        };
        let mut elsewhere = Vec::new();
        for (member, doc) in pairs {
            match self.evaluator.names().meaning(self.evaluator, place, name) {
                Meaning::Definition(found) if self.set(found, &member, &doc) => {}
                Meaning::Definition(found) => {
                    let module = self.evaluator.names().modules()[found.module].name.to_owned();
                    elsewhere.push(Added {
                        module,
                        class: Some(name.to_string()),
                        name: member,
                        doc,
                    });
                }
                Meaning::Compiled(path) => {
                    let Some((module, name)) = path.rsplit_once('.') else {
                        continue;
                    };
                    let class = (!member.is_empty()).then(|| name.to_owned());
                    let name = if member.is_empty() {
                        name.to_owned()
                    } else {
                        member
                    };
                    elsewhere.push(Added {
                        module: module.to_owned(),
                        class,
                        name,
                        doc,
                    });
                }
                _ => {}
            }
        }
        elsewhere
    }

    /// Gives a definition, or a member of a class, its docstring. False: there is no such member.
    fn set(&mut self, found: Definition<'p>, member: &str, doc: &str) -> bool {
        let entry = &self.evaluator.names().modules()[found.module];
        let scope = if found.stub { &entry.stub } else { &entry.python };
        let Some(file) = scope.as_ref().map(|scope| scope.file) else {
            return false;
        };
        let items: Vec<u32> = match &found.item.what {
            _ if member.is_empty() => vec![found.item.at],
            What::Class(class) => own(class, member),
            _ => Vec::new(),
        };
        // The first of several signatures carries what is said of all.
        let Some(first) = items.first() else { return false };
        self.added.insert((file, *first), doc.to_owned());
        true
    }
}

fn own(class: &Class<'_>, member: &str) -> Vec<u32> {
    class
        .items
        .iter()
        .filter(|item| item.what.name() == Some(member))
        .map(|item| item.at)
        .collect()
}

fn pair(value: &Value<'_>) -> Option<(String, String)> {
    match value.elements()?.as_slice() {
        [Value::Text(name), Value::Text(doc)] => Some((name.to_string(), doc.trim().to_owned())),
        _ => None,
    }
}
