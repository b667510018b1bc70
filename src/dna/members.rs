//! The form of a file to members: kinds, overloads, visibility, deprecations. Never looks at another file.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt, HashSet};

pub use super::decorator::last_name;
use super::decorator::{deprecation, is_property};
use super::docstring;
use super::form::{self, Bind, Branch, Item, Target, Unit, What, When};
use super::record::{DocStatus, Kind, Member, Overload, Parameter, ParameterKind, Text, Visibility};

/// A value longer than this is not shown, in bytes.
const VALUE: usize = 60;
/// The arguments of a docstring's decorator that was followed are not shown from here on, in bytes: what they say is in the docstring.
const SPENT: usize = 40;
/// A type alias longer than this is not shown, in bytes.
const ALIAS: usize = 2000;

/// Of conditions in conditions, how many are shown, from the innermost.
const CONDITIONS: usize = 5;

/// What was found out elsewhere about the docstrings and bases of one file, by the place of the definition.
#[derive(Debug, Default)]
pub struct Findings {
    /// Docstrings that are not, or not only, what is written there.
    pub docs: HashMap<u32, Found>,
    /// Decorators that were followed to make the docstring, by their number.
    pub spent: HashMap<u32, Vec<usize>>,
    /// Canonical paths of a class's bases.
    pub bases: HashMap<u32, Vec<String>>,
    /// Methods that are attributes, by a decorator whose definition says so.
    pub properties: HashSet<u32>,
    /// The names in `__all__`, where the module has one.
    pub listed: Option<HashSet<String>>,
}

/// A docstring that was found out.
#[derive(Debug, Clone)]
pub struct Found {
    /// As it would be at run time; none where it is inherited, or as it is written.
    pub text: Option<String>,
    /// How it came about.
    pub status: DocStatus,
    /// Whose it is.
    pub from: Option<String>,
}

/// The members of a file.
pub fn members<'s>(unit: &Unit<'s>, findings: &Findings) -> Vec<Member<'s>> {
    Scope::new(unit, findings, false).read(&unit.items)
}

struct Scope<'u, 's> {
    unit: &'u Unit<'s>,
    findings: &'u Findings,
    in_class: bool,
    members: Vec<Member<'s>>,
    /// Signatures whose implementation has not come yet: where they began, and they.
    waiting: Vec<Option<Waiting<'s>>>,
    /// The last of them of each name.
    awaited: HashMap<Text<'s>, usize>,
    attributes: HashMap<String, usize>,
}

struct Waiting<'s> {
    name: Text<'s>,
    at: usize,
    kind: Kind,
    when: When,
    overloads: Vec<Overload<'s>>,
    /// What was found out about the docstring of all.
    found: Option<(Option<Text<'s>>, DocStatus, Option<Text<'s>>)>,
}

impl<'u, 's> Scope<'u, 's> {
    fn new(unit: &'u Unit<'s>, findings: &'u Findings, in_class: bool) -> Self {
        Self {
            unit,
            findings,
            in_class,
            members: Vec::new(),
            waiting: Vec::new(),
            awaited: HashMap::new(),
            attributes: HashMap::new(),
        }
    }

