//! A DNA file that is there already against one that was made now: what may take its place, and what may not. Never writes.

use std::fmt;

use crate::dna::head::{self, Head};

/// How a file that was made stands to the one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The same bytes.
    Same,
    /// Nothing but `yanked` differs: it may take its place.
    Yanked,
    /// The file that is there has another dna_version.
    Version(u32),
    /// It was made from another artifact.
    Artifact {
        /// The one that is there.
        there: String,
        /// The one that was used now.
        now: String,
    },
    /// The artifact has the same name and other bytes.
    Digest(String),
    /// It was made with other options.
    Profile {
        /// Those of the file that is there.
        there: String,
        /// Those of now.
        now: String,
    },
    /// The same artifact, version and options, and other bytes.
    Bytes,
    /// The file that is there is no DNA file of this release.
    Unreadable(String),
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("the same bytes"),
            Self::Yanked => f.write_str("only `yanked` differs"),
            Self::Version(there) => write!(
                f,
                "the file that is there has dna_version {there}, and this gistry makes another; a maintainer may have it made \
                 anew with --regenerate"
            ),
            Self::Artifact { there, now } => write!(
                f,
                "artifact differs: the file that is there was made from {there}, this one from {now}; the first one stays"
            ),
            Self::Digest(name) => write!(
                f,
                "artifact differs: the file that is there was made from other bytes of {name}; releases never change, so look \
                 which one is right"
            ),
            Self::Profile { there, now } => write!(
                f,
                "options differ: the file that is there has the profile {there}, this one {now}; the first one stays"
            ),
            Self::Bytes => f.write_str(
                "the file that is there has other bytes, though artifact, dna_version and options are the same: `gistry verify` \
                 says where; it is not replaced",
            ),
            Self::Unreadable(why) => write!(f, "the file that is there is no DNA file of this release: {why}; remove it"),
        }
    }
}

/// Compares the bytes of a file that is there with those that were made, whose head this is.
pub fn of(there: &[u8], made: &[u8], made_head: &Head) -> Standing {
    if there == made {
        return Standing::Same;
    }
    let head = match head::read(there, head::MAX_HEAD) {
        Ok(head) => head,
        Err(fault) => return Standing::Unreadable(fault.to_string()),
    };
    if head.package != made_head.package || head.release != made_head.release {
        return Standing::Unreadable(format!("it is that of {} {}", head.package, head.release));
    }
    if head.dna_version != made_head.dna_version {
        return Standing::Version(head.dna_version);
    }
    if head.source.artifact != made_head.source.artifact {
        return Standing::Artifact {
            there: head.source.artifact,
            now: made_head.source.artifact.clone(),
        };
    }
    if head.source.sha256 != made_head.source.sha256 {
        return Standing::Digest(head.source.artifact);
    }
    if head.profile != made_head.profile {
        return Standing::Profile {
            there: head.profile,
            now: made_head.profile.clone(),
        };
    }
    if head.yanked != made_head.yanked && is_the_same_otherwise(there, made, made_head) {
        return Standing::Yanked;
    }
    Standing::Bytes
}

/// Whether the file that is there, with the other's `yanked` put in, is the other byte for byte.
fn is_the_same_otherwise(there: &[u8], made: &[u8], made_head: &Head) -> bool {
    let Ok(mut dna) = crate::dna::read(there) else {
        return false;
    };
    // The file must be as gistry writes it, too: nothing may hide behind a form that reads the same.
    let as_it_is = crate::dna::file(&dna.head, &dna.body);
    if !matches!(as_it_is, Ok(bytes) if bytes == there) {
        return false;
    }
    dna.head.yanked.clone_from(&made_head.yanked);
    matches!(crate::dna::file(&dna.head, &dna.body), Ok(bytes) if bytes == made)
}
