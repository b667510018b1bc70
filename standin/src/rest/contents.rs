//! `/repos/{owner}/{repo}/contents/{path}` and `/git/blobs/{sha}`: files of the default branch, and what git has under an id.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Context;
use crate::exchange::{Answer, Reply};

/// Above this a file's content is left out.
const INLINE: usize = 1 << 20;
/// Above this a blob is refused.
const LARGEST: usize = 100 << 20;

/// An entry of a tree, as `git ls-tree` has it.
struct Entry {
    mode: String,
    sha: String,
    path: String,
}

pub(super) fn get(context: &mut Context, path: &str) -> Reply {
    let name = context
        .request
        .query("ref")
        .unwrap_or(&context.row().default_branch)
        .to_owned();
    let git = &context.row().git;
    let tip = git
        .branch(&name)
        .or_else(|| git.resolve(&name))
        .ok_or_else(Answer::not_found)?;
    let mut entry = entry(context, &tip, path).ok_or_else(Answer::not_found)?;
    if entry.mode == "040000" {
        let list = list(context, &tip, path);
        let shaped: Vec<Value> = list
            .iter()
            .map(|entry| shape(context, entry, path_name(&entry.path), None))
            .collect();
        return Ok(Answer::json(200, &Value::Array(shaped)));
    }
    let mut content = bytes(context, &entry.sha);
    if entry.mode == "120000" {
        let target = String::from_utf8_lossy(&content).into_owned();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let leads_to = format!("{folder}/{target}");
        // A link to a file of the repository is followed, and the answer has the link's own name.
        match self::entry(context, &tip, leads_to.trim_start_matches('/')) {
            Some(followed) if followed.mode.starts_with("100") => {
                content = bytes(context, &followed.sha);
                entry = Entry {
                    path: entry.path,
                    ..followed
                };
            }
            _ => {
                let more = json!({"type": "symlink", "target": target});
                return Ok(Answer::json(
                    200,
                    &shape(context, &entry, path_name(path), Some(more)),
                ));
            }
        }
    }
    let more = if content.len() > INLINE {
        json!({"type": "file", "size": content.len(), "content": "", "encoding": "none"})
    } else {
        json!({"type": "file", "size": content.len(), "content": lines(&content), "encoding": "base64"})
    };
    Ok(Answer::json(
        200,
        &shape(context, &entry, path_name(path), Some(more)),
    ))
}

pub(super) fn blob(context: &mut Context, sha: &str) -> Reply {
    let git = &context.row().git;
    let is_blob = git
        .run(&["cat-file", "-t", sha], b"")
        .is_ok_and(|kind| kind == b"blob\n");
    if !is_blob {
        return Err(Answer::not_found());
    }
    let content = bytes(context, sha);
    if content.len() > LARGEST {
        return Err(Answer::error(403, "This API returns blobs up to 100 MB in size."));
    }
    let url = format!("{}/git/blobs/{sha}", repo_url(context));
    let body = json!({
        "sha": sha, "node_id": format!("B_{sha}"), "size": content.len(), "url": url,
        "content": lines(&content), "encoding": "base64",
    });
    Ok(Answer::json(200, &body))
}

/// Git's id of a file at a commit.
pub(super) fn sha_of(context: &Context, commit: &str, path: &str) -> Option<String> {
    entry(context, commit, path).map(|entry| entry.sha)
}

/// A file at a commit, as an answer to its change has it: without content.
pub(super) fn shown(context: &Context, commit: &str, path: &str) -> Value {
    let entry = entry(context, commit, path);
    entry.map_or(Value::Null, |entry| shape(context, &entry, path_name(path), None))
}

fn bytes(context: &Context, sha: &str) -> Vec<u8> {
    context
        .row()
        .git
        .run(&["cat-file", "blob", sha], b"")
        .expect("a blob that a tree names")
}

/// Base64 in lines, as GitHub sends it.
fn lines(content: &[u8]) -> String {
    let text = STANDARD.encode(content);
    text.as_bytes()
        .chunks(60)
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect()
}

fn entry(context: &Context, tip: &str, path: &str) -> Option<Entry> {
    tree(context, &["ls-tree", "-z", "--full-tree", tip, "--", path]).pop()
}

fn list(context: &Context, tip: &str, path: &str) -> Vec<Entry> {
    tree(
        context,
        &["ls-tree", "-z", "--full-tree", tip, "--", &format!("{path}/")],
    )
}

fn tree(context: &Context, args: &[&str]) -> Vec<Entry> {
    let listed = context.row().git.run(args, b"").unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let entry = |line: &str| {
        let (about, path) = line.split_once('\t')?;
        let mut words = about.split(' ');
        let (mode, _, sha) = (words.next()?, words.next()?, words.next()?);
        Some(Entry {
            mode: mode.to_owned(),
            sha: sha.to_owned(),
            path: path.to_owned(),
        })
    };
    listed.split('\0').filter_map(entry).collect()
}

fn path_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn repo_url(context: &Context) -> String {
    let full = context.shape().full_repo(context.row());
    full["url"].as_str().expect("a repository's address").to_owned()
}

fn shape(context: &Context, entry: &Entry, name: &str, more: Option<Value>) -> Value {
    let (api, path) = (repo_url(context), &entry.path);
    let folder = entry.mode == "040000";
    let url = format!("{api}/contents/{path}?ref={}", context.row().default_branch);
    let git_url = format!(
        "{api}/git/{}/{}",
        if folder { "trees" } else { "blobs" },
        entry.sha
    );
    let kind = match entry.mode.as_str() {
        "040000" => "dir",
        "120000" => "symlink",
        "160000" => "submodule",
        _ => "file",
    };
    let mut body = json!({
        "name": name, "path": path, "sha": entry.sha, "size": 0, "type": kind,
        "url": url, "git_url": git_url, "html_url": url, "download_url": if folder { Value::Null } else { json!(url) },
        "_links": {"self": url, "git": git_url, "html": url},
    });
    for (key, value) in more.as_ref().and_then(Value::as_object).into_iter().flatten() {
        body[key] = value.clone();
    }
    body
}
