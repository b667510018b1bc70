//! A path to its definition: re-exports, bases and shared docstrings are followed, as far as one file knows them. Never runs anything.

use std::collections::{BTreeSet, HashSet};

use super::read::Dna;
use super::record::{Member, Module, Visibility};

/// How many steps a path may take; circles end here.
const HOPS: usize = 64;
/// How many names are told that look like one that is not there.
const NEAREST: usize = 5;
/// Longer paths, in bytes, are no typing errors of anybody.
const LONGEST: usize = 500;

/// What a path leads to.
#[derive(Debug)]
pub enum Found<'d> {
    /// A module.
    Module(&'d Module<'static>),
    /// One or several definitions of one name, in the order of the source.
    Definition(Definition<'d>),
    /// Something of another package.
    Elsewhere(String),
    /// Nothing. These are names like it, the nearest first.
    Nothing(Vec<String>),
}

/// Where a definition is.
#[derive(Debug)]
pub struct Definition<'d> {
    /// The path of the definition itself.
    pub path: String,
    /// The module in which it is.
    pub module: &'d Module<'static>,
    /// All that bind this name there.
    pub members: Vec<&'d Member<'static>>,
    /// The class that was asked for it, where it inherits it.
    pub through: Option<String>,
}

/// What a base class brings into a class.
#[derive(Debug, PartialEq, Eq)]
pub struct Brought<'d> {
    /// The base class.
    pub base: String,
    /// Names of members, each once.
    pub names: Vec<&'d str>,
}

/// Finds what a path means; a path may leave out the package's name.
pub fn find<'d>(dna: &'d Dna, path: &str) -> Found<'d> {
    let path = path.trim().trim_end_matches("()");
    if let Some(found) = follow(dna, path) {
        return found;
    }
    for root in roots(dna) {
        match follow(dna, &format!("{root}.{path}")) {
            None | Some(Found::Elsewhere(_)) => {}
            Some(found) => return found,
        }
    }
    Found::Nothing(nearest(dna, path))
}

/// The path as [`find`] understands it: with the package's name, where that was left out.
pub fn spelled(dna: &Dna, path: &str) -> String {
    let path = path.trim().trim_end_matches("()");
    if follow(dna, path).is_some() {
        return path.to_owned();
    }
    let mut whole = roots(dna).into_iter().map(|root| format!("{root}.{path}"));
    whole
        .find(|whole| follow(dna, whole).is_some())
        .unwrap_or_else(|| path.to_owned())
}

/// The modules that are in no other one.
pub fn roots(dna: &Dna) -> BTreeSet<&str> {
    let names: HashSet<&str> = dna
        .body
        .modules
        .iter()
        .map(|module| module.name.as_ref())
        .collect();
    let inner = |name: &str| {
        name.match_indices('.')
            .any(|(at, _)| names.contains(name.get(..at).unwrap_or_default()))
    };
    names.iter().copied().filter(|name| !inner(name)).collect()
}

/// The public paths of a definition or module, the shortest first.
pub fn public<'d>(dna: &'d Dna, canonical: &str) -> Vec<&'d str> {
    let all = dna.body.public.iter();
    let mut paths: Vec<&str> = all
        .filter(|(_, to)| to.as_ref() == canonical)
        .map(|(path, _)| path.as_ref())
        .collect();
    paths.sort_by_key(|path| (path.matches('.').count(), path.len(), *path));
    paths
}

/// Whether others may use it, as far as its name and its module's `__all__` say.
pub fn is_open(name: &str, visibility: Option<Visibility>) -> bool {
    visibility.is_none() && (!name.starts_with('_') || is_special(name))
}

/// Whether a name is one of Python's own, as `__init__`.
pub fn is_special(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// A member's docstring, and whose it is where it is not its own.
pub fn doc<'d>(dna: &'d Dna, member: &'d Member<'static>) -> Option<(&'d str, Option<String>)> {
    let mut at = member;
    let mut from = None;
    for _ in 0..HOPS {
        if let Some(doc) = at.doc.as_deref() {
            return Some((doc, from));
        }
        let Some(Found::Definition(owner)) = follow(dna, at.doc_from.as_deref()?) else {
            return None;
        };
        // Of several of one name the one that has something to say.
        at = owner
            .members
            .iter()
            .copied()
            .find(|member| member.doc.is_some() || member.doc_from.is_some())?;
        from = Some(owner.path);
    }
    None
}

/// What a class inherits from the classes of this file, nearest base first.
pub fn inherited<'d>(dna: &'d Dna, class: &'d Member<'static>) -> Vec<Brought<'d>> {
    let mut known: HashSet<&str> = class.members.iter().map(|member| member.name.as_ref()).collect();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    bring(dna, class, &mut known, &mut seen, &mut found);
    found
}

fn bring<'d>(
    dna: &'d Dna,
    class: &'d Member<'static>,
    known: &mut HashSet<&'d str>,
    seen: &mut HashSet<String>,
    found: &mut Vec<Brought<'d>>,
) {
    for path in &class.base_paths {
        let Some(Found::Definition(base)) = follow(dna, path) else {
            continue;
        };
        if seen.len() >= HOPS || !seen.insert(base.path.clone()) {
            continue;
        }
        let names: Vec<&str> = (base.members.iter().flat_map(|member| &member.members))
            .map(|member| member.name.as_ref())
            .filter(|name| !name.starts_with('_') && known.insert(name))
            .collect();
        if !names.is_empty() {
            let base = base.path;
            found.push(Brought { base, names });
        }
        for member in base.members {
            bring(dna, member, known, seen, found);
        }
    }
}

