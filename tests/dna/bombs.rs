//! Sources that want to take time or memory: what is evaluated, inherited, imported and searched for stays within bounds. Never runs any of it.

use std::time::{Duration, Instant};

use gistry::dna::Options;

use crate::dna;

/// So long may one of them take, in a build without optimization on a busy machine.
const LONG: Duration = Duration::from_secs(300);

/// The decoded DNA of some files, made in time.
fn made(files: &[(&str, String)]) -> gistry::dna::Dna {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes()))
        .collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .stack_size(64 << 20)
        .build()
        .unwrap();
    let begun = Instant::now();
    let bytes = pool.install(|| dna(&files, Options { include_tests: true }));
    let took = begun.elapsed();
    assert!(took < LONG, "{took:?}: {}", &files[0].0);
    assert!(bytes.len() < 40 << 20, "{} bytes", bytes.len());
    gistry::dna::read(&bytes).unwrap()
}

const DOC: &str =
    "def doc(text):\n    def inner(f):\n        f.__doc__ = text\n        return f\n    return inner\n";

/// How the docstring of `f` came about, decorated with `doc(X)`, where X is what these statements make it.
fn evaluated(statements: &str) -> Option<gistry::dna::record::DocStatus> {
    let text = format!("{DOC}\n{statements}\n@doc(X)\ndef f(): ...\n");
    let read = made(&[
        ("p/__init__.py", text),
        ("p/good.py", "def g(): 'ok'\n".to_owned()),
    ]);
    let good = &read.body.modules[1].members[0];
    assert_eq!(good.doc.as_deref(), Some("ok"));
    let members = &read.body.modules[0].members;
    let found = members.iter().find(|member| member.name == "f").unwrap();
    assert!(found.doc.as_ref().is_none_or(|doc| doc.len() <= 256 * 1024));
    found.doc_status
}

#[test]
fn texts_do_not_grow_without_bounds() {
    use gistry::dna::record::DocStatus::{Templated, Unresolved};
    assert_eq!(evaluated("X = 'a' * 100"), Some(Templated));
    let doubled = "X = 'ab'\ndef more(x):\n    for i in 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz':\n        STEP\n    return x\nX = more(X)";
    for step in [
        "x = x + x",
        "x = f'{x}{x}'",
        "x = x.replace('a', x)",
        "x = '%s%s' % (x, x)",
        "x = '{0}{0}'.format(x)",
        "x = x.join([x, x, x])",
        "x = x.replace('b', x + x).upper().lower()",
    ] {
        assert_eq!(
            evaluated(&doubled.replace("STEP", step)),
            Some(Unresolved),
            "{step}"
        );
    }
    for expression in [
        "'a' * 10**9",
        "'a' * 1000000000",
        "1000000000 * 'a'",
        "'%1000000000d' % 1",
        "'%*d' % (1000000000, 1)",
        "'{:1000000000}'.format(1)",
        "f'{1:1000000000}'",
        "['a'] * 1000000000",
        "'a' * -5 * 9223372036854775807",
        "('a' * 262000).replace('a', 'a' * 262000)",
        "''.join([c + c for c in 'a' * 4000 for d in 'a' * 4000])",
    ] {
        evaluated(&format!("X = {expression}"));
    }
}

#[test]
fn lists_and_functions_end() {
    for statements in [
        "def f1(x):\n    return f1(x)\nX = f1('a')",
        "def f1(x):\n    for a in 'aaaaaaaa':\n        f1(x)\n    return x\nX = f1('a')",
        "X = X",
        "X = Y\nY = X",
        "a = []\na.append(a)\nb = []\nb.append(b)\nX = 'x' if a == b else 'y'",
        "def grow(x):\n    for a in 'a' * 4000:\n        x.extend(x)\n    return x\nX = grow(['a'])",
        "def grow(x):\n    for a in 'a' * 4000:\n        x += x\n    return x\nX = grow(['a'])",
        "def nest(x):\n    for a in 'a' * 4000:\n        for b in 'a' * 4000:\n            x = [x]\n    return x\nX = nest('a')",
        "def grow(x):\n    for a in 'a' * 4000:\n        x = x + x\n    return x\nX = grow(('a',))",
        "X = {i: i for i in 'a' * 4000}",
        "f = lambda: f()\nX = f()",
        "@doc(doc)\n@X\ndef X(): ...",
    ] {
        evaluated(statements);
    }
    let many: String = (0..3_000)
        .map(|number| format!("@doc(X + '{number}')\ndef f{number}(): ...\n"))
        .collect();
    made(&[("p.py", format!("{DOC}X = 'a' * 250000\n{many}"))]);
}

