//! A publisher's file -> its place in the index. Never decides what is done about a file that is broken; it says what is.

use serde::{Deserialize, Serialize};

use super::row::{Row, Rows, Text};
use super::shard;
use crate::finding::{Finding, Severity};
use crate::model::blob::BlobId;
use crate::model::decode::{Problem, ProblemKind};
use crate::model::file::File;
use crate::model::json::{self, SyntaxErrorKind};
use crate::model::name::{Login, Name};
use crate::model::path::RepoPath;

/// `index/publisher/{shard}/{login}.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherFile<'a> {
    version: u8,
    /// The publisher, in lower case.
    #[serde(borrow)]
    pub login: Text<'a>,
    /// The folder as it is written.
    #[serde(borrow)]
    pub folder: Text<'a>,
    /// The file that this was made from.
    pub blob: BlobId,
    /// Whether that file is not the one that is there now, which cannot be read.
    #[serde(default, skip_serializing_if = "is_false")]
    pub carried: bool,
    /// The modules.
    #[serde(borrow)]
    pub modules: Rows<'a>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What the rest of the index must know of a publisher. Small enough to be kept for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher<'a> {
    /// The folder as it is written.
    #[serde(borrow)]
    pub folder: Text<'a>,
    /// The publisher, in lower case.
    #[serde(borrow)]
    pub login: Text<'a>,
    /// The file that it was made from.
    pub blob: BlobId,
    /// The id of its file in the index.
    pub written: BlobId,
    /// The modules by name: name, gist, and whether it is not yanked.
    #[serde(borrow)]
    pub modules: Vec<(Text<'a>, Text<'a>, bool)>,
    /// Its lines of `search.jsonl`.
    #[serde(borrow)]
    pub search: Text<'a>,
}

impl Publisher<'_> {
    /// Where its file in the index is.
    pub fn path(&self) -> String {
        shard::publisher_path(self.login.as_str())
    }

    /// The gist of a module, whether it is yanked or not.
    pub fn gist(&self, module: &str) -> Option<&str> {
        let at = self
            .modules
            .binary_search_by(|(name, ..)| name.as_str().cmp(module));
        at.ok().map(|at| self.modules[at].1.as_str())
    }
}

/// What was made of a publisher: what the rest of the index must know, and the bytes of its file in the index.
pub type Made = (Publisher<'static>, Vec<u8>);

/// What a file of a publisher means.
#[derive(Debug)]
pub enum Reading {
    /// It is sound, as far as the index needs it.
    Sound(Made),
    /// Modules in it, or all of it, cannot be read.
    Broken {
        /// What is wrong, with places.
        faults: Vec<Finding>,
        /// The modules that cannot be read; nothing when none can.
        lost: Option<Vec<String>>,
        /// What can be read.
        rest: Option<Box<Made>>,
    },
}

/// A module that is searched for.
#[derive(Serialize)]
struct SearchLine<'a> {
    name: &'a str,
    kind: &'a str,
    description: &'a str,
    tags: &'a [Text<'a>],
}

impl PublisherFile<'_> {
    /// Reads a file of the index; nothing for what `gistry index` would not have written.
    pub fn parse(bytes: &[u8]) -> Option<PublisherFile<'_>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let file: PublisherFile<'_> = serde_json::from_str(text).ok()?;
        let login = Login::parse(file.folder.as_str()).ok()?;
        (file.version == 1 && login.key() == file.login.as_str() && file.modules.is_sound()).then_some(file)
    }

    /// The file's bytes, and what the rest of the index must know.
    pub fn make(&self) -> Made {
        let (login, mut search) = (self.login.as_str(), Vec::new());
        for (name, row) in self.modules.iter().filter(|(_, row)| row.yanked.is_none()) {
            let name = format!("@{login}/{name}");
            let found = SearchLine {
                name: &name,
                kind: "module",
                description: row.description.as_str(),
                tags: &row.tags,
            };
            self::line(&found, &mut search);
            search.push(b'\n');
        }
        let mut bytes = Vec::with_capacity(search.len() * 2);
        pretty(self, &mut bytes);
        let module = |(name, row): (&str, &Row<'_>)| {
            let name = Text(name.to_owned().into());
            (name, row.gist.owned(), row.yanked.is_none())
        };
        let publisher = Publisher {
            folder: self.folder.owned(),
            login: self.login.owned(),
            blob: self.blob,
            written: BlobId::of(&bytes),
            modules: self.modules.iter().map(module).collect(),
            search: Text(String::from_utf8_lossy(&search).into_owned().into()),
        };
        (publisher, bytes)
    }
}

/// Appends JSON on one line. Nothing that we write can fail: keys are text, and a vector takes everything.
pub(super) fn line(value: &impl Serialize, into: &mut Vec<u8>) {
    let _ = serde_json::to_writer(into, value);
}

