//! Python that can be evaluated: what the bodies of decorators and the values of templates are made of. Never evaluates it.

use std::rc::Rc;

/// An expression. What evaluation has no use for is `Unknown`.
#[derive(Debug)]
pub enum Expression {
    /// Something that is not evaluated.
    Unknown,
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// A number that is no fraction.
    Int(i64),
    /// A text.
    Text(Rc<str>),
    /// An f-string.
    Join(Vec<Piece>),
    /// A name.
    Name(String),
    /// `a.b`
    Attribute(Box<Expression>, String),
    /// `a[b]`
    Item(Box<Expression>, Box<Expression>),
    /// `a[b:c]`
    Slice(Box<Expression>, Option<Box<Expression>>, Option<Box<Expression>>),
    /// `a(…)`
    Call(Box<Expression>, Vec<Argument>),
    /// `[…]`
    List(Vec<Expression>),
    /// `(…)`, `{…}` without values
    Tuple(Vec<Expression>),
    /// `{…}`; without a key: `**other`
    Dict(Vec<(Option<Expression>, Expression)>),
    /// `a + b`: the operator as it is written.
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// `a and b` (true), `a or b` (false)
    Both(bool, Vec<Expression>),
    /// `not a`
    Not(Box<Expression>),
    /// `a < b`, one comparison
    Compare(&'static str, Box<Expression>, Box<Expression>),
    /// `b if a else c`
    Choice(Box<[Expression; 3]>),
    /// `lambda`
    Lambda(Rc<Code>),
    /// `[a for b in c]`; of a dictionary, the value is the second.
    Comprehension(Box<Expression>, Option<Box<Expression>>, Vec<Generator>),
    /// `*a`
    Star(Box<Expression>),
}

/// A part of an f-string.
#[derive(Debug)]
pub enum Piece {
    /// Text.
    Text(Rc<str>),
    /// `{a}`, without a format.
    Value(Expression),
}

/// An argument of a call.
#[derive(Debug)]
pub struct Argument {
    /// The keyword.
    pub name: Option<String>,
    /// `**a`
    pub double_star: bool,
    /// The value.
    pub value: Expression,
}

/// `for a in b if c`
#[derive(Debug)]
pub struct Generator {
    /// What is bound.
    pub target: Expression,
    /// What is gone through.
    pub over: Expression,
    /// What must hold.
    pub tests: Vec<Expression>,
}

/// A function's code.
#[derive(Debug)]
pub struct Code {
    /// Its name.
    pub name: String,
    /// Its parameters, with their stars and defaults.
    pub parameters: Vec<Parameter>,
    /// After each `@`.
    pub decorators: Vec<Expression>,
    /// The docstring.
    pub doc: Option<Rc<str>>,
    /// The body.
    pub steps: Vec<Step>,
}

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Without stars.
    pub name: String,
    /// How many stars.
    pub stars: u8,
    /// Whether it is given by keyword only.
    pub keyword_only: bool,
    /// After the equals sign.
    pub default: Option<Expression>,
}

/// A statement.
#[derive(Debug)]
pub enum Step {
    /// Something that is not evaluated.
    Unknown,
    /// Nothing to do.
    Pass,
    /// An expression by itself.
    Evaluate(Expression),
    /// `a = b = c`
    Assign(Vec<Expression>, Expression),
    /// `a += b`: the operator without the equals sign.
    Change(&'static str, Expression, Expression),
    /// `if`
    If(Expression, Vec<Step>, Vec<Step>),
    /// `for`
    For(Expression, Expression, Vec<Step>),
    /// `return`
    Return(Option<Expression>),
    /// `def`
    Define(Rc<Code>),
    /// `break`
    Break,
    /// `continue`
    Continue,
}
