//! A recursive-descent parser for GraphQL's executable documents (October 2021, §2), as far as one operation with
//! fields, aliases, arguments, variables and fragments goes. Directives and block strings are errors.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

/// One operation and its fragments.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// `query` or `mutation`.
    pub operation: String,
    pub selections: Vec<Selection>,
    pub fragments: BTreeMap<String, Fragment>,
}

#[derive(Debug)]
pub(crate) struct Fragment {
    pub on: Option<String>,
    pub selections: Vec<Selection>,
}

#[derive(Debug)]
pub(crate) enum Selection {
    Field(Field),
    Inline(Fragment),
    Spread(String),
}

#[derive(Debug)]
pub(crate) struct Field {
    pub alias: String,
    pub name: String,
    pub arguments: BTreeMap<String, Argument>,
    pub selections: Vec<Selection>,
}

/// A value that may name variables.
#[derive(Debug)]
pub(crate) enum Argument {
    Variable(String),
    List(Vec<Argument>),
    Constant(Value),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(String),
    Sign(char),
    Spread,
}

pub(crate) fn parse(text: &str) -> Result<Document, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    let mut document = Document::default();
    while parser.at < parser.tokens.len() {
        if parser.peek() == Some(&Token::Name("fragment".into())) {
            parser.at += 1;
            let name = parser.name()?;
            parser.keyword("on")?;
            let on = Some(parser.name()?);
            document.fragments.insert(
                name,
                Fragment {
                    on,
                    selections: parser.selections()?,
                },
            );
            continue;
        }
        if !document.operation.is_empty() {
            return Err("one operation is expected".into());
        }
        document.operation = match parser.peek() {
            Some(Token::Name(_)) => parser.name()?,
            _ => "query".into(),
        };
        if matches!(parser.peek(), Some(Token::Name(_))) {
            parser.name()?;
        }
        parser.skip_variable_definitions()?;
        document.selections = parser.selections()?;
    }
    match document.operation.is_empty() {
        true => Err("A query attribute must be specified and must be a string.".into()),
        false => Ok(document),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if first.is_whitespace() || first == ',' || first == '\u{feff}' => first.len_utf8(),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '.' if rest.starts_with("...") => {
                found.push(Token::Spread);
                3
            }
            '"' => {
                let end = text_end(rest).ok_or("a text does not end")?;
                let text = serde_json::from_str(&rest[..end]).map_err(|error| format!("a text: {error}"))?;
                found.push(Token::Text(text));
                end
            }
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                found.push(Token::Name(rest[..end].to_owned()));
                end
            }
            _ if first.is_ascii_digit() || first == '-' => {
                let inside = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
                found.push(Token::Number(rest[..end].to_owned()));
                end
            }
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '$' | '!' | '=' => {
                found.push(Token::Sign(first));
                1
            }
            _ => return Err(format!("Parse error on {first:?}")),
        };
        rest = &rest[length..];
    }
    Ok(found)
}

/// Where a quoted text ends, behind its closing quote.
fn text_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.peek().cloned().ok_or("Unexpected end of document")?;
        self.at += 1;
        Ok(token)
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(format!("Expected {sign:?}, actual: {:?}", self.peek())),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Name(name) => Ok(name),
            other => Err(format!("Expected a name, actual: {other:?}")),
        }
    }

    fn keyword(&mut self, word: &str) -> Result<(), String> {
        match self.name()? {
            name if name == word => Ok(()),
            name => Err(format!("Expected {word}, actual: {name}")),
        }
    }

    /// Types are not checked: GitHub does, and the queries are few.
    fn skip_variable_definitions(&mut self) -> Result<(), String> {
        if self.take('(') {
            while !self.take(')') {
                self.next()?;
            }
        }
        Ok(())
    }

    fn selections(&mut self) -> Result<Vec<Selection>, String> {
        self.sign('{')?;
        let mut found = Vec::new();
        while !self.take('}') {
            found.push(self.selection()?);
        }
        match found.is_empty() {
            true => Err("Parse error on \"}\": a selection is empty".into()),
            false => Ok(found),
        }
    }

    fn selection(&mut self) -> Result<Selection, String> {
        if self.peek() == Some(&Token::Spread) {
            self.at += 1;
            return match self.peek() {
                Some(Token::Name(name)) if name != "on" => Ok(Selection::Spread(self.name()?)),
                Some(Token::Name(_)) => {
                    self.at += 1;
                    let on = Some(self.name()?);
                    Ok(Selection::Inline(Fragment {
                        on,
                        selections: self.selections()?,
                    }))
                }
                _ => Ok(Selection::Inline(Fragment {
                    on: None,
                    selections: self.selections()?,
                })),
            };
        }
        let alias = self.name()?;
        let name = if self.take(':') {
            self.name()?
        } else {
            alias.clone()
        };
        let mut arguments = BTreeMap::new();
        if self.take('(') {
            while !self.take(')') {
                let name = self.name()?;
                self.sign(':')?;
                arguments.insert(name, self.argument()?);
            }
        }
        let deeper = self.peek() == Some(&Token::Sign('{'));
        let selections = if deeper { self.selections()? } else { Vec::new() };
        Ok(Selection::Field(Field {
            alias,
            name,
            arguments,
            selections,
        }))
    }

    fn argument(&mut self) -> Result<Argument, String> {
        if self.take('$') {
            return Ok(Argument::Variable(self.name()?));
        }
        if self.take('[') {
            let mut items = Vec::new();
            while !self.take(']') {
                items.push(self.argument()?);
            }
            return Ok(Argument::List(items));
        }
        let value = match self.next()? {
            Token::Text(text) => Value::String(text),
            Token::Name(name) if name == "null" => Value::Null,
            Token::Name(name) if name == "true" || name == "false" => Value::Bool(name == "true"),
            Token::Name(name) => Value::String(name),
            Token::Number(text) => Value::Number(
                text.parse::<Number>()
                    .map_err(|_| format!("{text} is no number"))?,
            ),
            other => return Err(format!("Expected a value, actual: {other:?}")),
        };
        Ok(Argument::Constant(value))
    }
}

#[cfg(test)]
mod tests {
    use super::{Selection, parse};

    #[test]
    fn aliases_arguments_and_fragments_are_read() {
        let query = r#"query Q($ids: [ID!]! = ["a"]) { a0: nodes(ids: $ids) { ... on Gist { id } ...F } } fragment F on Gist { name }"#;
        let document = parse(query).expect("a query that parses");
        let Selection::Field(field) = &document.selections[0] else {
            panic!("a field")
        };
        assert_eq!(
            (field.alias.as_str(), field.name.as_str(), field.selections.len()),
            ("a0", "nodes", 2)
        );
        assert!(document.fragments.contains_key("F"));
    }

    #[test]
    fn what_is_no_query_is_an_error() {
        for text in ["", "{", "{}", "query { a( }", "{ a @skip }", "\"", "{ a } { b }"] {
            assert!(parse(text).is_err(), "{text:?} was read");
        }
    }
}