/// Appends JSON with two spaces a level and a final newline.
pub(super) fn pretty(value: &impl Serialize, into: &mut Vec<u8>) {
    let _ = serde_json::to_writer_pretty(&mut *into, value);
    into.push(b'\n');
}

/// As far as the index needs a publisher's file.
#[derive(Deserialize)]
struct Quick<'a> {
    #[serde(borrow)]
    modules: Rows<'a>,
}

/// What a publisher's file means. `folder` is a login.
pub fn read(folder: &str, blob: BlobId, bytes: &[u8]) -> Reading {
    // Nearly every file is sound and has no oddity: that is found out without places, four times as fast.
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(Quick { modules }) = serde_json::from_str(text)
        && modules.is_sound()
    {
        return Reading::Sound(file(folder, blob, modules).make());
    }
    read_with_places(folder, blob, bytes)
}

fn file<'a>(folder: &'a str, blob: BlobId, modules: Rows<'a>) -> PublisherFile<'a> {
    PublisherFile {
        version: 1,
        login: Text(folder.to_ascii_lowercase().into()),
        folder: folder.into(),
        blob,
        carried: false,
        modules,
    }
}

/// The same by the model's reader, which knows where everything stands.
fn read_with_places(folder: &str, blob: BlobId, bytes: &[u8]) -> Reading {
    let path = RepoPath::new(&format!("{folder}/registry.json"));
    let source = File::regular(path.place(), bytes);
    let Some(publisher) = source.publisher() else {
        return Reading::Broken {
            faults: vec![opaque(&path, &source)],
            lost: None,
            rest: None,
        };
    };
    let rows = Rows::new(publisher.modules.iter().map(Row::of).collect());
    let lost: Vec<String> = publisher
        .names
        .iter()
        .map(|name| String::from(&*name.value))
        .filter(|name| !rows.has(name))
        .collect();
    let has_modules = json::parse(bytes).is_ok_and(|document| {
        let modules = document.root.get("modules");
        modules.is_some_and(|modules| modules.members().is_some())
    });
    let made = file(folder, blob, rows).make();
    if has_modules && lost.is_empty() {
        return Reading::Sound(made);
    }
    let concerns = |problem: &&Problem| match has_modules {
        true => concerns(&problem.pointer, &lost),
        false => match problem.pointer.as_str() {
            "/modules" => true,
            root => {
                root.is_empty()
                    && (problem.message.contains("\"modules\"") || problem.message.contains("object"))
            }
        },
    };
    let problems = source.parsed().problems.iter();
    let problems = problems.filter(|problem| problem.kind != ProblemKind::NearMiss);
    Reading::Broken {
        faults: problems
            .filter(concerns)
            .map(|problem| finding(&path, &source, problem))
            .collect(),
        lost: has_modules.then_some(lost),
        rest: has_modules.then(|| Box::new(made)),
    }
}

/// Whether a pointer leads to the name or the gist of one of these modules, or to the module as a whole.
fn concerns(pointer: &str, lost: &[String]) -> bool {
    let Some(below) = pointer.strip_prefix("/modules/") else {
        return false;
    };
    let (token, key) = below.split_once('/').unwrap_or((below, ""));
    let name = token.replace("~1", "/").replace("~0", "~");
    matches!(key, "" | "gist") && lost.contains(&name)
}

/// A fault of the format at its place.
pub fn finding(path: &RepoPath, source: &File, problem: &Problem) -> Finding {
    let rule = match problem.kind {
        ProblemKind::ModuleName => "module-name",
        ProblemKind::Format | ProblemKind::NearMiss => "schema",
        ProblemKind::Batch => "stats-batch",
    };
    let finding = Finding::new(
        rule,
        Severity::Error,
        problem.pointer.clone(),
        problem.message.clone(),
    );
    let finding = finding.at(path, source, problem.span);
    let remedy = || format!("write it as `gistry explain {rule}` says");
    finding.help(problem.help.clone().unwrap_or_else(remedy))
}

/// Why nothing of a JSON file can be read.
pub(super) fn opaque(path: &RepoPath, source: &File) -> Finding {
    let finding =
        |rule, message: &str| Finding::new(rule, Severity::Error, path.as_str(), message).path(path);
    let parsed = source.parsed();
    let Some(error) = &parsed.syntax else {
        let message = "too large to be read as JSON";
        return finding("file-size", message).help("make it smaller");
    };
    let (message, help) = match &error.kind {
        SyntaxErrorKind::Grammar { message, help } => (message.as_str(), *help),
        SyntaxErrorKind::TooDeep => ("nested too deeply", Some("nest it less deeply")),
        SyntaxErrorKind::NotUtf8(_) => ("not UTF-8", Some("save the file as UTF-8")),
    };
    let conflict = source.bytes().is_some_and(has_conflict_marker);
    let (rule, help) = match (conflict, help) {
        (true, _) => (
            "merge-conflict",
            "resolve the merge conflict and remove its markers",
        ),
        (false, help) => ("json-syntax", help.unwrap_or("mend the JSON here")),
    };
    finding(rule, message).at(path, source, error.span).help(help)
}

