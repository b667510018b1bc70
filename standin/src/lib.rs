//! A small stateful GitHub on loopback, for gistry's examples and integration tests: real HTTP, real bare git
//! repositories, the parts of GitHub's API that gistry uses. Never reaches out to any other machine, and is no part of
//! the released program.
//!
//! ```
//! use gistry_standin::{Edit, Standin};
//!
//! let gh = Standin::start();
//! let gist = gh.gist("alice").file("json-utils.mld", "…").create();
//! let repo = gh.repo("acme/registry").file("README.md", "# Modules\n").create();
//! let n = repo.pull("alice").edits([Edit::write("alice/registry.json", "{}")]).open();
//! assert_eq!(repo.head(n).len(), 40);
//! assert!(gh.url().starts_with("http://127.0.0.1:"));
//! # let _ = gist;
//! ```
//!
//! - Whatever belongs to somebody hangs on the account's id; logins only name accounts.
//! - A repository and its forks share one object store, as on GitHub.
//! - Times and ids depend on the order of calls alone.
//! - When the last [`Standin`] is dropped, it panics if state was changed over HTTP and nobody took the writes, or if an
//!   exchange broke GitHub's own OpenAPI description.

// GitHub's objects are wide, and `json!` recurses once a field.
#![recursion_limit = "256"]

mod account;
pub mod contract;
mod control;
mod event;
mod exchange;
mod fault;
mod gate;
mod gist;
mod git;
mod git_surface;
mod graphql;
mod hook;
mod inspect;
pub mod package_index;
mod pull;
mod pull_changes;
mod repo;
mod repo_row;
mod rest;
mod review;
mod router;
mod seed;
mod server;
mod shape;
mod standin;
mod state;
mod token;

pub use account::{Account, AccountKind};
pub use exchange::{Logged, Surface, Write};
pub use fault::{Fault, FaultHandle};
pub use gist::{GistBuilder, GistEdit};
pub use git::commit::Edit;
pub use inspect::{CheckRun, Comment, Issue};
pub use pull::PullBuilder;
pub use repo::{Repo, RepoBuilder};
pub use repo_row::Permission;
pub use review::ReviewState;
pub use standin::Standin;
pub use state::{BOT_ID, BOT_LOGIN, GHOST_ID, GHOST_LOGIN};
pub use token::Token;
