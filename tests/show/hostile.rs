//! Files that are cut, changed or no DNA at all: an error that says so, and never a panic.

use crate::{dna, registry, run};

#[test]
fn whatever_a_file_holds_it_is_shown_or_refused() {
    let folder = registry();
    let path = folder.path().join("hostile.msgpack");
    let sound = std::fs::read(folder.path().join("shelf/shelf-1.0.msgpack")).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("empty".to_owned(), Vec::new()),
        ("text".to_owned(), b"Not a DNA file.\n".to_vec()),
        ("json".to_owned(), b"{\"format\": \"gistry-dna\"}".to_vec()),
        (
            "a map that is too long".to_owned(),
            vec![0xdf, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "arrays in arrays".to_owned(),
            [dna::head_alone(), vec![0x91; 100_000]].concat(),
        ),
        (
            "a huge array".to_owned(),
            [dna::head_alone(), vec![0xdd, 0xff, 0xff, 0xff, 0xff]].concat(),
        ),
    ];
    for length in (0..sound.len()).step_by(sound.len() / 12) {
        files.push((format!("the first {length} bytes"), sound[..length].to_vec()));
    }
    for (name, bytes) in files {
        std::fs::write(&path, bytes).unwrap();
        for form in [
            &["show", "hostile.msgpack"][..],
            &["show", "hostile.msgpack", "--json"],
            &["show", "hostile.msgpack", "Book", "--jsonl"],
        ] {
            let shown = run(folder.path(), form);
            assert_eq!((shown.code, shown.stdout.as_str()), (1, ""), "{name}: {form:?}");
            assert!(
                shown.stderr.starts_with("error: ") && shown.stderr.contains("hostile.msgpack: "),
                "{name}: {}",
                shown.stderr
            );
            assert_eq!(shown.stderr.lines().count(), 1, "{name}: {}", shown.stderr);
        }
    }
}

#[test]
fn circles_and_nonsense_in_a_sound_file_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("circle.msgpack"), dna::circle()).unwrap();
    for path in [
        "a.B", "a.B.x", "a.C.y.z", "a.f", "a.g", "p", "q.r", "a", "", ".", "..", "a.", ".a", "a..B", "é.b",
    ] {
        for form in [&[][..], &["--json"], &["--jsonl"], &["--all"]] {
            let shown = run(folder.path(), &[&["show", "circle.msgpack", path], form].concat());
            assert!(
                (0..=1).contains(&shown.code),
                "{path:?} {form:?}: {}",
                shown.stderr
            );
        }
    }
    let shown = run(folder.path(), &["show", "circle.msgpack"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
}

#[test]
fn no_docstring_gives_commands_to_the_runner_of_github_actions() {
    let folder = tempfile::tempdir().unwrap();
    let text = "def f():\n    '''Adds.\n\n    ::stop-commands::x\n    ##[set-output name=a]b\n    '''\n";
    dna::write(folder.path(), "bad", "1.0", &dna::sources(&[("bad.py", text)]));
    for args in [
        &["show", "bad", "1.0", "f"][..],
        &["query", "stop-commands", "--no-cache"],
        &["show", "bad", "1.0", "\n::stop-commands::x"],
    ] {
        let mut command = crate::command(folder.path(), args);
        let shown = crate::finished(command.env("GITHUB_ACTIONS", "true").output().unwrap());
        let said = shown.stdout + &shown.stderr;
        assert!(!said.is_empty(), "{args:?}");
        for line in said.lines() {
            assert!(!line.trim_start().starts_with("::stop"), "{args:?}: {said}");
            assert!(!line.contains("##["), "{args:?}: {said}");
        }
    }
    // Elsewhere the text is as it was written.
    let plain = run(folder.path(), &["show", "bad", "1.0", "f"]);
    assert!(
        plain.stdout.contains("    ::stop-commands::x\n"),
        "{}",
        plain.stdout
    );
}
