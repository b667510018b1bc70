//! What goes without saying in a DNA file: left out when it is written, put back when it is read. Never leaves out what a reader could not know.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::record::{DocStatus, Kind, Member, Module, Parameter};

impl Kind {
    /// Whether it is said by where it stands.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn is_usual(&self) -> bool {
        matches!(self, Self::Function | Self::Method)
    }

    /// Whether it is called with an object when it stands in a class.
    fn is_bound(self) -> bool {
        matches!(self, Self::Function | Self::Method | Self::Property)
    }
}

impl Member<'_> {
    /// Marks the `self` of what stands in a class.
    pub(super) fn mark_self(&mut self) {
        self.no_self = !mark(&mut self.parameters);
        for overload in &mut self.overloads {
            overload.no_self = !mark(&mut overload.parameters);
        }
    }
}

/// Whether the first parameter is a plain `self`; it is marked.
pub(super) fn mark(parameters: &mut [Parameter<'_>]) -> bool {
    let Some(first) = parameters.first_mut() else {
        return false;
    };
    first.implied =
        first.name == "self" && first.kind.is_none() && first.annotation.is_none() && first.default.is_none();
    first.implied
}

/// Puts back what was left out.
pub(super) fn restore(modules: &mut [Module<'_>]) {
    for module in modules {
        members(&mut module.members, false);
    }
}

fn members(all: &mut [Member<'_>], in_class: bool) {
    for member in all {
        if member.doc_from.is_some() {
            member.doc_status = member.doc_status.or(Some(DocStatus::Inherited));
        }
        if in_class && member.kind.is_bound() {
            if member.kind == Kind::Function {
                member.kind = Kind::Method;
            }
            put_self(&mut member.parameters, member.no_self);
            for overload in &mut member.overloads {
                put_self(&mut overload.parameters, overload.no_self);
            }
        }
        members(&mut member.members, member.kind == Kind::Class);
    }
}

fn put_self(parameters: &mut Vec<Parameter<'_>>, not: bool) {
    if !not {
        let implied = Parameter {
            name: Cow::Borrowed("self"),
            implied: true,
            ..Parameter::default()
        };
        parameters.insert(0, implied);
    }
}

fn written<'p, 'a>(parameters: &'p [Parameter<'a>]) -> &'p [Parameter<'a>] {
    match parameters.split_first() {
        Some((first, rest)) if first.implied => rest,
        _ => parameters,
    }
}

/// Whether no parameter is written.
pub(super) fn none(parameters: &[Parameter<'_>]) -> bool {
    written(parameters).is_empty()
}

/// Writes the parameters that do not go without saying.
pub(super) fn write<S: Serializer>(parameters: &[Parameter<'_>], serializer: S) -> Result<S::Ok, S::Error> {
    written(parameters).serialize(serializer)
}

/// Whether how a docstring came about is said by whether there is a `doc_from`.
pub(super) fn is_plain(status: &Option<DocStatus>) -> bool {
    matches!(status, None | Some(DocStatus::Inherited))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) fn is_false(yes: &bool) -> bool {
    !*yes
}

/// A flag that is written as its opposite.
pub(super) mod inverted {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(!flag)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        bool::deserialize(deserializer).map(|yes| !yes)
    }
}
