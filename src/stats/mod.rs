//! Shared batches to weekly aggregates: what counts, what is set aside, and what is shown. Never reads a file or asks whose a batch is.
//!
//! A week's aggregates follow from the *set* of batches that were ever folded into it, and from nothing else: neither their order
//! nor how they were split into runs nor how often one was seen matters.
//!
//! - A batch that is broken, beyond the caps or an outlier is set aside. That is decided by the batch itself, the settings,
//!   and weeks so old that no batch of theirs can come any more ([`judge::HISTORY`]).
//! - Of two different batches with one id the one with the smaller digest counts; then, of two of one account, the one with the
//!   smaller id. Rule stats-replay lets neither happen; should it happen all the same, this is what makes the order irrelevant.
//! - Sums grow by what is new. Nothing is ever subtracted: where a batch turns out not to count any more, since a
//!   smaller id came later, the week is summed anew from its batches, which git still has.

pub mod aside;
pub mod fold;
pub mod judge;
pub mod rank;
pub mod table;

pub use aside::{Aside, Reason};
pub use fold::{Decided, Placed, Week};
pub use judge::{History, Judged};
pub use table::{Sum, Table};
