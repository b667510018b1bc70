//! What must be so of ten thousand arbitrary sources: no panic, the same bytes twice, and reading gives back what was written.

use gistry::dna::Options;
use proptest::prelude::*;

use crate::{dna, one};

/// Pieces of Python, so that arbitrary texts are often nearly programs.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "def f(x, *, y: int = 1) -> int:\n",
        "    ",
        "\n",
        "class A(B, metaclass=M):\n",
        "@overload\n",
        "@a.b(c, d='e')\n",
        "async ",
        "return 1\n",
        "if TYPE_CHECKING:\n",
        "else:\n",
        "try:\n",
        "except E:\n",
        "from . import *\n",
        "from .a import b as c\n",
        "import a.b\n",
        "__all__ = ['f']\n",
        "__all__ += a.__all__\n",
        "\"\"\"doc\n    more\n\"\"\"\n",
        "'",
        "\"\"\"",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\\",
        "\\\n",
        "\t",
        "x: T = 1\n",
        "x = y = 2\n",
        "type X[T] = int\n",
        "match x:\n",
        "case 1:\n",
        "f'{x!r:>{y}}'\n",
        "t'{x}'\n",
        "print 'x'\n",
        "lambda: 0",
        "é",
        "\u{feff}",
        "\0",
        "\r\n",
        "# coding: latin-1\n",
        ";",
        ":",
        ",",
        "*",
        "add_newdoc('a', 'f', 'doc')\n",
        "f.__doc__ = 'x'\n",
        "@doc(f, x='y')\n",
        ".. deprecated:: 1\n",
    ];
    prop_oneof![4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(pieces in prop::collection::vec(piece(), 0..30), bytes in prop::collection::vec(any::<u8>(), 0..20)) {
        let files = [
            ("a/__init__.py".to_owned(), pieces.concat().into_bytes()),
            ("a/b.pyi".to_owned(), pieces.iter().rev().map(String::as_str).collect::<String>().into_bytes()),
            ("a/b.py".to_owned(), [pieces.concat().into_bytes(), bytes].concat()),
        ];
        let written = dna(&files, Options::default());
        let read = gistry::dna::read(&written).unwrap();
        prop_assert!(read.body.modules.iter().flat_map(|module| &module.problems).all(|problem| problem.message != "the parser gave up"));
        prop_assert_eq!(gistry::dna::file(&read.head, &read.body).unwrap(), written);
    }
}

#[test]
fn lines_are_absolute_and_begin_at_def() {
    let body = one("\n\n@a\n@b(\n  c)\n# why\nasync \\\n def f():\n    '''x\n    '''\n\n\nx = 1\n");
    let lines: Vec<_> = body.modules[0]
        .members
        .iter()
        .map(|member| (member.line, member.end_line))
        .collect();
    assert_eq!(lines, [(7, 10), (13, 0)]);
}

#[test]
fn no_package_is_known_by_its_name() {
    let known = [
        "pandas",
        "numpy",
        "scipy",
        "sympy",
        "django",
        "sqlalchemy",
        "matplotlib",
        "sklearn",
        "requests",
    ];
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/dna")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The head's tests name packages as examples; they parse none.
            if path.ends_with("head/tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
            let found: Vec<_> = known.iter().filter(|name| text.contains(**name)).collect();
            assert!(found.is_empty(), "{}: {found:?}", path.display());
            read += 1;
        }
    }
    assert!(read > 20);
}
