//! Python sources in memory -> DNA -> MessagePack, and back. Pure: no files, no network, no clock; the same sources give the same bytes.
//!
//! | part | what it does |
//! |---|---|
//! | [`head`] | what a file is about, readable without the rest |
//! | [`layout`] | which file is which module |
//! | `beside` | which files of an sdist beside a wheel add docstrings |
//! | `decode` | bytes to text |
//! | `python` | text to the form (`form`); the only one that knows the parser |
//! | `names` | which name means what, across modules; the public paths |
//! | `evaluate` | what `__all__` and decorated docstrings are at run time, without running |
//! | `findings` | what other files say about a definition: docstrings, bases |
//! | `members` | the form to members |
//! | `merge` | a file and its stub as one |
//! | [`package`] | all files of a package together |
//! | [`record`] | what a DNA file holds |
//! | `said` | what goes without saying in a file |
//! | [`lookup`] | a path to its definition |
//! | [`query`] | a text to the definitions that it means, the best first |
//! | [`difference`] | where two files differ first |
//! | `write`, `read` | to MessagePack and back |
//! | [`offered`] | the files that a change brings, and what their bytes alone say |
//!
//! Parsing uses the threads of the rayon pool that it is called in. Give them 64 MB of stack.

mod beside;
mod decode;
mod decorator;
pub mod difference;
mod docstring;
mod evaluate;
mod findings;
mod form;
pub mod head;
pub mod layout;
pub mod lookup;
mod members;
mod merge;
mod names;
pub mod offered;
pub mod package;
mod python;
pub mod query;
mod read;
pub mod record;
mod said;
mod shared;
mod write;

/// The version of what this gistry makes: changes when the bytes of the same artifact's DNA do.
pub const VERSION: u32 = 1;

pub use head::{Counts, Head};
pub use package::{Options, Package, Source};
pub use read::{Dna, read};
pub use write::{file, into_file};
