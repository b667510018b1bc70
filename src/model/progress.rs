//! How long work tells a person where it is. A trait alone, so that pure code can be watched and never prints.

/// Somebody who watches long work.
pub trait Progress: Sync {
    /// A step begins: what it is, and of how many parts, where that is known.
    fn start(&self, what: &str, parts: Option<usize>);
    /// Parts are done.
    fn advance(&self, parts: usize);
    /// Something worth a line happened: a wait, a retry.
    fn note(&self, text: &str);
}

/// Nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _what: &str, _parts: Option<usize>) {}
    fn advance(&self, _parts: usize) {}
    fn note(&self, _text: &str) {}
}
