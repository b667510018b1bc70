//! Archives that chance made: no bytes make a panic.

use gistry::model::artifact::ArtifactKind::{self, Sdist, Wheel};
use gistry_standin::package_index::{tarball, zip};
use proptest::prelude::*;

use crate::hostile::open;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed in an archive: no panic, nothing outside the limits, nothing that was not asked for.
    #[test]
    fn no_archive_panics(
        kind in prop_oneof![Just(Wheel), Just(Sdist), Just(ArtifactKind::Tarball)],
        zipped in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let entries: &[(&str, &[u8])] = &[("r/a.py", b"x = 1\n"), ("r/b/c.pyi", &[b'y'; 600]), ("r/d.so", b"1"), ("r/PKG-INFO", b"Summary: s\n")];
        let mut bytes = if zipped { zip(entries) } else { tarball(entries) };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(contents) = open(kind, &bytes) {
            prop_assert!(contents.files.len() <= entries.len());
            prop_assert!(contents.files.windows(2).all(|pair| pair[0].path < pair[1].path));
            for file in &contents.files {
                prop_assert!(file.bytes.len() <= 32 << 20 && !file.path.contains(".."));
            }
        }
    }

    #[test]
    fn no_bytes_panic(kind in prop_oneof![Just(Wheel), Just(Sdist)], start in prop_oneof![Just(&b""[..]), Just(&b"PK\x03\x04"[..]), Just(&b"\x1f\x8b\x08\0"[..])], rest in proptest::collection::vec(any::<u8>(), 0..400)) {
        let bytes = [start, &rest].concat();
        let _ = open(kind, &bytes);
    }
}
