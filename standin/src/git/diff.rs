//! What differs between a base and a head, and the three-way merge of both. Never moves a ref.

use super::commit::NewCommit;
use super::{Git, Signature};

/// One changed file, as `GET /pulls/{n}/files` tells it.
#[derive(Clone, Debug)]
pub(crate) struct ChangedFile {
    pub status: &'static str,
    pub sha: Option<String>,
    pub path: String,
    pub previous: Option<String>,
    pub additions: u64,
    pub deletions: u64,
}

/// A commit's head.
#[derive(Clone, Debug)]
pub(crate) struct CommitHead {
    pub sha: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub author: Signature,
    pub committer: Signature,
    pub message: String,
}

/// A pull request's content: from the merge base to the head.
#[derive(Clone, Debug, Default)]
pub(crate) struct Difference {
    pub files: Vec<ChangedFile>,
    pub commits: Vec<CommitHead>,
}

impl Git {
    /// What `head` would bring to `base`.
    pub fn difference(&self, base: &str, head: &str) -> Difference {
        let range = format!("{base}..{head}");
        Difference {
            files: self.changed_files(base, head),
            commits: self.log(&["--reverse", &range]),
        }
    }

    /// One commit.
    pub fn commit_head(&self, sha: &str) -> Option<CommitHead> {
        self.log(&["-1", sha]).pop()
    }

    /// The commits that led to one, newest first; those that touch a path where one is named.
    pub fn history(&self, tip: &str, path: Option<&str>) -> Vec<CommitHead> {
        match path {
            Some(path) => self.log(&[tip, "--", &format!(":(literal){path}")]),
            None => self.log(&[tip]),
        }
    }

    fn log(&self, args: &[&str]) -> Vec<CommitHead> {
        let format = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00%x01";
        let args = [&["log", format], args].concat();
        let out = self.run(&args, b"").unwrap_or_default();
        let text = String::from_utf8_lossy(&out).into_owned();
        text.split("\0\u{1}")
            .filter_map(|record| parse_head(record.trim_start()))
            .collect()
    }

    fn changed_files(&self, base: &str, head: &str) -> Vec<ChangedFile> {
        let Ok(merge_base) = self.run(&["merge-base", base, head], b"") else {
            return Vec::new();
        };
        let from = String::from_utf8_lossy(&merge_base).trim().to_owned();
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "-M",
            "--raw",
            "--numstat",
            "--no-abbrev",
            &from,
            head,
        ];
        let out = self.run(&args, b"").unwrap_or_else(|failed| panic!("{failed}"));
        parse_changes(&out)
    }

    /// The tree of the three-way merge; `None` on a conflict.
    pub fn merge_tree(&self, base: &str, head: &str) -> Option<String> {
        match self.run(&["merge-tree", "--write-tree", "--no-messages", base, head], b"") {
            Ok(out) => Some(String::from_utf8_lossy(&out).trim().to_owned()),
            // 1 is a conflict; anything else (no common history, a tree that git cannot merge) does not merge either.
            Err(_) => None,
        }
    }

    /// The commit that GitHub shows as `refs/pull/N/merge`: parents are the base and the head, in this order.
    pub fn merge_commit(
        &self,
        base: &str,
        head: &str,
        author: &Signature,
        committer: &Signature,
    ) -> Option<String> {
        let tree = self.merge_tree(base, head)?;
        let message = format!("Merge {head} into {base}");
        let new = NewCommit {
            parent: None,
            author,
            committer,
            message: &message,
        };
        Some(self.commit_tree(&tree, &[base, head], &new))
    }
}

fn parse_head(record: &str) -> Option<CommitHead> {
    let fields: Vec<&str> = record.splitn(10, '\0').collect();
    let [sha, tree, parents, an, ae, at, cn, ce, ct, message] = fields[..] else {
        return None;
    };
    let signature = |name: &str, email: &str, at: &str| Signature {
        name: name.to_owned(),
        email: email.to_owned(),
        at: at.parse().unwrap_or(0),
    };
    Some(CommitHead {
        sha: sha.to_owned(),
        tree: tree.to_owned(),
        parents: parents.split_whitespace().map(str::to_owned).collect(),
        author: signature(an, ae, at),
        committer: signature(cn, ce, ct),
        message: message.trim_end().to_owned(),
    })
}

/// Reads `--raw --numstat -z`: all raw records, then all numstat records, in the same order.
fn parse_changes(out: &[u8]) -> Vec<ChangedFile> {
    let text = String::from_utf8_lossy(out).into_owned();
    let mut fields = text.split('\0').peekable();
    let mut files = Vec::new();
    while let Some(meta) = fields.next_if(|field| field.starts_with(':')) {
        let parts: Vec<&str> = meta.split(' ').collect();
        let [_, _, _, sha, letter] = parts[..] else { break };
        let first = fields.next().unwrap_or_default().to_owned();
        let moved = letter.starts_with(['R', 'C']);
        let (path, previous) = match moved {
            true => (fields.next().unwrap_or_default().to_owned(), Some(first)),
            false => (first, None),
        };
        let status = match letter.as_bytes().first() {
            Some(b'A') => "added",
            Some(b'D') => "removed",
            Some(b'R') => "renamed",
            Some(b'C') => "copied",
            Some(b'T') => "changed",
            _ => "modified",
        };
        let sha = sha.bytes().any(|digit| digit != b'0').then(|| sha.to_owned());
        files.push(ChangedFile {
            status,
            sha,
            path,
            previous,
            additions: 0,
            deletions: 0,
        });
    }
    for file in &mut files {
        let Some(record) = fields.next() else { break };
        let mut columns = record.split('\t');
        // `-` stands for a binary file.
        file.additions = columns.next().and_then(|count| count.parse().ok()).unwrap_or(0);
        file.deletions = columns.next().and_then(|count| count.parse().ok()).unwrap_or(0);
        if columns.next() == Some("") {
            // A rename's paths are fields of their own.
            fields.next();
            fields.next();
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::parse_changes;

    #[test]
    fn raw_and_numstat_records_are_matched_by_order() {
        let out = b":100644 100644 aaaa aaaa R100\0a\0b\0:000000 100644 0000 bbbb A\0c\0\
            :100644 000000 cccc 0000 D\0d\x000\t0\t\0a\0b\x003\t0\tc\0-\t-\td\0";
        let files = parse_changes(out);
        let seen: Vec<_> = files
            .iter()
            .map(|f| (f.status, f.path.as_str(), f.additions, f.sha.is_some()))
            .collect();
        assert_eq!(
            seen,
            [
                ("renamed", "b", 0, true),
                ("added", "c", 3, true),
                ("removed", "d", 0, false)
            ]
        );
        assert_eq!(files[0].previous.as_deref(), Some("a"));
    }
}
