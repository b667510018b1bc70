//! The rooms of the house and what each may know. Data and the check of it; never reads a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, paths, tokens, without_tests};

/// A room, and the rooms whose names may stand in it. `error` is the ground that everybody stands on.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("model", &["error"]),
    ("finding", &["error", "model"]),
    ("dna", &["error", "model", "finding"]),
    ("stats", &["error", "model", "finding", "dna"]),
    ("index", &["error", "model", "finding", "dna", "stats"]),
    ("sweep", &["error", "model", "finding", "index"]),
    ("owners", &["error", "model"]),
    ("parsing", &["error", "model", "dna"]),
    ("merge", &["error", "model", "finding"]),
    ("rules", &["error", "model", "finding", "dna", "stats", "index"]),
    ("client", &["error", "model", "finding", "dna"]),
    (
        "render",
        &[
            "error", "model", "finding", "dna", "stats", "index", "sweep", "owners", "parsing", "merge",
            "rules", "client",
        ],
    ),
    ("io", &["error", "model", "dna"]),
    ("cli", &["error", "model", "parsing"]),
    (
        "commands",
        &[
            "error", "model", "finding", "dna", "stats", "index", "sweep", "owners", "parsing", "merge",
            "rules", "client", "render", "io", "cli",
        ],
    ),
    ("lib", &["error", "model", "cli", "commands"]),
    ("main", &["error", "cli", "commands", "lib"]),
];

/// Rooms with a clock, a network, a process, a file system or somebody to print to.
const OPEN: &[&str] = &["io", "commands", "main"];

/// What a closed room never names: the beginning of a path, and what it would bring in.
const OUTSIDE: &[(&str, &str)] = &[
    ("std::fs", "the file system"),
    ("std::net", "the network"),
    ("std::env", "the environment"),
    ("std::process", "a process"),
    ("std::thread::sleep", "a clock"),
    ("std::time::SystemTime", "a clock"),
    ("std::time::Instant", "a clock"),
    ("std::io::stdin", "the terminal"),
    ("std::io::stdout", "the terminal"),
    ("std::io::stderr", "the terminal"),
    ("SystemTime::now", "a clock"),
    ("Instant::now", "a clock"),
    ("Utc::now", "a clock"),
    ("Local::now", "a clock"),
    ("chrono::Utc::now", "a clock"),
    ("chrono::Local::now", "a clock"),
    ("tokio", "a runtime"),
    ("octocrab", "the network"),
    ("reqwest", "the network"),
    ("tempfile", "the file system"),
    ("rand", "randomness"),
    ("println!", "the terminal"),
    ("print!", "the terminal"),
    ("eprintln!", "the terminal"),
    ("eprint!", "the terminal"),
];

/// Crates that one room keeps to itself.
const PRIVATE: &[(&str, &str)] = &[
    ("octocrab", "src/io/github"),
    ("reqwest", "src/io/pypi"),
    ("html5gum", "src/io/pypi"),
    ("rawzip", "src/io/archive"),
    ("ruff_python_ast", "src/dna/python"),
    ("ruff_python_parser", "src/dna/python"),
    ("ruff_text_size", "src/dna/python"),
];

/// The room of a file: `src/rules/schema.rs` is in `rules`.
fn room(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let first = below.split('/').next().unwrap_or(below);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The module that a file is, from the crate's root: `src/rules/mod.rs` is `["rules"]`.
fn module(path: &str) -> Vec<&str> {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let mut parts: Vec<&str> = below.trim_end_matches(".rs").split('/').collect();
    if matches!(parts.last(), Some(&"mod" | &"lib" | &"main")) {
        parts.pop();
    }
    parts
}

/// The room that a path leads to, seen from a module; none where it leaves the crate or stays in the room.
fn target(path: &[String], module: &[&str]) -> Option<String> {
    let named = |name: &String| ROOMS.iter().any(|(room, _)| room == name).then(|| name.clone());
    match path[0].as_str() {
        "crate" | "gistry" => path.get(1).and_then(named),
        // In lib.rs the rooms are names of its own.
        _ if module.is_empty() => named(&path[0]),
        "super" => {
            let up = path.iter().take_while(|segment| *segment == "super").count();
            if up >= module.len() {
                path.get(up).and_then(named)
            } else {
                None
            }
        }
        _ => None,
    }
}

/// Everything that is wrong with these files, one line each.
pub fn complaints(files: &[Source]) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut found = Vec::new();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let here = room(&file.path);
        let Some(allowed) = table.get(here) else {
            found.push(format!(
                "{}: {here:?} is no room of tests/house/rooms.rs",
                file.path
            ));
            continue;
        };
        let all = tokens(&file.text);
        for there in paths(&all)
            .iter()
            .filter_map(|path| target(path, &module(&file.path)))
        {
            if there == here || here == "lib" && there == "main" {
                continue;
            }
            if !allowed.contains(&there.as_str()) {
                found.push(format!("{}: {here} may not know {there}", file.path));
            }
            edges.entry(here.to_owned()).or_default().insert(there);
        }
        let test_file = file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
        let code = if test_file {
            Vec::new()
        } else {
            without_tests(&all)
        };
        found.extend(outside(file, here, &paths(&code)));
    }
    found.extend(cycle(&edges).map(|way| format!("a circle of rooms: {}", way.join(" -> "))));
    found.sort();
    found.dedup();
    found
}

fn outside<'a>(
    file: &'a Source,
    here: &'a str,
    paths: &'a [Vec<String>],
) -> impl Iterator<Item = String> + 'a {
    let begins = |path: &str, with: &str| path == with || path.starts_with(&format!("{with}::"));
    // lib starts the runtime on which commands run, and otherwise stays closed.
    let closed = move |what: &str| !(OPEN.contains(&here) || here == "lib" && what == "tokio");
    paths.iter().flat_map(move |path| {
        let path = path.join("::");
        let brings = OUTSIDE
            .iter()
            .find(|(what, _)| closed(what) && begins(&path, what))
            .map(|(_, what)| format!("{}: {path} brings {what} into {here}", file.path));
        let kept = PRIVATE
            .iter()
            .find(|(name, home)| begins(&path, name) && !file.path.starts_with(home))
            .map(|(name, home)| format!("{}: only {home} knows {name}", file.path));
        brings.into_iter().chain(kept)
    })
}

/// A way through the rooms that comes back to where it began.
fn cycle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk(
        at: &str,
        edges: &BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(first) = way.iter().position(|room| room == at) {
            let mut circle = way[first..].to_vec();
            circle.push(at.to_owned());
            return Some(circle);
        }
        if !done.insert(at.to_owned()) {
            return None;
        }
        way.push(at.to_owned());
        let found = edges
            .get(at)
            .into_iter()
            .flatten()
            .find_map(|next| walk(next, edges, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    edges
        .keys()
        .find_map(|room| walk(room, edges, &mut Vec::new(), &mut done))
}

/// The table itself as edges, so that it cannot allow a circle.
pub fn circle_in_table() -> Option<Vec<String>> {
    let edges = ROOMS.iter().map(|(room, known)| {
        let known: BTreeSet<String> = known.iter().map(|name| (*name).to_owned()).collect();
        ((*room).to_owned(), known)
    });
    cycle(&edges.collect())
}
