//! Objects one at a time, for whoever reads on several threads and knows only then what comes next: a few `git cat-file` that live as
//! long as they are asked. Never fetches.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::io::git::process::Git;
use crate::model::blob::BlobId;

/// What is skipped at most so that a `git cat-file` can be asked again, in bytes; beyond that another is started.
const SKIPPED: u64 = 1 << 20;

/// Blobs of a repository, by id. A cheap clone shares the processes.
#[derive(Debug, Clone)]
pub struct Blobs {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    git: Git,
    idle: Mutex<Vec<Asked>>,
}

impl Blobs {
    pub(super) fn new(git: &Git) -> Self {
        let (git, idle) = (git.clone(), Mutex::default());
        Self {
            shared: Arc::new(Shared { git, idle }),
        }
    }

    /// A blob piece by piece, and its size in bytes.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    pub fn open(&self, id: &BlobId) -> Result<(Blob, u64), String> {
        let failed = |error: io::Error| format!("git cannot read it: {error}");
        let mut asked = self.shared.take().map_err(|error| error.to_string())?;
        let size = asked.ask(id).map_err(failed)?;
        let Some(size) = size else {
            self.shared.give(asked);
            return Err("the clone does not have its content".into());
        };
        let blob = Blob {
            left: size,
            asked: Some(asked),
            shared: self.shared.clone(),
        };
        Ok((blob, size))
    }
}

impl Shared {
    fn take(&self) -> Result<Asked> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Asked::start(&self.git), Ok)
    }

    fn give(&self, asked: Asked) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(asked);
    }
}

/// A blob that is being read.
#[derive(Debug)]
pub struct Blob {
    left: u64,
    asked: Option<Asked>,
    shared: Arc<Shared>,
}

impl Read for Blob {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(asked) = &mut self.asked else {
            return Ok(0);
        };
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let count = asked.output.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        let Some(mut asked) = self.asked.take().filter(|_| self.left <= SKIPPED) else {
            return;
        };
        // The rest, and the line's end behind it.
        let rest = io::copy(&mut asked.output.by_ref().take(self.left + 1), &mut io::sink());
        if rest.is_ok_and(|count| count == self.left + 1) {
            self.shared.give(asked);
        }
    }
}

/// A `git cat-file --batch`.
#[derive(Debug)]
struct Asked {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Asked {
    fn start(git: &Git) -> Result<Self> {
        let mut child = git.blocking(&["cat-file", "--batch"])?.spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self {
                child,
                input,
                output: BufReader::with_capacity(64 << 10, output),
            }),
            _ => Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
        }
    }

    /// Asks for a blob; its size, or nothing where it is not here or is no blob.
    fn ask(&mut self, id: &BlobId) -> io::Result<Option<u64>> {
        self.input.write_all(format!("{id}\n").as_bytes())?;
        let mut head = String::new();
        (&mut self.output).take(128).read_line(&mut head)?;
        let words: Vec<&str> = head.trim_end().split(' ').collect();
        match words[..] {
            [_, "missing"] => Ok(None),
            [_, "blob", size] => {
                let size = size
                    .parse()
                    .map_err(|_| io::Error::other("its answer is not understood"))?;
                Ok(Some(size))
            }
            _ => Err(io::Error::other("its answer is not understood")),
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        // It has nothing more to say; a process that nobody waits for would stay as a zombie.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
