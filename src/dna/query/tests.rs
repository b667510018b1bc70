//! What is found, and in which order. Never reads a file.

use super::*;
use crate::dna::head::{Head, Source as Artifact};
use crate::dna::{Dna, Options, Package, Source};
use crate::model::name::{Name, PackageName, Sha256};

const SHOP: &str = "\
from ._hidden import Deep as Shallow
__all__ = ['read_csv', 'reader', 'DataFrame', 'Shallow', 'spread']

def read_csv(path): 'Reads a table.\\n\\nNot the\\nwhole file.'
def reader(): 'read'
def spread(): pass
def unlisted_read(): pass

class DataFrame:
    def merge(self, right): 'Joins.'
    def _merge(self): pass
    READ = 1
";
const HIDDEN: &str = "class Deep:\n    def dig(self): 'Reads earth.'\n";

fn shop() -> Dna {
    let sources = [("shop/__init__.py", SHOP), ("shop/_hidden.py", HIDDEN)];
    let sources: Vec<Source<'_>> = (sources.iter())
        .map(|(path, text)| Source {
            path,
            bytes: text.as_bytes(),
        })
        .collect();
    let package = Package::new(&sources, Options::default());
    let (body, counts) = package.body();
    let head = Head {
        dna_version: 1,
        package: PackageName::parse("shop").unwrap(),
        release: "1".to_owned(),
        generator: String::new(),
        source: Artifact {
            origin: "pypi".to_owned(),
            artifact: String::new(),
            kind: "wheel".to_owned(),
            size: 1,
            sha256: Sha256::parse(&"0".repeat(64)).unwrap(),
            upload_time: None,
        },
        beside: None,
        requires_python: None,
        summary: None,
        counts,
        profile: "default".to_owned(),
        yanked: None,
    };
    crate::dna::read(&crate::dna::file(&head, &body).unwrap()).unwrap()
}

fn found(typed: &str, filter: &Filter) -> Vec<String> {
    let sections = sections(&shop());
    let rows = Rows::new(&sections.rows).unwrap();
    let pattern = Pattern::new(typed, false).unwrap();
    let mut hits = by_name(&rows, &sections.paths, &pattern, filter);
    let mut known: Vec<u32> = hits.iter().map(|hit| hit.row).collect();
    known.sort_unstable();
    hits.extend(by_docstring(&rows, &sections.docs, &pattern, filter, &known));
    let path = |hit: &Hit| String::from_utf8(rows.path(hit.row, &sections.paths).to_vec()).unwrap();
    hits.sort_by(|a, b| a.order(b).then_with(|| path(a).cmp(&path(b))));
    hits.iter()
        .map(|hit| {
            assert!(rows.view(hit.row, &sections.views).is_some());
            format!("{} {}", hit.rank.word(), path(hit).replace('\t', " = "))
        })
        .collect()
}

fn check(typed: &str, expected: &[&str]) {
    assert_eq!(found(typed, &Filter::default()), expected, "{typed}");
}

#[test]
fn the_best_come_first() {
    check(
        "read",
        &[
            "same-letters shop.DataFrame.READ",
            "prefix shop.reader",
            "prefix shop.read_csv",
            "word shop.unlisted_read",
            "inside shop.spread",
            "docstring shop.Shallow.dig = shop._hidden.Deep.dig",
        ],
    );
    check(
        "merge",
        &["exact shop.DataFrame.merge", "word shop.DataFrame._merge"],
    );
    check("frame", &["word shop.DataFrame"]);
    check("read csv", &["same-letters shop.read_csv"]);
    check("the whole file", &["docstring shop.read_csv"]);
    check("nothing like it", &[]);
}

#[test]
fn both_names_of_a_definition_are_found() {
    check("Deep", &["exact shop.Shallow = shop._hidden.Deep"]);
    check("Shallow", &["exact shop.Shallow = shop._hidden.Deep"]);
}

#[test]
fn a_text_with_a_dot_is_a_path() {
    check("DataFrame.merge", &["exact shop.DataFrame.merge"]);
    check("frame.merge", &["path shop.DataFrame.merge"]);
    check(
        "_hidden.deep.d",
        &["prefix shop.Shallow.dig = shop._hidden.Deep.dig"],
    );
}

#[test]
fn regular_expressions_see_names_then_paths() {
    check("^read_", &["prefix shop.read_csv"]);
    check("^(reader|spread)$", &["exact shop.reader", "exact shop.spread"]);
    check(r"^shop\.Data\w+\.m", &["path shop.DataFrame.merge"]);
    // Never over the end of a name, nor of a docstring.
    check(r"csv\s*reader|table[^x]*Joins", &[]);
    check("x*", &[]);
    check("JOINS[.]$", &["docstring shop.DataFrame.merge"]);
}

#[test]
fn what_is_not_asked_for_is_left_out() {
    let public = Filter {
        public: true,
        ..Filter::default()
    };
    assert_eq!(found("merge", &public), ["exact shop.DataFrame.merge"]);
    assert_eq!(found("unlisted", &public), Vec::<String>::new());
    let classes = Filter {
        kinds: vec![Sort::Of(Kind::Class), Sort::Module],
        ..Filter::default()
    };
    assert_eq!(
        found("s", &classes),
        ["prefix shop", "prefix shop.Shallow = shop._hidden.Deep"]
    );
    assert_eq!(found("shop", &classes)[0], "exact shop");
}

#[test]
fn patterns_that_cannot_be_are_refused() {
    for typed in ["", "  ", "(", "a{1000}{1000}{1000}", &"x".repeat(2000)] {
        assert!(Pattern::new(typed, false).is_err(), "{typed}");
    }
    assert!(Pattern::new("(", true).is_ok());
}

#[test]
fn damaged_sections_are_survived() {
    let sound = sections(&shop());
    let pattern = Pattern::new("e", false).unwrap();
    for at in 0..sound.rows.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bytes = sound.rows.clone();
            bytes[at] = byte;
            let Some(rows) = Rows::new(&bytes) else { continue };
            let mut hits = by_name(&rows, &sound.paths, &pattern, &Filter::default());
            hits.extend(by_docstring(
                &rows,
                &sound.docs,
                &pattern,
                &Filter::default(),
                &[],
            ));
            for hit in hits {
                let _ = rows.view(hit.row, &sound.views);
                let _ = rows.path(hit.row, &sound.paths);
            }
        }
    }
}