    fn read(mut self, items: &[Item<'s>]) -> Vec<Member<'s>> {
        for item in items {
            match &item.what {
                What::Function(function) => self.function(item, function),
                What::Class(class) => self.class(item, class),
                What::Bind(bind) => self.attribute(item, bind),
                What::Alias(alias) => {
                    let mut member = self.member(item, Kind::TypeAlias, alias.name.clone());
                    member.type_parameters = texts(&alias.type_parameters);
                    member.value = short(alias.value, ALIAS);
                    self.members.push(member);
                }
                What::Import(_) | What::From(_) | What::Call(_) | What::Loop(_) => {}
            }
        }
        // A stub has no implementations.
        let waiting = std::mem::take(&mut self.waiting);
        let mut others = std::mem::take(&mut self.members).into_iter();
        let (mut all, mut taken) = (Vec::with_capacity(others.len()), 0);
        for waiting in waiting.into_iter().flatten() {
            all.extend(others.by_ref().take(waiting.at - taken));
            taken = waiting.at;
            let mut member = Member {
                kind: waiting.kind,
                name: waiting.name,
                line: waiting.overloads.first().map_or(0, |first| first.line),
                end_line: waiting
                    .overloads
                    .last()
                    .map_or(0, |last| last.end_line.max(last.line)),
                when: self.when(waiting.when),
                no_self: self.in_class,
                ..Member::default()
            };
            member.visibility = self.visibility(&member.name);
            if let Some((doc, status, from)) = waiting.found {
                (member.doc, member.doc_status, member.doc_from) = (doc, Some(status), from);
            }
            member.overloads = waiting.overloads;
            all.push(member);
        }
        all.extend(others);
        all
    }

    fn member(&self, item: &Item<'s>, kind: Kind, name: Text<'s>) -> Member<'s> {
        Member {
            kind,
            visibility: self.visibility(&name),
            name,
            line: item.lines.0,
            end_line: if item.lines.1 == item.lines.0 {
                0
            } else {
                item.lines.1
            },
            when: self.when(item.when),
            ..Member::default()
        }
    }

    fn function(&mut self, item: &Item<'s>, function: &form::Function<'s>) {
        let property = self.findings.properties.contains(&item.at)
            || function.decorators.iter().any(|text| is_property(text));
        let kind = match (self.in_class, property) {
            (true, true) => Kind::Property,
            (true, false) => Kind::Method,
            (false, _) => Kind::Function,
        };
        let mut member = self.member(item, kind, function.name.clone());
        member.is_async = function.is_async;
        member.parameters = function.parameters.iter().map(parameter).collect();
        member.returns = function.returns.map(Cow::Borrowed);
        member.type_parameters = texts(&function.type_parameters);
        if self.in_class {
            member.mark_self();
        }
        self.document(&mut member, item.at, function.doc.as_ref(), &function.decorators);
        let overloaded = function
            .decorators
            .iter()
            .any(|text| last_name(text) == "overload");
        if !overloaded {
            member.decorators = self.decorators(item.at, &function.decorators);
            if kind == Kind::Property && !member.no_self && member.decorators == ["property"] {
                member.decorators.clear();
            }
            let known = self.awaited.remove(&function.name);
            if let Some(waiting) = known.and_then(|known| self.waiting[known].take()) {
                member.overloads = waiting.overloads;
            }
            self.members.push(member);
            return;
        }
        let others = function
            .decorators
            .iter()
            .filter(|text| last_name(text) != "overload");
        let overload = Overload {
            line: member.line,
            end_line: member.end_line,
            decorators: others.map(|text| Cow::Borrowed(*text)).collect(),
            is_async: member.is_async,
            no_self: member.no_self,
            parameters: member.parameters,
            returns: member.returns,
            type_parameters: member.type_parameters,
            provenance: None,
            deprecated: member.deprecated,
            doc: function.doc.as_ref().map(docstring::clean),
        };
        let found = member
            .doc_status
            .map(|status| (member.doc, status, member.doc_from));
        let known = self.awaited.get(&function.name).copied();
        match known.and_then(|known| self.waiting[known].as_mut()) {
            Some(waiting) => {
                waiting.overloads.push(overload);
                waiting.found = waiting.found.take().or(found);
            }
            None => {
                self.awaited.insert(function.name.clone(), self.waiting.len());
                self.waiting.push(Some(Waiting {
                    name: function.name.clone(),
                    at: self.members.len(),
                    kind,
                    when: item.when,
                    overloads: vec![overload],
                    found,
                }));
            }
        }
    }

    fn class(&mut self, item: &Item<'s>, class: &form::Class<'s>) {
        let mut member = self.member(item, Kind::Class, class.name.clone());
        member.decorators = self.decorators(item.at, &class.decorators);
        member.type_parameters = texts(&class.type_parameters);
        member.bases = texts(&class.bases);
        let bases = self.findings.bases.get(&item.at).into_iter().flatten();
        member.base_paths = bases.map(|path| Cow::Owned(path.clone())).collect();
        self.document(&mut member, item.at, class.doc.as_ref(), &class.decorators);
        // What the class says of itself stands before what its initialiser sets.
        let said: HashSet<&str> = class.items.iter().filter_map(|item| item.what.name()).collect();
        let inner = Scope::new(self.unit, self.findings, true);
        let mut members = inner.read(&class.items);
        let sets = class.items.iter().filter_map(|item| match &item.what {
            What::Function(function) => Some(&function.sets),
            _ => None,
        });
        let mut initial = Scope::new(self.unit, self.findings, true);
        for item in sets.flatten() {
            if let What::Bind(bind) = &item.what
                && let Target::Name(name) = &bind.target
                && !said.contains(&**name)
                && !name.starts_with('_')
            {
                initial.attribute(item, bind);
            }
        }
        // What an initialiser sets is its own affair; that it is set is not.
        members.extend(initial.members.into_iter().map(|member| Member {
            value: None,
            ..member
        }));
        member.members = members;
        self.members.push(member);
    }

    fn attribute(&mut self, item: &Item<'s>, bind: &Bind<'s>) {
        let Target::Name(name) = &bind.target else { return };
        if bind.adds || matches!(&**name, "__all__" | "__slots__" | "__doc__" | "_") {
            return;
        }
        let alias = bind.annotation.is_some_and(|text| last_name(text) == "TypeAlias");
        let property = self.in_class && bind.value.is_some_and(|text| text.starts_with("property("));
        let kind = match (alias, property) {
            (true, _) => Kind::TypeAlias,
            (_, true) => Kind::Property,
            _ => Kind::Attribute,
        };
        let value = bind
            .value
            .filter(|_| alias || !name.starts_with('_') || name.starts_with("__"))
            .and_then(|value| short(value, if alias { ALIAS } else { VALUE }));
        let annotation = bind.annotation.map(Cow::Borrowed);
        if let Some(&known) = self.attributes.get(&**name)
            && let Some(member) = self.members.get_mut(known)
        {
            member.annotation = member.annotation.take().or(annotation);
            member.value = member.value.take().or(value);
            member.doc = member
                .doc
                .take()
                .or_else(|| bind.doc.as_ref().map(docstring::clean));
            return;
        }
        let mut member = self.member(item, kind, name.clone());
        member.no_self = kind == Kind::Property;
        member.annotation = annotation.filter(|_| !alias);
        member.value = value;
        self.document(&mut member, item.at, bind.doc.as_ref(), &[]);
        self.attributes.insert(name.to_string(), self.members.len());
        self.members.push(member);
    }

    /// Decorators as written, but without the templates that are in the docstring now.
    fn decorators(&self, at: u32, written: &[&'s str]) -> Vec<Text<'s>> {
        let spent = self.findings.spent.get(&at).map_or(&[][..], Vec::as_slice);
        let each = written
            .iter()
            .enumerate()
            .map(|(number, text)| match text.split_once('(') {
                Some((name, _)) if spent.contains(&number) && text.len() > SPENT => {
                    Cow::Owned(format!("{name}(…)"))
                }
                _ => Cow::Borrowed(*text),
            });
        each.collect()
    }

    /// The docstring, and what it and the decorators say about deprecation.
    fn document(&self, member: &mut Member<'s>, at: u32, written: Option<&Text<'s>>, decorators: &[&'s str]) {
        match self.findings.docs.get(&at) {
            Some(found) => {
                let written = written.filter(|_| found.status == DocStatus::Unresolved);
                let made = found
                    .text
                    .as_deref()
                    .map(|text| docstring::clean(&Cow::Borrowed(text)).into_owned());
                member.doc = made.map(Cow::Owned).or_else(|| written.map(docstring::clean));
                member.doc_status = Some(found.status);
                member.doc_from = found.from.clone().map(Cow::Owned);
            }
            None => member.doc = written.map(docstring::clean),
        }
        member.deprecated = decorators
            .iter()
            .filter(|text| last_name(text) == "deprecated")
            .map(|text| deprecation(text))
            .next()
            .or_else(|| member.doc.as_deref().and_then(docstring::deprecated));
    }

    fn visibility(&self, name: &str) -> Option<Visibility> {
        let listed = self
            .findings
            .listed
            .as_ref()
            .filter(|_| !self.in_class && !name.starts_with('_'));
        let unlisted = listed.is_some_and(|listed| !listed.contains(name));
        unlisted.then_some(Visibility::Unlisted)
    }

    fn when(&self, mut when: When) -> Option<Text<'s>> {
        let mut all: Vec<String> = Vec::new();
        while let Some(condition) = self.unit.condition(when).filter(|_| all.len() < CONDITIONS) {
            match condition.branch {
                Branch::If => all.push(condition.test.to_owned()),
                Branch::Else => all.push(format!("not ({})", condition.test)),
                Branch::Except => all.push(format!("except {}", condition.test).trim_end().to_owned()),
                Branch::Try | Branch::Loop | Branch::Other => {}
            }
            when = condition.outer;
        }
        all.reverse();
        (!all.is_empty()).then(|| Cow::Owned(all.join(" and ")))
    }
}

fn texts<'s>(slices: &[&'s str]) -> Vec<Text<'s>> {
    slices.iter().map(|slice| Cow::Borrowed(*slice)).collect()
}

fn short(value: &str, limit: usize) -> Option<Text<'_>> {
    (value.len() <= limit && (limit > VALUE || !value.contains('\n'))).then_some(Cow::Borrowed(value))
}

fn parameter<'s>(parameter: &form::Parameter<'s>) -> Parameter<'s> {
    Parameter {
        name: parameter.name.clone(),
        kind: match parameter.kind {
            form::ParameterKind::PositionalOnly => Some(ParameterKind::PositionalOnly),
            form::ParameterKind::PositionalOrKeyword => None,
            form::ParameterKind::VarPositional => Some(ParameterKind::VarPositional),
            form::ParameterKind::KeywordOnly => Some(ParameterKind::KeywordOnly),
            form::ParameterKind::VarKeyword => Some(ParameterKind::VarKeyword),
        },
        annotation: parameter.annotation.map(Cow::Borrowed),
        default: parameter.default.map(Cow::Borrowed),
        implied: false,
    }
}
