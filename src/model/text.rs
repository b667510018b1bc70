//! Where something stands in a text: byte spans, and the lines and columns that a person counts. Never reads a file.

/// A half-open range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// An empty span in front of a byte, for what is missing there.
    pub fn at(offset: usize) -> Self {
        Self {
            start: offset,
            end: offset,
        }
    }
}

/// A place as editors and compilers count it: both from 1, columns in Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in Unicode scalar values.
    pub column: usize,
}

/// The position of a byte offset. Offsets beyond the end are taken as the end; bytes that are not UTF-8 count as
/// one column for each replacement character.
pub fn position(source: &[u8], offset: usize) -> Position {
    let before = &source[..offset.min(source.len())];
    let line_start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    Position {
        line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
        column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
    }
}

/// The text of a line (from 1) without its line ending, or nothing when there is no such line.
pub fn line(source: &[u8], number: usize) -> Option<String> {
    let bytes = source.split(|&byte| byte == b'\n').nth(number.checked_sub(1)?)?;
    Some(String::from_utf8_lossy(bytes).trim_end_matches('\r').to_owned())
}

/// Something read from a file together with where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stood.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let source = "a\nüñ b\r\n".as_bytes();
        assert_eq!(position(source, 0), Position { line: 1, column: 1 });
        assert_eq!(position(source, 2 + 5), Position { line: 2, column: 4 });
        assert_eq!(position(source, 999), Position { line: 3, column: 1 });
        assert_eq!(line(source, 2).as_deref(), Some("üñ b"));
        assert_eq!(line(source, 9), None);
        assert_eq!(line(source, 0), None);
    }
}
