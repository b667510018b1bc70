//! ruff's statements to items of the form, conditionals flattened. Never descends into expressions or the bodies of functions.

use std::borrow::Cow;

use ruff_python_ast::{ExceptHandler, Expr, Identifier, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::dna::form::{Alias, Bind, Branch, Condition, From, Import, Item, Target, Text, Unit, What, When};

/// The form of a whole file.
pub fn unit<'s>(text: &'s str, body: &[Stmt]) -> Unit<'s> {
    let mut translator = Translator {
        text,
        conditions: Vec::new(),
        place: (0, 1),
    };
    let mut items = Vec::with_capacity(body.len());
    let doc = translator.block(body, When::default(), &mut items);
    Unit {
        doc,
        items,
        conditions: translator.conditions,
        problems: Vec::new(),
    }
}

/// What is known while a file is walked through.
pub struct Translator<'s> {
    text: &'s str,
    conditions: Vec<Condition<'s>>,
    /// A byte and its line: lines are counted from the last place that was asked for.
    place: (usize, u32),
}

impl<'s> Translator<'s> {
    /// A slice of the source.
    pub fn slice(&self, range: TextRange) -> &'s str {
        self.text
            .get(range.start().to_usize()..range.end().to_usize())
            .unwrap_or_default()
    }

    /// The line of a byte.
    pub fn line(&mut self, at: usize) -> u32 {
        let (known, line) = self.place;
        let bytes = self.text.as_bytes();
        let at = at.min(bytes.len());
        let newlines = |range: &[u8]| u32::try_from(memchr::memchr_iter(b'\n', range).count()).unwrap_or(0);
        let line = if at >= known {
            line + newlines(&bytes[known..at])
        } else {
            line - newlines(&bytes[at..known])
        };
        self.place = (at, line);
        line
    }

    /// The first and the last line of a range.
    pub fn lines(&mut self, range: TextRange) -> (u32, u32) {
        (
            self.line(range.start().to_usize()),
            self.line(range.end().to_usize()),
        )
    }

    /// A name: a slice, or its own text where Python normalises it.
    pub fn name(&self, name: &Identifier) -> Text<'s> {
        let written = self.slice(name.range());
        if written == name.as_str() {
            Cow::Borrowed(written)
        } else {
            Cow::Owned(name.as_str().to_owned())
        }
    }

    /// A string literal standing by itself.
    pub fn string(&self, statement: Option<&Stmt>) -> Option<Text<'s>> {
        let Stmt::Expr(expression) = statement? else {
            return None;
        };
        let Expr::StringLiteral(literal) = &*expression.value else {
            return None;
        };
        let value = literal.value.to_str();
        let written = self.slice(literal.range());
        // The usual docstring is a slice of the source: what is between the quotes, without escapes.
        let inner = ["\"\"\"", "'''", "\"", "'"].into_iter().find_map(|quotes| {
            let (_, rest) = written.split_once(quotes)?;
            rest.strip_suffix(quotes).filter(|inner| *inner == value)
        });
        Some(inner.map_or_else(|| Cow::Owned(value.to_owned()), Cow::Borrowed))
    }

    /// The items of a block, and its docstring.
    pub fn block(&mut self, body: &[Stmt], when: When, into: &mut Vec<Item<'s>>) -> Option<Text<'s>> {
        for (number, statement) in body.iter().enumerate() {
            self.statement(statement, body.get(number + 1), when, into);
        }
        self.string(body.first())
    }

    fn condition(&mut self, outer: When, branch: Branch, test: &'s str) -> When {
        self.conditions.push(Condition { outer, branch, test });
        When(u32::try_from(self.conditions.len()).unwrap_or(0))
    }

    fn branch(&mut self, body: &[Stmt], when: (When, Branch, &'s str), into: &mut Vec<Item<'s>>) {
        if body.is_empty() {
            return;
        }
        let when = self.condition(when.0, when.1, when.2);
        self.block(body, when, into);
    }

    /// An item at a range.
    pub fn item(&mut self, range: TextRange, when: When, what: What<'s>) -> Item<'s> {
        Item {
            what,
            lines: self.lines(range),
            at: range.start().to_u32(),
            when,
        }
    }

    fn statement(&mut self, statement: &Stmt, next: Option<&Stmt>, when: When, into: &mut Vec<Item<'s>>) {
        match statement {
            Stmt::FunctionDef(function) => into.push(self.function(function, when)),
            Stmt::ClassDef(class) => into.push(self.class(class, when)),
            Stmt::If(chosen) => {
                let mut test = self.slice(chosen.test.range());
                let mut when = when;
                self.branch(&chosen.body, (when, Branch::If, test), into);
                for clause in &chosen.elif_else_clauses {
                    when = self.condition(when, Branch::Else, test);
                    match &clause.test {
                        Some(next) => {
                            test = self.slice(next.range());
                            self.branch(&clause.body, (when, Branch::If, test), into);
                        }
                        None => {
                            self.block(&clause.body, when, into);
                        }
                    }
                }
            }
            Stmt::Try(attempt) => {
                self.branch(&attempt.body, (when, Branch::Try, ""), into);
                for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                    let caught = handler
                        .type_
                        .as_ref()
                        .map_or("", |caught| self.slice(caught.range()));
                    self.branch(&handler.body, (when, Branch::Except, caught), into);
                }
                self.branch(&attempt.orelse, (when, Branch::Other, ""), into);
                self.branch(&attempt.finalbody, (when, Branch::Other, ""), into);
            }
            Stmt::With(with) => self.branch(&with.body, (when, Branch::Other, ""), into),
            Stmt::For(each) => {
                let source = self.slice(each.range());
                into.push(self.item(each.range(), when, What::Loop(source)));
                self.branch(&each.body, (when, Branch::Loop, ""), into);
                self.branch(&each.orelse, (when, Branch::Other, ""), into);
            }
            Stmt::While(again) => {
                self.branch(&again.body, (when, Branch::Other, ""), into);
                self.branch(&again.orelse, (when, Branch::Other, ""), into);
            }
            Stmt::Match(choice) => {
                for case in &choice.cases {
                    self.branch(&case.body, (when, Branch::Other, ""), into);
                }
            }
            _ => self.simple(statement, next, when, into),
        }
    }

    fn simple(&mut self, statement: &Stmt, next: Option<&Stmt>, when: When, into: &mut Vec<Item<'s>>) {
        let range = statement.range();
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = self.name(&alias.name);
                    let name = alias.asname.as_ref().map(|name| self.name(name));
                    into.push(self.item(range, when, What::Import(Import { module, name })));
                }
            }
            Stmt::ImportFrom(import) => {
                let alias = |alias: &ruff_python_ast::Alias| {
                    (
                        self.name(&alias.name),
                        alias.asname.as_ref().map(|name| self.name(name)),
                    )
                };
                let from = From {
                    level: import.level,
                    module: import
                        .module
                        .as_ref()
                        .map_or(Cow::Borrowed(""), |module| self.name(module)),
                    names: import.names.iter().map(alias).collect(),
                };
                into.push(self.item(range, when, What::From(from)));
            }
            Stmt::TypeAlias(alias) => {
                let what = What::Alias(Alias {
                    name: Cow::Borrowed(self.slice(alias.name.range())),
                    type_parameters: self.type_parameters(alias.type_params.as_deref()),
                    value: self.slice(alias.value.range()),
                });
                into.push(self.item(range, when, what));
            }
            Stmt::Expr(expression) if expression.value.is_call_expr() => {
                let call = self.slice(expression.value.range());
                into.push(self.item(range, when, What::Call(call)));
            }
            _ => {
                let doc = self.string(next);
                self.binding(statement, doc, when, into);
            }
        }
    }

    /// `x = …` in its forms.
    pub fn binding(&mut self, statement: &Stmt, doc: Option<Text<'s>>, when: When, into: &mut Vec<Item<'s>>) {
        match statement {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.targets(
                        target,
                        Some(&assign.value),
                        (statement.range(), when),
                        doc.as_ref(),
                        into,
                    );
                }
            }
            Stmt::AnnAssign(assign) => {
                let bind = Bind {
                    target: match self.target(&assign.target) {
                        Some(target) => target,
                        None => return,
                    },
                    annotation: Some(self.slice(assign.annotation.range())),
                    value: assign.value.as_ref().map(|value| self.slice(value.range())),
                    adds: false,
                    doc,
                };
                into.push(self.item(statement.range(), when, What::Bind(bind)));
            }
            Stmt::AugAssign(assign) => {
                let Some(target) = self.target(&assign.target) else {
                    return;
                };
                let bind = Bind {
                    target,
                    annotation: None,
                    value: Some(self.slice(assign.value.range())),
                    adds: true,
                    doc: None,
                };
                into.push(self.item(statement.range(), when, What::Bind(bind)));
            }
            _ => {}
        }
    }

    fn target(&self, target: &Expr) -> Option<Target<'s>> {
        match target {
            Expr::Name(name) => {
                let written = self.slice(name.range());
                let name = if written == name.id.as_str() {
                    Cow::Borrowed(written)
                } else {
                    Cow::Owned(name.id.as_str().to_owned())
                };
                Some(Target::Name(name))
            }
            Expr::Attribute(attribute) => {
                let base = self.slice(attribute.value.range());
                Some(Target::Attribute(base, self.name(&attribute.attr)))
            }
            Expr::Subscript(item) => Some(Target::Item(
                self.slice(item.value.range()),
                self.slice(item.slice.range()),
            )),
            _ => None,
        }
    }

    fn targets(
        &mut self,
        target: &Expr,
        value: Option<&Expr>,
        place: (TextRange, When),
        doc: Option<&Text<'s>>,
        into: &mut Vec<Item<'s>>,
    ) {
        if let Some(targets) = parts(target) {
            let values = value.and_then(parts).filter(|values| {
                values.len() == targets.len() && !values.iter().chain(targets).any(Expr::is_starred_expr)
            });
            for (number, target) in targets.iter().enumerate() {
                let value = values.and_then(|values| values.get(number));
                self.targets(target, value, place, None, into);
            }
            return;
        }
        let target = match target {
            Expr::Starred(starred) => &*starred.value,
            other => other,
        };
        if let Some(target) = self.target(target) {
            let bind = Bind {
                target,
                annotation: None,
                value: value.map(|value| self.slice(value.range())),
                adds: false,
                doc: doc.cloned(),
            };
            into.push(self.item(place.0, place.1, What::Bind(bind)));
        }
    }
}

/// The elements of a tuple or list that stands in the source.
fn parts(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::Tuple(tuple) => Some(&tuple.elts),
        Expr::List(list) => Some(&list.elts),
        _ => None,
    }
}
