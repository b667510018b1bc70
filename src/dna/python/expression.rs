//! ruff's expressions to those that can be evaluated. Deeper than any template goes, they are unknown.

use std::rc::Rc;

use ruff_python_ast::{CmpOp, Expr, InterpolatedStringElement, Number, Operator, UnaryOp};

use super::code::{Argument, Code, Expression, Generator, Parameter, Piece, Step};

/// How deep expressions are followed. Sums of texts nest once for each term.
const DEPTH: usize = 150;

/// An expression.
pub fn expression(expr: &Expr, depth: usize) -> Expression {
    if depth > DEPTH {
        return Expression::Unknown;
    }
    let one = |expr: &Expr| Box::new(expression(expr, depth + 1));
    let all = |list: &[Expr]| {
        list.iter()
            .map(|expr| expression(expr, depth + 1))
            .collect::<Vec<_>>()
    };
    match expr {
        Expr::NoneLiteral(_) => Expression::None,
        Expr::BooleanLiteral(literal) => Expression::Bool(literal.value),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(int) => int.as_i64().map_or(Expression::Unknown, Expression::Int),
            _ => Expression::Unknown,
        },
        Expr::StringLiteral(literal) => Expression::Text(literal.value.to_str().into()),
        Expr::FString(text) => pieces(text, depth),
        Expr::Name(name) => Expression::Name(name.id.as_str().to_owned()),
        Expr::Attribute(attribute) => {
            Expression::Attribute(one(&attribute.value), attribute.attr.as_str().to_owned())
        }
        Expr::Subscript(item) => match &*item.slice {
            Expr::Slice(slice) if slice.step.is_none() => Expression::Slice(
                one(&item.value),
                slice.lower.as_deref().map(one),
                slice.upper.as_deref().map(one),
            ),
            _ => Expression::Item(one(&item.value), one(&item.slice)),
        },
        Expr::Call(call) => {
            let plain = call.arguments.args.iter().map(|value| (None, false, value));
            let named = call.arguments.keywords.iter().map(|keyword| {
                let name = keyword.arg.as_ref().map(|name| name.as_str().to_owned());
                let double_star = name.is_none();
                (name, double_star, &keyword.value)
            });
            let argument = |(name, double_star, value)| Argument {
                name,
                double_star,
                value: expression(value, depth + 1),
            };
            Expression::Call(one(&call.func), plain.chain(named).map(argument).collect())
        }
        Expr::List(list) => Expression::List(all(&list.elts)),
        Expr::Tuple(tuple) => Expression::Tuple(all(&tuple.elts)),
        Expr::Set(set) => Expression::Tuple(all(&set.elts)),
        Expr::Dict(dict) => {
            let item = |item: &ruff_python_ast::DictItem| {
                (
                    item.key.as_ref().map(|key| expression(key, depth + 1)),
                    expression(&item.value, depth + 1),
                )
            };
            Expression::Dict(dict.items.iter().map(item).collect())
        }
        Expr::BinOp(both) => operator(both.op).map_or(Expression::Unknown, |op| {
            Expression::Binary(op, one(&both.left), one(&both.right))
        }),
        Expr::BoolOp(both) => Expression::Both(both.op == ruff_python_ast::BoolOp::And, all(&both.values)),
        Expr::UnaryOp(unary) => match unary.op {
            UnaryOp::Not => Expression::Not(one(&unary.operand)),
            UnaryOp::USub => Expression::Binary("-", Box::new(Expression::Int(0)), one(&unary.operand)),
            _ => Expression::Unknown,
        },
        Expr::Compare(compare) => match (&*compare.ops, &*compare.comparators) {
            ([op], [right]) => Expression::Compare(comparison(*op), one(&compare.left), one(right)),
            _ => Expression::Unknown,
        },
        Expr::If(choice) => {
            let part = |expr: &Expr| expression(expr, depth + 1);
            Expression::Choice(Box::new([
                part(&choice.test),
                part(&choice.body),
                part(&choice.orelse),
            ]))
        }
        Expr::Lambda(lambda) => Expression::Lambda(Rc::new(Code {
            name: "<lambda>".to_owned(),
            parameters: lambda
                .parameters
                .as_ref()
                .map(|all| parameters(all, depth))
                .unwrap_or_default(),
            decorators: Vec::new(),
            doc: None,
            steps: vec![Step::Return(Some(expression(&lambda.body, depth + 1)))],
        })),
        Expr::ListComp(list) => {
            Expression::Comprehension(one(&list.elt), None, generators(&list.generators, depth))
        }
        Expr::SetComp(set) => {
            Expression::Comprehension(one(&set.elt), None, generators(&set.generators, depth))
        }
        Expr::Generator(each) => {
            Expression::Comprehension(one(&each.elt), None, generators(&each.generators, depth))
        }
        Expr::DictComp(dict) => match &dict.key {
            Some(key) => Expression::Comprehension(
                one(key),
                Some(one(&dict.value)),
                generators(&dict.generators, depth),
            ),
            None => Expression::Unknown,
        },
        Expr::Starred(starred) => Expression::Star(one(&starred.value)),
        _ => Expression::Unknown,
    }
}

