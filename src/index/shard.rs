//! Where in the sparse index a name is. Never looks whether anything is there.

use sha2::{Digest, Sha256};

/// The path of a publisher's or a package's file without its ending, sharded as cargo does: `1/a`, `2/ab`, `3/a/abc`,
/// `ab/cd/abcd…`. The name is lower-case ASCII: a login's key or a package's name.
pub fn named(name: &str) -> String {
    match name.len() {
        0 => String::new(),
        1 => format!("1/{name}"),
        2 => format!("2/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}

/// The shard of a key among 256: the first byte of the SHA-256 of the key in lower case, as two digits.
pub fn hashed(key: &str) -> String {
    format!("{:02x}", hashed_byte(key))
}

/// The same as a number.
pub(super) fn hashed_byte(key: &str) -> u8 {
    let lower = key.to_lowercase();
    Sha256::digest(lower.as_bytes())[0]
}

/// The shard of a gist: the first two digits of its id.
pub fn of_gist(id: &str) -> &str {
    &id[..id.len().min(2)]
}

/// `index/publisher/{shard}/{login}.json`; the login in lower case.
pub fn publisher_path(login: &str) -> String {
    format!("index/publisher/{}.json", named(login))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sharded_as_cargo_does() {
        for (name, path) in [
            ("a", "1/a"),
            ("ab", "2/ab"),
            ("abc", "3/a/abc"),
            ("abcd", "ab/cd/abcd"),
            ("a-b-c", "a-/b-/a-b-c"),
        ] {
            assert_eq!(named(name), path);
        }
        assert_eq!(publisher_path("alice"), "index/publisher/al/ic/alice.json");
    }

    #[test]
    fn keys_are_sharded_by_digest_whatever_their_case() {
        // printf alice | sha256sum
        assert_eq!(hashed("alice"), "2b");
        assert_eq!(hashed("Alice"), "2b");
        assert_eq!((of_gist("a"), of_gist("abcd")), ("a", "ab"));
    }
}
