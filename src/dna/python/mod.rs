//! Python's grammar: source text to the room's own form. The only module that knows ruff; never decides what a definition means.

mod bounds;
mod definition;
mod translate;

use ruff_python_ast::PySourceType;
use ruff_python_parser::{Parsed, parse_unchecked_source};

use crate::dna::form::{Problem, Unit};

/// How many problems of one file are kept.
const PROBLEMS: usize = 10;

/// A file's form. An error means that nothing of it can be kept: it goes deeper than any program does.
///
/// What is wrong with its syntax is in the form's problems, and the rest is kept.
pub fn unit(text: &str, stub: bool) -> Result<Unit<'_>, Problem> {
    bounds::before(text)?;
    let kind = if stub {
        PySourceType::Stub
    } else {
        PySourceType::Python
    };
    let parsed = parse_unchecked_source(text, kind);
    if let Err(problem) = bounds::after(text, parsed.tokens()) {
        bounds::let_go(parsed);
        return Err(problem);
    }
    let mut unit = translate::unit(text, parsed.suite());
    unit.problems = problems(text, &parsed);
    Ok(unit)
}

fn problems<T>(text: &str, parsed: &Parsed<T>) -> Vec<Problem> {
    let wrong = parsed.errors().iter().take(PROBLEMS);
    wrong
        .map(|error| Problem {
            line: bounds::line(text, error.location.start().to_usize()),
            message: error.error.to_string(),
        })
        .collect()
}

/// The arguments of a call that are string literals, with their keywords.
pub fn strings(call: &str) -> Vec<(Option<String>, String)> {
    if call.len() > 64 * 1024 {
        return Vec::new();
    }
    let Ok(parsed) = ruff_python_parser::parse_expression(call) else {
        return Vec::new();
    };
    let ruff_python_ast::Expr::Call(call) = parsed.expr() else {
        return Vec::new();
    };
    let literal = |value: &ruff_python_ast::Expr| {
        value
            .as_string_literal_expr()
            .map(|text| text.value.to_str().to_owned())
    };
    let plain = call
        .arguments
        .args
        .iter()
        .filter_map(|value| Some((None, literal(value)?)));
    let named = call.arguments.keywords.iter().filter_map(|keyword| {
        let name = keyword.arg.as_ref()?.as_str().to_owned();
        Some((Some(name), literal(&keyword.value)?))
    });
    plain.chain(named).collect()
}
