//! Heads are read back as they were written, and files of any bytes are refused with a reason. Reads no file.

use proptest::prelude::*;

use super::*;
use crate::model::name::Name;

/// A head as a real file has it.
pub fn head(package: &str, release: &str) -> Head {
    Head {
        dna_version: 1,
        package: PackageName::parse(package).unwrap(),
        release: release.to_owned(),
        generator: "gistry 0.1.0".to_owned(),
        source: Source {
            origin: "pypi".to_owned(),
            artifact: format!("{package}-{release}-py3-none-any.whl"),
            kind: "wheel".to_owned(),
            size: 13_029_123,
            sha256: Sha256::parse(&"ab".repeat(32)).unwrap(),
            upload_time: Some(Timestamp::parse("2024-01-20T02:10:33Z").unwrap()),
        },
        beside: None,
        requires_python: Some(">=3.9".to_owned()),
        summary: Some("Powerful data structures for data analysis".to_owned()),
        counts: Counts {
            modules: 300,
            functions: 70_000,
            ..Counts::default()
        },
        profile: "default".to_owned(),
        yanked: None,
    }
}

/// A whole file: the head, then `public` and `modules`.
fn file(head: &Head) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(head, 2, &mut bytes).unwrap();
    bytes.extend(b"\xa6public\x80\xa7modules\x90");
    bytes
}

fn from(bytes: &[u8]) -> Result<Head, HeadFault> {
    read(bytes, MAX_HEAD)
}

#[test]
fn a_head_comes_back_as_it_was_written() {
    let mut head = head("pandas", "2.2.0");
    assert_eq!(from(&file(&head)), Ok(head.clone()));
    head.yanked = Some("broken wheel".to_owned());
    (head.requires_python, head.summary, head.source.upload_time) = (None, None, None);
    assert_eq!(from(&file(&head)), Ok(head.clone()));
    head.beside = Some(Source {
        artifact: "pandas-2.2.0.tar.gz".to_owned(),
        kind: "sdist".to_owned(),
        ..head.source.clone()
    });
    assert_eq!(from(&file(&head)), Ok(head));
}

#[test]
fn nothing_behind_the_head_matters() {
    let head = head("pandas", "2.2.0");
    let mut bytes = file(&head);
    let body = bytes.len() - 10;
    bytes.truncate(body);
    bytes.extend([0xc1; 100]);
    assert_eq!(from(&bytes), Ok(head));
}

/// A map of these entries, each key and value as it lies in the file.
fn map(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmp::encode::write_map_len(&mut bytes, entries.len() as u32).unwrap();
    for (key, value) in entries {
        rmp::encode::write_str(&mut bytes, key).unwrap();
        bytes.extend_from_slice(value);
    }
    bytes
}

/// The entries of a sound head, and the beginning of the definitions.
fn entries() -> Vec<(&'static str, Vec<u8>)> {
    let head = head("pandas", "2.2.0");
    let text = |text: &str| rmp_serde::to_vec(text).unwrap();
    vec![
        ("format", text(FORMAT)),
        ("dna_version", vec![1]),
        ("package", text("pandas")),
        ("release", text("2.2.0")),
        ("generator", text("gistry 0.1.0")),
        ("source", rmp_serde::to_vec_named(&head.source).unwrap()),
        ("counts", rmp_serde::to_vec_named(&head.counts).unwrap()),
        ("profile", text("default")),
        ("public", vec![0x80]),
    ]
}

fn of(entries: &[(&str, Vec<u8>)]) -> Result<Head, HeadFault> {
    let borrowed: Vec<(&str, &[u8])> = entries
        .iter()
        .map(|(key, value)| (*key, value.as_slice()))
        .collect();
    from(&map(&borrowed))
}

#[test]
fn keys_of_later_versions_are_passed_over() {
    let mut entries = entries();
    let sound = of(&entries).unwrap();
    let unknown = map(&[(
        "deeper",
        &[0x93, 0xc0, 0xc7, 0x02, 0x05, 1, 2, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0],
    )]);
    entries.insert(1, ("later", unknown));
    assert_eq!(of(&entries), Ok(sound));
}

