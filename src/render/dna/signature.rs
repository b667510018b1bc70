//! A definition's signature in Python's syntax, rebuilt from its parts. Never longer than the paper is wide, where it can be helped.

use super::paper::{Ink, Paper, columns, one_line};
use crate::dna::record::{Kind, Member, Overload, Parameter, ParameterKind, Text};

/// What a signature is made of, of a definition or of one overload.
struct Parts<'m> {
    keyword: &'static str,
    name: &'m str,
    type_parameters: &'m [Text<'static>],
    parameters: Option<Vec<String>>,
    after: String,
}

/// The whole head of a definition: decorators, then each overload, then what is implemented.
pub(super) fn head(member: &Member<'static>, paper: Paper) -> String {
    let mut text = String::new();
    for overload in &member.overloads {
        text += &decorator("overload", paper);
        for line in &overload.decorators {
            text += &decorator(line, paper);
        }
        text += &of_overload(member, overload).on(paper);
    }
    if is_implemented(member) {
        for line in &member.decorators {
            text += &decorator(line, paper);
        }
        text += &of(member).on(paper);
    }
    text
}

/// Everything on one line, without decorators: `merge(right, how: str = 'inner') -> DataFrame`.
pub fn line(member: &Member<'static>) -> String {
    let parts = match member.overloads.first() {
        Some(overload) if !is_implemented(member) => of_overload(member, overload),
        _ => of(member),
    };
    parts.line("")
}

/// Whether there is a definition besides the overloads: it does not begin where the first of them does.
fn is_implemented(member: &Member<'_>) -> bool {
    let Some(first) = member.overloads.first() else {
        return true;
    };
    !member.parameters.is_empty() || first.provenance.is_some() || member.line != first.line
}

fn decorator(text: &str, paper: Paper) -> String {
    format!("{}\n", paper.ink(&format!("@{}", one_line(text)), Ink::Aside))
}

fn of<'m>(member: &'m Member<'static>) -> Parts<'m> {
    let returns = |text: &Option<Text<'_>>| {
        text.as_deref()
            .map_or(String::new(), |returns| format!(" -> {}", one_line(returns)))
    };
    // `x = property(…)` has nothing to call.
    let is_plain = matches!(member.kind, Kind::Attribute | Kind::TypeAlias)
        || member.kind == Kind::Property && member.decorators.is_empty() && member.parameters.is_empty();
    let keyword = match member.kind {
        Kind::Class => "class",
        Kind::TypeAlias if member.annotation.is_none() => "type",
        _ if is_plain => "",
        _ if member.is_async => "async def",
        _ => "def",
    };
    let parameters = match member.kind {
        Kind::Class if member.bases.is_empty() => None,
        Kind::Class => Some(member.bases.iter().map(|base| one_line(base)).collect()),
        _ if is_plain => None,
        _ => Some(listed(&member.parameters)),
    };
    let after = if is_plain {
        let annotation = (member.annotation.as_deref().or(member.returns.as_deref()))
            .map_or(String::new(), |text| format!(": {}", one_line(text)));
        let value = member
            .value
            .as_deref()
            .map_or(String::new(), |text| format!(" = {}", one_line(text)));
        annotation + &value
    } else {
        returns(&member.returns)
    };
    Parts {
        keyword,
        name: &member.name,
        type_parameters: &member.type_parameters,
        parameters,
        after,
    }
}

fn of_overload<'m>(member: &'m Member<'static>, overload: &'m Overload<'static>) -> Parts<'m> {
    Parts {
        keyword: if overload.is_async { "async def" } else { "def" },
        name: &member.name,
        type_parameters: &overload.type_parameters,
        parameters: Some(listed(&overload.parameters)),
        after: (overload.returns.as_deref())
            .map_or(String::new(), |returns| format!(" -> {}", one_line(returns))),
    }
}

/// Parameters as they are written, `/` and `*` between them.
fn listed(parameters: &[Parameter<'_>]) -> Vec<String> {
    let mut texts = Vec::with_capacity(parameters.len() + 2);
    let mut only_positional = false;
    let mut only_keyword = false;
    for parameter in parameters {
        let kind = parameter.kind;
        if only_positional && kind != Some(ParameterKind::PositionalOnly) {
            texts.push("/".to_owned());
        }
        only_positional = kind == Some(ParameterKind::PositionalOnly);
        if kind == Some(ParameterKind::KeywordOnly) && !only_keyword {
            texts.push("*".to_owned());
        }
        only_keyword |= matches!(
            kind,
            Some(ParameterKind::KeywordOnly | ParameterKind::VarPositional)
        );
        texts.push(one(parameter));
    }
    if only_positional {
        texts.push("/".to_owned());
    }
    texts
}

fn one(parameter: &Parameter<'_>) -> String {
    let stars = match parameter.kind {
        Some(ParameterKind::VarPositional) => "*",
        Some(ParameterKind::VarKeyword) => "**",
        _ => "",
    };
    let name = one_line(&parameter.name);
    match (parameter.annotation.as_deref(), parameter.default.as_deref()) {
        (None, None) => format!("{stars}{name}"),
        (None, Some(default)) => format!("{stars}{name}={}", one_line(default)),
        (Some(annotation), None) => format!("{stars}{name}: {}", one_line(annotation)),
        (Some(annotation), Some(default)) => {
            format!("{stars}{name}: {} = {}", one_line(annotation), one_line(default))
        }
    }
}

impl Parts<'_> {
    fn line(&self, keyword: &str) -> String {
        let mut text = keyword.to_owned();
        if !keyword.is_empty() {
            text.push(' ');
        }
        text += &one_line(self.name);
        text += &self.between();
        if let Some(parameters) = &self.parameters {
            text += &format!("({})", parameters.join(", "));
        }
        text + &self.after
    }

    fn between(&self) -> String {
        if self.type_parameters.is_empty() {
            return String::new();
        }
        let all: Vec<String> = self.type_parameters.iter().map(|text| one_line(text)).collect();
        format!("[{}]", all.join(", "))
    }

    /// On one line where it fits, else a parameter a line.
    fn on(&self, paper: Paper) -> String {
        let line = self.line(self.keyword);
        let keyword = paper.ink(self.keyword, Ink::Keyword);
        let name = paper.ink(&one_line(self.name), Ink::Title);
        let gap = if self.keyword.is_empty() { "" } else { " " };
        let start = format!("{keyword}{gap}{name}{}", self.between());
        match &self.parameters {
            Some(parameters) if columns(&line) > paper.width && !parameters.is_empty() => {
                let each: String = parameters.iter().map(|text| format!("    {text},\n")).collect();
                format!("{start}(\n{each}){}\n", self.after)
            }
            Some(parameters) => format!("{start}({}){}\n", parameters.join(", "), self.after),
            None => format!("{start}{}\n", self.after),
        }
    }
}
