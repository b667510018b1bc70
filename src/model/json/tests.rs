//! The reader against serde_json as an oracle, and each fault with its place. Never touches a file.

use proptest::prelude::*;

use super::*;
use crate::model::text::{Position, position};

fn fault(source: &str) -> (Position, String) {
    let error = parse(source.as_bytes()).unwrap_err();
    let text = match error.kind {
        SyntaxErrorKind::Grammar { message, help } => format!("{message} / {}", help.unwrap_or("-")),
        other => format!("{other:?}"),
    };
    (position(source.as_bytes(), error.span.start), text)
}

#[test]
fn faults_are_placed_and_mended() {
    let cases = [
        (
            "{\n  \"a\": 1,\n}",
            (2, 9),
            "a comma with nothing behind it / remove the last comma",
        ),
        (
            "{\"a\": 1\n \"b\": 2}",
            (2, 2),
            "expected `,` or `}`, found '\"' / a comma is missing before it",
        ),
        (
            "{'a': 1}",
            (1, 2),
            "expected a key in double quotes, found '\\'' / JSON strings take double quotes",
        ),
        (
            "[1",
            (1, 3),
            "expected `,` or `]`, found the end of the file / the file seems cut off; close what is open",
        ),
        (
            "\"a\nb\"",
            (1, 3),
            "expected no control character in a string, found '\\n' / write it as an escape such as \\n, or close the string before it",
        ),
        (
            "\"abc",
            (1, 1),
            "this string is never closed / add the closing quote",
        ),
        (
            "01",
            (1, 2),
            "expected no digit after a leading zero, found '1' / remove the leading zero",
        ),
        (
            "// x\n1",
            (1, 1),
            "expected a value, found '/' / JSON has no comments",
        ),
        (
            "<<<<<<< HEAD",
            (1, 1),
            "expected a value, found '<' / resolve the merge conflict and remove its markers",
        ),
        (
            "1 2",
            (1, 3),
            "expected the end of the file, found '2' / keep one value in the file",
        ),
        (
            "",
            (1, 1),
            "expected a value, found the end of the file / the file seems cut off; close what is open",
        ),
        (
            "\"\\x\"",
            (1, 3),
            "expected an escape that JSON knows, found 'x' / write a backslash as \\\\",
        ),
    ];
    for (source, (line, column), text) in cases {
        assert_eq!(
            fault(source),
            (Position { line, column }, text.to_owned()),
            "{source:?}"
        );
    }
}

#[test]
fn oddities_are_kept_with_their_places() {
    let source = r#"{"a": 1, "b": "\ud800x", "\u0061": 1e999}"#;
    let document = parse(source.as_bytes()).unwrap();
    let kinds: Vec<_> = document
        .oddities
        .iter()
        .map(|oddity| (&source[oddity.span.start..oddity.span.end], &oddity.kind))
        .collect();
    assert_eq!(kinds[0], (r"\ud800", &OddityKind::LoneSurrogate));
    assert_eq!(kinds[1], ("1e999", &OddityKind::NumberOutOfRange));
    assert_eq!(
        kinds[2],
        (
            "\"\\u0061\"",
            &OddityKind::DuplicateKey {
                key: "a".into(),
                first: Span::new(1, 4)
            }
        )
    );
    assert_eq!(document.root.members().unwrap().len(), 3);
}

#[test]
fn escapes_that_hide_something_are_kept() {
    let source = r#"["\u202e", "ok \n\t\ud83d\udc69\u200d\ud83d\udc67", "\b", "e\u0301", "a\u200d"]"#;
    let document = parse(source.as_bytes()).unwrap();
    let found: Vec<_> = document
        .oddities
        .iter()
        .map(|oddity| (&source[oddity.span.start..oddity.span.end], &oddity.kind))
        .collect();
    assert_eq!(
        found,
        [
            (r"\u202e", &OddityKind::HiddenEscape('\u{202e}', Hidden::Bidi)),
            (r"\b", &OddityKind::HiddenEscape('\u{8}', Hidden::Control)),
            (r#""e\u0301""#, &OddityKind::NotNfc),
            (
                r"\u200d",
                &OddityKind::HiddenEscape('\u{200d}', Hidden::Invisible)
            ),
        ]
    );
}

#[test]
fn the_deepest_place_is_where_it_is_first_reached() {
    let document = parse(b"[1, [2], [[3]], [[4]]]").unwrap();
    assert_eq!((document.depth, document.deepest), (3, Span::new(10, 11)));
}

#[test]
fn duplicates_are_found_among_many_members_too() {
    let many: String = (0..100).map(|n| format!("\"k{n}\": {n},")).collect();
    let text = format!("{{{many} \"k7\": 0}}");
    let document = parse(text.as_bytes()).unwrap();
    assert_eq!(document.oddities.len(), 1);
}

#[test]
fn depth_is_bounded_and_told() {
    let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert_eq!(parse(nested(MAX_DEPTH).as_bytes()).unwrap().depth, MAX_DEPTH);
    for n in [MAX_DEPTH + 1, 10_000, 1_000_000] {
        let error = parse(nested(n).as_bytes()).unwrap_err();
        assert_eq!(
            (error.kind, error.span.start),
            (SyntaxErrorKind::TooDeep, MAX_DEPTH)
        );
    }
}

#[test]
fn other_encodings_are_named() {
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        parse(&utf16).unwrap_err().kind,
        SyntaxErrorKind::NotUtf8(Some("UTF-16"))
    );
    assert_eq!(parse(b"{\"a\": \"\xe9\"}").unwrap_err().span.start, 7);
    assert!(parse("\u{feff}{}".as_bytes()).is_ok());
}

#[test]
fn pointers_find_nodes() {
    let document = parse(br#"{"a/b": [{"c": 5}]}"#).unwrap();
    assert_eq!(
        document.root.pointer("/a~1b/0/c").unwrap().span,
        Span::new(15, 16)
    );
    assert_eq!(document.root.pointer("").unwrap().span.start, 0);
    assert!(document.root.pointer("/a~1b/1").is_none());
}

/// JSON-like soup: most of it is almost right.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just("\"a\"".to_owned()),
        Just("\"\\ud83d\\ude00\"".to_owned()),
        Just("1".to_owned()),
        Just("-0.5e3".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just(" ".to_owned()),
        Just("\\u12".to_owned()),
        Just("\"".to_owned()),
        Just("é".to_owned()),
        Just("01".to_owned()),
        ".{0,3}".prop_map(|text| text),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
    let ours = parse(bytes);
    let theirs: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
    match (ours, theirs) {
        (Ok(document), Ok(value)) => prop_assert_eq!(document.root.to_value(), value),
        // serde_json refuses what we keep and report: lone surrogates, numbers out of range, a byte order mark.
        (Ok(document), Err(error)) => {
            let odd = document
                .oddities
                .iter()
                .any(|oddity| !matches!(oddity.kind, OddityKind::DuplicateKey { .. }));
            prop_assert!(odd || bytes.starts_with(&[0xef, 0xbb, 0xbf]), "{error}");
        }
        (Err(error), Ok(_)) => prop_assert!(false, "we refuse what serde_json reads: {error:?}"),
        (Err(error), Err(_)) => prop_assert!(error.span.start <= bytes.len()),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic_and_agree_with_serde_json(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        agree(&bytes)?;
    }

    #[test]
    fn almost_json_agrees_with_serde_json(text in soup()) {
        agree(text.as_bytes())?;
    }
}
