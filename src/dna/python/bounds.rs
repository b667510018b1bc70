//! How deep a file may go, so that no stack overflows and no memory runs out. Never looks at what the tokens mean.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_parser::{Mode, Parsed, lexer};
use ruff_text_size::Ranged;

use crate::dna::form::Problem;

/// Brackets in brackets: CPython's own limit.
const BRACKETS: usize = 200;
/// Blocks in blocks: CPython's own limit.
const INDENTS: usize = 100;
/// Tokens between two commas of the same brackets, each of which may nest the syntax tree once more. CPython gives up at about 3,000.
const LINKS: usize = 10_000;
/// Up to this many bytes a file is parsed first and judged afterwards: at two kilobytes of stack a bracket that costs 256 MB at worst.
const SMALL: usize = 128 * 1024;
/// A larger one is measured before it is parsed, ten times as leniently: an unclosed bracket makes one expression of all that follows, until the
/// parser recovers.
const LENIENCE: usize = 10;
/// Stack for letting go of a small file's tree, however deep.
const STACK: usize = 64 * 1024 * 1024;

/// The line of a byte, from 1.
pub fn line(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    u32::try_from(before.iter().filter(|byte| **byte == b'\n').count() + 1).unwrap_or(u32::MAX)
}

/// Whether a file may be given to the parser.
pub fn before(text: &str) -> Result<(), Problem> {
    if text.len() <= SMALL {
        return Ok(());
    }
    let mut depth = Depth {
        brackets: BRACKETS * LENIENCE,
        parts: LINKS * LENIENCE,
        ..Depth::default()
    };
    let mut tokens = lexer::lex(text, Mode::Module);
    let mut line = 1;
    loop {
        let kind = tokens.next_token();
        match kind {
            TokenKind::EndOfFile => return Ok(()),
            // The lexer keeps its place to itself; lines within strings are missed.
            TokenKind::Newline | TokenKind::NonLogicalNewline => line += 1,
            _ => {}
        }
        depth.take(kind).map_err(|message| Problem { line, message })?;
    }
}

/// Whether a tree can be walked and let go of without precautions.
pub fn after(text: &str, tokens: &[Token]) -> Result<(), Problem> {
    if is_flat(tokens) {
        return Ok(());
    }
    let mut depth = Depth::default();
    for token in tokens {
        if let Err(message) = depth.take(token.kind()) {
            return Err(Problem {
                line: line(text, token.start().to_usize()),
                message,
            });
        }
    }
    Ok(())
}

/// Whether no bound is even near, as in what people write: what [`Depth`] says at a tenth of the cost, and only that it says nothing. It counts the
/// parts of a whole line, whatever commas are in it.
fn is_flat(tokens: &[Token]) -> bool {
    let (mut brackets, mut indents, mut parts) = (0_usize, 0_usize, 0_usize);
    let mut flat = true;
    for token in tokens {
        parts += 1;
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                brackets += 1;
                flat &= brackets <= BRACKETS;
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => brackets = brackets.saturating_sub(1),
            TokenKind::Newline => {
                flat &= parts <= LINKS;
                (brackets, parts) = (0, 0);
            }
            TokenKind::Indent => {
                indents += 1;
                flat &= indents <= INDENTS;
            }
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            _ => {}
        }
    }
    flat && parts <= LINKS
}

/// Frees a tree that is too deep to be freed on the stack that there is.
pub fn let_go<T>(parsed: Parsed<T>) {
    stacker::grow(STACK, || drop(parsed));
}

/// How deep the tokens so far have gone.
struct Depth {
    brackets: usize,
    parts: usize,
    indents: usize,
    links: usize,
    outer: Vec<usize>,
}

impl Default for Depth {
    fn default() -> Self {
        Self {
            brackets: BRACKETS,
            parts: LINKS,
            indents: 0,
            links: 0,
            outer: Vec::new(),
        }
    }
}

impl Depth {
    fn take(&mut self, kind: TokenKind) -> Result<(), String> {
        match kind {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                self.outer.push(self.links + 1);
                self.links = 0;
                if self.outer.len() > self.brackets {
                    return Err(format!("more than {BRACKETS} brackets in brackets"));
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                self.links = self.outer.pop().unwrap_or(0);
            }
            TokenKind::Newline => {
                self.outer.clear();
                self.links = 0;
            }
            TokenKind::Comma | TokenKind::Semi => self.links = 0,
            TokenKind::Indent => {
                self.indents += 1;
                if self.indents > INDENTS {
                    return Err(format!("more than {INDENTS} blocks in blocks"));
                }
            }
            TokenKind::Dedent => self.indents = self.indents.saturating_sub(1),
            TokenKind::String | TokenKind::NonLogicalNewline | TokenKind::Comment => {}
            _ => {
                self.links += 1;
                if self.links > self.parts {
                    return Err(format!("an expression of more than {LINKS} parts"));
                }
            }
        }
        Ok(())
    }
}
