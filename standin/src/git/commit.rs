//! Edits become commits: one `git fast-import` for everything that it accepts, trees written byte by byte for paths
//! that it refuses. Never checks anything out.

use super::{Git, Signature};

/// One change to a tree.
#[derive(Clone, Debug)]
pub struct Edit {
    path: Vec<u8>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Blob { mode: &'static str, content: Vec<u8> },
    Submodule(String),
    Delete,
    Rename(Vec<u8>),
    Raw(Vec<u8>),
}

impl Edit {
    /// Writes a regular file.
    pub fn write(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Edit {
        Edit::blob(path, "100644", content)
    }

    /// Writes a file with the executable bit.
    pub fn executable(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Edit {
        Edit::blob(path, "100755", content)
    }

    /// Makes a symbolic link.
    pub fn symlink(path: impl Into<String>, target: impl Into<Vec<u8>>) -> Edit {
        Edit::blob(path, "120000", target)
    }

    /// Makes a submodule entry that names `commit` (40 hex digits, which need not exist).
    pub fn submodule(path: impl Into<String>, commit: impl Into<String>) -> Edit {
        Edit {
            path: path.into().into_bytes(),
            what: What::Submodule(commit.into()),
        }
    }

    /// Removes a file or a folder.
    pub fn delete(path: impl Into<String>) -> Edit {
        Edit {
            path: path.into().into_bytes(),
            what: What::Delete,
        }
    }

    /// Renames a file or a folder.
    pub fn rename(from: impl Into<String>, to: impl Into<String>) -> Edit {
        Edit {
            path: from.into().into_bytes(),
            what: What::Rename(to.into().into_bytes()),
        }
    }

    /// Writes a regular file at a path that git refuses to write but reads: `..`, `.git`, invalid UTF-8. (An empty
    /// part, as in an absolute path, is fatal to every git that reads it, so that no such tree can be served.)
    /// Raw edits come after all others of the same commit.
    pub fn raw(path: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) -> Edit {
        let path: Vec<u8> = path.into();
        assert!(
            path.split(|byte| *byte == b'/').all(|part| !part.is_empty()),
            "git reads no tree with an empty name"
        );
        Edit {
            path,
            what: What::Raw(content.into()),
        }
    }

    fn blob(path: impl Into<String>, mode: &'static str, content: impl Into<Vec<u8>>) -> Edit {
        Edit {
            path: path.into().into_bytes(),
            what: What::Blob {
                mode,
                content: content.into(),
            },
        }
    }
}

/// What a commit is made of, besides its edits.
pub(crate) struct NewCommit<'a> {
    pub parent: Option<&'a str>,
    pub author: &'a Signature,
    pub committer: &'a Signature,
    pub message: &'a str,
}

impl Git {
    /// Makes a commit; moves no ref.
    pub fn commit(&self, new: &NewCommit, edits: &[Edit]) -> String {
        let (raw, plain): (Vec<_>, Vec<_>) = edits.iter().partition(|edit| matches!(edit.what, What::Raw(_)));
        let sha = self.fast_import(new, &plain);
        if raw.is_empty() {
            return sha;
        }
        let mut tree = self.text(&["rev-parse", &format!("{sha}^{{tree}}")]);
        for edit in raw {
            let What::Raw(content) = &edit.what else { continue };
            let blob = self.write_object("blob", content);
            let parts: Vec<&[u8]> = edit.path.split(|byte| *byte == b'/').collect();
            tree = self.put(&tree, &parts, &blob);
        }
        self.commit_tree(&tree, new.parent.as_slice(), new)
    }

    /// A commit of a finished tree.
    pub fn commit_tree(&self, tree: &str, parents: &[&str], new: &NewCommit) -> String {
        let mut text = format!("tree {tree}\n");
        for parent in parents {
            text += &format!("parent {parent}\n");
        }
        text += &format!(
            "author {}\ncommitter {}\n\n{}\n",
            new.author.line(),
            new.committer.line(),
            new.message
        );
        self.write_object("commit", text.as_bytes())
    }