fn has_conflict_marker(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    lines.any(|line| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIST: &str =
        r#""gist": "ab", "description": "Reads \"x\"", "tags": ["json"], "created": "2026-01-02T03:04:05Z""#;

    fn text(modules: &str) -> String {
        format!(
            r#"{{"version": "1.0.0", "updated": "2026-01-02T03:04:05Z", "author": "alice", "modules": {modules}}}"#
        )
    }

    fn blob() -> BlobId {
        BlobId::of(b"x")
    }

    #[test]
    fn a_sound_file_becomes_its_file_in_the_index_and_comes_back() {
        let text = text(&format!(
            r#"{{"b": {{{GIST}, "yanked": "old"}}, "a": {{{GIST}, "own": [1]}}}}"#
        ));
        let Reading::Sound((publisher, bytes)) = read("Alice", blob(), text.as_bytes()) else {
            panic!("{text}");
        };
        let written = String::from_utf8(bytes.clone()).unwrap();
        let start = "{\n  \"version\": 1,\n  \"login\": \"alice\",\n  \"folder\": \"Alice\",\n  \"blob\": \"";
        assert!(
            written.starts_with(start) && written.ends_with("}\n"),
            "{written}"
        );
        assert_eq!(publisher.path(), "index/publisher/al/ic/alice.json");
        let line = r#"{"name":"@alice/a","kind":"module","description":"Reads \"x\"","tags":["json"]}"#;
        assert_eq!(publisher.search.as_str(), format!("{line}\n"));
        assert_eq!((publisher.gist("b"), publisher.gist("c")), (Some("ab"), None));
        assert_eq!(PublisherFile::parse(&bytes).unwrap().make(), (publisher, bytes));
    }

    #[test]
    fn both_readers_agree() {
        for modules in [
            "{}".to_owned(),
            format!(r#"{{"a": {{{GIST}}}, "a": {{"gist": "cd"}}, "b": {{"gist": "1", "yanked": ""}}}}"#),
            format!(
                r#"{{"x": {{{GIST}, "sha256": "1"}}, "c": {{"gist": "1", "tags": 7, "created": "now"}}}}"#
            ),
        ] {
            let text = text(&modules);
            let (quick, placed) = (
                read("alice", blob(), text.as_bytes()),
                read_with_places("alice", blob(), text.as_bytes()),
            );
            let (Reading::Sound(quick), Reading::Sound(placed)) = (quick, placed) else {
                panic!("{text}");
            };
            assert_eq!(quick, placed, "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_said_with_its_place() {
        let broken = |text: &str| match read("alice", blob(), text.as_bytes()) {
            Reading::Broken { faults, lost, rest } => {
                let place = faults[0].place.as_ref().unwrap().line;
                (
                    faults[0].rule,
                    place,
                    faults[0].help.is_some(),
                    lost,
                    rest.is_some(),
                )
            }
            Reading::Sound(_) => panic!("{text}"),
        };
        let conflict = text("{\n<<<<<<< HEAD\n\"a\": {}\n=======\n>>>>>>> x\n}");
        assert_eq!(broken(&conflict), ("merge-conflict", 2, true, None, false));
        let whole = text(&format!("{{\"a\": {{{GIST}}}}}"));
        assert_eq!(broken(&whole[..60]).0, "json-syntax");
        assert_eq!(broken("{\"modules\": 7}"), ("schema", 1, true, None, false));
        assert_eq!(broken("[]").0, "schema");
        let lost = |name: &str| Some(vec![name.to_owned()]);
        let one = text(&format!(
            "{{\n\"a\": {{\"gist\": 7, \"tags\": 1}},\n\"b\": {{{GIST}}}}}"
        ));
        assert_eq!(broken(&one), ("schema", 2, true, lost("a"), true));
        let name = text(&format!("{{\n\"A\": {{{GIST}}}}}"));
        assert_eq!(broken(&name), ("module-name", 2, true, lost("A"), true));
    }

    #[test]
    fn what_the_index_would_not_have_written_is_not_read() {
        for bad in [
            "",
            "{}",
            "<<<<<<< HEAD\n",
            r#"{"version":1,"login":"bob","folder":"Alice","blob":"11f6ad8ec52a2984abaafd7c3b516503785c2072","modules":{}}"#,
            r#"{"version":1,"login":"alice","folder":"Alice","blob":"11f6","modules":{}}"#,
            r#"{"version":1,"login":"alice","folder":"Alice","blob":"11f6ad8ec52a2984abaafd7c3b516503785c2072","modules":{"A":{"gist":"1"}}}"#,
        ] {
            assert_eq!(PublisherFile::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
