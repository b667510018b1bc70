//! Which releases are parsed, by whom, and what became of each. Pure: asks no index, reads no disk, and never parses Python itself.
//!
//! | part | what it does |
//! |---|---|
//! | [`plan`] | the work of a run, as a file |
//! | [`order`] | who wants what, and the most wanted first |
//! | [`popular`] | the list of the most used packages |
//! | [`missed`] | what users asked a registry for in vain |
//! | [`split`] | the part of each shard |
//! | [`standing`] | a file that is there already against one that was made |
//! | [`report`] | what became of each release |

pub mod missed;
pub mod order;
pub mod plan;
pub mod popular;
pub mod report;
pub mod split;
pub mod standing;