fn generators(all: &[ruff_python_ast::Comprehension], depth: usize) -> Vec<Generator> {
    let generator = |each: &ruff_python_ast::Comprehension| Generator {
        target: expression(&each.target, depth + 1),
        over: expression(&each.iter, depth + 1),
        tests: each.ifs.iter().map(|test| expression(test, depth + 1)).collect(),
    };
    all.iter().map(generator).collect()
}

fn pieces(text: &ruff_python_ast::ExprFString, depth: usize) -> Expression {
    let mut pieces = Vec::new();
    for part in &text.value {
        match part {
            ruff_python_ast::FStringPart::Literal(literal) => {
                pieces.push(Piece::Text(literal.as_str().into()))
            }
            ruff_python_ast::FStringPart::FString(text) => {
                for element in &text.elements {
                    match element {
                        InterpolatedStringElement::Literal(literal) => {
                            pieces.push(Piece::Text((*literal.value).into()))
                        }
                        InterpolatedStringElement::Interpolation(value) => {
                            let plain = value.format_spec.is_none()
                                && value.debug_text.is_none()
                                && value.conversion == ruff_python_ast::ConversionFlag::None;
                            if !plain {
                                return Expression::Unknown;
                            }
                            pieces.push(Piece::Value(expression(&value.expression, depth + 1)));
                        }
                    }
                }
            }
        }
    }
    Expression::Join(pieces)
}

/// The parameters of a function or lambda.
pub fn parameters(all: &ruff_python_ast::Parameters, depth: usize) -> Vec<Parameter> {
    let usual = |each: &ruff_python_ast::ParameterWithDefault, keyword_only| Parameter {
        name: each.name().as_str().to_owned(),
        stars: 0,
        keyword_only,
        default: each.default.as_ref().map(|value| expression(value, depth + 1)),
    };
    let starred = |each: &ruff_python_ast::Parameter, stars| Parameter {
        name: each.name.as_str().to_owned(),
        stars,
        keyword_only: false,
        default: None,
    };
    let mut found: Vec<Parameter> = all
        .posonlyargs
        .iter()
        .chain(&all.args)
        .map(|each| usual(each, false))
        .collect();
    found.extend(all.vararg.iter().map(|each| starred(each, 1)));
    found.extend(all.kwonlyargs.iter().map(|each| usual(each, true)));
    found.extend(all.kwarg.iter().map(|each| starred(each, 2)));
    found
}

/// The operators that mean something for texts and lists.
pub fn operator(op: Operator) -> Option<&'static str> {
    match op {
        Operator::Add => Some("+"),
        Operator::Sub => Some("-"),
        Operator::Mult => Some("*"),
        Operator::Mod => Some("%"),
        Operator::BitOr => Some("|"),
        _ => None,
    }
}

fn comparison(op: CmpOp) -> &'static str {
    op.as_str()
}
