//! Whether a marker holds for a Python and a system (PEP 508). Never asks the machine that it runs on.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifier};

use super::Selection;
use crate::model::artifact::normalise;

/// How deeply brackets may be nested.
const DEEPEST: usize = 50;

/// An operating system, as markers name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux on x86-64.
    Linux,
    /// macOS on ARM.
    Macos,
    /// Windows on x86-64.
    Windows,
}

/// The Python for which markers are judged: CPython of some version on some system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// With its patch number: `3.13.0`.
    full: String,
    /// Without: `3.13`.
    short: String,
    system: System,
}

impl Target {
    /// CPython of this version, such as `3.13` or `3.13.1`; nothing where that is no such version.
    pub fn new(python: &str, system: System) -> Option<Self> {
        let parts: Vec<&str> = python.split('.').collect();
        let numbers = parts.iter().all(|part| part.parse::<u16>().is_ok());
        let (short, full) = match parts[..] {
            [major, minor] => (format!("{major}.{minor}"), format!("{python}.0")),
            [major, minor, _] => (format!("{major}.{minor}"), python.to_owned()),
            _ => return None,
        };
        numbers.then_some(Self { full, short, system })
    }

    /// The value of a variable; nothing where there is no such variable.
    fn value(&self, variable: &str) -> Option<&str> {
        let (os_name, machine, system, platform) = match self.system {
            System::Linux => ("posix", "x86_64", "Linux", "linux"),
            System::Macos => ("posix", "arm64", "Darwin", "darwin"),
            System::Windows => ("nt", "AMD64", "Windows", "win32"),
        };
        Some(match variable {
            "os_name" | "os.name" => os_name,
            "sys_platform" | "sys.platform" => platform,
            "platform_machine" | "platform.machine" => machine,
            "platform_system" => system,
            "platform_python_implementation" | "platform.python_implementation" | "python_implementation" => {
                "CPython"
            }
            "implementation_name" => "cpython",
            "platform_release" | "platform_version" | "platform.version" => "",
            "python_version" => &self.short,
            "python_full_version" | "implementation_version" => &self.full,
            _ => return None,
        })
    }
}

/// Whether a marker holds. The error says what cannot be understood.
pub(super) fn fits(marker: &str, selection: &Selection) -> Result<bool, String> {
    let tokens = tokens(marker)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        selection,
    };
    let holds = reader.any(DEEPEST)?;
    match reader.next() {
        None => Ok(holds),
        Some(_) => Err("the marker goes on where it should end".to_owned()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'m> {
    /// Between quotes.
    Text(&'m str),
    /// A variable, or `and`, `or`, `in`, `not`.
    Word(&'m str),
    /// `==` and its kin.
    Operator(&'m str),
    Open,
    Close,
}

fn tokens(marker: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = marker.trim_start();
    while let Some(first) = rest.chars().next() {
        let run = |good: fn(char) -> bool| rest.find(|letter| !good(letter)).unwrap_or(rest.len());
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '\'' | '"' => {
                let inner = &rest[1..];
                let end = inner.find(first).ok_or("a quote of the marker is not closed")?;
                (Token::Text(&inner[..end]), end + 2)
            }
            '<' | '>' | '=' | '!' | '~' => {
                let end = run(|letter| matches!(letter, '<' | '>' | '=' | '!' | '~'));
                (Token::Operator(&rest[..end]), end)
            }
            letter if letter.is_ascii_alphabetic() => {
                let end = run(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.'));
                (Token::Word(&rest[..end]), end)
            }
            other => return Err(format!("{other:?} has no meaning in a marker")),
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// One side of a comparison.
enum Side<'m> {
    Variable(&'m str),
    Text(&'m str),
}

struct Reader<'m> {
    tokens: &'m [Token<'m>],
    at: usize,
    selection: &'m Selection,
}

impl<'m> Reader<'m> {
    fn peek(&self) -> Option<Token<'m>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'m>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn takes(&mut self, token: Token<'_>) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<bool, String> {
        let mut holds = self.all(depth)?;
        while self.takes(Token::Word("or")) {
            // Both sides are read, whatever the first says.
            let other = self.all(depth)?;
            holds |= other;
        }
        Ok(holds)
    }

    fn all(&mut self, depth: usize) -> Result<bool, String> {
        let mut holds = self.one(depth)?;
        while self.takes(Token::Word("and")) {
            let other = self.one(depth)?;
            holds &= other;
        }
        Ok(holds)
    }

    fn one(&mut self, depth: usize) -> Result<bool, String> {
        if !self.takes(Token::Open) {
            return self.comparison();
        }
        let depth = depth
            .checked_sub(1)
            .ok_or("the marker's brackets are nested too deeply")?;
        let holds = self.any(depth)?;
        if self.takes(Token::Close) {
            Ok(holds)
        } else {
            Err("a bracket of the marker is not closed".to_owned())
        }
    }

    fn comparison(&mut self) -> Result<bool, String> {
        let left = self.side()?;
        let operator = match self.next() {
            Some(Token::Operator(operator)) => operator,
            Some(Token::Word("in")) => "in",
            Some(Token::Word("not")) if self.takes(Token::Word("in")) => "not in",
            _ => return Err("a comparison is missing in the marker".to_owned()),
        };
        let right = self.side()?;
        self.compare(&left, operator, &right)
    }

    fn side(&mut self) -> Result<Side<'m>, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Side::Text(text)),
            Some(Token::Word(word)) => Ok(Side::Variable(word)),
            _ => Err("the marker ends, or has something else where a value should be".to_owned()),
        }
    }

    fn compare(&self, left: &Side<'_>, operator: &str, right: &Side<'_>) -> Result<bool, String> {
        if let (Side::Variable("extra"), Side::Text(extra)) | (Side::Text(extra), Side::Variable("extra")) =
            (left, right)
        {
            let wanted = normalise(extra);
            let selected = self
                .selection
                .extras
                .iter()
                .any(|known| normalise(known) == wanted);
            return match operator {
                "==" => Ok(selected),
                "!=" => Ok(!selected),
                _ => Err("extra can only be equal or not".to_owned()),
            };
        }
        let value = |side: &Side<'_>| match side {
            Side::Text(text) => Ok((*text).to_owned()),
            Side::Variable(name) => {
                let value = self.selection.target.value(name);
                value
                    .map(str::to_owned)
                    .ok_or_else(|| format!("there is no variable {name:?} in markers"))
            }
        };
        let (left, right) = (value(left)?, value(right)?);
        match operator {
            "in" => return Ok(right.contains(&left)),
            "not in" => return Ok(!right.contains(&left)),
            _ => {}
        }
        // Versions where both are some; a star is only on the right.
        if let Ok(version) = Version::from_str(&left)
            && let Ok(specifier) = VersionSpecifier::from_str(&format!("{operator}{right}"))
        {
            return Ok(specifier.contains(&version));
        }
        match operator {
            "==" | "===" => Ok(left == right),
            "!=" => Ok(left != right),
            "<" => Ok(left < right),
            "<=" => Ok(left <= right),
            ">" => Ok(left > right),
            ">=" => Ok(left >= right),
            other => Err(format!("{other:?} cannot compare {left:?} with {right:?}")),
        }
    }
}
