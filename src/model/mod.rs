//! The words of the field as types that cannot be wrong, and the file formats. Never reaches out, never judges.

pub mod advisory;
pub mod artifact;
pub mod blob;
pub mod decode;
pub mod evidence;
pub mod file;
pub mod handover;
pub mod json;
pub mod letters;
pub mod listing;
pub mod module_file;
pub mod name;
pub mod owner;
pub mod packages;
pub mod path;
pub mod policy;
pub mod progress;
pub mod publisher;
pub mod requests;
pub mod review;
mod settings;
pub mod similarity;
pub mod sparse;
pub mod submission;
pub mod text;
mod timestamp;
pub mod version;
