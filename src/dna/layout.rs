//! Which file of an artifact is which module, by its path alone. Folders without `__init__.py` are namespace packages: their files count. Never opens a file.

use std::collections::HashSet;

use super::record::Tag;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// `.py`
    Python,
    /// `.pyi`
    Stub,
    /// `.so`, `.pyd`
    Compiled,
}

/// A file that is a module, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The dotted name.
    pub module: String,
    /// What it is.
    pub language: Language,
    /// Whether it is a package's `__init__`.
    pub package: bool,
    /// Why it is left out by default, if it is.
    pub tag: Option<Tag>,
}

/// Folders of copies of other people's packages.
const VENDORED: &[&str] = &[
    "_vendor",
    "vendor",
    "_vendored",
    "vendored",
    "third_party",
    "extern",
    "_extern",
    "externals",
];
/// Folders of what shows how a package is used, or how fast it is.
const EXAMPLES: &[&str] = &["examples", "example", "benchmarks", "asv_bench", "demos"];

/// The place of a file of a wheel, or of a folder of packages; `None` for what is no module.
pub fn place(path: &str) -> Option<Place> {
    let path = installed(path)?;
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, extension) = file.split_once('.')?;
    let language = match extension.rsplit('.').next()? {
        "py" if extension == "py" => Language::Python,
        "pyi" if extension == "pyi" => Language::Stub,
        "so" | "pyd" => Language::Compiled,
        _ => return None,
    };
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if let Some(first) = parts.first_mut() {
        // PEP 561: the stubs of `a` are in `a-stubs`.
        *first = first.strip_suffix("-stubs").unwrap_or(first);
    }
    let package = stem == "__init__";
    if !package {
        parts.push(stem);
    }
    if parts.is_empty() || parts.iter().any(|part| part.is_empty() || part.contains('.')) {
        return None;
    }
    let tag = tag(&parts, package);
    Some(Place {
        module: parts.join("."),
        language,
        package,
        tag,
    })
}

/// The path after installation: `name-1.0.data/purelib/a.py` becomes `a.py`.
fn installed(path: &str) -> Option<&str> {
    let Some((first, rest)) = path.split_once('/') else {
        return Some(path);
    };
    if first.ends_with(".dist-info") || first.ends_with(".egg-info") {
        return None;
    }
    if !first.ends_with(".data") {
        return Some(path);
    }
    rest.strip_prefix("purelib/")
        .or_else(|| rest.strip_prefix("platlib/"))
}

fn tag(parts: &[&str], package: bool) -> Option<Tag> {
    let (last, folders) = parts.split_last()?;
    let folders = if package { parts } else { folders };
    if folders.iter().skip(1).any(|part| VENDORED.contains(part)) {
        return Some(Tag::Vendored);
    }
    let test_file = !package
        && (last.starts_with("test_") || last.ends_with("_test") || ["conftest", "tests"].contains(last));
    if test_file || folders.contains(&"tests") {
        return Some(Tag::Test);
    }
    folders
        .iter()
        .any(|part| EXAMPLES.contains(part))
        .then_some(Tag::Example)
}

/// Folders called `test` are tests where there is a test in them; packages that offer help for testing are called so, too.
pub fn tag_test_folders(places: &mut [&mut Place]) {
    let mut folders: HashSet<String> = HashSet::new();
    for place in places.iter() {
        let name = place.module.rsplit('.').next().unwrap_or_default();
        if place.tag != Some(Tag::Test) || !name.starts_with("test_") {
            continue;
        }
        let mut at = 0;
        for part in place.module.split('.') {
            at += part.len();
            if part == "test" {
                folders.insert(place.module[..at].to_owned());
            }
            at += 1;
        }
    }
    for place in places.iter_mut().filter(|place| place.tag.is_none()) {
        let mut ends = place.module.match_indices('.').map(|(at, _)| at);
        let within = |end: usize| folders.contains(place.module.get(..end).unwrap_or_default());
        if ends.any(within) || folders.contains(&place.module) {
            place.tag = Some(Tag::Test);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, module: &str, language: Language, tag: Option<Tag>) {
        let place = place(path).unwrap();
        assert_eq!(
            (place.module.as_str(), place.language, place.tag),
            (module, language, tag),
            "{path}"
        );
    }

    #[test]
    fn names_of_modules() {
        use Language::{Compiled, Python, Stub};
        check("a/__init__.py", "a", Python, None);
        check("a/b/c.pyi", "a.b.c", Stub, None);
        check("a-stubs/b.pyi", "a.b", Stub, None);
        check("a/_b.cpython-311-x86_64-linux-gnu.so", "a._b", Compiled, None);
        check("a/_b.cp311-win_amd64.pyd", "a._b", Compiled, None);
        check("a-1.0.data/purelib/a/b.py", "a.b", Python, None);
        check("six.py", "six", Python, None);
        check("a/class.py", "a.class", Python, None);
        check("a/0001_first.py", "a.0001_first", Python, None);
        for path in [
            "a-1.0.dist-info/METADATA",
            "a-1.0.data/scripts/run.py",
            "a.libs/libx.so.1",
            "a.libs/b.so",
            "a/b.txt",
            "a/b.py.in",
        ] {
            assert_eq!(place(path), None, "{path}");
        }
    }

    #[test]
    fn tests_copies_and_examples_are_tagged() {
        use Language::Python;
        for path in [
            "a/tests/b.py",
            "a/tests/__init__.py",
            "a/test_b.py",
            "a/conftest.py",
            "tests/a.py",
        ] {
            let module = place(path).unwrap().module;
            check(path, &module, Python, Some(Tag::Test));
        }
        check("a/_vendor/b.py", "a._vendor.b", Python, Some(Tag::Vendored));
        check("vendor/b.py", "vendor.b", Python, None);
        check("a/examples/b.py", "a.examples.b", Python, Some(Tag::Example));
        check("a/testing.py", "a.testing", Python, None);
        let paths = [
            "a/test/test_x.py",
            "a/test/support.py",
            "b/test/client.py",
            "a/testing/c.py",
        ];
        let mut places: Vec<_> = paths.iter().map(|path| place(path).unwrap()).collect();
        tag_test_folders(&mut places.iter_mut().collect::<Vec<_>>());
        let tags: Vec<_> = places.iter().map(|place| place.tag).collect();
        assert_eq!(tags, [Some(Tag::Test), Some(Tag::Test), None, None]);
    }
}
