//! What git is asked of a working tree, whole or about a few paths. Never looks at the disk for more than what there is to leave out.

use std::fs;
use std::ops::Range;
use std::path::Path;

use super::process::{Call, Git, Output};
use super::said::{is_inside, staged};
use super::store::malformed;
use crate::error::{Error, Result};
use crate::model::listing::Item;

/// Git compares every path of its index with every path that it is asked about: with more than this it is asked about all.
const FEW: usize = 64;
/// Why nothing comes of it.
const WHAT: &str = "the working tree could not be listed";

/// Git in a working tree, but for folders of some names at its top.
pub(super) struct Asked<'a> {
    git: Git,
    without: &'a [&'a str],
    excluded: Vec<String>,
}

impl<'a> Asked<'a> {
    /// The working tree with this top.
    pub fn of(top: &Path, without: &'a [&'a str]) -> Self {
        // Git compares every path with what it is told to leave out: it is told of what is there alone.
        let is_there = |name: &&&str| fs::symlink_metadata(top.join(name)).is_ok();
        let excluded = without.iter().filter(is_there);
        Self {
            git: Git::of_user(top),
            without,
            excluded: excluded.map(|name| format!(":(top,exclude){name}")).collect(),
        }
    }

    /// Whether a path is left out.
    pub fn is_passed_over(&self, path: &[u8]) -> bool {
        let name = path.split(|&byte| byte == b'/').next();
        let mut names = self.without.iter();
        names.any(|without| name == Some(without.as_bytes()))
    }

    /// The settings that decide what git would record.
    pub async fn settings(&self) -> Result<Output> {
        let words = [
            "config",
            "-z",
            "--get-regexp",
            "^core\\.(filemode|symlinks|autocrlf)$",
        ];
        self.git.run(Call::local(&words)).await
    }

    /// The files of git's index, each once, and the first one that a sparse checkout leaves out.
    pub async fn files(&self) -> Result<(Vec<Item>, Option<String>)> {
        let said = self.about(&["ls-files", "-s", "-t", "-z"], None).await?;
        let is_passed_over = |path: &[u8]| self.is_passed_over(path);
        let (mut items, left_out) = staged(&said, is_passed_over).ok_or_else(|| malformed("ls-files"))?;
        // Git makes no such index, and takes one that was made for it.
        if let Some(item) = items.iter().find(|item| !is_inside(&item.path)) {
            return Err(Error::Usage(format!(
                "git's index has the path {:?}, which lies outside of the working tree; somebody made it so: clone the registry anew",
                String::from_utf8_lossy(&item.path)
            )));
        }
        // A path that is not merged comes several times.
        items.dedup_by(|later, first| later.path == first.path);
        for range in passed_over(&items, self.without) {
            items.drain(range);
        }
        Ok((items, left_out))
    }

    /// Which of git's files the disk has otherwise, of these or of all.
    pub async fn changed(&self, paths: Option<&[Vec<u8>]>) -> Result<Vec<u8>> {
        let words = [
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=no",
            "--no-renames",
            "--ignore-submodules=all",
        ];
        self.about(&words, paths).await
    }

    /// The files that git does not have and would, at these paths, below them, or anywhere.
    pub async fn others(&self, paths: Option<&[Vec<u8>]>) -> Result<Vec<u8>> {
        let words = ["ls-files", "-z", "--others", "--exclude-standard"];
        self.about(&words, paths).await
    }

    async fn about(&self, words: &[&str], paths: Option<&[Vec<u8>]>) -> Result<Vec<u8>> {
        let is_few = |paths: &&[Vec<u8>]| paths.len() <= FEW;
        let text = |path: &Vec<u8>| String::from_utf8(path.clone()).ok();
        let few: Option<Vec<String>> = paths
            .filter(is_few)
            .and_then(|paths| paths.iter().map(text).collect());
        let top = [":(top)".to_owned()];
        let (how, paths) = match &few {
            Some(paths) if paths.is_empty() => return Ok(Vec::new()),
            Some(paths) => ("--literal-pathspecs", [&paths[..], &[]]),
            None if self.excluded.is_empty() => ("--no-literal-pathspecs", [&[][..], &[]]),
            None => ("--no-literal-pathspecs", [&top[..], &self.excluded]),
        };
        let paths = paths.into_iter().flatten().map(String::as_str);
        let words = [how].into_iter().chain(words.iter().copied()).chain(["--"]);
        self.git.ask(&words.chain(paths).collect::<Vec<_>>(), WHAT).await
    }
}

/// Where items stand of which the root's name is one of these, be it a folder or a file: the last ones first.
pub(super) fn passed_over(items: &[Item], names: &[&str]) -> Vec<Range<usize>> {
    let range = |start: &[u8], is_it: &dyn Fn(&Item) -> bool| {
        let at = items.partition_point(|item| *item.path < *start);
        let count = items[at..].iter().take_while(|item| is_it(item)).count();
        at..at + count
    };
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for name in names.iter().map(|name| name.as_bytes()) {
        let below = [name, b"/"].concat();
        ranges.push(range(name, &|item| *item.path == *name));
        ranges.push(range(&below, &|item| item.path.starts_with(&below)));
    }
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
    ranges
}
