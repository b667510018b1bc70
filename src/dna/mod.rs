//! A package's DNA: its files' format. Never downloads anything, never runs a package's code.

pub mod head;
