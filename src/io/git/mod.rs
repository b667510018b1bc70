//! The real `git`, as a child process: pull requests as objects that are never checked out, and the user's own clone. Never
//! runs a hook or a filter, never reads attributes, never follows a submodule, and never fetches an object because somebody looked at it.
//!
//! A pull request is fetched in steps. First the base's commit and its root, which is what git needs to be told that we have the
//! base; then the merge, with the files that are new in it and no larger than the limit. The trees of the folders that
//! differ, and what is needed of the base's files, are then asked for by object id, as many as there are at once. So a registry with
//! gigabytes of releases costs the list of its folders; all trees are only asked for when a file of the merge may be any file of the base.
//!
//! The one file of git's that is read without it is the index of the user's clone, where it is plain; `index_file` says what that is. What
//! the disk still has as git noted it there is as git has it; git is asked about the rest.
//!
//! What the bot writes is made into a commit in a repository of our own that borrows the clone's objects, and is pushed from
//! there: nothing in the clone changes, so nothing in it can be left half done.

mod asked;
mod checkout;
mod doubt;
mod index_file;
mod local;
mod objects;
mod parse;
mod past;
mod plan;
mod process;
mod publish;
mod remote;
mod said;
mod source;
mod store;
mod tree;
mod trees;
mod work_tree;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub use checkout::{Checkout, Top};
pub use local::LocalClone;
pub use objects::Objects;
pub use publish::{
    Bot, Draft, Edit, Published, Snapshot, State, StateWritten, Stored, TreeEntry, default_branch, publish,
    read_state, write_state,
};
pub use remote::{Fetched, Refs, fetch_landed, fetch_merge, pull_refs};
pub use source::Source;
pub use tree::{Node, Tree};

use crate::model::file::Content;

/// Counts calls of git that go over the network.
pub type Counter = Arc<AtomicU64>;

/// How much of a difference is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// With more paths than this, no content is read.
    pub entries: usize,
    /// Files larger than this are not read, in bytes.
    pub file_bytes: u64,
    /// When this much was read, nothing more is, in bytes.
    pub total_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 20_000,
            file_bytes: 16 << 20,
            total_bytes: 256 << 20,
        }
    }
}

impl Limits {
    fn beyond_entries(&self) -> Content {
        Content::Unreadable(format!(
            "too many: more than {} paths differ, so none is read",
            self.entries
        ))
    }

    fn beyond_total(&self) -> Content {
        let most = self.total_bytes >> 20;
        Content::Unreadable(format!("too much: the files before it hold {most} MiB together"))
    }
}
