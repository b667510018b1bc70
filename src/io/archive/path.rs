//! Paths in archives: which are safe, and what they are without the leading folder. Never touches a file system.

use super::Entry;

/// Most bytes of a path.
const LONGEST: usize = 1024;
/// Most letters of a path that are shown.
const SHOWN: usize = 160;

/// A path that stays within the archive, without a leading `./`; else why it does not.
pub fn safe(raw: &[u8]) -> Result<&str, &'static str> {
    let path = std::str::from_utf8(raw).map_err(|_| "its name is not UTF-8")?;
    let path = path.strip_prefix("./").unwrap_or(path);
    if path.len() > LONGEST {
        return Err("its path is too long");
    }
    if path.chars().any(char::is_control) {
        return Err("a control character in its path");
    }
    if path.contains('\\') {
        return Err("a backslash in its path");
    }
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return Err("an absolute path");
    }
    for part in path.split('/') {
        match part {
            ".." => return Err("a path that leaves the archive"),
            "" | "." => return Err("an empty part in its path"),
            _ => {}
        }
    }
    Ok(path)
}

/// A path for people: control characters visible, not too long.
pub fn shown(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let mut shown: String = text.chars().take(SHOWN).flat_map(visible).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

fn visible(letter: char) -> impl Iterator<Item = char> {
    // What turns the direction of text would turn the line that says so.
    let hidden = letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let escaped = hidden.then(|| letter.escape_unicode());
    let plain = (!hidden).then_some(letter);
    escaped.into_iter().flatten().chain(plain)
}

/// The path below the first folder.
pub fn below_first(path: &str) -> &str {
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

/// Takes `name-1.0/` away, where everything is in it.
pub fn without_leading_folder(files: &mut Vec<Entry>) {
    let Some((first, _)) = files.first().and_then(|file| file.path.split_once('/')) else {
        return;
    };
    let prefix = format!("{first}/");
    if files.iter().all(|file| file.path.starts_with(&prefix)) {
        for file in files {
            file.path.drain(..prefix.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_archive() {
        for good in ["a", "a/b.py", "./a/b.py", "a/..b/c", "ä/b"] {
            assert!(safe(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "../x",
            "a/../../x",
            "a/..",
            "..",
            "/etc/passwd",
            "C:\\x",
            "C:x",
            "a\\b",
            "a\0b",
            "a//b",
            "a/./b",
            "",
            "\\\\host\\x",
        ] {
            assert!(safe(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(safe(b"\xff").is_err() && safe("a/".repeat(600).as_bytes()).is_err());
    }

    #[test]
    fn what_is_shown_stays_in_its_line() {
        assert_eq!(shown("a\n\u{202e}b".as_bytes()), "a\\u{a}\\u{202e}b");
        assert_eq!(shown("x".repeat(200).as_bytes()).chars().count(), SHOWN + 1);
    }

    #[test]
    fn the_leading_folder_goes_where_all_are_in_it() {
        let entries = |paths: &[&str]| -> Vec<Entry> {
            paths
                .iter()
                .map(|path| Entry {
                    path: (*path).to_owned(),
                    bytes: Vec::new(),
                })
                .collect()
        };
        let mut all = entries(&["a-1/b.py", "a-1/c/d.py"]);
        without_leading_folder(&mut all);
        assert_eq!(all, entries(&["b.py", "c/d.py"]));
        let mut others = entries(&["a-1/b.py", "a-10/d.py"]);
        without_leading_folder(&mut others);
        assert_eq!(others, entries(&["a-1/b.py", "a-10/d.py"]));
    }
}
