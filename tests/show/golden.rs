//! What a person reads, as a person has read it. Never compares with what the program printed a moment ago.

use std::path::Path;

use crate::{command, finished, registry};

/// A golden file, the columns, and what is asked for.
const CASES: [(&str, &str, &[&str]); 13] = [
    ("overview", "80", &["shelf"]),
    ("overview-all", "80", &["shelf", "--all"]),
    ("class", "80", &["shelf", "shelf.Book"]),
    ("class-narrow", "40", &["shelf", "shelf.Book"]),
    ("subclass-all", "100", &["shelf", "Novel", "--all"]),
    ("overloads", "80", &["shelf", "Book.turn"]),
    ("long-signature", "80", &["shelf", "open_book"]),
    ("inherited-docstring", "80", &["shelf", "Book.lift"]),
    ("inherited", "80", &["shelf", "Book.drop"]),
    ("two-of-a-name", "80", &["shelf", "shelf._core.book.fold"]),
    ("type-parameters", "80", &["shelf", "Book.copy"]),
    ("hostile-docstring", "80", &["shelf", "shelf.Place"]),
    ("module", "80", &["shelf", "shelf"]),
];

#[test]
fn people_read_what_a_person_has_read() {
    let registry = registry();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/show");
    let mut wrong = Vec::new();
    for (name, columns, words) in CASES {
        let mut command = command(registry.path(), &[&["show"], words].concat());
        let shown = finished(command.env("COLUMNS", columns).output().unwrap());
        assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{name}");
        let path = folder.join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &shown.stdout).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != shown.stdout {
            wrong.push(name);
        }
        let control = |letter: char| letter.is_control() && letter != '\n';
        assert!(!shown.stdout.contains(control), "{name}");
        assert!(
            !shown.stdout.lines().any(|line| line.ends_with(' ')),
            "{name}: spaces at a line's end"
        );
    }
    assert_eq!(
        wrong,
        Vec::<&str>::new(),
        "read what UPDATE_GOLDEN=1 writes, then commit it"
    );
}
