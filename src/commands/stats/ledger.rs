//! A ledger, line by line and in order. Never holds more than a line.

use std::io::BufRead;

use crate::error::{Error, Result};
use crate::model::batch::BatchId;
use crate::model::ledger::Counted;
use crate::model::name::Sha256;

/// The lines of a ledger. After one that cannot be read there are no more.
pub struct Lines<'f> {
    path: String,
    file: Box<dyn BufRead + 'f>,
    number: usize,
    line: Vec<u8>,
    last: Option<(BatchId, Sha256)>,
}

impl<'f> Lines<'f> {
    /// Those of this file.
    pub fn new(path: String, file: Box<dyn BufRead + 'f>) -> Self {
        Self {
            path,
            file,
            number: 0,
            line: Vec::new(),
            last: None,
        }
    }

    fn read(&mut self) -> Result<Option<Counted>> {
        let wrong = |path: &str, number: usize, what: &str| {
            Error::CouldNotCheck(format!(
                "{path}, line {number}, {what}; a maintainer must mend it"
            ))
        };
        loop {
            self.number += 1;
            self.line.clear();
            if self.file.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
            if line.is_empty() {
                continue;
            }
            let counted =
                Counted::read(line).ok_or_else(|| wrong(&self.path, self.number, "cannot be read"))?;
            let key = (counted.batch, counted.sha256.clone());
            if self.last.as_ref().is_some_and(|last| *last >= key) {
                return Err(wrong(&self.path, self.number, "is out of order"));
            }
            self.last = Some(key);
            return Ok(Some(counted));
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Counted>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
