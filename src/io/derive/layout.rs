//! Which path a file of an sdist, a repository or a folder has once it is installed. Never runs a build, so that an unusual one is guessed.

use std::collections::BTreeSet;

use super::project::Said;
use crate::io::archive::Entry;
use crate::model::artifact::{ArtifactKind, normalise};
use crate::model::name::PackageName;

/// Where sources lie besides the project's own folder, the likeliest first.
const ROOTS: [&str; 4] = ["src", "", "lib", "python"];
/// Folders beside packages that setuptools would not install either.
const BESIDE: &[&str] = &[
    "benchmark",
    "benchmarks",
    "bin",
    "build",
    "changelog",
    "ci",
    "debian",
    "demo",
    "demos",
    "dist",
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "exercise",
    "exercises",
    "htmlcov",
    "manpages",
    "news",
    "newsfragments",
    "node_modules",
    "python",
    "samples",
    "scripts",
    "task",
    "tasks",
    "test",
    "tests",
    "tool",
    "tools",
    "unit_test",
    "unit_tests",
    "util",
    "utils",
    "venv",
];
/// Modules beside packages that setuptools would not install either.
const MODULES: &[&str] = &[
    "benchmark",
    "benchmarks",
    "build",
    "conanfile",
    "conftest",
    "dodo",
    "example",
    "examples",
    "exercise",
    "exercises",
    "ez_setup",
    "fabfile",
    "manage",
    "noxfile",
    "pavement",
    "setup",
    "setup_helpers",
    "task",
    "tasks",
    "test",
    "tests",
    "toxfile",
    "versioneer",
];

/// Gives the files the paths that they are installed under, sorted, without those that are not installed.
pub fn as_installed(files: &mut Vec<Entry>, package: &PackageName, kind: ArtifactKind) {
    if kind == ArtifactKind::Folder && !is_project(files) {
        return in_place(files, package);
    }
    let said = Said::read(files);
    let places = Places::new(files);
    let named = places.named(&said);
    let mut found = if named.is_empty() {
        places.said(&said)
    } else {
        named
    };
    if found.is_empty() && places.has_init() {
        return in_place(files, package);
    }
    if found.is_empty() {
        found = places.guessed(package);
    }
    // The contents of tests were not read: nothing below such a folder becomes something else.
    let found: Vec<Place> = found
        .into_iter()
        .filter(|place| !place.root.split('/').any(|part| part == "tests"))
        .collect();
    let mut installed: Vec<Entry> = files
        .drain(..)
        .filter_map(|file| {
            // Of two that hold a file the deeper one is meant.
            let place = found
                .iter()
                .filter(|place| place.holds(&file.path))
                .max_by_key(|place| place.root.len())?;
            let path = file
                .path
                .get(place.root.len()..)?
                .trim_start_matches('/')
                .to_owned();
            Some(Entry { path, ..file })
        })
        .collect();
    installed.sort_by(|a, b| a.path.cmp(&b.path));
    installed.dedup_by(|later, first| later.path == first.path);
    *files = installed;
}

fn is_project(files: &[Entry]) -> bool {
    let signs = ["pyproject.toml", "setup.cfg", "setup.py", "PKG-INFO"];
    files.iter().any(|file| signs.contains(&file.path.as_str()))
}

/// A folder that is a package itself, or holds packages as an installation does.
fn in_place(files: &mut Vec<Entry>, package: &PackageName) {
    if !Places::new(files).has_init() {
        return;
    }
    // Where the name is written with dots, they are the packages that it lies in.
    let info = files.iter().find(|file| file.path == "PKG-INFO");
    let text = info
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
        .unwrap_or_default();
    let written = text
        .lines()
        .find_map(|line| line.strip_prefix("Name:"))
        .map(str::trim);
    let dotted = written.filter(|name| normalise(name).as_ref() == Some(package));
    let folder = dotted
        .unwrap_or(package.as_str())
        .replace('-', "_")
        .replace('.', "/");
    files.retain(|file| {
        let (first, list) = match file.path.split_once('/') {
            Some((first, _)) => (first, BESIDE),
            None => (file.path.split('.').next().unwrap_or_default(), MODULES),
        };
        !list.contains(&first)
    });
    for file in files {
        file.path = format!("{folder}/{}", file.path);
    }
}

/// A package or module, by where it lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The folder that is in the import path.
    root: String,
    /// Its folder or file below that, without the ending.
    name: String,
}

impl Place {
    fn holds(&self, path: &str) -> bool {
        let below = match self.root.as_str() {
            "" => Some(path),
            root => path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')),
        };
        let rest = below.and_then(|below| below.strip_prefix(self.name.as_str()));
        rest.is_some_and(|rest| rest.starts_with('/') || rest.starts_with('.') && !rest.contains('/'))
    }
}

/// The folders and modules of a project.
struct Places<'a> {
    /// Paths of Python files, sorted.
    paths: Vec<&'a str>,
}

impl<'a> Places<'a> {
    fn new(files: &'a [Entry]) -> Self {
        let is_python = |path: &str| {
            [".py", ".pyi", ".so", ".pyd"]
                .iter()
                .any(|end| path.ends_with(end))
        };
        let paths = files.iter().map(|file| file.path.as_str());
        Self {
            paths: paths.filter(|path| is_python(path)).collect(),
        }
    }

