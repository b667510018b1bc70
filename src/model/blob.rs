//! Git's object ids as the twenty bytes that they are, and how git makes them from bytes. Never reads a repository.

use std::fmt;

use sha1::{Digest, Sha1};

use super::name::{Invalid, Name, ObjectId};

/// The id of a git object: the SHA-1 of its kind, its length and its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 20]);

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// What each byte is as a digit; 255 where it is none.
const VALUES: [u8; 256] = {
    let (mut values, mut digit) = ([255; 256], 0);
    while digit < 16 {
        values[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

impl BlobId {
    /// The id of a file with these bytes, or of a symbolic link with this target.
    pub fn of(bytes: &[u8]) -> Self {
        Hasher::new("blob", bytes.len() as u64).with(bytes).finish()
    }

    /// The id of a tree whose entries are these bytes.
    pub fn of_tree(entries: &[u8]) -> Self {
        Hasher::new("tree", entries.len() as u64).with(entries).finish()
    }

    /// From the bytes.
    pub fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// From 40 hexadecimal digits.
    pub fn from_hex(text: &[u8]) -> Option<Self> {
        let text: &[u8; 40] = text.try_into().ok()?;
        let (pairs, _) = text.as_chunks::<2>();
        let (mut id, mut worst) = ([0; 20], 0);
        for (byte, [high, low]) in id.iter_mut().zip(pairs) {
            let (high, low) = (VALUES[usize::from(*high)], VALUES[usize::from(*low)]);
            *byte = high << 4 | low;
            worst |= high | low;
        }
        (worst < 16).then_some(Self(id))
    }

    /// 40 hexadecimal digits.
    pub fn hex(&self) -> String {
        let mut text = String::with_capacity(40);
        self.write_hex(&mut text);
        text
    }

    /// Appends 40 hexadecimal digits.
    pub fn write_hex(&self, text: &mut String) {
        for byte in self.0 {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// Hashes an object whose bytes come piece by piece.
pub struct Hasher(Sha1);

impl Hasher {
    /// An object of this kind (`blob`, `tree`) and of this many bytes.
    pub fn new(kind: &str, size: u64) -> Self {
        Self(Sha1::new_with_prefix(format!("{kind} {size}\0")))
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The next bytes.
    #[must_use]
    pub fn with(mut self, bytes: &[u8]) -> Self {
        self.update(bytes);
        self
    }

    /// The id; wrong where there were not as many bytes as was said.
    pub fn finish(self) -> BlobId {
        BlobId(self.0.finalize().into())
    }
}

impl Name for BlobId {
    fn parse(text: &str) -> Result<Self, Invalid> {
        ObjectId::parse(text).map(|id| Self::from(&id))
    }
}

impl From<&ObjectId> for BlobId {
    fn from(id: &ObjectId) -> Self {
        // An object id is 40 digits.
        Self::from_hex(id.as_str().as_bytes()).unwrap_or(Self([0; 20]))
    }
}

impl From<&BlobId> for ObjectId {
    fn from(id: &BlobId) -> Self {
        Self::of_blob(id)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// Digits for people, bytes for programs.
impl serde::Serialize for BlobId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&self.hex())
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> serde::Deserialize<'de> for BlobId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let human = deserializer.is_human_readable();
        deserializer.deserialize_any(Reader { human })
    }
}

struct Reader {
    human: bool,
}

impl serde::de::Visitor<'_> for Reader {
    type Value = BlobId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.human {
            "40 hexadecimal digits"
        } else {
            "20 bytes"
        })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BlobId, E> {
        BlobId::from_hex(text.as_bytes()).ok_or_else(|| E::custom("no 40 hexadecimal digits (0-9, a-f)"))
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<BlobId, E> {
        bytes.try_into().map(BlobId).map_err(|_| E::custom("no 20 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(
            BlobId::of(b"hello\n").hex(),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
        assert_eq!(
            BlobId::of_tree(b"").hex(),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        );
    }

    #[test]
    fn digits_and_bytes_come_back() {
        let id = BlobId::of(b"x");
        assert_eq!(BlobId::from_hex(id.hex().as_bytes()), Some(id));
        assert_eq!(BlobId::parse(&id.hex()), Ok(id));
        for bad in [
            "",
            "0",
            "xx",
            &id.hex()[1..],
            &id.hex().to_uppercase(),
            &format!("{id}00"),
        ] {
            assert_eq!(BlobId::from_hex(bad.as_bytes()), None, "{bad}");
        }
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<BlobId>(&json).unwrap(), id);
        let packed = rmp_serde::to_vec(&id).unwrap();
        assert_eq!(
            (packed.len(), rmp_serde::from_slice::<BlobId>(&packed).unwrap()),
            (22, id)
        );
        assert!(
            serde_json::from_str::<BlobId>("7").is_err()
                && rmp_serde::from_slice::<BlobId>(b"\xc4\x01a").is_err()
        );
    }
}
