//! Docstrings that are the same are there once: the others refer to it. Never touches one that is shorter than its reference.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::record::{DocStatus, Member, Module};

/// How much shorter than a docstring the path of another one must be, in bytes: the keys are to be paid for, too.
const GAIN: usize = 20;

/// Replaces docstrings by the path of a definition that has the same: one where it is written, or else the first.
pub fn share(modules: &mut [Module<'_>]) {
    let owners = owners(modules);
    let chosen = |module: &Module<'_>| {
        let mut instead = Vec::new();
        choose(
            &module.members,
            &mut module.name.to_string(),
            &owners,
            &mut instead,
        );
        instead
    };
    let instead: Vec<Vec<Option<String>>> = modules.par_iter().map(chosen).collect();
    drop(owners);
    modules.par_iter_mut().zip(instead).for_each(|(module, instead)| {
        replace(&mut module.members, &mut instead.into_iter());
    });
}

fn made(member: &Member<'_>) -> bool {
    member.doc_status == Some(DocStatus::Templated)
}

/// Of each docstring whether it was made, and whose it is.
type Owners<'m> = HashMap<&'m str, (bool, String)>;

/// The owners of all docstrings, by all cores: whoever comes first, in the order of the modules, and written ones before made ones.
fn owners<'m>(modules: &'m [Module<'_>]) -> Owners<'m> {
    let own = |mut owners, module: &'m Module<'_>| {
        collect(&module.members, &mut module.name.to_string(), &mut owners);
        owners
    };
    let join = |mut owners: Owners<'m>, later: Owners<'m>| {
        if owners.is_empty() {
            return later;
        }
        for (doc, (made, owner)) in later {
            keep(&mut owners, doc, made, || owner);
        }
        owners
    };
    modules
        .par_iter()
        .fold(HashMap::new, own)
        .reduce(HashMap::new, join)
}

fn keep<'m>(owners: &mut Owners<'m>, doc: &'m str, made: bool, owner: impl FnOnce() -> String) {
    match owners.get_mut(doc) {
        Some(known) if known.0 && !made => *known = (made, owner()),
        Some(_) => {}
        None => drop(owners.insert(doc, (made, owner()))),
    }
}

fn collect<'m>(members: &'m [Member<'_>], path: &mut String, owners: &mut Owners<'m>) {
    let above = path.len();
    for member in members {
        path.push('.');
        path.push_str(&member.name);
        if let Some(doc) = member.doc.as_deref().filter(|doc| doc.len() > path.len() + GAIN) {
            keep(owners, doc, made(member), || path.clone());
        }
        collect(&member.members, path, owners);
        path.truncate(above);
    }
}

fn choose(members: &[Member<'_>], path: &mut String, owners: &Owners<'_>, instead: &mut Vec<Option<String>>) {
    let above = path.len();
    for member in members {
        path.push('.');
        path.push_str(&member.name);
        let shorter = |doc: &&str, owner: &str| owner.len() + GAIN < doc.len() && owner != path.as_str();
        let owner = member.doc.as_deref().and_then(|doc| {
            let (_, owner) = owners.get(doc)?;
            shorter(&doc, owner).then(|| owner.clone())
        });
        instead.push(owner);
        choose(&member.members, path, owners, instead);
        path.truncate(above);
    }
}

fn replace(members: &mut [Member<'_>], instead: &mut impl Iterator<Item = Option<String>>) {
    for member in members {
        if let Some(owner) = instead.next().flatten() {
            member.doc = None;
            member.doc_status = member.doc_status.or(Some(DocStatus::Inherited));
            member.doc_from = Some(Cow::Owned(owner));
        }
        replace(&mut member.members, instead);
    }
}
