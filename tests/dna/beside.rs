//! Docstrings that are added from elsewhere: by functions of the package, to stubs of compiled modules, and from an sdist beside it.

use gistry::dna::record::{DocStatus, Member};
use gistry::dna::{Options, Package, Source};

const PACKAGE: [(&str, &str); 5] = [
    ("p/__init__.py", "from ._c import *\nfrom ._c import grow\n"),
    (
        "p/__init__.pyi",
        "def grow(x: int) -> int: ...\nshrink: Made[1]\nless = shrink\nclass Kind:\n    size: int\nbyte = Int[8]\n",
    ),
    ("p/_c.cpython-311-x86_64-linux-gnu.so", ""),
    (
        "p/kinds.py",
        "import os\nfor name in os.listdir():\n    globals()[name] = 1\n",
    ),
    (
        "p/_docs.py",
        r#"
from p.core import add_newdoc
import os

add_newdoc('p._c', 'grow', 'Grows.')
add_newdoc('p._c', 'grow', 'Not twice.')
add_newdoc('p._c', 'Kind', [('size', 'How large.'), ('color', 'Of what colour.')])
add_newdoc('p._c', 'hidden', ('part', 'Of something that no file shows.'))

def add_kind(name, doc):
    letter = os.urandom(1)
    add_newdoc('p.kinds', name, f"""
    {doc.strip()}

    :Letter: {letter}
    """)

add_kind('byte', 'A small number.')
for name in ['a', 'b']:
    add_newdoc('p._c', name, 'The letter %s.' % name)
"#,
    ),
];

const SDIST: [(&str, &str); 5] = [
    (
        "p-1.0/p/generate.py",
        "docs = {}\nwords = {'X': 'x : int'}\n\ndef add_newdoc(place, name, doc):\n    for key, word in words.items():\n        doc = doc.replace('$' + key, word)\n    docs['.'.join((place, name))] = doc\n\nadd_newdoc('p._c', 'shrink', 'Shrinks.\\n\\n$X')\nadd_newdoc('p._c', 'grow', 'Not instead of what the wheel says.')\n",
    ),
    (
        "p-1.0/p/_docs.py",
        "add_newdoc('p._c', 'shrink', 'Not of a file that is in the wheel.')\n",
    ),
    (
        "p-1.0/p/tests/test_docs.py",
        "add_newdoc('p._c', 'shrink', 'Not of a test.')\n",
    ),
    ("p-1.0/setup.py", "def not_in_the_dna(): ...\n"),
    ("p-1.0/p/broken.py", "add_newdoc(('p._c', 'shrink', \0\n"),
];

fn sources<'a>(files: &'a [(&'a str, &'a str)]) -> Vec<Source<'a>> {
    let source = |(path, text): &(&'a str, &'a str)| Source {
        path,
        bytes: text.as_bytes(),
    };
    files.iter().map(source).collect()
}

/// The docstring of a path, with how it came about.
fn doc(
    beside: &[(&str, &str)],
    module: &str,
    path: &[&str],
) -> (Option<String>, Option<DocStatus>, Option<String>) {
    let wheel = sources(&PACKAGE);
    let package = Package::new(&wheel, Options::default());
    let sdist = sources(beside);
    let package = package.beside(&sdist);
    let (body, counts) = package.body();
    assert_eq!(counts.failed, 0);
    let names: Vec<_> = body
        .modules
        .iter()
        .map(|module| module.name.to_string())
        .collect();
    assert_eq!(names, ["p", "p._c", "p._docs", "p.kinds"]);
    let mut members: &[Member<'_>] = &body
        .modules
        .iter()
        .find(|one| one.name == module)
        .unwrap()
        .members;
    let mut found = None;
    for name in path {
        found = members.iter().find(|member| member.name == *name);
        members = &found.unwrap_or_else(|| panic!("{module} {path:?}")).members;
    }
    let found = found.unwrap();
    let text = |text: &Option<gistry::dna::record::Text<'_>>| text.as_ref().map(ToString::to_string);
    (text(&found.doc), found.doc_status, text(&found.doc_from))
}

#[test]
fn what_is_added_to_a_compiled_definition_is_found_at_its_stub() {
    let added = |text: &str| (Some(text.to_owned()), Some(DocStatus::Added), None);
    let from = |path: &str| (None, Some(DocStatus::Inherited), Some(path.to_owned()));
    assert_eq!(doc(&[], "p", &["grow"]), added("Grows."));
    assert_eq!(doc(&[], "p._c", &["grow"]), from("p.grow"));
    assert_eq!(doc(&[], "p", &["Kind", "size"]), added("How large."));
    assert_eq!(doc(&[], "p", &["Kind", "color"]), added("Of what colour."));
    assert_eq!(
        doc(&[], "p._c", &["hidden", "part"]),
        added("Of something that no file shows.")
    );
    assert_eq!(doc(&[], "p._c", &["b"]), added("The letter b."));
    assert_eq!(doc(&[], "p", &["shrink"]), (None, None, None));
}

#[test]
fn what_only_the_machine_knows_stands_in_braces() {
    let (text, status, _) = doc(&[], "p", &["byte"]);
    assert_eq!(text.as_deref(), Some("A small number.\n\n:Letter: {letter}"));
    assert_eq!(status, Some(DocStatus::Partial));
}

#[test]
fn an_sdist_beside_adds_docstrings_and_nothing_else() {
    let (text, status, _) = doc(&SDIST, "p", &["shrink"]);
    assert_eq!(
        (text.as_deref(), status),
        (Some("Shrinks.\n\nx : int"), Some(DocStatus::Added))
    );
    assert_eq!(doc(&SDIST, "p", &["less"]).2.as_deref(), Some("p.shrink"));
    assert_eq!(doc(&SDIST, "p", &["grow"]).0.as_deref(), Some("Grows."));
    assert_eq!(doc(&SDIST, "p._c", &["grow"]).2.as_deref(), Some("p.grow"));
}
