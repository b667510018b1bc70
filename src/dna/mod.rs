//! Python sources in memory -> DNA -> MessagePack, and back. Pure: no files, no network, no clock; the same sources give the same bytes.
//!
//! | part | what it does |
//! |---|---|
//! | [`head`] | what a file is about, readable without the rest |
//! | [`layout`] | which file is which module |
//! | `decode` | bytes to text |
//! | `python` | text to the form (`form`); the only one that knows the parser |
//! | `members` | the form to members |
//! | [`package`] | all files of a package together |
//! | [`record`] | what a DNA file holds |
//! | `write`, `read` | to MessagePack and back |
//!
//! Parsing uses the threads of the rayon pool that it is called in. Give them 64 MB of stack.

mod decode;
mod docstring;
#[allow(
    dead_code,
    reason = "what names and docstrings need is read by the parts to come"
)]
mod form;
pub mod head;
pub mod layout;
mod members;
pub mod package;
mod python;
mod read;
pub mod record;
mod write;

pub use head::{Counts, Head};
pub use package::{Options, Package, Source};
pub use read::{Dna, read};
pub use write::file;
