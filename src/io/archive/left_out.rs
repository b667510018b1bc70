//! What of an archive was left out, and why. Never grows with the archive.

use std::collections::BTreeSet;

use super::path;

/// Most lines that are kept; the others are counted.
const LINES: usize = 100;

/// Files that were left out.
#[derive(Default)]
pub struct LeftOut {
    lines: BTreeSet<String>,
    count: u64,
}

impl LeftOut {
    /// One more. Which lines are kept depends on what they say and not on their order.
    pub fn add(&mut self, path: &[u8], why: &str) {
        self.count += 1;
        self.lines.insert(format!("{}: {why}", path::shown(path)));
        if self.lines.len() > LINES {
            self.lines.pop_last();
        }
    }

    /// The lines, sorted, and how many there would be.
    pub fn into_lines(self) -> (Vec<String>, u64) {
        (self.lines.into_iter().collect(), self.count)
    }
}
