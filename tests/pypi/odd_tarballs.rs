//! Tarballs that were made to do harm: links, devices, ways out, long names.

use std::io::Write;

use gistry::model::artifact::ArtifactKind::{self, Sdist};

use crate::hostile::{GOOD, left_out, open, refused};

/// A tarball of headers that nobody writes in earnest.
fn odd(entries: &[(tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut raw = Vec::new();
    for (kind, name, content) in entries {
        let mut header = tar::Header::new_gnu();
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        raw.extend(header.as_bytes());
        raw.extend(*content);
        raw.resize(raw.len().next_multiple_of(512), 0);
    }
    raw.resize(raw.len() + 1024, 0);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&raw).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn links_devices_and_ways_out_of_a_tarball() {
    use tar::EntryType as Kind;
    let good = (Kind::Regular, "r/a/good.py", GOOD.1);
    let with = |kind, name: &str, content: &[u8]| odd(&[good, (kind, name, content)]);
    for (kind, name, why) in [
        (Kind::Symlink, "r/a/x.py", "a link"),
        (Kind::Link, "r/a/x.py", "a link"),
        (Kind::Char, "r/a/x.py", "a device"),
        (Kind::Fifo, "r/a/x.py", "a device"),
        (Kind::GNUSparse, "r/a/x.py", "of a kind that is not read"),
        (Kind::Regular, "../x.py", "a path that leaves the archive"),
        (Kind::Regular, "/x.py", "an absolute path"),
        (Kind::Regular, "r/../../x.py", "a path that leaves the archive"),
    ] {
        left_out(Sdist, &with(kind, name, b""), &format!("{name}: {why}"));
    }
    let long = format!("r/a/{}.py", "x".repeat(300));
    let contents = open(
        Sdist,
        &odd(&[
            (Kind::GNULongName, "l", long.as_bytes()),
            (Kind::Regular, "r/cut", b"1"),
        ]),
    )
    .unwrap();
    assert_eq!(contents.files[0].path, long[2..]);
    let endless = vec![b'x'; 2 << 20];
    refused(
        Sdist,
        &odd(&[(Kind::GNULongName, "l", &endless), good]),
        "a name or header of more than",
    );
    refused(
        Sdist,
        &odd(&[(Kind::XHeader, "l", b"99 path=x\n"), good]),
        "extended headers",
    );
    let two_sizes = odd(&[
        good,
        (Kind::XHeader, "l", b"12 size=999\n"),
        (Kind::Regular, "r/a/x.py", b"1"),
    ]);
    left_out(Sdist, &two_sizes, "r/a/x.py: its two headers differ");
    let commit = "0123456789012345678901234567890123456789";
    let header = format!("52 comment={commit}\n");
    let contents = open(
        ArtifactKind::Tarball,
        &odd(&[
            (Kind::XGlobalHeader, "pax_global_header", header.as_bytes()),
            good,
        ]),
    )
    .unwrap();
    assert_eq!(contents.commit.unwrap().as_str(), commit);
    assert_eq!(contents.files[0].path, "a/good.py");
}
