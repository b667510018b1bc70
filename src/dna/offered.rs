//! DNA files that a change brings, and what can be said of their bytes alone. Never asks whether what they say is true.

use std::borrow::Cow;

use super::VERSION;
use super::head::{self, Head, HeadFault};
use super::read::{Dna, read};
use super::write::file;
use crate::model::blob::BlobId;
use crate::model::derivation::Derivation;
use crate::model::file::{Content, File, Mode};
use crate::model::name::PackageName;
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::submission::{Change, Submission};

/// What the key `origin` says of a file that may enter a registry.
pub const ORIGIN: &str = "pypi";
/// What the key `profile` says of a file that may enter a registry.
pub const PROFILES: [&str; 2] = ["default", "default+sdist"];
/// The DNA version of a registry: the pinned one, else the one that this gistry makes.
pub fn pinned(policy: &Policy) -> u32 {
    let pinned = policy.packages.dna_version;
    pinned.map_or(VERSION, |pinned| u32::try_from(pinned).unwrap_or(u32::MAX))
}

/// The stack on which a file of unknown depth is read, in bytes.
const STACK: usize = 64 << 20;

/// A DNA file that a change brings.
pub struct Offered<'s> {
    /// Its path.
    pub path: &'s RepoPath,
    /// The package that the path names.
    pub package: &'s PackageName,
    /// The version that the path names.
    pub version: &'s str,
    /// The file.
    pub file: &'s File,
    /// The file that it takes the place of.
    pub before: Option<&'s File>,
    /// Its head.
    pub head: Result<Head, HeadFault>,
}

/// The DNA files that a change brings, by path. None of a whole registry: they are too many and too large to be read there.
pub fn offered(submission: &Submission) -> impl Iterator<Item = Offered<'_>> {
    let compared = !submission.is_tree();
    let changes = submission.changes.iter().filter(move |_| compared);
    changes.filter_map(|(path, change)| of(path, change))
}

fn of<'s>(path: &'s RepoPath, change: &'s Change) -> Option<Offered<'s>> {
    let Place::Release { package, version } = &change.place else {
        return None;
    };
    let file = change.after.as_ref()?;
    let head = match (&file.content, file.mode) {
        (Content::Bytes(bytes), Mode::Regular | Mode::Executable) => {
            head::read(&**bytes, head::MAX_HEAD).and_then(usual)
        }
        (Content::Unreadable(why), _) => Err(HeadFault::Unreadable(why.clone())),
        (Content::TooBig(_), _) => Err(HeadFault::Unreadable("it is too large".to_owned())),
        _ => Err(HeadFault::Unreadable(format!("it is {}", file.mode.noun()))),
    };
    Some(Offered {
        path,
        package,
        version,
        file,
        before: change.before.as_ref(),
        head,
    })
}

/// A head whose texts that are compared and told are no longer than those of any release.
fn usual(head: Head) -> Result<Head, HeadFault> {
    let Head { source, .. } = &head;
    let texts = [
        ("release", head.release.as_str(), 200),
        ("source.origin", &source.origin, 100),
        ("source.artifact", &source.artifact, 300),
        ("source.kind", &source.kind, 100),
        ("profile", &head.profile, 100),
        ("yanked", head.yanked.as_deref().unwrap_or_default(), 2_000),
    ];
    let long = texts.into_iter().find(|(_, text, most)| text.len() > *most);
    match long {
        None => Ok(head),
        Some((key, _, most)) => Err(HeadFault::Wrong {
            key: key.to_owned(),
            message: format!("it is longer than {most} bytes"),
        }),
    }
}

