//! The words of the field as types that cannot be wrong, and the file formats. Never reaches out, never judges.

pub mod advisory;
pub mod blob;
pub mod decode;
pub mod evidence;
pub mod file;
pub mod json;
pub mod letters;
pub mod listing;
pub mod module_file;
pub mod name;
pub mod owner;
pub mod path;
pub mod policy;
pub mod progress;
pub mod publisher;
pub mod requests;
mod settings;
pub mod similarity;
pub mod submission;
pub mod text;
pub mod version;
