//! Whose folder a publisher's is: what a registry's tree says, and what its gists and its history prove. Pure; never asks anybody.
//!
//! A binding is only ever made of an account's number that GitHub itself gave, and never over another binding. Where the
//! proof is not complete, nothing is bound: who is not bound is for a maintainer to review, and who is bound wrongly
//! would hold somebody else's folder.

mod proof;
mod registered;

pub use proof::{Brought, Proof, from_gists, from_pull, gists, unchecked, without_pull};
pub use registered::{Bound, Registered, Unbound};

use crate::model::owner::Binding;

/// What one run found out.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Bindings to write, by folder.
    pub bound: Vec<Binding>,
    /// Folders that stay as they are, and what a maintainer can do.
    pub left: Vec<Left>,
    /// Folders that could not be checked.
    pub unchecked: Vec<Left>,
    /// How many folders are as they should be already.
    pub already: usize,
    /// How many folders wait for another run.
    pub postponed: usize,
}

/// A folder that was not bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The folder.
    pub folder: String,
    /// Why.
    pub why: String,
    /// What can be done.
    pub help: String,
}

impl Outcome {
    /// Adds what was proved of one folder.
    pub fn add(&mut self, proof: Proof) {
        match proof {
            Proof::Bind(binding) => self.bound.push(binding),
            Proof::Left(left) => self.left.push(left),
            Proof::Unchecked(left) => self.unchecked.push(left),
        }
    }

    /// Everything sorted by folder, so that the same facts are told in the same words.
    pub fn sorted(mut self) -> Self {
        self.bound.sort_by(|a, b| a.folder.cmp(&b.folder));
        self.left.sort_by(|a, b| a.folder.cmp(&b.folder));
        self.unchecked.sort_by(|a, b| a.folder.cmp(&b.folder));
        self
    }
}
