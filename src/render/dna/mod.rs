//! DNA to text: for people, as JSON, as a line of JSON for each definition. Never reads a file, never prints.

mod definition;
pub mod hits;
pub mod lines;
mod overview;
pub mod paper;
mod signature;
mod tree;

pub use definition::{Depth, definition, module};
pub use overview::overview;
pub use paper::Paper;
pub use signature::line;
