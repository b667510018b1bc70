//! A registry's tree -> INDEX.json, the sparse index, `-latest` links and OSV. Pure: the same files give the same bytes; never reads a file or a clock.

pub mod advice;
pub mod advisory;
pub mod build;
pub mod cache;
pub mod change;
pub mod difference;
pub mod folder;
pub mod gather;
pub mod gist;
pub mod osv;
pub mod package;
pub mod packages;
pub mod part;
pub mod publisher;
pub mod row;
pub mod shard;
pub mod source;
pub mod total;
pub mod used;

/// A file that the index consists of, as it must lie in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its path below the registry's root, `/` between components.
    pub path: String,
    /// What is in it.
    pub content: Written,
}

/// What a written file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A regular file of these bytes.
    File(Vec<u8>),
    /// A symbolic link to this name in the same folder.
    Link(String),
}

/// Where what a file of the index holds is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<T> {
    /// The tree has just that at its place.
    There,
    /// It is written already, where `index/` is made aside.
    Laid,
    /// Here.
    Here(T),
}
