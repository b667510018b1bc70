//! ruff's functions and classes to the form. Never looks into a body, but for what an initialiser sets on its object.

use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtClassDef, StmtFunctionDef, TypeParams};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::translate::Translator;
use crate::dna::form::{Class, Function, Item, Parameter, ParameterKind, Target, What, When};

impl<'s> Translator<'s> {
    /// A function.
    pub fn function(&mut self, function: &StmtFunctionDef, when: When) -> Item<'s> {
        let range = self.without_decorators(function.range(), &function.decorator_list);
        let mut sets = Vec::new();
        if function.name.as_str() == "__init__"
            && let Some(own) = function.parameters.iter_non_variadic_params().next()
        {
            self.sets(&function.body, own.name().as_str(), &mut sets);
        }
        let what = Function {
            name: self.name(&function.name),
            is_async: function.is_async,
            decorators: self.decorators(&function.decorator_list),
            parameters: self.parameters(&function.parameters),
            returns: function
                .returns
                .as_ref()
                .map(|returns| self.slice(returns.range())),
            type_parameters: self.type_parameters(function.type_params.as_deref()),
            doc: self.string(function.body.first()),
            source: self.slice(range),
            sets,
        };
        self.item(range, when, What::Function(Box::new(what)))
    }

    /// A class.
    pub fn class(&mut self, class: &StmtClassDef, when: When) -> Item<'s> {
        let range = self.without_decorators(class.range(), &class.decorator_list);
        let mut bases: Vec<(TextSize, &'s str)> = Vec::new();
        if let Some(arguments) = &class.arguments {
            bases.extend(
                arguments
                    .args
                    .iter()
                    .map(|base| (base.start(), self.slice(base.range()))),
            );
            bases.extend(
                arguments
                    .keywords
                    .iter()
                    .map(|keyword| (keyword.start(), self.slice(keyword.range()))),
            );
            bases.sort_by_key(|(start, _)| *start);
        }
        let mut items = Vec::with_capacity(class.body.len());
        let mut what = Class {
            name: self.name(&class.name),
            decorators: self.decorators(&class.decorator_list),
            bases: bases.into_iter().map(|(_, base)| base).collect(),
            type_parameters: self.type_parameters(class.type_params.as_deref()),
            doc: None,
            items: Vec::new(),
            source: self.slice(range),
        };
        what.doc = self.block(&class.body, when, &mut items);
        what.items = items;
        self.item(range, when, What::Class(Box::new(what)))
    }

    /// From `def`, `async` or `class`: ruff begins with the first decorator, CPython does not.
    fn without_decorators(&self, range: TextRange, decorators: &[ruff_python_ast::Decorator]) -> TextRange {
        let Some(last) = decorators.last() else {
            return range;
        };
        let mut rest = self.slice(TextRange::new(last.range().end(), range.end()));
        let whole = rest.len();
        loop {
            rest = rest
                .trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\\' || letter == ')');
            match rest.strip_prefix('#') {
                Some(comment) => rest = comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => break,
            }
        }
        let skipped = TextSize::try_from(whole - rest.len()).unwrap_or_default();
        TextRange::new(last.range().end() + skipped, range.end())
    }

    fn decorators(&self, decorators: &[ruff_python_ast::Decorator]) -> Vec<&'s str> {
        decorators
            .iter()
            .map(|decorator| self.slice(decorator.expression.range()))
            .collect()
    }

    /// Each of the type parameters, as written.
    pub fn type_parameters(&self, parameters: Option<&TypeParams>) -> Vec<&'s str> {
        let each = parameters.into_iter().flat_map(|parameters| parameters.iter());
        each.map(|parameter| self.slice(parameter.range())).collect()
    }

    fn parameters(&self, parameters: &ruff_python_ast::Parameters) -> Vec<Parameter<'s>> {
        let mut all = Vec::with_capacity(parameters.len());
        let one = |parameter: &ruff_python_ast::Parameter, default: Option<&Expr>, kind| Parameter {
            name: self.name(&parameter.name),
            kind,
            annotation: parameter
                .annotation
                .as_ref()
                .map(|annotation| self.slice(annotation.range())),
            default: default.map(|default| self.slice(default.range())),
        };
        let usual = |each: &ruff_python_ast::ParameterWithDefault, kind| {
            one(&each.parameter, each.default.as_deref(), kind)
        };
        all.extend(
            parameters
                .posonlyargs
                .iter()
                .map(|each| usual(each, ParameterKind::PositionalOnly)),
        );
        all.extend(
            parameters
                .args
                .iter()
                .map(|each| usual(each, ParameterKind::PositionalOrKeyword)),
        );
        all.extend(
            parameters
                .vararg
                .iter()
                .map(|each| one(each, None, ParameterKind::VarPositional)),
        );
        all.extend(
            parameters
                .kwonlyargs
                .iter()
                .map(|each| usual(each, ParameterKind::KeywordOnly)),
        );
        all.extend(
            parameters
                .kwarg
                .iter()
                .map(|each| one(each, None, ParameterKind::VarKeyword)),
        );
        all
    }

    /// `self.x = …` in the blocks of an initialiser.
    fn sets(&mut self, body: &[Stmt], own: &str, into: &mut Vec<Item<'s>>) {
        for (number, statement) in body.iter().enumerate() {
            match statement {
                Stmt::If(chosen) => {
                    self.sets(&chosen.body, own, into);
                    for clause in &chosen.elif_else_clauses {
                        self.sets(&clause.body, own, into);
                    }
                }
                Stmt::Try(attempt) => {
                    self.sets(&attempt.body, own, into);
                    for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                        self.sets(&handler.body, own, into);
                    }
                    self.sets(&attempt.orelse, own, into);
                    self.sets(&attempt.finalbody, own, into);
                }
                Stmt::With(with) => self.sets(&with.body, own, into),
                Stmt::Assign(_) | Stmt::AnnAssign(_) => {
                    let doc = self.string(body.get(number + 1));
                    let before = into.len();
                    self.binding(statement, doc, When::default(), into);
                    let mut kept = before;
                    for at in before..into.len() {
                        if let What::Bind(bind) = &mut into[at].what
                            && let Target::Attribute(base, name) = &bind.target
                            && *base == own
                        {
                            bind.target = Target::Name(name.clone());
                            into.swap(kept, at);
                            kept += 1;
                        }
                    }
                    into.truncate(kept);
                }
                _ => {}
            }
        }
    }
}
