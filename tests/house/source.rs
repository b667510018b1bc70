//! Rust source as this test needs it: tokens without comments and literals, and the paths in them. Never a full parser.

use std::path::{Path, PathBuf};

/// One source file.
pub struct Source {
    /// From the repository's root, with slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every `.rs` file below these folders, sorted. Build output is passed over.
pub fn read(root: &Path, folders: &[&str]) -> Vec<Source> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut todo: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = todo.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() && !path.ends_with("target") {
                todo.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let source = |path: PathBuf| Source {
        path: path
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/"),
        text: std::fs::read_to_string(&path).unwrap(),
    };
    files.into_iter().map(source).collect()
}

/// Identifiers and punctuation of a text; `::` is one token. Comments, strings and characters are left out.
pub fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            i = skip_until(&chars, i, |rest| rest[0] == '\n');
        } else if c == '/' && at(i + 1) == '*' {
            i = block_comment_end(&chars, i);
        } else if let Some(end) = raw_string_end(&chars, i) {
            i = end;
        } else if c == '"' || (c == 'b' && at(i + 1) == '"') {
            i = string_end(&chars, if c == 'b' { i + 1 } else { i });
        } else if c == '\'' {
            i = quote_end(&chars, i);
        } else if c.is_alphanumeric() || c == '_' {
            let end = skip_until(&chars, i, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'));
            found.push(chars[i..end].iter().collect());
            i = end;
        } else if c == ':' && at(i + 1) == ':' {
            found.push("::".into());
            i += 2;
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            i += 1;
        }
    }
    found
}

fn skip_until(chars: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len())
        .find(|&index| stop(&chars[index..]))
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0, from);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    i
}

/// `r"…"`, `r#"…"#`, `br"…"`: the index behind it.
fn raw_string_end(chars: &[char], from: usize) -> Option<usize> {
    let mut i = from;
    if chars.get(i) == Some(&'b') {
        i += 1;
    }
    if chars.get(i) != Some(&'r') {
        return None;
    }
    i += 1;
    let hashes = chars[i..].iter().take_while(|&&c| c == '#').count();
    i += hashes;
    if chars.get(i) != Some(&'"') {
        return None;
    }
    let closes = |rest: &[char]| rest[0] == '"' && rest[1..].iter().take(hashes).all(|&c| c == '#');
    Some(skip_until(chars, i + 1, closes) + 1 + hashes)
}

fn string_end(chars: &[char], open: usize) -> usize {
    let mut i = open + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// Behind a character literal; behind the quote only, where it starts a lifetime.
fn quote_end(chars: &[char], open: usize) -> usize {
    match (chars.get(open + 1), chars.get(open + 2)) {
        (Some('\\'), _) => skip_until(chars, open + 3, |rest| rest[0] == '\'') + 1,
        (Some(_), Some('\'')) => open + 3,
        _ => open + 1,
    }
}

/// The tokens without the items that are marked `#[cfg(test)]`.
pub fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if tokens[i..].iter().take(MARK.len()).eq(MARK.iter()) {
            i = item_end(tokens, i + MARK.len());
        } else {
            kept.push(tokens[i].clone());
            i += 1;
        }
    }
    kept
}

/// Behind the item that starts here: its closing brace, or a semicolon outside all brackets.
fn item_end(tokens: &[String], from: usize) -> usize {
    let mut depth = 0usize;
    for (offset, token) in tokens[from..].iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token == "}" {
                    return from + offset + 1;
                }
            }
            ";" if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Every path of two and more segments, `use` trees spelled out, and every macro name with its `!`.
pub fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if is_name(&tokens[i]) {
            let start = i;
            i = tree(tokens, i, &mut Vec::new(), &mut found);
            if tokens.get(i).is_some_and(|next| next == "!") && i == start + 1 {
                found.push(vec![format!("{}!", tokens[start])]);
            }
        } else {
            i += 1;
        }
    }
    found.retain(|path| path.len() > 1 || path[0].ends_with('!'));
    found
}

/// Reads `a::b`, `a::{b, c::d}`, `a::*`; gives the index behind it.
fn tree(tokens: &[String], from: usize, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = prefix.len();
    let mut i = from;
    loop {
        prefix.push(tokens[i].clone());
        i += 1;
        let next = |offset: usize| tokens.get(i + offset).map(String::as_str);
        match (next(0), next(1)) {
            (Some("::"), Some("{")) => {
                i += 2;
                while tokens.get(i).is_some_and(|token| token != "}") {
                    i = if is_name(&tokens[i]) {
                        tree(tokens, i, prefix, found)
                    } else {
                        if tokens[i] == "*" {
                            found.push(prefix.clone());
                        }
                        i + 1
                    };
                }
                i += 1;
                break;
            }
            (Some("::"), Some(name)) if is_name(name) => i += 1,
            _ => {
                found.push(prefix.clone());
                break;
            }
        }
    }
    prefix.truncate(depth);
    i
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
