//! Registry files as publishers and the bot write them. Never wrong ones; those are fixtures.

use gistry_standin::{Edit, Repo};
use serde_json::{Value, json};

/// A publisher's file.
pub fn publisher(author: &str, modules: &[(&str, &str)]) -> String {
    let modules: serde_json::Map<String, Value> = modules
        .iter()
        .map(|(name, gist)| ((*name).to_owned(), module(gist)))
        .collect();
    let file =
        json!({"version": "1.0.0", "updated": "2026-01-02T03:04:05Z", "author": author, "modules": modules});
    pretty(&file)
}

/// One module.
pub fn module(gist: &str) -> Value {
    json!({"gist": gist, "description": "A module", "tags": ["test"], "created": "2026-01-02T03:04:05Z"})
}

/// The binding that the bot writes.
pub fn owner(login: &str, id: u64) -> String {
    pretty(&json!({"version": "1.0.0", "login": login, "id": id, "since": "2026-01-01T00:00:00Z", "pull": 1}))
}

/// Adds a module to what a publisher has on the default branch.
pub fn add_module(repo: &Repo, author: &str, name: &str, gist: &str) -> Edit {
    change(repo, author, |file| file["modules"][name] = module(gist))
}

/// Changes a publisher's file of the default branch.
pub fn change(repo: &Repo, author: &str, change: impl FnOnce(&mut Value)) -> Edit {
    let path = format!("{author}/registry.json");
    let mut file: Value = serde_json::from_slice(&repo.read("main", &path).unwrap()).unwrap();
    change(&mut file);
    file["updated"] = "2026-02-02T03:04:05Z".into();
    Edit::write(path, pretty(&file))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}
