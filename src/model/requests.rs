//! How much was asked of others while a command ran. Plain numbers; never counts by itself.

use serde::Serialize;

/// How many requests it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// REST requests, retries included.
    pub rest: u64,
    /// GraphQL requests, retries included.
    pub graphql: u64,
    /// Calls of git that went over the network.
    pub git: u64,
}
