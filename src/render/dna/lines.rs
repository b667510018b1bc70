//! DNA as JSON: a whole file as it is decoded, one definition, or a line for each. Never leaves a key out that the file has.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::signature;
use crate::dna::lookup::{self, Definition};
use crate::dna::record::{Kind, Member, Module};
use crate::dna::{Dna, head};

/// The version of the shape of what programs read here.
const VERSION: u32 = 1;
/// How deeply a file may be nested: as deep as the reader goes.
const MAX_DEPTH: usize = 512;

/// A whole file as JSON, whatever keys it has; the file must be DNA.
///
/// # Errors
/// What is wrong with its bytes.
pub fn whole(bytes: &[u8]) -> Result<String, String> {
    head::read(bytes, head::MAX_HEAD).map_err(|fault| fault.to_string())?;
    let mut decoder = rmp_serde::Deserializer::from_read_ref(bytes);
    decoder.set_max_depth(MAX_DEPTH);
    let value =
        <Value as serde::Deserialize>::deserialize(&mut decoder).map_err(|error| error.to_string())?;
    Ok(pretty(&value))
}

/// One module and what is in it.
pub fn module(dna: &Dna, module: &Module<'static>) -> String {
    pretty(&json!({
        "version": VERSION,
        "package": dna.head.package.as_str(),
        "release": dna.head.release,
        "path": module.name,
        "public": lookup::public(dna, &module.name),
        "module": module,
    }))
}

/// One definition, all of its name, and what is in it.
pub fn definition(dna: &Dna, found: &Definition<'_>) -> String {
    let docs: Vec<Option<Value>> = (found.members.iter())
        .map(|member| lookup::doc(dna, member).map(|(doc, from)| json!({"text": doc, "from": from})))
        .collect();
    pretty(&json!({
        "version": VERSION,
        "package": dna.head.package.as_str(),
        "release": dna.head.release,
        "path": found.path,
        "public": lookup::public(dna, &found.path),
        "through": found.through,
        "file": found.module.path,
        "definitions": found.members,
        "docs": docs,
    }))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A definition on a line of its own.
#[derive(Serialize)]
struct Line<'l> {
    package: &'l str,
    release: &'l str,
    path: &'l str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    public: &'l [String],
    kind: &'l str,
    file: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    /// The docstring, also where it is another's.
    #[serde(skip_serializing_if = "Option::is_none")]
    doc: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_from: Option<String>,
    /// The keys that the file has of it, without `members`; those above are not repeated.
    #[serde(flatten)]
    rest: Value,
}

/// Keys of a member that a line has in a form of its own.
const OWN: [&str; 5] = ["kind", "doc", "doc_from", "members", "name"];

/// A line for each module and definition; only those at and below `under`, where it is given.
pub fn lines(dna: &Dna, under: Option<&str>) -> String {
    let mut public: HashMap<&str, Vec<String>> = HashMap::new();
    for (path, to) in &dna.body.public {
        public.entry(to).or_default().push(path.to_string());
    }
    let mut writer = Lines {
        dna,
        under,
        public,
        text: String::new(),
    };
    for module in &dna.body.modules {
        let names = writer
            .public
            .get(module.name.as_ref())
            .cloned()
            .unwrap_or_default();
        let mut rest = serde_json::to_value(module).unwrap_or_default();
        forget(&mut rest, &["path", "name", "doc", "members"]);
        writer.write(&Line {
            package: dna.head.package.as_str(),
            release: &dna.head.release,
            path: &module.name,
            public: &names,
            kind: "module",
            file: &module.path,
            signature: None,
            doc: module.doc.as_deref(),
            doc_from: None,
            rest,
        });
        writer.members(&module.members, &module.name, &names, &module.path);
    }
    writer.text
}

struct Lines<'d> {
    dna: &'d Dna,
    under: Option<&'d str>,
    public: HashMap<&'d str, Vec<String>>,
    text: String,
}

impl<'d> Lines<'d> {
    fn members(&mut self, members: &'d [Member<'static>], above: &str, above_public: &[String], file: &str) {
        for member in members {
            let path = format!("{above}.{}", member.name);
            let mut public = self.public.get(path.as_str()).cloned().unwrap_or_default();
            public.extend(
                above_public
                    .iter()
                    .map(|above| format!("{above}.{}", member.name)),
            );
            if self.wants(&path) {
                self.member(member, &path, &public, file);
            }
            // What is in a public class is public by its name.
            self.members(&member.members, &path, &public, file);
        }
    }

    fn member(&mut self, member: &'d Member<'static>, path: &str, public: &[String], file: &str) {
        let mut rest = serde_json::to_value(member).unwrap_or_default();
        forget(&mut rest, &OWN);
        let doc = lookup::doc(self.dna, member);
        let (doc, doc_from) = doc.map_or((None, None), |(doc, from)| (Some(doc), from));
        self.write(&Line {
            package: self.dna.head.package.as_str(),
            release: &self.dna.head.release,
            path,
            public,
            kind: word(member.kind),
            file,
            signature: Some(signature::line(member)),
            doc,
            doc_from,
            rest,
        });
    }

    fn wants(&self, path: &str) -> bool {
        self.under.is_none_or(|under| {
            path.strip_prefix(under)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    fn write(&mut self, line: &Line<'_>) {
        if self.wants(line.path) {
            // Maps with texts as keys can always be written.
            self.text += &serde_json::to_string(line).unwrap_or_default();
            self.text.push('\n');
        }
    }
}

fn forget(value: &mut Value, keys: &[&str]) {
    if let Value::Object(map) = value {
        for key in keys {
            map.shift_remove(*key);
        }
    }
}

/// The word that a file has for a kind.
pub fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Function => "function",
        Kind::Method => "method",
        Kind::Class => "class",
        Kind::Property => "property",
        Kind::Attribute => "attribute",
        Kind::TypeAlias => "type_alias",
    }
}
