//! Archives that were made to do harm: each is survived, counted and named, and the other files are read all the same.

use gistry::io::archive::{self, Contents, Limits};
use gistry::io::derive;
use gistry::model::artifact::ArtifactKind::{self, Sdist, Wheel};
use gistry_standin::package_index::{tarball, zip};

use crate::stage::{MANNER, derived, material, modules};

pub const GOOD: (&str, &[u8]) = ("a/good.py", b"def f(): pass\n");

pub fn open(kind: ArtifactKind, bytes: &[u8]) -> Result<Contents, String> {
    archive::open(bytes, kind, "x", &Limits::DEFAULT)
}

/// The good file is read, the other one is left out for this reason.
#[track_caller]
pub fn left_out(kind: ArtifactKind, bytes: &[u8], line: &str) {
    let contents = open(kind, bytes).unwrap();
    let paths: Vec<&str> = contents.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a/good.py"], "{:?}", contents.left_out);
    assert_eq!(
        (contents.left_out.as_slice(), contents.left_out_count),
        (&[line.to_owned()][..], 1)
    );
    let made = derived("a", kind, "x", bytes);
    assert_eq!(modules(&made), ["a.good"]);
    assert_eq!(
        (made.head.counts.failed, made.notes.as_slice()),
        (1, &[line.to_owned()][..])
    );
}

/// There is nothing to be had, for this reason.
#[track_caller]
pub fn refused(kind: ArtifactKind, bytes: &[u8], word: &str) {
    let why = open(kind, bytes).unwrap_err();
    assert!(why.contains(word) && !why.contains('\n'), "{why}");
    let why = derive::artifact(&material("a", kind, "x", bytes), &MANNER)
        .unwrap()
        .unwrap_err();
    assert!(why.contains(word), "{why}");
}

/// Two entries, the second of which is changed where its headers are: offsets into the local one and the central one.
fn patched(name: &str, local: &[(usize, &[u8])], central: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = zip(&[GOOD, (name, b"def g(): pass\n")]);
    for (signature, patches) in [(b"PK\x03\x04", local), (b"PK\x01\x02", central)] {
        let at = bytes.windows(4).rposition(|window| window == signature).unwrap();
        for (offset, patch) in patches {
            bytes[at + offset..][..patch.len()].copy_from_slice(patch);
        }
    }
    bytes
}

#[test]
fn no_path_of_a_zip_leaves_it() {
    for (path, why) in [
        ("../x.py", "a path that leaves the archive"),
        ("a/../../x.py", "a path that leaves the archive"),
        ("/etc/x.py", "an absolute path"),
        ("C:/x.py", "an absolute path"),
        ("a\\..\\x.py", "a backslash in its path"),
        ("a//x.py", "an empty part in its path"),
    ] {
        left_out(
            Wheel,
            &zip(&[GOOD, (path, b"x = 1\n")]),
            &format!("{path}: {why}"),
        );
    }
    left_out(
        Wheel,
        &zip(&[GOOD, ("a/x\0.py", b"")]),
        "a/x\\u{0}.py: a control character in its path",
    );
    let invalid = patched("a/x.py", &[(30, b"\xff")], &[(46, b"\xff")]);
    left_out(Wheel, &invalid, "\u{fffd}/x.py: its name is not UTF-8");
}

