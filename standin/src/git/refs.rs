//! Refs of a bare repository, read and moved in-process with git's own lock files, so that a push through
//! receive-pack and a move from here never lose each other. Knows loose refs only: nothing here ever packs them.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use super::Git;

/// How long a lock that somebody else holds is waited for: `LOCK_TRIES` times 5 ms.
const LOCK_TRIES: u32 = 400;

impl Git {
    fn ref_path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The commit that a full ref name points at.
    pub fn read_ref(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.ref_path(name)).ok()?;
        Some(text.trim().to_owned())
    }

    /// Whether one commit can be reached from another.
    pub fn is_ancestor(&self, old: &str, new: &str) -> bool {
        self.run(&["merge-base", "--is-ancestor", old, new], b"").is_ok()
    }

    /// The tip of a branch.
    pub fn branch(&self, branch: &str) -> Option<String> {
        self.read_ref(&format!("refs/heads/{branch}"))
    }

    /// Points `name` at `sha`, if it is at `old` now (`None`: wherever it is). False where somebody was faster.
    pub fn move_ref(&self, name: &str, sha: &str, old: Option<&str>) -> bool {
        let path = self.ref_path(name);
        let lock = self.ref_path(&format!("{name}.lock"));
        fs::create_dir_all(path.parent().expect("a ref has a folder")).expect("a writable repository");
        let mut tries = 0;
        let mut file = loop {
            match OpenOptions::new().write(true).create_new(true).open(&lock) {
                Ok(file) => break file,
                Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < LOCK_TRIES => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("cannot lock {name}: {error}"),
            }
        };
        if old.is_some() && self.read_ref(name).as_deref() != old {
            fs::remove_file(&lock).expect("a lock of ours");
            return false;
        }
        file.write_all(format!("{sha}\n").as_bytes())
            .expect("a writable repository");
        drop(file);
        fs::rename(&lock, &path).expect("a writable repository");
        true
    }
}
