//! A module's `.py` and its stub as one: what the file does, with the types and overloads that the stub adds. Never drops what only one of them says.

use foldhash::HashMap;

use super::record::{DocStatus, Kind, Member, Module, Provenance, Stub, Text, Visibility};

use super::said;

/// Merges a stub into the module that it describes; its path stays that of the module.
pub fn merge<'a>(mut module: Module<'a>, stub: Module<'a>) -> Module<'a> {
    module.provenance = module.provenance.or(Some(Provenance::Both));
    module.stub = stub.sha256.map(|sha256| Stub {
        path: stub.path,
        sha256,
    });
    module.problems.extend(stub.problems);
    if module.doc.is_none() && stub.doc.is_some() {
        module.doc = stub.doc;
        module.doc_status = Some(DocStatus::Stub);
    }
    members(&mut module.members, stub.members);
    module
}

fn members<'a>(own: &mut Vec<Member<'a>>, stubs: Vec<Member<'a>>) {
    // Of several with one name, the last one is what is there in the end.
    let own_ones = own.iter().enumerate();
    let own_ones = own_ones.filter(|(_, member)| member.provenance != Some(Provenance::Stub));
    let known: HashMap<Text<'a>, usize> = own_ones.map(|(at, member)| (member.name.clone(), at)).collect();
    for mut stub in stubs {
        match known.get(&stub.name) {
            Some(at) => one(&mut own[*at], stub),
            None => {
                stub.provenance = Some(Provenance::Stub);
                own.push(stub);
            }
        }
    }
}

fn one<'a>(member: &mut Member<'a>, stub: Member<'a>) {
    member.provenance = Some(Provenance::Both);
    if member.overloads.is_empty() {
        member.overloads = stub.overloads;
        member
            .overloads
            .iter_mut()
            .for_each(|overload| overload.provenance = Some(Provenance::Stub));
    }
    if member.kind == Kind::Attribute {
        // A value in the file, a function to those who use it.
        if member.parameters.is_empty() && matches!(stub.kind, Kind::Function | Kind::Method | Kind::Property)
        {
            member.kind = stub.kind;
            member.parameters = stub.parameters;
            member.no_self = stub.no_self;
        }
    } else if member
        .parameters
        .iter()
        .map(|one| &one.name)
        .eq(stub.parameters.iter().map(|one| &one.name))
    {
        for (own, said) in member.parameters.iter_mut().zip(stub.parameters) {
            own.annotation = own.annotation.take().or(said.annotation);
        }
        if matches!(member.kind, Kind::Method | Kind::Property) && !member.no_self {
            member.no_self = !said::mark(&mut member.parameters);
            if member.no_self && member.kind == Kind::Property && member.decorators.is_empty() {
                // It went without saying.
                member.decorators.push("property".into());
            }
        }
    }
    member.returns = member.returns.take().or(stub.returns);
    member.annotation = member.annotation.take().or(stub.annotation);
    if member.type_parameters.is_empty() {
        member.type_parameters = stub.type_parameters;
    }
    member.deprecated = member.deprecated.take().or(stub.deprecated);
    if member.visibility == Some(Visibility::Unlisted) {
        member.visibility = stub.visibility;
    }
    if member.doc.is_none() && member.doc_from.is_none() {
        member.doc_from = stub.doc_from;
        if stub.doc.is_some() {
            member.doc = stub.doc;
            member.doc_status = stub.doc_status.or(Some(DocStatus::Stub));
        } else if member.doc_from.is_some() {
            member.doc_status = stub.doc_status;
        }
    }
    members(&mut member.members, stub.members);
}