#[test]
fn what_a_zip_says_wrongly_is_left_out() {
    let link = (0o120_777u32 << 16).to_le_bytes();
    left_out(
        Wheel,
        &patched("a/x.py", &[], &[(5, &[3]), (38, &link)]),
        "a/x.py: a link",
    );
    left_out(
        Wheel,
        &patched("a/x.py", &[(6, &[9])], &[(8, &[9])]),
        "a/x.py: encrypted",
    );
    let bzip2 = patched("a/x.py", &[(8, &[12])], &[(10, &[12])]);
    let contents = open(Wheel, &bzip2).unwrap();
    assert!(
        contents.left_out[0].contains("packed by"),
        "{:?}",
        contents.left_out
    );
    let differ = "a/x.py: its own header and the directory differ";
    left_out(Wheel, &patched("a/x.py", &[(32, b"y")], &[]), differ);
    left_out(Wheel, &patched("a/x.py", &[(8, &[0])], &[]), differ);
    left_out(Wheel, &patched("a/x.py", &[(6, &[0])], &[]), differ);
    left_out(
        Wheel,
        &patched("a/x.py", &[], &[(16, b"abcd")]),
        "a/x.py: damaged: its checksum is wrong",
    );
    left_out(
        Wheel,
        &patched("a/x.py", &[], &[(24, &[3])]),
        "a/x.py: damaged: larger than it says",
    );
    left_out(
        Wheel,
        &patched("a/x.py", &[], &[(24, &[200])]),
        "a/x.py: damaged: another size than it says",
    );
    left_out(
        Wheel,
        &patched("a/x.py", &[], &[(42, b"\xff\xff\xff\x00")]),
        "a/x.py: damaged: its header is not where the directory says",
    );
    let large = (40u32 << 20).to_le_bytes();
    left_out(
        Wheel,
        &patched("a/x.py", &[], &[(24, &large)]),
        "a/x.py: 41 MB, more than 33 MB",
    );
}

#[test]
fn the_last_of_two_counts_and_it_is_said() {
    let twice: &[(&str, &[u8])] = &[
        ("r/a/x.py", b"def one(): pass\n"),
        ("r/a/x.py", b"def two(): pass\n"),
    ];
    for (kind, bytes) in [(Wheel, zip(twice)), (Sdist, tarball(twice)), (Sdist, zip(twice))] {
        let contents = open(kind, &bytes).unwrap();
        assert_eq!((contents.files.len(), contents.left_out_count), (1, 1));
        assert_eq!(contents.files[0].bytes, b"def two(): pass\n");
        assert!(contents.left_out[0].contains("there more than once"));
    }
}

#[test]
fn damaged_archives_are_refused() {
    let whole = zip(&[GOOD, ("a/x.py", b"")]);
    refused(Wheel, &whole[..whole.len() - 30], "no zip archive");
    refused(Wheel, &whole[..whole.len() / 2], "no zip archive");
    refused(Wheel, b"", "empty");
    refused(Wheel, b"PK\x05\x06", "no zip archive");
    refused(Wheel, &tarball(&[GOOD]), "no zip archive");
    let mut fewer = whole.clone();
    let end = fewer
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")
        .unwrap();
    fewer[end + 8] = 1;
    fewer[end + 10] = 1;
    refused(Wheel, &fewer, "says 1");
    let sound = tarball(&[GOOD, ("a/x.py", &[b'x'; 5000])]);
    refused(Sdist, &sound[..sound.len() - 20], "damaged");
    refused(Sdist, &sound[..40], "damaged");
    refused(Sdist, b"BZh91AY", "bzip2");
    refused(Sdist, b"\xfd7zXZ\0", "xz");
    refused(Sdist, b"neither", "neither a tarball nor a zip");
    refused(Sdist, &tarball(&[]), "an empty tarball");
}

