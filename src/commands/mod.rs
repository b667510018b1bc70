//! One file a subcommand: read, call the pure core, write. The only room that knows `io` and everything else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::error::Result;
use crate::io::files;
use crate::model::name::Timestamp;
use crate::model::progress::Progress;
use crate::render::github::defused;

pub mod bundle;
pub mod completions;
pub mod connection;
pub mod derive;
pub mod explain;
pub mod export;
pub mod history;
pub mod index;
pub mod merge;
pub mod owners;
pub mod package;
pub mod parse;
pub mod publish;
pub mod query;
pub mod schema;
pub mod show;
pub mod stats;
pub mod sweep;
pub mod validate;
pub mod verify;

/// A place to print to, handed down from `main`.
pub type Writer = Arc<Mutex<dyn Write + Send>>;

/// What a command may know of the world around it.
#[derive(Clone)]
pub struct World {
    /// The environment's variables.
    pub env: Environment,
    /// Where relative paths begin.
    pub dir: PathBuf,
    /// What time it is.
    pub now: Timestamp,
    /// For data.
    pub stdout: Writer,
    /// For people.
    pub stderr: Writer,
    /// Whether standard error is a terminal: progress is shown only there.
    pub terminal: bool,
    /// Whether to use colours on standard output.
    pub color: bool,
    /// Say nothing but the result.
    pub quiet: bool,
}

/// The environment's variables; an empty one counts as absent, as GitHub Actions passes inputs that were not given.
#[derive(Debug, Clone, Default)]
pub struct Environment(pub BTreeMap<String, String>);

impl Environment {
    /// The first of these variables that has a value.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .filter_map(|name| self.0.get(*name))
            .map(String::as_str)
            .find(|value| !value.trim().is_empty())
    }

    /// Whether this is a job of GitHub Actions.
    pub fn is_actions(&self) -> bool {
        self.first(&["GITHUB_ACTIONS"]) == Some("true")
    }
}

impl World {
    /// Prints data. A closed pipe is not an error: whoever read has seen enough.
    ///
    /// # Errors
    /// When the output cannot be written for any other reason.
    pub fn print(&self, text: &str) -> Result<()> {
        print(&self.stdout, text)
    }

    /// Prints text for people: docstrings, names of files and the like are foreign words, and the runner of GitHub Actions reads
    /// commands in what is printed.
    ///
    /// # Errors
    /// As [`World::print`].
    pub fn tell(&self, text: &str) -> Result<()> {
        print(&self.stdout, &self.harmless(text))
    }

    /// Says a line to people.
    ///
    /// # Errors
    /// As [`World::print`].
    pub fn say(&self, text: &str) -> Result<()> {
        if self.quiet { Ok(()) } else { self.insist(text) }
    }

    /// Says a line to people, whatever `--quiet` says.
    fn insist(&self, text: &str) -> Result<()> {
        print(&self.stderr, &format!("{}\n", self.harmless(text)))
    }

    /// Adds to the job summary, where there is one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn summarize(&self, markdown: &str) -> Result<()> {
        match self.env.first(&["GITHUB_STEP_SUMMARY"]) {
            Some(path) => files::append(&self.dir.join(path), markdown.as_bytes()),
            None => Ok(()),
        }
    }

    fn harmless<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.env.is_actions() {
            defused(text).into()
        } else {
            text.into()
        }
    }

    /// Somebody who watches long work: a line for each step on a terminal, notes everywhere.
    pub fn progress(&self) -> Arc<dyn Progress + Send + Sync> {
        Arc::new(Lines { world: self.clone() })
    }
}

fn print(writer: &Writer, text: &str) -> Result<()> {
    let mut writer = writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match writer.write_all(text.as_bytes()).and_then(|()| writer.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

struct Lines {
    world: World,
}

impl Progress for Lines {
    fn start(&self, what: &str, parts: Option<usize>) {
        if self.world.terminal {
            let parts = parts.map(|parts| format!(" ({parts})")).unwrap_or_default();
            let _ = self.world.say(&format!("{what}{parts} …"));
        }
    }

    fn advance(&self, _parts: usize) {}

    fn note(&self, text: &str) {
        let _ = self.world.say(text);
    }
}

/// Says why a command failed, whatever `--quiet` says; as an annotation, too, in GitHub Actions.
///
/// # Errors
/// When it cannot be written.
pub fn complain(world: &World, error: &crate::error::Error) -> Result<()> {
    let text = error.to_string();
    if world.env.is_actions() {
        print(&world.stdout, &crate::render::github::failure(&text))?;
    }
    world.insist(&format!("error: {text}"))
}

/// Says what is wrong with what was given, whatever `--quiet` says.
///
/// # Errors
/// When it cannot be written.
pub fn complain_plainly(world: &World, text: &str) -> Result<()> {
    world.insist(&format!("error: {text}"))
}

/// A shared writer as a writer of its own, for the log.
pub struct Shared(pub Writer);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .flush()
    }
}
