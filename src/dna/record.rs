//! What a DNA file holds after its head, as types that serde writes and reads. Keys are in the order of the fields; a default is never written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::said::{self, inverted, is_false, is_plain, is_zero};

/// Text of the sources, borrowed while it is written.
pub type Text<'a> = Cow<'a, str>;

/// Everything after the head.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Body<'a> {
    /// Public path to canonical path: only where they differ.
    pub public: BTreeMap<Text<'a>, Text<'a>>,
    /// Public paths whose definition could not be found without running anything.
    #[serde(default)]
    pub unresolved: Vec<Text<'a>>,
    /// By name.
    pub modules: Vec<Module<'a>>,
}

/// A module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Module<'a> {
    /// Dotted.
    pub name: Text<'a>,
    /// The file in the artifact; of a module with a stub, the `.py` or the compiled one.
    pub path: Text<'a>,
    /// Of the file's bytes, in hexadecimal; none of a compiled one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The stub that was merged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stub: Option<Stub<'a>>,
    /// What the file is, where it is no usual part of the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Where this is known from; nothing said: a `.py` file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// What could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// The docstring, cleaned as `inspect.cleandoc` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Text<'a>>,
    /// How the docstring came about; nothing said: it is a literal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_status: Option<DocStatus>,
    /// In the order of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member<'a>>,
}

/// A stub beside a module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stub<'a> {
    /// The file in the artifact.
    pub path: Text<'a>,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: String,
}

/// Something that could not be read as Python.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub message: String,
}

/// Files that are left out by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// Tests.
    Test,
    /// A copy of somebody else's package.
    Vendored,
    /// Examples, benchmarks, documentation.
    Example,
}

/// Where something is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Provenance {
    /// A stub alone.
    #[serde(rename = "pyi")]
    Stub,
    /// A `.py` file and its stub.
    #[serde(rename = "py+pyi")]
    Both,
    /// A compiled module, or something that only such a module can hold.
    #[serde(rename = "compiled")]
    Compiled,
}

/// What a member is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `def` in a module.
    #[default]
    Function,
    /// `def` in a class.
    Method,
    /// `class`
    Class,
    /// `def` in a class under a decorator that makes it an attribute.
    Property,
    /// A name bound to a value.
    Attribute,
    /// `type X = …`, or `X: TypeAlias = …`
    TypeAlias,
}

/// A definition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Member<'a> {
    /// What it is; nothing said: a method in a class, else a function.
    #[serde(default, skip_serializing_if = "Kind::is_usual")]
    pub kind: Kind,
    /// Its own name; qualified by what it is nested in.
    pub name: Text<'a>,
    /// Of `def`, `class` or the name, from 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line: u32,
    /// The last one; not said where it is the first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub end_line: u32,
    /// What is after each `@`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decorators: Vec<Text<'a>>,
    /// `async def`
    #[serde(rename = "async", default, skip_serializing_if = "is_false")]
    pub is_async: bool,
    /// Of what is called in a class: that its parameters do not begin with a plain `self`, which is never written. Written as `self: false`.
    #[serde(rename = "self", with = "inverted", default, skip_serializing_if = "is_false")]
    pub no_self: bool,
    /// In order.
    #[serde(default, skip_serializing_if = "said::none", serialize_with = "said::write")]
    pub parameters: Vec<Parameter<'a>>,
    /// What is after `->`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Text<'a>>,
    /// What is between `[` and `]`, each as written: `T: int`, `*Ts`, `**P`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub type_parameters: Vec<Text<'a>>,
    /// Of a class, keywords included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<Text<'a>>,
    /// The bases that are classes of this file, as canonical paths, in the order of their search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_paths: Vec<Text<'a>>,
    /// Of an attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation: Option<Text<'a>>,
    /// Of an attribute or alias, where it is short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Text<'a>>,
    /// Signatures under `@overload`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overloads: Vec<Overload<'a>>,
    /// Who should use it; nothing said: everybody, unless its name begins with an underscore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// That it should not be used any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated<'a>>,
    /// The condition under which it exists, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Text<'a>>,
    /// Where it is known from; nothing said: as its module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// The docstring, cleaned as `inspect.cleandoc` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Text<'a>>,
    /// How the docstring came about; nothing said: it is a literal, or that of `doc_from`.
    #[serde(default, skip_serializing_if = "is_plain")]
    pub doc_status: Option<DocStatus>,
    /// Whose docstring this has, where it is inherited, or made to be the same: a canonical path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_from: Option<Text<'a>>,
    /// Of a class, in the order of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member<'a>>,
}

/// A parameter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameter<'a> {
    /// Without stars.
    pub name: Text<'a>,
    /// How it takes arguments; nothing said: by position or keyword.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ParameterKind>,
    /// As written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation: Option<Text<'a>>,
    /// As written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Text<'a>>,
    /// That it is the `self` of what is called in a class, which goes without saying.
    #[serde(skip)]
    pub implied: bool,
}

/// How a parameter takes arguments, in the words of `inspect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// Before `/`.
    PositionalOnly,
    /// `*args`
    VarPositional,
    /// After `*`.
    KeywordOnly,
    /// `**kwargs`
    VarKeyword,
}

/// One signature of several.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overload<'a> {
    /// As of a member.
    pub line: u32,
    /// As of a member.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub end_line: u32,
    /// The others than `overload`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decorators: Vec<Text<'a>>,
    /// `async def`
    #[serde(rename = "async", default, skip_serializing_if = "is_false")]
    pub is_async: bool,
    /// As of a member.
    #[serde(rename = "self", with = "inverted", default, skip_serializing_if = "is_false")]
    pub no_self: bool,
    /// In order.
    #[serde(default, skip_serializing_if = "said::none", serialize_with = "said::write")]
    pub parameters: Vec<Parameter<'a>>,
    /// What is after `->`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Text<'a>>,
    /// As of a member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub type_parameters: Vec<Text<'a>>,
    /// `pyi` where it is from the stub of a definition that is not: then the lines are the stub's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// That this way of calling should not be used any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated<'a>>,
    /// As of a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Text<'a>>,
}

/// Who should use something. That a name with an underscore is private is said by the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Its module has an `__all__`, and this is not in it.
    Unlisted,
}

/// That something should not be used any more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Deprecated<'a> {
    /// The version, of a docstring's directive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Text<'a>>,
    /// What to do instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Text<'a>>,
}

/// How a docstring came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocStatus {
    /// Made from templates by decorators, which were followed.
    Templated,
    /// Something changes it that could not be followed: the literal is shown.
    Unresolved,
    /// The same as another one, of a base class as a rule: `doc_from` says whose. Never written, as `doc_from` says it.
    Inherited,
    /// Set from elsewhere, as by `add_newdoc`.
    Added,
    /// Set from elsewhere; what stands in braces in it is known only where the package is run.
    Partial,
    /// From the stub.
    Stub,
}