#[test]
fn what_all_says_cannot_be_played_with() {
    for all in [
        "__all__ = __all__",
        "__all__ = [name for name in globals()]",
        "__all__ = ['f'] * 100000000",
        "__all__ = 'f'",
        "__all__ += __all__",
        "__all__ = []\n__all__.append(__all__)\n__all__.extend(__all__)",
        "__all__ = ['f', 1, None, 'no such name', '', '.', 'f.f', '\\ud800']",
        "from . import *\n__all__ = [*__all__, *__all__]",
    ] {
        let read = made(&[("p/__init__.py", format!("{all}\ndef f(): ...\n"))]);
        assert!(
            read.body.modules[0]
                .members
                .iter()
                .any(|member| member.name == "f"),
            "{all}"
        );
    }
}

#[test]
fn circles_of_star_imports_end() {
    let file = |number: usize| {
        let stars: String = (0..60)
            .map(|other| format!("from p.m{other} import *\n"))
            .collect();
        format!("{stars}def f{number}(): ...\nx{number} = y{number}\ny{number} = x{number}\n")
    };
    let texts: Vec<(String, String)> = (0..60)
        .map(|number| (format!("p/m{number}.py"), file(number)))
        .collect();
    let mut files: Vec<(&str, String)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.clone()))
        .collect();
    let stars: String = (0..60)
        .map(|other| format!("from .m{other} import *\n"))
        .collect();
    files.push(("p/__init__.py", stars));
    let read = made(&files);
    assert_eq!(read.body.public.get("p.f7").map(AsRef::as_ref), Some("p.m7.f7"));
}

#[test]
fn large_classes_stubs_and_folders_take_as_long_as_they_are() {
    let methods: String = (0..20_000)
        .map(|number| format!("    def m{number}(self): ...\n"))
        .collect();
    let overloads: String = (0..20_000)
        .map(|number| format!("    @overload\n    def o{number}(self): ...\n"))
        .collect();
    let class = format!("class A:\n{methods}{overloads}class B(A):\n{methods}");
    let read = made(&[("p/m.py", class.clone()), ("p/m.pyi", class)]);
    assert_eq!(read.body.modules[0].members[0].members.len(), 40_000);
    let sets: String = (0..20_000)
        .map(|number| format!("        self.x{number} = 1\n"))
        .collect();
    let own: String = (0..20_000).map(|number| format!("    y{number} = 1\n")).collect();
    made(&[("p.py", format!("class A:\n{own}    def __init__(self):\n{sets}"))]);
    let bases: String = (0..3_000)
        .map(|number| format!("class C{number}(C{}): ...\n", number + 1))
        .collect();
    let all: String = (0..3_000).map(|number| format!("C{number}, ")).collect();
    made(&[("p.py", format!("{bases}class D({all}):\n    def f(self): ...\n"))]);
    let elifs: String = (0..20_000)
        .map(|number| format!("elif x == {number}:\n    y = {number}\n"))
        .collect();
    made(&[("p.py", format!("if x:\n    y = 0\n{elifs}"))]);
    let same = "x = 1\ny = x\n".repeat(20_000);
    made(&[("p.py", same)]);
    let folders: Vec<(String, String)> = (0..3_000)
        .map(|number| (format!("p/a{number}/test/test_x.py"), String::new()))
        .collect();
    made(
        &folders
            .iter()
            .map(|(path, text)| (path.as_str(), text.clone()))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn bytes_that_are_no_text_are_survived() {
    let long = format!("X = '{}'\n", "a".repeat(10 << 20));
    let files: Vec<(String, Vec<u8>)> = vec![
        ("p/__init__.py".to_owned(), b"def ok(): ...\n".to_vec()),
        ("p/class.py".to_owned(), b"def keyword(): ...\n".to_vec()),
        (
            "p/latin.py".to_owned(),
            b"# coding: latin-1\ndef f(): '\xe9'\n".to_vec(),
        ),
        ("p/broken.py".to_owned(), b"def f(): '\xe9'\n".to_vec()),
        (
            "p/unknown.py".to_owned(),
            b"# coding: klingon\ndef f(): '\xe9'\n".to_vec(),
        ),
        (
            "p/nul.py".to_owned(),
            b"def f(): ...\n\0\0\ndef g(): ...\n".to_vec(),
        ),
        ("p/long.py".to_owned(), long.into_bytes()),
        ("p/large.py".to_owned(), vec![b'\n'; 100 << 20]),
    ];
    let read = gistry::dna::read(&dna(&files, Options::default())).unwrap();
    let problem = |name: &str| {
        let module = read
            .body
            .modules
            .iter()
            .find(|module| module.name == name)
            .unwrap();
        (module.problems.len(), module.members.len())
    };
    assert_eq!(problem("p"), (0, 1));
    assert_eq!(problem("p.class"), (0, 1));
    assert_eq!(problem("p.latin"), (0, 1));
    assert_eq!(problem("p.broken"), (1, 1));
    assert_eq!(problem("p.unknown"), (1, 1));
    assert_eq!(problem("p.nul").1, 2);
    assert!(problem("p.nul").0 >= 1);
    assert_eq!(problem("p.long"), (0, 1));
    assert_eq!(problem("p.large"), (1, 0));
    assert_eq!(read.head.counts.failed, 4);
}
