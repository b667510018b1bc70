//! Where a project says that its packages lie: pyproject.toml and setup.cfg, read and never run. Never looks whether they do.

use toml_edit::{DocumentMut, Item};

use crate::io::archive::Entry;

/// What a project says of its layout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Folders whose contents are installed as they lie, without slashes at the ends; empty is the project's own.
    pub roots: Vec<String>,
    /// Folders and files that are installed under their own last name: `src/foo` is `foo`.
    pub packages: Vec<String>,
    /// The names of what is installed, where they are listed.
    pub names: Vec<String>,
}

impl Said {
    /// What a project's files say. What cannot be read says nothing.
    pub fn read(files: &[Entry]) -> Self {
        let mut said = Self::default();
        let text = |path: &str| {
            let file = files.iter().find(|file| file.path == path)?;
            Some(String::from_utf8_lossy(&file.bytes).into_owned())
        };
        if let Some(document) = text("pyproject.toml").and_then(|text| text.parse::<DocumentMut>().ok()) {
            said.pyproject(&document);
        }
        if let Some(text) = text("setup.cfg") {
            said.setup_cfg(&text);
        }
        // An sdist that setuptools made carries what was built.
        let listed = files
            .iter()
            .filter(|file| {
                file.path.ends_with(".egg-info/top_level.txt") && file.path.matches('/').count() <= 2
            })
            .min_by_key(|file| (file.path.matches('/').count(), &file.path));
        if let Some(file) = listed {
            let text = String::from_utf8_lossy(&file.bytes);
            said.names
                .extend(text.lines().map(|line| line.trim().replace('.', "/")));
        }
        for list in [&mut said.roots, &mut said.packages] {
            list.iter_mut().for_each(|path| *path = plain(path));
        }
        said.names.retain(|name| !name.is_empty());
        said.packages.retain(|path| !path.is_empty());
        said
    }

    fn pyproject(&mut self, document: &DocumentMut) {
        let at = |path: &str| {
            path.split('.')
                .try_fold(document.as_item(), |item, key| item.get(key))
        };
        self.roots
            .extend(texts(at("tool.setuptools.packages.find.where")));
        if let Some(folders) = at("tool.setuptools.package-dir").and_then(Item::as_table_like) {
            for (name, folder) in folders.iter() {
                self.package_dir(name, folder.as_str().unwrap_or_default());
            }
        }
        for tool in [
            "tool.hatch.build.targets.wheel",
            "tool.hatch.build",
            "tool.scikit-build.wheel",
        ] {
            self.packages.extend(texts(at(&format!("{tool}.packages"))));
            self.roots.extend(texts(at(&format!("{tool}.sources"))));
        }
        self.roots.extend(texts(at("tool.maturin.python-source")));
        self.roots.extend(texts(at("tool.pdm.build.package-dir")));
        self.roots.extend(texts(at("tool.uv.build-backend.module-root")));
        for include in tables(at("tool.poetry.packages")) {
            let text = |key| include.get(key).and_then(Item::as_str).unwrap_or_default();
            // `foo/**/*.py` is below `foo`.
            let first = text("include").split('/').next().unwrap_or_default();
            let from = text("from");
            self.packages.push(match (from, text("to")) {
                _ if first.contains('*') => continue,
                (_, to) if !to.is_empty() => continue,
                ("", _) => first.to_owned(),
                (from, _) => format!("{from}/{first}"),
            });
        }
    }

    /// setuptools' package_dir: `= src`, `foo = lib/foo`.
    fn package_dir(&mut self, name: &str, folder: &str) {
        if name.is_empty() {
            self.roots.push(folder.to_owned());
        } else if folder.rsplit('/').next() == Some(name) {
            self.packages.push(folder.to_owned());
        }
    }

    fn setup_cfg(&mut self, text: &str) {
        let mut section = "";
        let mut key = String::new();
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or(line).trim_end();
            if line.trim_start().starts_with(['#', ';']) || line.is_empty() {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                (section, key) = (name.trim(), String::new());
                continue;
            }
            let mut value = line.trim();
            if !line.starts_with([' ', '\t']) {
                let Some((name, rest)) = line.split_once(['=', ':']) else {
                    continue;
                };
                key = name.trim().replace('-', "_").to_ascii_lowercase();
                value = rest.trim();
            }
            match (section, key.as_str()) {
                ("options", "package_dir") => {
                    if let Some((name, folder)) = value.split_once('=') {
                        self.package_dir(name.trim(), folder.trim());
                    }
                }
                ("options.packages.find", "where") if !value.is_empty() => self.roots.push(value.to_owned()),
                _ => {}
            }
        }
    }
}

/// A path without `./`, slashes at the ends, or a way out.
fn plain(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.collect();
    if parts.contains(&"..") {
        String::new()
    } else {
        parts.join("/")
    }
}

/// A text, or a list of texts.
fn texts(item: Option<&Item>) -> Vec<String> {
    let Some(item) = item else { return Vec::new() };
    if let Some(one) = item.as_str() {
        return vec![one.to_owned()];
    }
    let all = item.as_array().into_iter().flatten();
    all.filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

/// A list of tables, however it is written.
fn tables(item: Option<&Item>) -> Vec<Item> {
    match item {
        Some(Item::ArrayOfTables(all)) => all.iter().map(|table| Item::Table(table.clone())).collect(),
        Some(Item::Value(toml_edit::Value::Array(all))) => {
            all.iter().map(|value| Item::Value(value.clone())).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Said {
        let entry = Entry {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        Said::read(&[entry])
    }

    #[test]
    fn settings_are_read_and_never_run() {
        for (text, roots, packages) in [
            (
                "[tool.setuptools]\npackage-dir = {'' = 'src/', x = 'lib/x', y = 'z'}",
                &["src"][..],
                &["lib/x"][..],
            ),
            (
                "[tool.setuptools.packages.find]\nwhere = ['./src', 'more']",
                &["src", "more"],
                &[],
            ),
            (
                "[tool.hatch.build.targets.wheel]\npackages = ['src/x']\nsources = ['src']",
                &["src"],
                &["src/x"],
            ),
            (
                "[tool.poetry]\npackages = [{include = 'x/**/*.py'}, {include = '*.py'}, {include = 'y', from = 'src', to = 'z'}]",
                &[],
                &["x"],
            ),
            (
                "[[tool.poetry.packages]]\ninclude = 'y'\nfrom = 'src'",
                &[],
                &["src/y"],
            ),
            ("[tool.uv.build-backend]\nmodule-root = '../out'", &[""], &[]),
            ("[tool.setuptools]\npackage-dir = 7\npackages = 1", &[], &[]),
            ("nonsense", &[], &[]),
        ] {
            let said = read("pyproject.toml", text);
            assert_eq!(
                (said.roots.as_slice(), said.packages.as_slice()),
                (
                    roots
                        .iter()
                        .map(|one| (*one).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice(),
                    packages
                        .iter()
                        .map(|one| (*one).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice(),
                ),
                "{text}"
            );
        }
        let said = read(
            "setup.cfg",
            "[metadata]\nname = x\n[options]\npackage_dir =\n    = src # here\n    y = lib/y\n; no\n[options.packages.find]\nwhere=more\n",
        );
        assert_eq!(
            (said.roots, said.packages),
            (
                vec!["src".to_owned(), "more".to_owned()],
                vec!["lib/y".to_owned()]
            )
        );
        assert_eq!(read("x.egg-info/top_level.txt", "x\n\ny\n").names, ["x", "y"]);
        assert_eq!(read("a/b/c/x.egg-info/top_level.txt", "x\n").names, [""; 0]);
    }
}
