//! Which statements of a module change what its names are bound to. Finds them, and never runs them.

use std::rc::Rc;

use foldhash::HashMap;

use super::Evaluator;
use crate::dna::form::{Bind, Item, Target, What};
use crate::dna::names::Scope;

/// Items that change what a name is bound to, by the name.
pub type Changes<'p> = HashMap<&'p str, Vec<&'p Item<'p>>>;

impl<'p> Evaluator<'p> {
    /// Which items of a module change what a name is bound to; under `(`: all calls.
    pub(super) fn changes(&self, module: usize) -> Rc<Changes<'p>> {
        if let Some(known) = self.changes.borrow().get(&module) {
            return known.clone();
        }
        let mut changes = Changes::default();
        if let Some(scope) = self.names.modules()[module].python.as_ref() {
            collect(scope, &scope.unit.items, &mut changes);
        }
        let changes = Rc::new(changes);
        self.changes.borrow_mut().insert(module, changes.clone());
        changes
    }
}

/// Sorts items by the names that they change, those of classes, too: they are run with the module.
fn collect<'p>(scope: &Scope<'p>, items: &'p [Item<'p>], changes: &mut Changes<'p>) {
    for (number, item) in items.iter().enumerate() {
        match &item.what {
            What::Bind(Bind {
                target: Target::Item(base, _),
                ..
            }) if !scope.unit.in_loop(item.when) => {
                changes.entry(base).or_default().push(item);
            }
            What::Bind(Bind {
                target: Target::Attribute(base, name),
                ..
            }) if name == "__doc__" => {
                changes.entry(base).or_default().push(item);
            }
            What::Call(call) if !scope.unit.in_loop(item.when) => {
                let callee = call.split('(').next().unwrap_or_default();
                if let Some((base, _)) = callee.split_once('.') {
                    changes.entry(base).or_default().push(item);
                }
                changes.entry("(").or_default().push(item);
            }
            What::Loop(source) => {
                let inner = items[number + 1..]
                    .iter()
                    .take_while(|inner| inner.lines.0 <= item.lines.1);
                for inner in inner.filter(|inner| inner.lines.0 > item.lines.0) {
                    if let What::Bind(Bind {
                        target: Target::Item(base, _),
                        ..
                    }) = &inner.what
                        && source.contains(base)
                    {
                        let all = changes
                            .entry(base.split('[').next().unwrap_or_default())
                            .or_default();
                        if all.last().is_none_or(|known| !std::ptr::eq(*known, item)) {
                            all.push(item);
                        }
                    }
                }
            }
            What::Class(class) => collect(scope, &class.items, changes),
            _ => {}
        }
    }
}