    /// Whether the project's own folder is a package.
    fn has_init(&self) -> bool {
        self.paths.contains(&"__init__.py") || self.paths.contains(&"__init__.pyi")
    }

    fn has(&self, place: &Place) -> bool {
        self.paths.iter().any(|path| place.holds(path))
    }

    /// What top_level.txt names, where it is found.
    fn named(&self, said: &Said) -> Vec<Place> {
        let roots = said.roots.iter().map(String::as_str).chain(ROOTS);
        let roots: Vec<&str> = roots.collect();
        let find = |name: &String| {
            let packages = said.packages.iter().filter(|path| last(path) == name);
            let said = packages.map(|path| place(path));
            let usual = roots.iter().map(|root| Place {
                root: (*root).to_owned(),
                name: name.clone(),
            });
            said.chain(usual).find(|place| self.has(place))
        };
        said.names.iter().filter_map(find).collect()
    }

    /// What the settings name, where it is found.
    fn said(&self, said: &Said) -> Vec<Place> {
        let mut found: Vec<Place> = said
            .packages
            .iter()
            .map(|path| place(path))
            .filter(|place| self.has(place))
            .collect();
        for root in &said.roots {
            found.extend(self.below(root));
        }
        found.sort();
        found.dedup();
        found
    }

    /// What setuptools would find by itself.
    fn guessed(&self, package: &PackageName) -> Vec<Place> {
        let own = package.as_str().replace('-', "_");
        for root in ROOTS {
            let all = self.below(root);
            // A namespace package is a folder called like the first part.
            let first = own.split('_').next().unwrap_or(&own);
            let is_own = |place: &&Place| {
                let name = place.name.to_ascii_lowercase();
                name == own
                    || name.strip_suffix("-stubs") == Some(&own)
                    || name == own.replace('_', "")
                    || name == first
            };
            let named: Vec<Place> = all.iter().filter(is_own).cloned().collect();
            if root.is_empty() && named.is_empty() {
                let packages: Vec<Place> = all
                    .iter()
                    .filter(|place| self.is_package(place))
                    .cloned()
                    .collect();
                if !packages.is_empty() {
                    return packages;
                }
            }
            // Nothing lies in such a folder but what is to be installed.
            if !all.is_empty() && (root == "src" || !root.is_empty() && !named.is_empty()) {
                return all;
            }
            if !named.is_empty() {
                return self.with_neighbours(named, all);
            }
        }
        // No known place: the highest packages, wherever they lie; else what lies in the project's own folder.
        let highest = self.highest();
        if highest.is_empty() {
            self.below("")
        } else {
            highest
        }
    }

    /// What is named like the package, and the packages beside it.
    fn with_neighbours(&self, mut named: Vec<Place>, all: Vec<Place>) -> Vec<Place> {
        named.extend(all.into_iter().filter(|place| self.is_package(place)));
        named.sort();
        named.dedup();
        named
    }

    fn is_package(&self, place: &Place) -> bool {
        let folder = join(&place.root, &place.name);
        let init = |end: &str| {
            self.paths
                .binary_search(&format!("{folder}/__init__.{end}").as_str())
                .is_ok()
        };
        init("py") || init("pyi")
    }

    /// The packages and modules of a folder that are worth installing.
    fn below(&self, root: &str) -> Vec<Place> {
        let prefix = join(root, "");
        let mut found = BTreeSet::new();
        for path in &self.paths {
            let Some(rest) = path.strip_prefix(prefix.as_str()) else {
                continue;
            };
            let (name, beside) = match rest.split_once('/') {
                Some((folder, _)) => (folder, BESIDE),
                None => (rest.split('.').next().unwrap_or(rest), MODULES),
            };
            // What is below a folder such as src is there to be installed.
            let beside = root.is_empty() && beside.contains(&name);
            let hidden = name.starts_with('.') || name.ends_with(".egg-info") || name.contains('.');
            let roots = root.is_empty() && ["src", "lib"].contains(&name);
            if !beside && !hidden && !roots && !name.is_empty() {
                found.insert(name.to_owned());
            }
        }
        let place = |name| Place {
            root: root.to_owned(),
            name,
        };
        found.into_iter().map(place).collect()
    }

    /// The packages that lie in no package, outside of tests and the like.
    fn highest(&self) -> Vec<Place> {
        let mut found: Vec<Place> = Vec::new();
        let inits = self
            .paths
            .iter()
            .filter_map(|path| path.strip_suffix("/__init__.py"));
        for folder in inits {
            let sound = !folder
                .split('/')
                .any(|part| BESIDE.contains(&part) || part.contains('.'));
            if sound
                && !found
                    .iter()
                    .any(|place| place.holds(&format!("{folder}/__init__.py")))
            {
                found.push(place(folder));
            }
        }
        found
    }
}

/// The place of a folder that is installed under its last name.
fn place(path: &str) -> Place {
    let (root, name) = path.rsplit_once('/').unwrap_or(("", path));
    Place {
        root: root.to_owned(),
        name: name.strip_suffix(".py").unwrap_or(name).to_owned(),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn join(root: &str, name: &str) -> String {
    if root.is_empty() {
        name.to_owned()
    } else {
        format!("{root}/{name}")
    }
}
