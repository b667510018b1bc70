//! Python's grammar: source text to the room's own form. The only module that knows ruff; never decides what a definition means.

mod bounds;
mod code;
mod definition;
mod expression;
mod statement;
mod translate;

use ruff_python_ast::PySourceType;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked, parse_unchecked_source};
use ruff_text_size::Ranged;

use crate::dna::form::{Problem, Unit};

pub use code::{Argument, Code, Expression, Generator, Piece, Step};

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

/// An expression as something that can be evaluated. `None`: it is none, or goes too deep.
pub fn expression(text: &str) -> Option<Expression> {
    bounds::before(text).ok()?;
    let wrapped = format!("(\n{text}\n)");
    let parsed = parse_unchecked(&wrapped, ParseOptions::from(Mode::Expression));
    if bounds::after(&wrapped, parsed.tokens()).is_err() {
        bounds::let_go(parsed);
        return None;
    }
    if !parsed.has_valid_syntax() {
        return None;
    }
    match parsed.syntax() {
        ruff_python_ast::Mod::Expression(module) => Some(expression::expression(&module.body, 0)),
        ruff_python_ast::Mod::Module(_) => None,
    }
}

/// A `for` statement as something that can be run.
pub fn each(source: &str) -> Option<Step> {
    let parsed = small(source)?;
    match &parsed.suite()[..] {
        [only @ ruff_python_ast::Stmt::For(_)] => Some(statement::step(only, 0)),
        _ => None,
    }
}

/// Some statements, as far as the parser makes sense of them.
fn small(source: &str) -> Option<Parsed<ruff_python_ast::ModModule>> {
    bounds::before(source).ok()?;
    let parsed = parse_unchecked_source(source, PySourceType::Python);
    if bounds::after(source, parsed.tokens()).is_err() {
        bounds::let_go(parsed);
        return None;
    }
    Some(parsed)
}

/// A function (from `def` to its end, indented as it stands in its file) as something that can be run.
pub fn code(source: &str) -> Option<Code> {
    // The parser makes nothing of the indentation of what follows the first line.
    let parsed = small(source)?;
    let first = parsed.suite().first()?;
    let whole = first.range().end().to_usize() >= source.trim_end().len();
    match first {
        ruff_python_ast::Stmt::FunctionDef(function) if whole => Some(statement::code(function, 0)),
        _ => None,
    }
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
