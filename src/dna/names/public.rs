//! The public paths of a package, each with the path of the definition that it means in the end. Never a path that is already its own.

use std::collections::BTreeMap;

use super::{Binding, Brings, Entry, Meaning, Names, Scope};
use crate::dna::evaluate::Evaluator;
use crate::dna::form::{Target, What};

/// Modules whose names are imported to write code with, never to pass them on.
const PLUMBING: &[&str] = &["__future__", "typing", "typing_extensions", "collections.abc"];

/// The most public paths of one package. Large ones have some thousands.
const PATHS: usize = 500_000;

/// Public path to canonical path, where they differ, and the public paths whose meaning nobody can say.
#[derive(Debug, Default)]
pub struct Public {
    /// Re-exports.
    pub paths: BTreeMap<String, String>,
    /// Sorted.
    pub unresolved: Vec<String>,
}

/// The public paths: what each public module lists in `__all__`; without one, what a package imports, and what a stub imports under the same name.
pub fn public<'p>(evaluator: &Evaluator<'p>) -> Public {
    let names = evaluator.names();
    let mut public = Public::default();
    for (number, module) in names.modules().iter().enumerate() {
        let open = module.ordinary && !module.name.split('.').any(|part| part.starts_with('_'));
        if !open {
            continue;
        }
        evaluator.afresh();
        let Some(offered) = evaluator.offered(number) else {
            continue;
        };
        let listed = |name: &str| offered.explicit && offered.has(name);
        let mut all: Vec<&str> = offered
            .names
            .iter()
            .map(String::as_str)
            .filter(|name| offered.explicit || reexports(module, name))
            .collect();
        // What a package imports can be used from there, listed or not; what a stub says twice is meant to be.
        for scope in module
            .python
            .iter()
            .chain(&module.stub)
            .filter(|_| offered.explicit)
        {
            all.extend(
                scope
                    .names
                    .keys()
                    .filter(|name| !name.starts_with('_') && reexports(module, name)),
            );
        }
        all.sort_unstable();
        all.dedup();
        for name in all {
            if public.paths.len() + public.unresolved.len() >= PATHS {
                break;
            }
            let path = format!("{}.{name}", module.name);
            match names.meaning(evaluator, number, name) {
                Meaning::Unknown if listed(name) || !offered.explicit => public.unresolved.push(path),
                // What a module imports for itself, while it lists what is meant for others.
                Meaning::Outside(_) if offered.explicit && !listed(name) => {}
                meaning => {
                    if let Some(canonical) = canonical(names, &meaning).filter(|canonical| *canonical != path)
                    {
                        public.paths.insert(path, canonical);
                    }
                }
            }
        }
    }
    public.unresolved.sort();
    public.unresolved.dedup();
    public
}

/// Whether a name that no `__all__` speaks of is passed on: by a package, or by a stub that says it twice.
fn reexports(module: &Entry<'_>, name: &str) -> bool {
    let twice = |scope: &Scope<'_>| {
        let bindings = scope.names.get(name).into_iter().flatten();
        bindings
            .map(|binding| &binding.brings)
            .any(|brings| matches!(brings, Brings::Name(_, _, true)))
    };
    if module.stub.as_ref().is_some_and(twice) {
        return true;
    }
    match &module.python {
        Some(scope) if module.package => {
            let bindings = scope.names.get(name).map_or(&[][..], Vec::as_slice);
            let imported = |binding: &Binding<'_>| matches!(&binding.brings, Brings::Name(from, _, _) if !PLUMBING.contains(&from.as_str()));
            let visible = |binding: &&Binding<'_>| !scope.unit.only_for_types(binding.item.when);
            bindings.is_empty() || bindings.iter().filter(visible).any(imported)
        }
        Some(_) => false,
        None => module
            .stub
            .as_ref()
            .is_some_and(|scope| !scope.names.contains_key(name)),
    }
}

/// The path of what something means.
pub fn canonical(names: &Names<'_>, meaning: &Meaning<'_>) -> Option<String> {
    match meaning {
        Meaning::Definition(definition) => {
            let module = names.modules()[definition.module].name;
            let name = match &definition.item.what {
                What::Bind(bind) => match &bind.target {
                    Target::Name(name) => name,
                    _ => return None,
                },
                what => what.name()?,
            };
            Some(format!("{module}.{name}"))
        }
        Meaning::Module(module) => Some(names.modules()[*module].name.to_owned()),
        Meaning::Outside(path) | Meaning::Compiled(path) => Some(path.clone()),
        Meaning::Unknown => None,
    }
}
