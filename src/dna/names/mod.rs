//! Which name means what: bindings of every module, imports, star imports and aliases followed to the definition. Never runs anything.

use std::cell::Cell;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use rayon::prelude::*;

use super::beside;
use super::form::{Item, Target, Unit, What};
use super::layout::{Language, Place};

mod path;
pub mod public;

use path::{from_module, is_path};

/// How many names are looked up for one: circles of imports end here.
const HOPS: usize = 300;

/// How many of the bindings of one name are looked at, from the last.
const BINDINGS: usize = 100;

/// All modules of a package.
pub struct Names<'p> {
    modules: Vec<Entry<'p>>,
    by_name: HashMap<&'p str, usize>,
    roots: HashSet<&'p str>,
}

/// A module: a `.py` file, its stub, a compiled file, or several of them.
pub struct Entry<'p> {
    /// The dotted name.
    pub name: &'p str,
    /// Whether it is a package.
    pub package: bool,
    /// Whether there is a compiled file.
    pub compiled: bool,
    /// Whether it is an ordinary part of the package: no test, no copy, no example.
    pub ordinary: bool,
    /// The `.py` file.
    pub python: Option<Scope<'p>>,
    /// The stub.
    pub stub: Option<Scope<'p>>,
}

/// The names of one file.
pub struct Scope<'p> {
    /// Its number among the files.
    pub file: usize,
    /// Its form.
    pub unit: &'p Unit<'p>,
    /// In order.
    pub names: HashMap<&'p str, Vec<Binding<'p>>>,
    /// Modules whose names are all imported, in order.
    pub stars: Vec<String>,
}

/// What a name is bound to.
#[derive(Debug, Clone)]
pub struct Binding<'p> {
    /// The item that binds it.
    pub item: &'p Item<'p>,
    /// What it brings.
    pub brings: Brings<'p>,
}

/// What a binding brings.
#[derive(Debug, Clone)]
pub enum Brings<'p> {
    /// Itself: a definition or a value.
    Itself,
    /// A module.
    Module(String),
    /// A name of a module; whether under the same name, said twice (`import a as a`).
    Name(String, &'p str, bool),
}

/// A definition: the module, whether in its stub, and the item.
#[derive(Debug, Clone, Copy)]
pub struct Definition<'p> {
    /// The module's number.
    pub module: usize,
    /// Whether it is in the stub.
    pub stub: bool,
    /// The item.
    pub item: &'p Item<'p>,
}

/// What a name means in the end.
#[derive(Debug, Clone)]
pub enum Meaning<'p> {
    /// A definition of this package.
    Definition(Definition<'p>),
    /// A module of this package.
    Module(usize),
    /// Something of another package: its path.
    Outside(String),
    /// Something that only a compiled module of this package can hold: its path.
    Compiled(String),
    /// Nobody can say.
    Unknown,
}

/// What a module offers to a star import.
pub trait Exports {
    /// Whether a star import of a module brings a name.
    fn offers(&self, module: usize, name: &str) -> bool;
}

