//! The form in which the rest of the room sees a Python file: definitions, bindings, imports, in order, as slices of the source. Never an expression tree.

use std::borrow::Cow;

/// How many conditions around an item are looked at; each `elif` is one more.
const AROUND: usize = 200;

/// Text that lies in the source, or had to be made (escapes, identifiers that Python normalises).
pub type Text<'s> = Cow<'s, str>;

/// One file.
#[derive(Debug, Default)]
pub struct Unit<'s> {
    /// The module's docstring, as it is written.
    pub doc: Option<Text<'s>>,
    /// What stands at the top, in order; conditionals are flattened.
    pub items: Vec<Item<'s>>,
    /// The conditions that items refer to.
    pub conditions: Vec<Condition<'s>>,
    /// What could not be read, in order.
    pub problems: Vec<Problem>,
}

/// Something that could not be read as Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub message: String,
}

/// A number into [`Unit::conditions`], from 1; zero is "always".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct When(pub u32);

/// Under which circumstances an item exists.
#[derive(Debug)]
pub struct Condition<'s> {
    /// The condition around this one.
    pub outer: When,
    /// What kind of branch this is.
    pub branch: Branch,
    /// The test's source; the caught exceptions of a handler; empty where there is none.
    pub test: &'s str,
}

/// The branches in which definitions lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// The test holds.
    If,
    /// The test does not hold.
    Else,
    /// `try:` body.
    Try,
    /// An `except` handler.
    Except,
    /// The body of a `for`.
    Loop,
    /// The body of a `while`, a `with`, a `match` case, the `else` or `finally` of a `try`.
    Other,
}

/// Something that happens in a module or a class.
#[derive(Debug)]
pub struct Item<'s> {
    /// What happens.
    pub what: What<'s>,
    /// The first and the last line, from 1.
    pub lines: (u32, u32),
    /// Where it begins, in bytes; distinguishes definitions of one file.
    pub at: u32,
    /// Under which condition.
    pub when: When,
}

/// What can happen.
#[derive(Debug)]
pub enum What<'s> {
    /// `def`
    Function(Box<Function<'s>>),
    /// `class`
    Class(Box<Class<'s>>),
    /// `x = …`, `x: T = …`, `x += …`, `x["key"] = …`, `x.y = …`
    Bind(Bind<'s>),
    /// `type X = …`
    Alias(Alias<'s>),
    /// `import a.b as c`
    Import(Import<'s>),
    /// `from .a import b as c`
    From(From<'s>),
    /// An expression by itself: the source of a call.
    Call(&'s str),
    /// `for`: its source. What is in it comes after it, as items of its own.
    Loop(&'s str),
}

/// A function or method.
#[derive(Debug)]
pub struct Function<'s> {
    /// Its name.
    pub name: Text<'s>,
    /// `async def`
    pub is_async: bool,
    /// Expressions after `@`.
    pub decorators: Vec<&'s str>,
    /// In order.
    pub parameters: Vec<Parameter<'s>>,
    /// After `->`.
    pub returns: Option<&'s str>,
    /// Between `[` and `]`.
    pub type_parameters: Vec<&'s str>,
    /// As written.
    pub doc: Option<Text<'s>>,
    /// From `def` to the end.
    pub source: &'s str,
    /// `self.x = …` in an initialiser.
    pub sets: Vec<Item<'s>>,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Parameter<'s> {
    /// Its name, without stars.
    pub name: Text<'s>,
    /// How it takes arguments.
    pub kind: ParameterKind,
    /// After the colon.
    pub annotation: Option<&'s str>,
    /// After the equals sign.
    pub default: Option<&'s str>,
}

/// How a parameter takes arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// Before `/`.
    PositionalOnly,
    /// The usual one.
    PositionalOrKeyword,
    /// `*args`
    VarPositional,
    /// After `*`.
    KeywordOnly,
    /// `**kwargs`
    VarKeyword,
}

/// A class.
#[derive(Debug)]
pub struct Class<'s> {
    /// Its name.
    pub name: Text<'s>,
    /// Expressions after `@`.
    pub decorators: Vec<&'s str>,
    /// Bases and keywords (`metaclass=M`), as written.
    pub bases: Vec<&'s str>,
    /// Between `[` and `]`.
    pub type_parameters: Vec<&'s str>,
    /// As written.
    pub doc: Option<Text<'s>>,
    /// What is in it.
    pub items: Vec<Item<'s>>,
    /// From `class` to the end.
    pub source: &'s str,
}

/// A binding.
#[derive(Debug)]
pub struct Bind<'s> {
    /// What is bound.
    pub target: Target<'s>,
    /// After the colon.
    pub annotation: Option<&'s str>,
    /// After the equals sign; none where a name is unpacked from something.
    pub value: Option<&'s str>,
    /// `+=` and its kin, which keep what was there.
    pub adds: bool,
    /// A string that stands right after it.
    pub doc: Option<Text<'s>>,
}

/// What can be bound.
#[derive(Debug)]
pub enum Target<'s> {
    /// `x`
    Name(Text<'s>),
    /// `x.y.z`: what is before the last dot, and what is after it.
    Attribute(&'s str, Text<'s>),
    /// `x[key]`: both as written.
    Item(&'s str, &'s str),
}

/// A `type` statement.
#[derive(Debug)]
pub struct Alias<'s> {
    /// Its name.
    pub name: Text<'s>,
    /// Between `[` and `]`.
    pub type_parameters: Vec<&'s str>,
    /// After the equals sign.
    pub value: &'s str,
}

/// `import a.b as c`
#[derive(Debug)]
pub struct Import<'s> {
    /// `a.b`
    pub module: Text<'s>,
    /// `c`
    pub name: Option<Text<'s>>,
}

/// `from ..a import b as c`
#[derive(Debug)]
pub struct From<'s> {
    /// How many dots.
    pub level: u32,
    /// `a`; empty for `from . import b`.
    pub module: Text<'s>,
    /// `b` and `c`; a star is `*`.
    pub names: Vec<(Text<'s>, Option<Text<'s>>)>,
}

impl<'s> What<'s> {
    /// The name that this binds, where it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Function(function) => Some(&function.name),
            Self::Class(class) => Some(&class.name),
            Self::Alias(alias) => Some(&alias.name),
            Self::Bind(Bind {
                target: Target::Name(name),
                ..
            }) => Some(name),
            _ => None,
        }
    }
}

impl Unit<'_> {
    /// The conditions around an item, from the innermost, as far as anybody nests them.
    fn around(&self, when: When) -> impl Iterator<Item = &Condition<'_>> {
        std::iter::successors(self.condition(when), |inner| self.condition(inner.outer)).take(AROUND)
    }

    /// Whether an item is only there for type checkers: under `if TYPE_CHECKING`.
    pub fn only_for_types(&self, when: When) -> bool {
        self.around(when).any(|condition| {
            condition.branch == Branch::If
                && condition.test.ends_with("TYPE_CHECKING")
                && !condition.test.starts_with("not ")
        })
    }

    /// Whether an item is in a `for`.
    pub fn in_loop(&self, when: When) -> bool {
        self.around(when)
            .any(|condition| condition.branch == Branch::Loop)
    }

    /// Whether an item is in an `except` handler or an `else`: the second choice.
    pub fn second_choice(&self, when: When) -> bool {
        self.around(when)
            .any(|condition| matches!(condition.branch, Branch::Except | Branch::Else))
    }

    /// A condition by its number.
    pub fn condition(&self, when: When) -> Option<&Condition<'_>> {
        self.conditions.get((when.0 as usize).checked_sub(1)?)
    }
}
