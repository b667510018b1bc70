//! `availability.jsonl`: the dead modules, a line each. Never holds anything that changes while no fact does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fate::Death;
use super::moment;
use crate::model::evidence::ModuleId;
use crate::model::name::{GistId, Login, ModuleName, Name, Timestamp};

/// A dead module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The gist that it names.
    pub gist: GistId,
    /// In which way it is dead.
    pub state: Death,
    /// When that was seen for the second time.
    pub since: Timestamp,
}

/// The dead modules.
pub type Lines = BTreeMap<ModuleId, Line>;

/// A line as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    module: String,
    gist: GistId,
    state: Death,
    #[serde(with = "moment")]
    since: Timestamp,
}

/// `@user/name`.
pub fn shown(module: &ModuleId) -> String {
    format!("@{}/{}", module.publisher, module.name)
}

/// Reads `@user/name`.
pub fn module(text: &str) -> Option<ModuleId> {
    let (publisher, name) = text.strip_prefix('@')?.split_once('/')?;
    Some(ModuleId {
        publisher: Login::parse(publisher).ok()?,
        name: ModuleName::parse(name).ok()?,
    })
}

/// The file's text, sorted, with a final newline; empty without lines.
pub fn write(lines: &Lines) -> String {
    let mut text = String::new();
    for (id, line) in lines {
        let written = Written {
            module: shown(id),
            gist: line.gist.clone(),
            state: line.state,
            since: line.since.clone(),
        };
        // Texts and a number of bytes: nothing that JSON cannot hold.
        text += &serde_json::to_string(&written).unwrap_or_default();
        text.push('\n');
    }
    text
}

/// The lines that can be read, and the numbers of those that cannot.
pub fn read(bytes: &[u8]) -> (Lines, Vec<usize>) {
    let (mut lines, mut broken) = (Lines::new(), Vec::new());
    for (text, number) in bytes.split(|&byte| byte == b'\n').zip(1..) {
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let written = serde_json::from_slice::<Written>(text).ok();
        match written.and_then(|written| Some((module(&written.module)?, written))) {
            Some((
                id,
                Written {
                    gist, state, since, ..
                },
            )) => {
                lines.insert(id, Line { gist, state, since });
            }
            None => broken.push(number),
        }
    }
    (lines, broken)
}
