//! Where a fold writes: aside in a folder, or in memory, for a commit or for nobody. Never decides what is written.

use std::io::{BufRead, BufReader, Read};

use crate::error::{Error, Result};
use crate::io::git::{Edit, Stored};
use crate::io::journal::{self, Journal};

use super::shelf::Shelf;

/// What is to be written.
#[derive(Debug)]
pub enum Desk {
    /// Into the folder, once it is carried out.
    Folder(Journal),
    /// As changes of a commit.
    Memory(Vec<Edit>),
}

/// A text that is being written.
#[derive(Debug)]
pub enum Text {
    /// Beside its place.
    Aside(journal::Text),
    /// In memory.
    Memory(String),
}

impl Text {
    /// Adds to it.
    ///
    /// # Errors
    /// Wrong usage where there is no room.
    pub fn add(&mut self, text: &str) -> Result<()> {
        match self {
            Self::Aside(aside) => aside.add(text),
            Self::Memory(memory) => {
                memory.push_str(text);
                Ok(())
            }
        }
    }
}

impl Desk {
    /// A text, empty as yet.
    ///
    /// # Errors
    /// Wrong usage where it cannot be written.
    pub fn text(&mut self) -> Result<Text> {
        match self {
            Self::Folder(journal) => journal.text().map(Text::Aside),
            Self::Memory(_) => Ok(Text::Memory(String::new())),
        }
    }

    /// A file shall have this text, or go where that is empty. Nothing is to be done where it is so already.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub async fn put(&mut self, shelf: &Shelf<'_>, path: &str, text: Text) -> Result<()> {
        match (self, text) {
            (Self::Folder(journal), Text::Aside(text)) => journal.put(path, text),
            (Self::Memory(edits), Text::Memory(text)) => {
                let mut before = Vec::new();
                if let Some(mut file) = shelf.file(path).await? {
                    file.read_to_end(&mut before)?;
                }
                if before != text.as_bytes() {
                    let content = (!text.is_empty()).then(|| Stored::File(text.into_bytes()));
                    let path = path.to_owned();
                    edits.push(Edit { path, content });
                }
                Ok(())
            }
            (Self::Folder(_), Text::Memory(_)) | (Self::Memory(_), Text::Aside(_)) => {
                Err(Error::Unexpected(format!("the text of {path} is another desk's")))
            }
        }
    }

    /// A file shall go.
    ///
    /// # Errors
    /// Wrong usage where there is no room.
    pub fn remove(&mut self, path: String) -> Result<()> {
        match self {
            Self::Folder(journal) => journal.remove(&path),
            Self::Memory(edits) => {
                let content = None;
                edits.push(Edit { path, content });
                Ok(())
            }
        }
    }

    /// A file of the bot as it will be, line by line.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open<'d>(&'d self, shelf: &Shelf<'_>, path: &str) -> Result<Box<dyn BufRead + 'd>> {
        let found = match self {
            Self::Folder(journal) => journal
                .open(path)?
                .map(|file| Box::new(BufReader::new(file)) as Box<dyn BufRead + 'd>),
            Self::Memory(edits) => match edits.iter().rfind(|edit| edit.path == path) {
                Some(Edit {
                    content: Some(Stored::File(bytes)),
                    ..
                }) => Some(Box::new(bytes.as_slice()) as Box<dyn BufRead + 'd>),
                Some(_) => None,
                None => shelf.file(path).await?.map(|file| file as Box<dyn BufRead + 'd>),
            },
        };
        Ok(found.unwrap_or_else(|| Box::new(std::io::empty())))
    }
}
