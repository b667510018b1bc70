//! Bytes of a source file to text, as Python reads it: byte order mark, coding cookie (PEP 263), line ends. Never guesses an encoding.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// The largest source that is parsed, in bytes. The largest one that was met in the wild has 0.5 MB.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// The text of a file, and what was wrong with its bytes, if anything was.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<String>) {
    if bytes.len() > LARGEST {
        return (
            Cow::Borrowed(""),
            Some(format!("the file is larger than {LARGEST} bytes")),
        );
    }
    let (bytes, marked) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let (text, wrong) = match std::str::from_utf8(bytes) {
        Ok(text) if marked || is_utf8(cookie(bytes)) => (Cow::Borrowed(text), None),
        _ => by_cookie(bytes, marked),
    };
    let (text, wrong) = if text.contains('\0') {
        (
            Cow::Owned(text.replace('\0', " ")),
            Some("source code cannot contain null bytes".to_owned()),
        )
    } else {
        (text, wrong)
    };
    (line_ends(text), wrong)
}

fn is_utf8(cookie: Option<&str>) -> bool {
    cookie.is_none_or(|label| Encoding::for_label(label.as_bytes()) == Some(encoding_rs::UTF_8))
}

fn by_cookie(bytes: &[u8], marked: bool) -> (Cow<'_, str>, Option<String>) {
    let label = cookie(bytes).filter(|_| !marked).unwrap_or("utf-8");
    // Labels of the web's standard: there, iso-8859-1 means windows-1252. Python means what it says.
    let folded = label.to_ascii_lowercase().replace('_', "-");
    if ["latin-1", "iso-8859-1", "iso8859-1", "latin1", "l1", "8859"].contains(&folded.as_str())
        || folded.starts_with("latin-1-")
        || folded.starts_with("iso-8859-1-")
    {
        return (Cow::Owned(bytes.iter().copied().map(char::from).collect()), None);
    }
    let alias = match folded.as_str() {
        "utf8" | "u8" | "utf" | "cp65001" | "ascii" | "us-ascii" => "utf-8".to_owned(),
        "cp936" => "gbk".to_owned(),
        "cp932" | "mskanji" | "ms-kanji" => "shift_jis".to_owned(),
        "cp949" | "uhc" => "euc-kr".to_owned(),
        other if other.starts_with("utf-8-") => "utf-8".to_owned(),
        other => other
            .strip_prefix("cp125")
            .map_or_else(|| other.to_owned(), |page| format!("windows-125{page}")),
    };
    let Some(encoding) = Encoding::for_label_no_replacement(alias.as_bytes()) else {
        return (
            String::from_utf8_lossy(bytes),
            Some(format!("unknown encoding: {label}")),
        );
    };
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    (
        text,
        broken.then(|| format!("the file is not {}, in which it should be", encoding.name())),
    )
}

/// The encoding that one of the first two lines names (PEP 263).
fn cookie(bytes: &[u8]) -> Option<&str> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    for _ in 0..2 {
        let line = lines.next()?.trim_ascii_start();
        if line.is_empty() || line == b"\r" {
            continue;
        }
        let comment = line.strip_prefix(b"#")?;
        if let Some(label) = label(comment) {
            return Some(label);
        }
    }
    None
}

/// `coding[:=][ \t]*([-\w.]+)`
fn label(comment: &[u8]) -> Option<&str> {
    let at = comment
        .windows(7)
        .position(|seven| matches!(seven, b"coding:" | b"coding="))?;
    let rest = comment.get(at + 7..)?.trim_ascii_start();
    let good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let end = rest.iter().position(|byte| !good(byte)).unwrap_or(rest.len());
    std::str::from_utf8(rest.get(..end)?)
        .ok()
        .filter(|label| !label.is_empty())
}

/// CPython reads every line end as a newline.
fn line_ends(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.as_bytes().contains(&b'\r') {
        return text;
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, wrong: Option<&str>) {
        let (got, why) = decode(bytes);
        assert_eq!((got.as_ref(), why.as_deref()), (text, wrong));
    }

    #[test]
    fn as_python_reads_it() {
        check("x = 'é'\n".as_bytes(), "x = 'é'\n", None);
        check(b"\xEF\xBB\xBFx = 1\r\ny = 2\r", "x = 1\ny = 2\n", None);
        check(
            b"# -*- coding: latin-1 -*-\nx = '\xe9\x80'\n",
            "# -*- coding: latin-1 -*-\nx = 'é\u{80}'\n",
            None,
        );
        check(
            b"#!/bin/sh\n# vim: set fileencoding=cp1252 :\n'\x80'",
            "#!/bin/sh\n# vim: set fileencoding=cp1252 :\n'€'",
            None,
        );
        check(
            b"\n# coding: euc-jp\n'\xa4\xa2'",
            "\n# coding: euc-jp\n'あ'",
            None,
        );
        check(b"# coding: utf8\n'\xc3\xa9'", "# coding: utf8\n'é'", None);
        // A cookie on the third line, or behind code, is none.
        check(
            "x\n\n# coding: latin-1\n'é'".as_bytes(),
            "x\n\n# coding: latin-1\n'é'",
            None,
        );
        check(
            "x\n# coding: latin-1\n'é'".as_bytes(),
            "x\n# coding: latin-1\n'é'",
            None,
        );
    }

    #[test]
    fn what_is_wrong_is_said_and_the_rest_is_kept() {
        check(
            b"x = '\xe9'\n",
            "x = '\u{fffd}'\n",
            Some("the file is not UTF-8, in which it should be"),
        );
        check(
            "# coding: klingon\n'é'".as_bytes(),
            "# coding: klingon\n'é'",
            Some("unknown encoding: klingon"),
        );
        check(
            b"x = 1\0\n",
            "x = 1 \n",
            Some("source code cannot contain null bytes"),
        );
        let large = vec![b'#'; LARGEST + 1];
        check(&large, "", Some("the file is larger than 16777216 bytes"));
    }
}
