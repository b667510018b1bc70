//! ruff's function definitions to code that can be run. What evaluation has no use for is an unknown step.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};

use super::code::{Code, Step};
use super::expression::{expression, operator, parameters};

/// How deep blocks and functions are followed.
const DEPTH: usize = 30;

/// A function.
pub fn code(function: &StmtFunctionDef, depth: usize) -> Code {
    let doc = match function.body.first() {
        Some(Stmt::Expr(first)) => first
            .value
            .as_string_literal_expr()
            .map(|text| text.value.to_str().into()),
        _ => None,
    };
    Code {
        name: function.name.as_str().to_owned(),
        parameters: parameters(&function.parameters, depth),
        decorators: function
            .decorator_list
            .iter()
            .map(|each| expression(&each.expression, depth))
            .collect(),
        doc,
        steps: steps(&function.body, depth),
    }
}

fn steps(body: &[Stmt], depth: usize) -> Vec<Step> {
    if depth > DEPTH {
        return vec![Step::Unknown];
    }
    body.iter().map(|statement| step(statement, depth + 1)).collect()
}

/// A statement.
pub fn step(statement: &Stmt, depth: usize) -> Step {
    let value = |expr: &Expr| expression(expr, depth);
    match statement {
        Stmt::Expr(each) if each.value.is_string_literal_expr() => Step::Pass,
        Stmt::Expr(each) => Step::Evaluate(value(&each.value)),
        Stmt::Assign(assign) => {
            Step::Assign(assign.targets.iter().map(value).collect(), value(&assign.value))
        }
        Stmt::AnnAssign(assign) => match &assign.value {
            Some(given) => Step::Assign(vec![value(&assign.target)], value(given)),
            None => Step::Pass,
        },
        Stmt::AugAssign(assign) => match operator(assign.op) {
            Some(op) => Step::Change(op, value(&assign.target), value(&assign.value)),
            None => Step::Unknown,
        },
        Stmt::If(chosen) => {
            let mut otherwise = Vec::new();
            for clause in chosen.elif_else_clauses.iter().rev() {
                let body = steps(&clause.body, depth);
                otherwise = match &clause.test {
                    Some(test) => vec![Step::If(value(test), body, otherwise)],
                    None => body,
                };
            }
            Step::If(value(&chosen.test), steps(&chosen.body, depth), otherwise)
        }
        Stmt::For(each) if each.orelse.is_empty() => {
            Step::For(value(&each.target), value(&each.iter), steps(&each.body, depth))
        }
        Stmt::Return(back) => Step::Return(back.value.as_deref().map(value)),
        Stmt::FunctionDef(function) => Step::Define(Rc::new(code(function, depth))),
        Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Assert(_) => Step::Pass,
        Stmt::Break(_) => Step::Break,
        Stmt::Continue(_) => Step::Continue,
        _ => Step::Unknown,
    }
}
