//! `gistry schema`: the JSON Schema of a file format, for editors. Never validates anything.

use super::World;
use crate::error::{Error, Result};
use crate::render::schema;

/// Prints one schema, or the list of formats.
///
/// # Errors
/// Wrong usage when there is no such format.
pub fn run(world: &World, format: Option<&str>) -> Result<u8> {
    let Some(name) = format else {
        world.print(
            &schema::SCHEMAS
                .iter()
                .map(|(name, _)| format!("{name}\n"))
                .collect::<String>(),
        )?;
        return Ok(0);
    };
    let Some((_, text)) = schema::SCHEMAS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = schema::SCHEMAS.iter().map(|(name, _)| *name).collect();
        return Err(Error::Usage(format!(
            "there is no format {name:?}; there are {}",
            known.join(", ")
        )));
    };
    world.print(text)?;
    Ok(0)
}