#[test]
fn each_key_that_must_be_there_must_be_there() {
    for (key, _) in &entries()[1..8] {
        let mut less = entries();
        less.retain(|(there, _)| there != key);
        assert_eq!(of(&less), Err(HeadFault::Missing(key)));
        let mut late = entries();
        late.sort_by_key(|(there, _)| there == key);
        assert_eq!(of(&late), Err(HeadFault::Missing(key)), "behind public");
        let mut twice = entries();
        let again = twice.iter().find(|(there, _)| there == key).cloned().unwrap();
        twice.insert(1, again);
        assert_eq!(of(&twice), Err(HeadFault::Twice((*key).to_owned())));
        let mut wrong = entries();
        for (there, value) in &mut wrong {
            if there == key {
                *value = vec![0xc3];
            }
        }
        assert!(
            matches!(of(&wrong), Err(HeadFault::Wrong { key: there, .. }) if there == *key),
            "{key}"
        );
    }
    let mut first = entries();
    first.rotate_right(1);
    assert_eq!(of(&first), Err(HeadFault::NotDna));
    let mut endless = entries();
    endless.pop();
    assert_eq!(of(&endless), Err(HeadFault::Missing("public")));
}

#[test]
fn what_is_no_dna_is_said_to_be_none() {
    let format = |text: &str| map(&[("format", &rmp_serde::to_vec(text).unwrap())]);
    let files: [&[u8]; 8] = [
        b"\x90",
        b"{\"version\": 1}",
        b"PK\x03\x04",
        b"<<<<<<< HEAD\n",
        b"\xc1",
        b"\x80",
        b"\x81\x01\x02",
        &format("other"),
    ];
    for bytes in files {
        assert_eq!(from(bytes), Err(HeadFault::NotDna), "{bytes:x?}");
    }
    assert_eq!(from(b""), Err(HeadFault::Truncated));
}

#[test]
fn every_truncation_is_one() {
    let bytes = file(&head("pandas", "2.2.0"));
    let end = bytes.len() - 10;
    for length in 0..end {
        assert_eq!(from(&bytes[..length]), Err(HeadFault::Truncated), "{length}");
    }
    assert!(from(&bytes[..end]).is_ok());
}

/// Never ends, and counts what is taken of it.
struct Endless<'a> {
    start: &'a [u8],
    taken: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = match self.start.read(into)? {
            0 => {
                into.fill(b'a');
                into.len()
            }
            count => count,
        };
        self.taken += count as u64;
        Ok(count)
    }
}

#[test]
fn no_more_is_read_than_the_limit() {
    let longest: [&[u8]; 5] = [
        // Four billion entries; a key, a text, bytes and an extension of four billion bytes.
        b"\xdf\xff\xff\xff\xff\xdb\xff\xff\xff\xff",
        b"\x81\xdb\xff\xff\xff\xff",
        b"\x81\xa6format\xdb\xff\xff\xff\xff",
        b"\x81\xa5later\xc6\xff\xff\xff\xff",
        b"\x81\xa5later\xc9\xff\xff\xff\xff\x01",
    ];
    for start in longest {
        let mut reader = Endless { start, taken: 0 };
        let fault = read(&mut reader, MAX_HEAD).unwrap_err();
        assert_eq!(fault, HeadFault::TooLarge { limit: MAX_HEAD }, "{start:x?}");
        assert!(reader.taken <= MAX_HEAD + 4096, "{}", reader.taken);
    }
    let sound = file(&head("pandas", "2.2.0"));
    let mut reader = Endless {
        start: &sound,
        taken: 0,
    };
    assert!(read(&mut reader, MAX_HEAD).is_ok());
    assert!(reader.taken <= 4096, "{}", reader.taken);
    assert_eq!(read(&sound[..], 100), Err(HeadFault::TooLarge { limit: 100 }));
}

#[test]
fn four_billion_of_anything_is_no_work() {
    let mut arrays = b"\x82\xa5later\xdd\xff\xff\xff\xff".to_vec();
    arrays.extend(vec![0xc0; 1_000]);
    assert_eq!(from(&arrays), Err(HeadFault::Truncated));
    // Entries of nothing but their count.
    assert_eq!(from(b"\xdf\xff\xff\xff\xff"), Err(HeadFault::Truncated));
}

#[test]
fn deep_nesting_is_refused() {
    let mut bytes = b"\x82\xa5later".to_vec();
    bytes.extend(vec![0x91; 200_000]);
    assert!(matches!(from(&bytes), Err(HeadFault::Wrong { key, .. }) if key == "later"));
}

#[test]
fn a_disk_that_fails_is_not_the_files_fault() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    assert!(matches!(read(Broken, MAX_HEAD), Err(HeadFault::Unreadable(why)) if why.contains("gone")));
    let sound = file(&head("pandas", "2.2.0"));
    let half = sound[..40].chain(Broken);
    assert!(matches!(read(half, MAX_HEAD), Err(HeadFault::Unreadable(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = from(&bytes).map_err(|fault| fault.to_string());
    }

    #[test]
    fn no_mutated_head_panics(
        at in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut bytes = file(&head("pandas", "2.2.0"));
        for (at, byte) in at {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        if let Ok(head) = from(&bytes) {
            prop_assert_eq!(from(&file(&head)), Ok(head));
        }
    }
}
