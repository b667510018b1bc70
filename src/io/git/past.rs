//! What a clone's history says of files that came and went. Never fetches what is not here.

use std::collections::{BTreeMap, BTreeSet};

use super::local::LocalClone;
use crate::error::{Error, Result};
use crate::model::file::Mode;
use crate::model::name::{CommitId, Name, ObjectId};

impl LocalClone {
    /// Every regular file of a commit below a folder, with its blob. What is not named in UTF-8 is left out.
    ///
    /// # Errors
    /// [`Error::Unexpected`] when git cannot read it.
    pub async fn files_below(&self, commit: &CommitId, folder: &str) -> Result<BTreeMap<String, ObjectId>> {
        let listed = self.store.listing_of(commit, &["-r"], &[folder]).await?;
        let files = listed
            .into_iter()
            .filter(|listed| matches!(listed.side.mode(), Mode::Regular | Mode::Executable));
        let named = files.filter_map(|listed| Some((String::from_utf8(listed.path).ok()?, listed.side.id)));
        Ok(named.collect())
    }

    /// Every path with every blob that the commits up to this one brought below a folder, a merge as what it brought to its
    /// first parent.
    ///
    /// # Errors
    /// [`Error::CouldNotCheck`] where the history is cut off.
    pub async fn brought(&self, commit: &CommitId, folder: &str) -> Result<BTreeSet<(String, ObjectId)>> {
        let git = &self.store.git;
        let what = "the history could not be read";
        let shallow = git.ask(&["rev-parse", "--is-shallow-repository"], what).await?;
        if shallow.trim_ascii() == b"true" {
            let why = "the clone does not have the whole history: fetch it with `git fetch --unshallow`";
            return Err(Error::CouldNotCheck(why.into()));
        }
        let args = [
            "log",
            "--first-parent",
            "--diff-merges=first-parent",
            "--diff-filter=AMT",
            "--no-renames",
            "--raw",
            "--no-abbrev",
            "-z",
            "--format=",
            commit.as_str(),
            "--",
            folder,
        ];
        let bytes = git.ask(&args, what).await?;
        let mut brought = BTreeSet::new();
        let mut records = bytes.split(|&byte| byte == 0);
        while let Some(record) = records.next() {
            let record = record.trim_ascii_start();
            let Some(fields) = record.strip_prefix(b":") else {
                continue;
            };
            // `old mode, new mode, old id, new id, status`, then the path as a record of its own.
            let id = fields.split(|&byte| byte == b' ').nth(3);
            let id = id.and_then(|id| ObjectId::parse(std::str::from_utf8(id).ok()?).ok());
            let path = records
                .next()
                .and_then(|path| String::from_utf8(path.to_vec()).ok());
            brought.extend(path.zip(id));
        }
        Ok(brought)
    }
}