    fn fast_import(&self, new: &NewCommit, edits: &[&Edit]) -> String {
        // The ref is a scratch name of this run; what counts is the mark that is printed.
        let mut input = b"feature done\n".to_vec();
        let mut say = |text: &str| input.extend_from_slice(text.as_bytes());
        say("commit refs/standin/scratch\nmark :1\n");
        say(&format!(
            "author {}\ncommitter {}\n",
            new.author.line(),
            new.committer.line()
        ));
        say(&format!("data {}\n{}\n\n", new.message.len() + 1, new.message));
        match new.parent {
            Some(parent) => say(&format!("from {parent}\n")),
            None => say("deleteall\n"),
        }
        for edit in edits {
            let path = quoted(&edit.path);
            match &edit.what {
                What::Blob { mode, content } => {
                    input.extend_from_slice(
                        format!("M {mode} inline {path}\ndata {}\n", content.len()).as_bytes(),
                    );
                    input.extend_from_slice(content);
                    input.push(b'\n');
                }
                What::Submodule(commit) => {
                    input.extend_from_slice(format!("M 160000 {commit} {path}\n").as_bytes());
                }
                What::Delete => input.extend_from_slice(format!("D {path}\n").as_bytes()),
                What::Rename(to) => input.extend_from_slice(format!("R {path} {}\n", quoted(to)).as_bytes()),
                What::Raw(_) => {}
            }
        }
        input.extend_from_slice(b"\nget-mark :1\nreset refs/standin/scratch\ndone\n");
        let args = ["fast-import", "--quiet", "--force", "--cat-blob-fd=1"];
        match self.run(&args, &input) {
            Ok(out) => String::from_utf8_lossy(&out).trim().to_owned(),
            Err(failed) => panic!("{failed}"),
        }
    }

    fn write_object(&self, kind: &str, content: &[u8]) -> String {
        let args = ["hash-object", "-t", kind, "-w", "--literally", "--stdin"];
        match self.run(&args, content) {
            Ok(out) => String::from_utf8_lossy(&out).trim().to_owned(),
            Err(failed) => panic!("{failed}"),
        }
    }

    /// The tree with a regular file at `parts`, byte by byte, so that no name is refused.
    fn put(&self, tree: &str, parts: &[&[u8]], blob: &str) -> String {
        let mut entries = self.tree_entries(tree);
        let (name, rest) = parts.split_first().expect("a path has a part");
        let below = entries
            .iter()
            .position(|(_, entry, _)| entry == name)
            .map(|at| entries.remove(at));
        let new = if rest.is_empty() {
            (b"100644".to_vec(), name.to_vec(), blob.to_owned())
        } else {
            let folder = below.filter(|(mode, ..)| mode == b"40000").map(|(.., sha)| sha);
            let folder = folder.unwrap_or_else(|| self.write_object("tree", b""));
            (b"40000".to_vec(), name.to_vec(), self.put(&folder, rest, blob))
        };
        entries.push(new);
        // git's order: a folder sorts as if its name ended in a slash.
        let key = |(mode, name, _): &(Vec<u8>, Vec<u8>, String)| {
            let slash: &[u8] = if mode == b"40000" { b"/" } else { b"" };
            [name, slash].concat()
        };
        entries.sort_by_key(key);
        let mut bytes = Vec::new();
        for (mode, name, sha) in entries {
            bytes.extend_from_slice(&[&mode, b" ".as_slice(), &name, b"\0"].concat());
            let digits = (0..sha.len()).step_by(2);
            bytes.extend(digits.map(|at| u8::from_str_radix(&sha[at..at + 2], 16).expect("hex digits")));
        }
        self.write_object("tree", &bytes)
    }

    fn tree_entries(&self, tree: &str) -> Vec<(Vec<u8>, Vec<u8>, String)> {
        let raw = self
            .run(&["cat-file", "tree", tree], b"")
            .unwrap_or_else(|failed| panic!("{failed}"));
        let mut entries = Vec::new();
        let mut rest = raw.as_slice();
        while let Some(nul) = rest.iter().position(|byte| *byte == 0) {
            let space = rest
                .iter()
                .position(|byte| *byte == b' ')
                .expect("a mode ends in a space");
            let sha = rest[nul + 1..nul + 21]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            entries.push((rest[..space].to_vec(), rest[space + 1..nul].to_vec(), sha));
            rest = &rest[nul + 21..];
        }
        entries
    }
}

/// fast-import's quoting, for every byte that needs it.
fn quoted(path: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in path {
        match byte {
            b'"' | b'\\' => out += &format!("\\{}", *byte as char),
            0x20..=0x7e => out.push(*byte as char),
            _ => out += &format!("\\{byte:03o}"),
        }
    }
    out + "\""
}