impl<'p> Names<'p> {
    /// The table of all files, given with their forms; they are sorted by module.
    pub fn new(files: &[(&'p Place, &'p Unit<'p>)]) -> Self {
        let scopes: Vec<Option<Scope<'p>>> = (files.par_iter().enumerate())
            .map(|(number, (place, unit))| {
                (place.language != Language::Compiled).then(|| Scope::new(number, place, unit))
            })
            .collect();
        let mut names = Self {
            modules: Vec::new(),
            by_name: HashMap::new(),
            roots: HashSet::new(),
        };
        for ((place, _), scope) in files.iter().zip(scopes) {
            let at = *names.by_name.entry(&place.module).or_insert_with(|| {
                names.modules.push(Entry {
                    name: &place.module,
                    package: false,
                    compiled: false,
                    ordinary: place.tag.is_none() && !beside::is(&place.module),
                    python: None,
                    stub: None,
                });
                names.modules.len() - 1
            });
            let entry = &mut names.modules[at];
            entry.package |= place.package;
            match place.language {
                Language::Compiled => entry.compiled = true,
                Language::Python if entry.python.is_none() => entry.python = scope,
                Language::Stub if entry.stub.is_none() => entry.stub = scope,
                _ => {}
            }
        }
        names.roots = names
            .modules
            .iter()
            .filter_map(|entry| entry.name.split('.').next())
            .collect();
        names
    }

    /// Frees it, on all threads.
    pub fn let_go(self) {
        self.modules.into_par_iter().for_each(drop);
    }

    /// Every module, by name.
    pub fn modules(&self) -> &[Entry<'p>] {
        &self.modules
    }

    /// The number of a module.
    pub fn module(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Whether a module, or the package around it, is part of this artifact.
    fn ours(&self, name: &str) -> bool {
        name.split('.')
            .next()
            .is_some_and(|root| self.roots.contains(root))
    }

    /// What a name of a module means.
    pub fn meaning(&self, exports: &dyn Exports, module: usize, name: &str) -> Meaning<'p> {
        self.follow(exports, module, name, &Cell::new(0))
    }

    /// What a name of one of a module's two files means: of its stub, or of its `.py`.
    pub fn meaning_in(&self, exports: &dyn Exports, module: usize, name: &str, stub: bool) -> Meaning<'p> {
        let entry = &self.modules[module];
        let scope = if stub { &entry.stub } else { &entry.python };
        match scope {
            Some(scope) => self.in_scope(exports, module, scope, stub, name, &Cell::new(0)),
            None => Meaning::Unknown,
        }
    }

    /// What a dotted path within a module means, as far as its parts are modules and names of modules; and the parts that are left.
    pub fn dotted<'t>(&self, exports: &dyn Exports, module: usize, path: &'t str) -> (Meaning<'p>, &'t str) {
        self.path(exports, module, path, &Cell::new(0))
    }

    fn path<'t>(
        &self,
        exports: &dyn Exports,
        module: usize,
        path: &'t str,
        hops: &Cell<usize>,
    ) -> (Meaning<'p>, &'t str) {
        let (first, mut rest) = path.split_once('.').unwrap_or((path, ""));
        let mut meaning = self.follow(exports, module, first, hops);
        while !rest.is_empty() {
            let (next, after) = rest.split_once('.').unwrap_or((rest, ""));
            meaning = match meaning {
                Meaning::Module(module) => self.follow(exports, module, next, hops),
                Meaning::Outside(path) => Meaning::Outside(format!("{path}.{next}")),
                Meaning::Compiled(path) => Meaning::Compiled(format!("{path}.{next}")),
                other => return (other, rest),
            };
            rest = after;
        }
        (meaning, "")
    }

    fn follow(&self, exports: &dyn Exports, module: usize, name: &str, hops: &Cell<usize>) -> Meaning<'p> {
        hops.set(hops.get() + 1);
        if hops.get() > HOPS {
            return Meaning::Unknown;
        }
        let entry = &self.modules[module];
        let mut second = Meaning::Unknown;
        for (scope, stub) in [(&entry.python, false), (&entry.stub, true)] {
            let Some(scope) = scope else { continue };
            match self.in_scope(exports, module, scope, stub, name, hops) {
                found @ (Meaning::Definition(_) | Meaning::Module(_)) => return found,
                Meaning::Unknown => {}
                other => second = other,
            }
        }
        if let Some(inner) = self.module(&format!("{}.{name}", entry.name)) {
            return Meaning::Module(inner);
        }
        if entry.compiled && matches!(second, Meaning::Unknown) {
            return Meaning::Compiled(format!("{}.{name}", entry.name));
        }
        second
    }

    fn in_scope(
        &self,
        exports: &dyn Exports,
        module: usize,
        scope: &Scope<'p>,
        stub: bool,
        name: &str,
        hops: &Cell<usize>,
    ) -> Meaning<'p> {
        let mut second = Meaning::Unknown;
        let bindings = scope.names.get(name).map_or(&[][..], Vec::as_slice);
        for binding in scope.in_order(bindings) {
            let found = match &binding.brings {
                Brings::Itself => self.itself(
                    exports,
                    Definition {
                        module,
                        stub,
                        item: binding.item,
                    },
                    hops,
                ),
                Brings::Module(path) => self.absolute(path),
                Brings::Name(path, name, _) => match self.module(path) {
                    Some(from) if from == module => {
                        // `from . import a` in the package itself: the module below it.
                        let below = self.module(&format!("{path}.{name}"));
                        below.map_or(Meaning::Unknown, Meaning::Module)
                    }
                    Some(from) => self.follow(exports, from, name, hops),
                    // A namespace package holds nothing but modules.
                    None if self.ours(path) => {
                        let below = self.module(&format!("{path}.{name}"));
                        below.map_or(Meaning::Unknown, Meaning::Module)
                    }
                    None => Meaning::Outside(format!("{path}.{name}")),
                },
            };
            match found {
                Meaning::Definition(_) | Meaning::Module(_) => return found,
                Meaning::Unknown => {}
                other if matches!(second, Meaning::Unknown) => second = other,
                _ => {}
            }
        }
        for star in scope.stars.iter().rev().filter(|_| bindings.is_empty()) {
            let Some(from) = self.module(star).filter(|from| *from != module) else {
                continue;
            };
            let hidden = self.modules[from].compiled && self.modules[from].stub.is_none();
            if !hidden && !exports.offers(from, name) {
                continue;
            }
            match self.follow(exports, from, name, hops) {
                Meaning::Unknown => {}
                found @ Meaning::Compiled(_) => second = found,
                found => return found,
            }
        }
        second
    }

    /// A definition, or what it is another name of: `x = y`, `x = module.y`.
    fn itself(&self, exports: &dyn Exports, definition: Definition<'p>, hops: &Cell<usize>) -> Meaning<'p> {
        if let What::Bind(bind) = &definition.item.what
            && let Some(value) = bind.value.filter(|value| is_path(value))
            && let Target::Name(name) = &bind.target
            && !value.split('.').any(|part| part == *name && !value.contains('.'))
            && let (Meaning::Definition(found), "") = self.path(exports, definition.module, value, hops)
            && matches!(found.item.what, What::Function(_) | What::Class(_))
        {
            return Meaning::Definition(found);
        }
        Meaning::Definition(definition)
    }

    fn absolute(&self, path: &str) -> Meaning<'p> {
        match self.module(path) {
            Some(module) => Meaning::Module(module),
            None if self.ours(path) => Meaning::Unknown,
            None => Meaning::Outside(path.to_owned()),
        }
    }
}

