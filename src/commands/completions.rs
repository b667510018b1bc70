//! `gistry completions`: what a shell must know to complete the command line. Never installs it.

use clap::CommandFactory;

use super::World;
use crate::cli::Cli;
use crate::error::Result;

/// Prints the completions of a shell.
///
/// # Errors
/// When the output cannot be written.
pub fn run(world: &World, shell: clap_complete::Shell) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gistry", &mut script);
    world.print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
