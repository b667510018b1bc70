//! Docstrings that are set from elsewhere: `add_newdoc(place, name, doc)` and `x.__doc__ = …`. Never says one twice: the first one stays.

use std::collections::HashMap;

use super::{Search, canonical};
use crate::dna::evaluate::{ADD, Value, without_holes};
use crate::dna::form::{Bind, Class, Item, Target, What};
use crate::dna::members::{Found, last_name};
use crate::dna::names::{Brings, Definition, Meaning, Scope};
use crate::dna::record::DocStatus;

/// A docstring of something that no file defines: what a compiled module holds.
#[derive(Debug, Clone)]
pub struct Added {
    /// The module.
    pub module: String,
    /// The class in it, if it is of a class.
    pub class: Option<String>,
    /// Its name.
    pub name: String,
    /// The docstring.
    pub found: Found,
}

/// What is only known by the docstrings that it is given.
#[derive(Default)]
pub(super) struct Elsewhere {
    /// Of definitions in compiled modules, by their paths, in order.
    compiled: Vec<(String, String, Found)>,
    /// Of members that a class of a file does not show.
    members: Vec<Added>,
}

impl<'p> Search<'_, 'p> {
    /// What a module sets; what no file defines is put aside.
    pub(super) fn set_from_elsewhere(&mut self, module: usize, scope: &Scope<'p>, elsewhere: &mut Elsewhere) {
        for item in &scope.unit.items {
            match &item.what {
                What::Call(call) if !scope.unit.in_loop(item.when) && self.adds(module, call) => {
                    self.add_newdocs(module, item, elsewhere);
                }
                What::Loop(source) if source.contains(ADD) => self.add_newdocs(module, item, elsewhere),
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
                        self.replace(found, rest, Found::added(&doc));
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a call adds docstrings, or is one of a function of the package that does.
    fn adds(&self, module: usize, call: &str) -> bool {
        if last_name(call) == ADD {
            return true;
        }
        let callee = call.split('(').next().unwrap_or_default().trim_end();
        match self.evaluator.names().dotted(self.evaluator, module, callee) {
            (Meaning::Definition(found), "") => match &found.item.what {
                What::Function(function) => function.source.contains(ADD),
                _ => false,
            },
            _ => false,
        }
    }

    /// `add_newdoc("a.b", "c", doc)`, `(…, ("d", doc))`, `(…, [("d", doc), …])`
    fn add_newdocs(&mut self, module: usize, item: &Item<'p>, elsewhere: &mut Elsewhere) {
        for new in self.evaluator.new_docs(module, item) {
            let Some(place) = self.evaluator.names().module(&new.place) else {
                continue;
            };
            let pairs: Vec<(String, Found)> = match &new.docs {
                Value::Text(doc) => vec![(String::new(), Found::added(doc.trim()))],
                Value::List(all) => all.borrow().iter().filter_map(pair).collect(),
                one => pair(one).into_iter().collect(),
            };
            let meaning = self.of(place, &new.name);
            for (member, found) in pairs {
                match &meaning {
                    Meaning::Definition(of) => self.add(*of, &member, found, elsewhere),
                    Meaning::Compiled(path) => elsewhere.compiled.push((path.clone(), member, found)),
                    _ => {}
                }
            }
        }
    }

    /// What a name of a module is about, as those see it who use it: the stub's definition rather than a value, and, where the module
    /// makes its names at run time, the definition of the nearest package around it.
    fn of(&self, place: usize, name: &str) -> Meaning<'p> {
        let names = self.evaluator.names();
        let meaning = names.meaning(self.evaluator, place, name);
        match &meaning {
            Meaning::Definition(found) if !found.stub && matches!(found.item.what, What::Bind(_)) => {
                match names.meaning_in(self.evaluator, place, name, true) {
                    stub @ Meaning::Definition(_) => stub,
                    _ => meaning,
                }
            }
            Meaning::Unknown => {
                let mut around = names.modules()[place].name;
                while let Some((package, _)) = around.rsplit_once('.') {
                    around = package;
                    let Some(package) = names.module(package) else {
                        break;
                    };
                    if let found @ Meaning::Definition(Definition { stub: true, .. }) =
                        names.meaning(self.evaluator, package, name)
                    {
                        return found;
                    }
                }
                meaning
            }
            _ => meaning,
        }
    }

    /// Gives a definition, or a member of a class, a docstring that it does not have yet.
    fn add(&mut self, of: Definition<'p>, member: &str, found: Found, elsewhere: &mut Elsewhere) {
        let Some(place) = self.place_of(of, member) else {
            if let What::Class(class) = &of.item.what {
                elsewhere.members.push(Added {
                    module: self.evaluator.names().modules()[of.module].name.to_owned(),
                    class: Some(class.name.to_string()),
                    name: member.to_owned(),
                    found,
                });
            }
            return;
        };
        self.added.entry(place).or_insert(found);
    }

    /// Gives a definition, or a member of a class, another docstring.
    fn replace(&mut self, of: Definition<'p>, member: &str, found: Found) {
        if let Some(place) = self.place_of(of, member) {
            self.added.insert(place, found);
        }
    }

    /// Whether a definition is given a docstring from elsewhere.
    pub(super) fn has_added(&self, of: Definition<'p>) -> bool {
        self.place_of(of, "")
            .is_some_and(|place| self.added.contains_key(&place))
    }

    /// The file and place of a definition, or of a member of a class; the first of several signatures carries what is said of all.
    fn place_of(&self, of: Definition<'p>, member: &str) -> Option<(usize, u32)> {
        let entry = &self.evaluator.names().modules()[of.module];
        let scope = if of.stub { &entry.stub } else { &entry.python };
        let file = scope.as_ref()?.file;
        match &of.item.what {
            _ if member.is_empty() => Some((file, of.item.at)),
            What::Class(class) => own(class, member).map(|at| (file, at)),
            _ => None,
        }
    }

    /// Brings what is known of compiled definitions to the stubs that describe them, and lists what is left.
    pub(super) fn settle(&mut self, mut elsewhere: Elsewhere) -> Vec<Added> {
        let described = if elsewhere.compiled.is_empty() {
            HashMap::new()
        } else {
            self.described()
        };
        let mut listed = Vec::new();
        for (path, member, found) in std::mem::take(&mut elsewhere.compiled) {
            let Some((module, name)) = path.rsplit_once('.') else {
                continue;
            };
            let added = |found| Added {
                module: module.to_owned(),
                class: (!member.is_empty()).then(|| name.to_owned()),
                name: if member.is_empty() { name } else { &member }.to_owned(),
                found,
            };
            let Some((first, others)) = described.get(&path).and_then(|all| all.split_first()) else {
                if member.is_empty() {
                    self.compiled.insert(path.clone(), path.clone());
                }
                listed.push(added(found));
                continue;
            };
            self.add(*first, &member, found, &mut elsewhere);
            let Some(from) =
                canonical(self.evaluator.names(), &Meaning::Definition(*first)).filter(|_| member.is_empty())
            else {
                continue;
            };
            for other in others {
                self.add(*other, "", Found::inherited(from.clone()), &mut elsewhere);
            }
            self.compiled.insert(path.clone(), from.clone());
            listed.push(added(Found::inherited(from)));
        }
        listed.append(&mut elsewhere.members);
        let mut known = std::collections::HashSet::new();
        listed.retain(|one| known.insert((one.module.clone(), one.class.clone(), one.name.clone())));
        listed
    }

    /// The definitions in stubs whose `.py` files take the name from a compiled module, by the path there.
    fn described(&self) -> HashMap<String, Vec<Definition<'p>>> {
        let names = self.evaluator.names();
        let mut described: HashMap<String, Vec<Definition<'p>>> = HashMap::new();
        for (module, entry) in names.modules().iter().enumerate() {
            let (Some(_), Some(stub)) = (&entry.python, &entry.stub) else {
                continue;
            };
            for item in &stub.unit.items {
                let Some(name) = item.what.name() else { continue };
                let likeliest = stub
                    .names
                    .get(name)
                    .and_then(|all| stub.in_order(all).first().copied());
                let first = stub.names.get(name).and_then(|all| all.first());
                let itself = likeliest.is_some_and(|binding| matches!(binding.brings, Brings::Itself))
                    && first.is_some_and(|binding| std::ptr::eq(binding.item, item));
                if !itself {
                    continue;
                }
                if let Meaning::Compiled(path) = names.meaning_in(self.evaluator, module, name, false) {
                    let definition = Definition {
                        module,
                        stub: true,
                        item,
                    };
                    described.entry(path).or_default().push(definition);
                }
            }
        }
        described
    }
}

fn own(class: &Class<'_>, member: &str) -> Option<u32> {
    let mut named = class.items.iter().filter(|item| item.what.name() == Some(member));
    named.next().map(|item| item.at)
}

fn pair(value: &Value<'_>) -> Option<(String, Found)> {
    match value.elements()?.as_slice() {
        [Value::Text(name), Value::Text(doc)] => Some((name.to_string(), Found::added(doc.trim()))),
        _ => None,
    }
}

impl Found {
    /// Set from elsewhere.
    pub(super) fn added(text: &str) -> Self {
        let (text, partial) = without_holes(text);
        Self {
            text: Some(text),
            status: if partial {
                DocStatus::Partial
            } else {
                DocStatus::Added
            },
            from: None,
        }
    }

    /// That of another definition.
    pub(super) fn inherited(from: String) -> Self {
        Self {
            text: None,
            status: DocStatus::Inherited,
            from: Some(from),
        }
    }
}