impl<'p> Scope<'p> {
    fn new(file: usize, place: &Place, unit: &'p Unit<'p>) -> Self {
        let mut scope = Self {
            file,
            unit,
            names: HashMap::new(),
            stars: Vec::new(),
        };
        for item in &unit.items {
            scope.add(place, item);
        }
        scope
    }

    fn add(&mut self, place: &Place, item: &'p Item<'p>) {
        let mut bind =
            |name: &'p str, brings| self.names.entry(name).or_default().push(Binding { item, brings });
        match &item.what {
            What::Import(import) => match &import.name {
                Some(name) => bind(name, Brings::Module(import.module.to_string())),
                None => {
                    let first = import.module.split('.').next().unwrap_or_default();
                    bind(first, Brings::Module(first.to_owned()));
                }
            },
            What::From(from) => {
                let Some(module) = from_module(place, from.level, &from.module) else {
                    return;
                };
                for (name, other) in &from.names {
                    if name == "*" {
                        self.stars.push(module.clone());
                        continue;
                    }
                    let twice = other.as_ref() == Some(name);
                    let bound = other.as_ref().unwrap_or(name);
                    self.names.entry(bound).or_default().push(Binding {
                        item,
                        brings: Brings::Name(module.clone(), name, twice),
                    });
                }
            }
            what => {
                if let Some(name) = what.name() {
                    bind(name, Brings::Itself);
                }
            }
        }
    }

    /// The likeliest first: what comes last wins, but not from an `except` handler or an `else`, and what only type checkers see comes last.
    pub fn in_order<'b>(&self, bindings: &'b [Binding<'p>]) -> Vec<&'b Binding<'p>> {
        let mut all: Vec<&Binding<'p>> = bindings.iter().rev().take(BINDINGS).collect();
        if all.len() > 1 {
            all.sort_by_key(|binding| {
                let when = binding.item.when;
                (self.unit.only_for_types(when), self.unit.second_choice(when))
            });
        }
        all
    }
}