impl Offered<'_> {
    /// What must be derived to know whether the file is what its head says; nothing where there is no head, or one of a file
    /// that no registry takes.
    pub fn derivation(&self, dna_version: u32) -> Option<Derivation> {
        let head = self.head.as_ref().ok()?;
        let fits = head.dna_version == dna_version
            && head.source.origin == ORIGIN
            && PROFILES.contains(&head.profile.as_str())
            && head.package == *self.package
            && head.release == self.version;
        let bytes = self.file.bytes().filter(|_| fits)?;
        Some(Derivation {
            blob: self
                .file
                .blob
                .as_ref()
                .map_or_else(|| BlobId::of(bytes), BlobId::from),
            package: head.package.clone(),
            release: head.release.clone(),
            artifact: head.source.artifact.clone(),
            sha256: head.source.sha256.clone(),
            yanked: head.yanked.clone(),
            profile: head.profile.clone(),
            dna_version,
        })
    }

    /// Whether nothing differs from the file that was there before but whether, and why, the release is yanked.
    pub fn only_marks(&self) -> bool {
        let Some((before, after)) = self.before.and_then(File::bytes).zip(self.file.bytes()) else {
            return false;
        };
        before != after
            && sound(after).is_ok()
            && without_mark(before).is_ok_and(|before| Ok(before) == without_mark(after))
    }

    /// The head of the file that was there before.
    pub fn head_before(&self) -> Option<Head> {
        head::read(self.before?.bytes()?, head::MAX_HEAD).ok()
    }
}

fn without_mark(bytes: &[u8]) -> Result<Vec<u8>, String> {
    on_a_deep_stack(|| {
        let Dna { mut head, body } = read(bytes)?;
        head.yanked = None;
        file(&head, &body).map_err(|error| error.to_string())
    })
}

/// Whether a whole file can be read, and is written as gistry writes it: what is said once more must be the same bytes.
///
/// # Errors
/// What is wrong with the bytes.
pub fn sound(bytes: &[u8]) -> Result<(), String> {
    let again = on_a_deep_stack(|| {
        let dna = read(bytes)?;
        file(&dna.head, &dna.body).map_err(|error| error.to_string())
    })?;
    if again == bytes {
        return Ok(());
    }
    let common = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let what: Cow<'_, str> = if common == again.len() {
        format!("{} bytes follow its end", bytes.len() - common).into()
    } else {
        "a key is in another order, written twice, unknown, or written in a longer form".into()
    };
    Err(format!("byte {common} is not as gistry writes it: {what}"))
}

/// Values may be nested as deeply as a file likes, up to a limit that takes more stack than a thread usually has.
fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(STACK)
        .build();
    pool.map_err(|error| error.to_string())?.install(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dna::head::tests::head;
    use crate::dna::record::{Body, Kind, Member, Module};

    fn nested(classes: usize) -> Vec<u8> {
        let class = |members| Member {
            kind: Kind::Class,
            name: "A".into(),
            members,
            ..Member::default()
        };
        let members = (0..classes).fold(Vec::new(), |inner, _| vec![class(inner)]);
        let module = Module {
            name: "shop".into(),
            path: "shop.py".into(),
            members,
            ..Module::default()
        };
        let body = Body {
            modules: vec![module],
            ..Body::default()
        };
        file(&head("shop", "1.0"), &body).unwrap()
    }

    #[test]
    fn a_file_is_as_gistry_writes_it_or_it_is_said_where_not() {
        let good = nested(2);
        assert_eq!(sound(&good), Ok(()));
        let more = [good.as_slice(), b"\xc0"].concat();
        assert!(sound(&more).unwrap_err().contains("1 bytes follow its end"));
        // The same map with a longer length: another file with the same meaning.
        let long = [&[0xde, 0, good[0] & 15], &good[1..]].concat();
        assert_eq!(read(&long), read(&good));
        assert!(
            sound(&long)
                .unwrap_err()
                .starts_with("byte 0 is not as gistry writes it")
        );
        for cut in 0..good.len() {
            assert!(sound(&good[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_file_as_deep_as_can_be_is_read_or_refused() {
        let nested = |classes| on_a_deep_stack(|| Ok(nested(classes))).unwrap();
        assert_eq!(sound(&nested(100)), Ok(()));
        assert!(sound(&nested(1_000)).is_err());
    }

    #[test]
    fn every_other_byte_is_another_file() {
        let good = nested(1);
        for at in 0..good.len() {
            for to in [0x00, 0x7f, 0x80, 0xc0, 0xff, good[at] ^ 1] {
                let mut bad = good.clone();
                bad[at] = to;
                // Whatever is sound has one form only: nothing but these bytes means the same.
                if bad != good && sound(&bad).is_ok() {
                    assert_ne!(read(&bad), read(&good), "byte {at}");
                }
            }
        }
    }
}