/// `count` entries of the directory, all of them of one file without content.
fn many(count: u64) -> Vec<u8> {
    let mut bytes = zip(&[("a/good.py", b"")]);
    let central = bytes
        .windows(4)
        .rposition(|window| window == b"PK\x01\x02")
        .unwrap();
    let end = bytes
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")
        .unwrap();
    let record = bytes[central..end].to_vec();
    bytes.truncate(central);
    for number in 0..count {
        let mut record = record.clone();
        record[46..55].copy_from_slice(format!("{number:06}.py").as_bytes());
        bytes.extend(record);
    }
    let (start, size) = (central as u64, bytes.len() as u64 - central as u64);
    let end64 = bytes.len() as u64;
    bytes.extend(b"PK\x06\x06");
    for field in [44u64.to_le_bytes().as_slice(), &[45, 0, 45, 0], &[0; 8]] {
        bytes.extend(field);
    }
    for field in [count, count, size, start] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(end64.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    bytes
}

#[test]
fn a_million_entries_are_too_many() {
    // Zip64 as such is read.
    let few = open(Wheel, &many(3)).unwrap();
    assert_eq!(
        few.left_out_count, 3,
        "their own header is another's: {:?}",
        few.left_out
    );
    refused(Wheel, &many(1_000_000), "1000000 entries, more than 200000");
    let limits = Limits {
        entries: 10,
        ..Limits::DEFAULT
    };
    let names: Vec<String> = (0..11).map(|number| format!("r/{number}.py")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    for bytes in [zip(&entries), tarball(&entries)] {
        let why = archive::open(&bytes, Sdist, "x", &limits).unwrap_err();
        assert!(why.contains("entries") && why.contains("more than"), "{why}");
        assert!(archive::open(&bytes, Sdist, "x", &Limits::DEFAULT).is_ok());
    }
}

#[test]
fn a_hundred_thousand_complaints_take_a_hundred_lines() {
    let contents = open(Wheel, &many(100_000)).unwrap();
    assert_eq!((contents.left_out.len(), contents.left_out_count), (100, 100_000));
    assert!(contents.left_out[0].starts_with("000000.py: "));
}

#[test]
fn bombs_do_not_go_off() {
    let blank = vec![b' '; 20 << 20];
    let names: Vec<String> = (0..3).map(|number| format!("r/{number}.py")).collect();
    let entries: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), blank.as_slice()))
        .collect();
    refused(Wheel, &zip(&entries), "taken for a bomb");
    refused(Sdist, &tarball(&entries), "taken for a bomb");
    // What is not wanted is inflated from no zip.
    assert!(open(Wheel, &zip(&[GOOD, ("a/x.bin", &blank)])).is_ok());
    let limits = Limits {
        total: 1 << 20,
        ..Limits::DEFAULT
    };
    let mut noise = vec![0u8; 2 << 20];
    let mut state = 1u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    for (kind, bytes) in [
        (Wheel, zip(&[("a/x.py", &noise)])),
        (Sdist, tarball(&[("r/x.py", &noise)])),
    ] {
        let why = archive::open(&bytes, kind, "x", &limits).unwrap_err();
        assert!(why.contains("1.0 MB unpacked, which is the limit"), "{why}");
    }
    // It says ten bytes and holds twenty million.
    let mut lying = zip(&[GOOD, ("a/x.py", &blank)]);
    let at = lying
        .windows(4)
        .rposition(|window| window == b"PK\x01\x02")
        .unwrap();
    lying[at + 24..][..4].copy_from_slice(&10u32.to_le_bytes());
    left_out(Wheel, &lying, "a/x.py: damaged: larger than it says");
}

#[test]
fn sources_that_were_made_to_do_harm() {
    let nested = "(".repeat(200_000);
    let sum = vec!["1"; 1_000_000].join("+");
    let large = "x = 1\n".repeat(17_000_000);
    let entries: &[(&str, &[u8])] = &[
        GOOD,
        ("a/nested.py", nested.as_bytes()),
        ("a/sum.py", sum.as_bytes()),
        ("a/large.py", large.as_bytes()),
        ("a/bytes.py", b"x = '\xff'\n"),
        ("a/cookie.py", b"# coding: latin-1\ndef h(): 'caf\xe9'\n"),
        ("a/nul.py", b"def n(): pass\n\0\0\n"),
        ("a/class.py", b"def k(): pass\n"),
    ];
    let made = derived("a", Wheel, "x", &zip(entries));
    assert_eq!(
        modules(&made),
        [
            "a.bytes", "a.class", "a.cookie", "a.good", "a.nested", "a.nul", "a.sum"
        ]
    );
    assert!(made.head.counts.failed >= 4, "{:?}", made.notes);
    for file in ["a/nested.py", "a/sum.py", "a/large.py", "a/bytes.py"] {
        assert!(
            made.notes.iter().any(|note| note.starts_with(file)),
            "{file}: {:?}",
            made.notes
        );
    }
}
