//! The extended headers of a tarball (POSIX pax): long names, and a commit's id. Never trusts a length.

/// What is taken from an extended header.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pax {
    /// The path, where it is longer than a plain header has room for.
    pub path: Option<Vec<u8>>,
    /// The size, where the plain header's does not hold.
    pub size: Option<u64>,
    /// Git writes the commit here.
    pub comment: Option<Vec<u8>>,
    /// The file is stored with holes.
    pub sparse: bool,
}

/// Reads the records `length key=value\n`; the length counts all of the record. Values may hold line ends.
pub fn read(mut bytes: &[u8]) -> Option<Pax> {
    let mut pax = Pax::default();
    while !bytes.is_empty() {
        // Some writers fill up with zeros.
        if bytes.iter().all(|byte| *byte == 0) {
            break;
        }
        let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
        let record = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" => pax.path = Some(value.to_vec()),
            b"size" => pax.size = Some(std::str::from_utf8(value).ok()?.parse().ok()?),
            b"comment" => pax.comment = Some(value.to_vec()),
            _ if key.starts_with(b"GNU.sparse") => pax.sparse = true,
            _ => {}
        }
        bytes = &bytes[length..];
    }
    Some(pax)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_are_read_by_their_length() {
        let pax = read(b"12 path=a/b\n19 SCHILY.x=a\n\nb=c\n12 comment=\n\0\0").unwrap();
        assert_eq!(pax.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!(pax.comment.as_deref(), Some(&b""[..]));
        for bad in ["1 a=b\n", "99 a=b\n", "x a=b\n", "7 a=bcd", "5 ab\n", "0 a=b\n"] {
            assert_eq!(read(bad.as_bytes()), None, "{bad:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(prop_oneof![Just(b' '), Just(b'='), Just(b'\n'), b'0'..=b'9', any::<u8>()], 0..40)) {
            let _ = read(&bytes);
        }
    }
}
