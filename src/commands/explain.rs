//! `gistry explain`: what a rule asks. Never runs one.

use super::World;
use crate::error::{Error, Result};
use crate::render;
use crate::rules;

/// Prints one rule, or the list of all.
///
/// # Errors
/// Wrong usage when there is no such rule; the nearest names are told.
pub fn run(world: &World, rule: Option<&str>) -> Result<u8> {
    let Some(id) = rule else {
        let width = rules::ALL
            .iter()
            .map(|rule| rule.meta().id.len())
            .max()
            .unwrap_or(0);
        let lines: String = rules::ALL
            .iter()
            .map(|rule| format!("{:width$}  {}\n", rule.meta().id, rule.meta().summary))
            .collect();
        world.print(&lines)?;
        return Ok(0);
    };
    let Some(rule) = rules::find(id) else {
        let close: Vec<_> = rules::ALL
            .iter()
            .map(|rule| rule.meta().id)
            .filter(|known| related(known, id))
            .collect();
        let hint = if close.is_empty() {
            String::new()
        } else {
            format!("; did you mean {}?", close.join(" or "))
        };
        return Err(Error::Usage(format!(
            "there is no rule {id:?}{hint}\n`gistry explain` lists them all"
        )));
    };
    world.print(&render::explain::explain(rule.meta()))?;
    Ok(0)
}

fn related(known: &str, typed: &str) -> bool {
    crate::model::decode::one_edit_apart(known, typed) || (typed.len() >= 4 && known.contains(typed))
}