/// Follows a whole path; none where it ends nowhere.
fn follow<'d>(dna: &'d Dna, path: &str) -> Option<Found<'d>> {
    let mut path = path.to_owned();
    let mut through = None;
    'hop: for _ in 0..HOPS {
        let ends: Vec<usize> = std::iter::once(path.len())
            .chain(path.rmatch_indices('.').map(|(at, _)| at))
            .collect();
        for end in ends {
            let (head, rest) = path.split_at(end);
            if let Some(to) = dna.body.public.get(head) {
                if !within(dna, to) {
                    return Some(Found::Elsewhere(format!("{to}{rest}")));
                }
                path = format!("{to}{rest}");
                continue 'hop;
            }
            let Some(module) = module(dna, head) else {
                continue;
            };
            let Some(rest) = rest.strip_prefix('.') else {
                return Some(Found::Module(module));
            };
            match descend(module, rest) {
                Step::Found(members) => {
                    return Some(Found::Definition(Definition {
                        path,
                        module,
                        members,
                        through,
                    }));
                }
                Step::Inherits(class, rest) => {
                    let owner = heir(dna, class, rest, &mut HashSet::new())?;
                    let depth = rest.len() + 1;
                    through
                        .get_or_insert_with(|| path.get(..path.len() - depth).unwrap_or_default().to_owned());
                    path = owner;
                    continue 'hop;
                }
                Step::Nothing => {}
            }
        }
        return None;
    }
    None
}

fn within(dna: &Dna, path: &str) -> bool {
    let starts = |module: &Module<'_>| {
        path.strip_prefix(module.name.as_ref())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    dna.body.modules.iter().any(starts)
}

fn module<'d>(dna: &'d Dna, name: &str) -> Option<&'d Module<'static>> {
    dna.body.modules.iter().find(|module| module.name == name)
}

enum Step<'d, 'p> {
    Found(Vec<&'d Member<'static>>),
    /// The class does not have it itself, but has bases in this file.
    Inherits(&'d Member<'static>, &'p str),
    Nothing,
}

fn descend<'d, 'p>(module: &'d Module<'static>, path: &'p str) -> Step<'d, 'p> {
    let mut members: &'d [Member<'static>] = &module.members;
    let mut class: Option<&'d Member<'static>> = None;
    let mut rest = path;
    loop {
        let (name, after) = rest.split_once('.').unwrap_or((rest, ""));
        let found: Vec<_> = members.iter().filter(|member| member.name == name).collect();
        if found.is_empty() {
            return match class {
                Some(class) if !class.base_paths.is_empty() => Step::Inherits(class, rest),
                _ => Step::Nothing,
            };
        }
        if after.is_empty() {
            return Step::Found(found);
        }
        // Of several of one name the one with most in it: the others are stand-ins for old versions.
        let Some(fullest) = found.into_iter().max_by_key(|member| member.members.len()) else {
            return Step::Nothing;
        };
        (members, class, rest) = (&fullest.members, Some(fullest), after);
    }
}

/// The path under which a base class has what is asked for.
fn heir(dna: &Dna, class: &Member<'_>, rest: &str, seen: &mut HashSet<String>) -> Option<String> {
    let first = rest.split('.').next()?;
    for path in &class.base_paths {
        if seen.len() >= HOPS || !seen.insert(path.to_string()) {
            continue;
        }
        let owner = module_of(dna, path).and_then(|(module, rest)| match descend(module, rest) {
            Step::Found(members) => Some(members),
            _ => None,
        });
        for base in owner.into_iter().flatten() {
            if base.members.iter().any(|member| member.name == first) {
                return Some(format!("{path}.{rest}"));
            }
            if let Some(found) = heir(dna, base, rest, seen) {
                return Some(found);
            }
        }
    }
    None
}

/// The module in which a canonical path lies, and the rest of the path.
fn module_of<'d, 'p>(dna: &'d Dna, path: &'p str) -> Option<(&'d Module<'static>, &'p str)> {
    path.rmatch_indices('.').find_map(|(at, _)| {
        let module = module(dna, path.get(..at)?)?;
        Some((module, path.get(at + 1..)?))
    })
}

/// Every path of the file, public ones first.
fn paths(dna: &Dna) -> Vec<String> {
    fn walk(members: &[Member<'_>], path: &str, into: &mut Vec<String>) {
        for member in members {
            let path = format!("{path}.{}", member.name);
            walk(&member.members, &path, into);
            into.push(path);
        }
    }
    let mut all: Vec<String> = dna.body.public.keys().map(|path| path.to_string()).collect();
    for module in &dna.body.modules {
        all.push(module.name.to_string());
        walk(&module.members, &module.name, &mut all);
    }
    all
}

/// Names like this one: by the last part, then by the whole.
fn nearest(dna: &Dna, path: &str) -> Vec<String> {
    if path.len() > LONGEST {
        return Vec::new();
    }
    let asked = path.to_lowercase();
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let name = last(&asked);
    let mut ranked: Vec<(usize, usize, String)> = Vec::new();
    for path in paths(dna) {
        let folded = path.to_lowercase();
        // A third of the letters may be wrong; what cannot be so near is not measured.
        let end = last(&folded);
        let letters = name.chars().count().max(3);
        if end.chars().count().abs_diff(name.chars().count()) * 3 > letters || folded.len() > LONGEST {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&end, &name);
        if distance * 3 <= letters {
            ranked.push((distance, strsim::damerau_levenshtein(&folded, &asked), path));
        }
    }
    ranked.sort();
    ranked.dedup_by(|a, b| a.2 == b.2);
    let mut seen = HashSet::new();
    ranked.retain(|(_, _, path)| seen.insert(path.clone()));
    ranked.truncate(NEAREST);
    ranked.into_iter().map(|(_, _, path)| path).collect()
}
